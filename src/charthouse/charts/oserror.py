"""The operating system's errors in Go's words: `open chart/x: permission denied`."""

from __future__ import annotations

import errno

__all__ = ["go_text", "reading_text"]


def go_text(operation: str, path: str, error: OSError) -> str:
    """fs.PathError's text: operation ("open", "stat" …), path, and Go's name of errno (libc's, in lower case)."""
    reason = error.strerror or str(error)
    return f"{operation} {path}: {reason[:1].lower() + reason[1:]}"


def reading_text(path: str, error: OSError) -> str:
    """The text when a file cannot be opened and read: Go opens directories too, and fails reading them."""
    return go_text("read" if error.errno == errno.EISDIR else "open", path, error)
