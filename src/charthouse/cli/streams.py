"""Standard streams as the commands see them: text in and out whose bytes survive.

A Go string may hold any bytes (``golang/kinds.py``), so text is written as UTF-8 with ``surrogateescape``. Standard
output is written in large pieces and always before anything on standard error, so that the two keep their order on a
terminal.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

__all__ = ["Output"]


class Output:
    """A text sink over a binary stream.

    before: another Output to flush first (standard output, for standard error). overlay: called before anything is
    written, to take away what is painted on the terminal at the moment.
    """

    __slots__ = ("_before", "_pending", "overlay", "raw")

    def __init__(self, raw: BinaryIO, before: Output | None = None) -> None:
        self.raw = raw
        self._before = before
        self._pending: list[str] = []
        self.overlay: Callable[[], None] | None = None

    def write(self, text: str) -> None:
        self._pending.append(text)
        if self._before is not None:
            self._before.flush()
            self.flush()
        elif len(self._pending) > 256 or len(text) > 65536:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            data = "".join(self._pending).encode("utf-8", "surrogateescape")
            self._pending.clear()
            if self.overlay is not None:
                self.overlay()
            self.raw.write(data)
        self.raw.flush()

    def isatty(self) -> bool:
        return self.raw.isatty()
