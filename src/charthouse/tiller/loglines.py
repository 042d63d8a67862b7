"""Tiller's log: one line a record, as text the way Helm 2's Tiller writes it, or as JSON.

Text: `[AREA] 2006/01/02 15:04:05 message key=value` (Go's log package with Tiller's prefixes: main, tiller, storage,
kube). Whatever a record holds, it is one line: everything below a blank, and whatever is no letter, is escaped, so
nobody who is asked for a name writes a line of their own. Long values are cut.
"""

from __future__ import annotations

import json
import threading

from charthouse.logs import DEBUG, ERROR, INFO, WARN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from charthouse.logs import Log, LogRecord

__all__ = ["FORMATS", "LEVELS", "LogLines"]

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warn", "error")
_RANK = {DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3}
_LONGEST = 4096  # characters of a value
_PLAIN = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('"=\\')


class LogLines:
    """write: one whole line. level: the least that is written."""

    def __init__(
        self, write: Callable[[str], object], *, now: Callable[[], datetime], format: str = "text", level: str = "info"
    ) -> None:
        self._write = write
        self._now = now
        self._json = format == "json"
        self._least = LEVELS.index(level)
        self._mutex = threading.Lock()

    def area(self, name: str, **always: Any) -> Log:
        """The log of one part of Tiller. always: attributes of each of its records."""

        def log(record: LogRecord, /) -> None:
            if _RANK.get(record.level, 1) >= self._least:
                self._line(name, record.level, record.message, {**always, **record.attributes})

        return log

    def _line(self, area: str, level: str, message: str, attributes: dict[str, Any]) -> None:
        make = self._as_json if self._json else self._as_text
        line = make(area, level, _cut(message), attributes)
        with self._mutex:
            try:
                self._write(line + "\n")
            except (OSError, ValueError):
                return  # nobody reads the log any more; releases are worked on all the same

    def _as_json(self, area: str, level: str, message: str, attributes: dict[str, Any]) -> str:
        out: dict[str, Any] = {"time": self._now().isoformat(timespec="milliseconds"), "level": level, "area": area}
        out["msg"] = message
        for key, value in attributes.items():
            name = key if key not in out else f"{key}_"
            out[name] = value if value is None or type(value) in (bool, int, float) else _cut(_shown(value))
        return json.dumps(out)

    def _as_text(self, area: str, level: str, message: str, attributes: dict[str, Any]) -> str:
        word = {WARN: "WARNING: ", ERROR: "ERROR: ", DEBUG: "DEBUG: "}.get(level, "")
        text = "".join(letter if letter.isprintable() else _escaped(letter) for letter in message)
        pairs = "".join(f" {_word(key)}={_word(_cut(_shown(value)))}" for key, value in attributes.items())
        return f"[{area}] {self._now():%Y/%m/%d %H:%M:%S} {word}{text}{pairs}"


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _word(text: str) -> str:
    """As it is when it cannot be misread, else in quotes."""
    return text if text and _PLAIN.issuperset(text) else json.dumps(text)
