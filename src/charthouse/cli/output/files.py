"""Documents written below ``--output-dir``. Rules: Helm 4.3.1 ``pkg/action/install.go`` (``writeToFile``)."""

from __future__ import annotations

import os

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OutputDirectory", "WriteFailed"]


class WriteFailed(CharthouseError):
    """A file cannot be written."""


class OutputDirectory:
    """A directory that gets one file a template; documents of one template are appended.

    written: the paths this run has begun (a file begun is appended to, any other is replaced).

    """

    def __init__(self, path: str, say: Callable[[str], None]) -> None:
        self.path = path
        self.written: set[str] = set()
        self._say = say

    def write(self, name: str, text: str) -> None:
        """Add one document. Raises WriteFailed."""
        from charthouse.charts.oserror import go_text

        target = f"{self.path}/{name}"
        if ".." in name.split("/"):
            raise WriteFailed(f"open {target}: path leaves the output directory")
        folder = os.path.normpath(os.path.dirname(target))
        operation, path = "stat", folder
        try:
            try:
                os.stat(folder)
            except FileNotFoundError:
                operation = "mkdir"
                os.makedirs(folder, mode=0o755, exist_ok=True)
            operation, path = "open", target
            with open(target, "ab" if name in self.written else "wb") as stream:
                stream.write(f"---\n# Source: {name}\n{text}\n".encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise WriteFailed(go_text(operation, str(error.filename or path), error)) from None
        self.written.add(name)
        self._say(f"wrote {target}\n")
