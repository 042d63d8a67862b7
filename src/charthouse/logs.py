"""What the lower layers say while they work, as data.

Helm 4 logs with Go's ``log/slog`` text handler on standard error (``level=WARN msg="this chart is deprecated"``). Below
``cli/`` nothing writes to a stream: a function that may have something to say takes a ``Log`` and calls it; the command
line prints the record as slog would, the library hands it to the embedding program, tests collect it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["DEBUG", "ERROR", "INFO", "WARN", "Log", "LogRecord", "silent"]

DEBUG, INFO, WARN, ERROR = "DEBUG", "INFO", "WARN", "ERROR"


class LogRecord:
    """One line of log: level (``DEBUG``, ``INFO``, ``WARN``, ``ERROR``), message, and ordered attributes."""

    __slots__ = ("attributes", "level", "message")

    def __init__(self, level: str, message: str, /, **attributes: Any) -> None:
        self.level = level
        self.message = message
        self.attributes = attributes

    def __repr__(self) -> str:
        return f"LogRecord({self.level!r}, {self.message!r}, {self.attributes!r})"


if TYPE_CHECKING:
    Log = Callable[[LogRecord], None]
else:
    Log = object


def silent(record: LogRecord, /) -> None:
    """A ``Log`` for callers who do not listen."""
