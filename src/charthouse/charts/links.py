"""Symbolic links followed to their end, with Go's words where they lead nowhere.

Whose rules: Go 1.27 path/filepath/symlink.go walkSymlinks: the path that is missing is named as far as it was walked.
"""

from __future__ import annotations

import os
import stat

from charthouse.charts.metadata import ChartError
from charthouse.charts.oserror import go_text

__all__ = ["resolve_links"]

_MAX_LINKS = 255


def resolve_links(path: str) -> str:
    """The absolute path `path` (absolute too) means once no part of it is a link. Raises ChartError."""
    waiting = path.split("/")[::-1]
    at, links = "/", 0
    while waiting:
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            at = at[: at.rfind("/")] or "/"
            continue
        step = f"{at}/{part}" if at != "/" else f"/{part}"
        try:
            mode = os.lstat(step).st_mode
            target = os.readlink(step) if stat.S_ISLNK(mode) else ""
        except OSError as error:
            raise ChartError(go_text("lstat", step, error)) from None
        if not stat.S_ISLNK(mode):
            if waiting and not stat.S_ISDIR(mode):
                raise ChartError("not a directory")
            at = step
            continue
        links += 1
        if links > _MAX_LINKS:
            raise ChartError("EvalSymlinks: too many links")
        at = "/" if target.startswith("/") else at
        waiting += target.split("/")[::-1]
    return at
