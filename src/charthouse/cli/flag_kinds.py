"""What the values of flags may be, by pflag's type names, with Go's error texts.

Each entry of ``KINDS`` takes the text and the value given before (None the first time) and returns the new value, or
raises ValueError with the text Go's parser has. Rules: spf13/pflag v1.0.10 (one file a type), strconv, encoding/csv,
Helm 4.3.1 ``pkg/cmd/flags.go``. Slices are tuples, maps dicts, durations nanoseconds.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["KINDS", "WAIT_WARNINGS", "parse_bool", "parse_csv", "parse_int", "quote", "quote_rune", "show"]

WAIT_WARNINGS = {
    "true": "--wait=true is deprecated (boolean value) and can be replaced with --wait=watcher",
    "false": "--wait=false is deprecated (boolean value) and can be replaced with --wait=hookOnly",
}
"""What Helm logs when ``--wait`` is given a truth value."""


def quote(text: str) -> str:
    """Go's ``%q`` of a string."""
    from charthouse.golang.strconv import quote as go_quote

    return go_quote(text)


def quote_rune(letter: str) -> str:
    """Go's ``%q`` of the byte a flag cluster stopped at, taken as a rune (pflag indexes bytes)."""
    from charthouse.golang.strconv import quote_rune as go_quote_rune

    return go_quote_rune(letter.encode("utf-8", "surrogateescape")[0])


def parse_bool(text: str) -> bool:
    """strconv.ParseBool. Raises ValueError with its text."""
    from charthouse.golang.kinds import GoError
    from charthouse.golang.strconv import parse_bool as go_parse_bool

    try:
        return go_parse_bool(text)
    except GoError as error:
        raise ValueError(str(error)) from None


def parse_int(text: str, *, unsigned: bool = False) -> int:
    """strconv.ParseInt, or ParseUint, with base 0 and 64 bits. Raises ValueError with its text."""
    from charthouse.golang import strconv
    from charthouse.golang.kinds import GoError

    try:
        return strconv.parse_uint(text, 0) if unsigned else strconv.parse_int(text, 0)
    except GoError as error:
        raise ValueError(str(error)) from None


def parse_csv(text: str) -> list[str]:
    """The first record of a CSV text (encoding/csv.Reader.Read). An empty text is no field at all."""
    if not text:
        return []
    lines = text.split("\n")
    number = 0
    while number < len(lines) and lines[number] in ("", "\r"):
        number += 1
    if number == len(lines):
        raise ValueError("EOF")
    return _csv_record(text, sum(len(line) + 1 for line in lines[:number]), number + 1)


class _CsvLine:
    """Where a reader of one CSV record stands: position, line number, and where that line began."""

    __slots__ = ("began", "first", "line", "pos", "text")

    def __init__(self, text: str, start: int, line: int) -> None:
        self.text, self.pos, self.began = text, start, start
        self.first = self.line = line

    def column(self, at: int) -> int:
        """Counted in bytes, from 1."""
        return len(self.text[self.began : at].encode("utf-8", "surrogateescape")) + 1

    def plain(self) -> tuple[str, bool]:
        """A field without quotes, and whether the record ends with it."""
        text, end = self.text, self.pos
        while end < len(text) and text[end] not in ",\n":
            end += 1
        last = end == len(text) or text[end] == "\n"
        field = text[self.pos : end].removesuffix("\r") if last else text[self.pos : end]
        at = field.find('"')
        if at >= 0:
            record = f"record on line {self.first}; " if self.first != self.line else ""
            where = f"{record}parse error on line {self.line}, column {self.column(self.pos + at)}"
            raise ValueError(f'{where}: bare " in non-quoted-field')
        self.pos = end + 1
        return field, last

    def quoted(self) -> tuple[str, bool]:
        """A field in quotes, and whether the record ends with it."""
        text, pieces = self.text, []
        self.pos += 1
        while True:
            end = text.find('"', self.pos)
            self._count_lines(len(text) if end < 0 else end)
            if end < 0:
                raise ValueError(_open_quote(text, self.first, self.line))
            pieces.append(text[self.pos : end].replace("\r\n", "\n"))
            after = text[end + 1 : end + 2]
            self.pos = end + 2
            if after == '"':
                pieces.append('"')
            elif after in (",", "", "\n") or text[end + 1 : end + 3] in ("\r", "\r\n"):
                return "".join(pieces), after != ","
            else:
                record = f"record on line {self.first}; " if self.first != self.line else ""
                where = f"{record}parse error on line {self.line}, column {self.column(end)}"
                raise ValueError(f'{where}: extraneous or missing " in quoted-field')

    def _count_lines(self, end: int) -> None:
        lines = self.text.count("\n", self.pos, end)
        if lines:
            self.line += lines
            self.began = self.text.rfind("\n", self.pos, end) + 1


def _csv_record(text: str, start: int, line: int) -> list[str]:
    reader = _CsvLine(text, start, line)
    fields: list[str] = []
    last = False
    while not last:
        field, last = reader.quoted() if text[reader.pos : reader.pos + 1] == '"' else reader.plain()
        fields.append(field)
    return fields


def _open_quote(text: str, first: int, line: int) -> str:
    """The complaint about a quote nobody closed, at the end of the last line that holds anything."""
    body = text.removesuffix("\r")
    if body.endswith("\n"):
        line -= 1
        last = body[body.rfind("\n", 0, -1) + 1 :].replace("\r\n", "\n")
    else:
        last = body[body.rfind("\n") + 1 :]
    column = len(last.encode("utf-8", "surrogateescape")) + 1
    record = f"record on line {first}; " if first != line else ""
    return f'{record}parse error on line {line}, column {column}: extraneous or missing " in quoted-field'


def _string(text: str, _: object) -> str:
    return text


def _bool(text: str, _: object) -> bool:
    return parse_bool(text)


def _go_bool(text: str, _: object) -> bool:
    """A flag of Go's own flag package (klog's), whose errors have another text."""
    try:
        return parse_bool(text)
    except ValueError:
        raise ValueError("parse error") from None


def _int(text: str, _: object) -> int:
    return parse_int(text)


def _uint(text: str, _: object) -> int:
    return parse_int(text, unsigned=True)


def _float32(text: str, _: object) -> float:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.strconv import parse_float

    try:
        return parse_float(text, 32)
    except GoError as error:
        raise ValueError(str(error)) from None


def _duration(text: str, _: object) -> int:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.time_duration import parse_duration

    try:
        return int(parse_duration(text))
    except GoError as error:
        raise ValueError(str(error)) from None


def _string_array(text: str, before: tuple[str, ...] | None) -> tuple[str, ...]:
    return (*(before or ()), text)


def _string_slice(text: str, before: tuple[str, ...] | None) -> tuple[str, ...]:
    if "," not in text and '"' not in text and "\n" not in text and "\r" not in text:
        return (*(before or ()), text) if text else before or ()
    return (*(before or ()), *parse_csv(text))


def _string_to_string(text: str, before: dict[str, str] | None) -> dict[str, str]:
    count = text.count("=")
    if not count:
        raise ValueError(f"{text} must be formatted as key=value")
    pairs = [text.strip('"')] if count == 1 else parse_csv(text)
    merged = dict(before or {})
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"{pair} must be formatted as key=value")
        merged[key] = value
    return merged


def _format(text: str, _: object) -> str:
    if text not in ("table", "json", "yaml"):
        raise ValueError("invalid format type")
    return text


def _output_format(text: str, _: object) -> str:
    """Helm 2's `init -o` (cmd/helm/installer/options.go)."""
    if text not in ("json", "yaml"):
        raise ValueError(f"unknown output format {quote(text)}")
    return text


def _wait(text: str, _: object) -> str:
    if text in ("watcher", "hookOnly", "legacy"):
        return text
    if text in WAIT_WARNINGS:
        return "watcher" if text == "true" else "hookOnly"
    raise ValueError(f"invalid wait input {quote(text)}. Valid inputs are watcher, hookOnly, and legacy")


KINDS: dict[str, Callable[[str, Any], Any]] = {
    "string": _string,
    "bool": _bool,
    "goBool": _go_bool,
    "int": _int,
    "uint": _uint,
    "float32": _float32,
    "duration": _duration,
    "stringArray": _string_array,
    "stringSlice": _string_slice,
    "stringToString": _string_to_string,
    "format": _format,
    "OutputFormat": _output_format,
    "WaitStrategy": _wait,
    "postRendererString": _string,  # FlagSet asks whether there is one of that name
    "postRendererArgsSlice": _string_array,
}
"""Type name → parser."""


def show(kind: str, value: Any) -> str:
    """A default as help prints it; "" for a zero value, which is not printed."""
    if kind == "string":
        return quote(value) if value else ""
    if kind == "duration":
        return _show_duration(value) if value else ""
    if kind in ("stringToString", "postRendererArgsSlice"):
        return "[]"
    if not value:
        return ""
    return "true" if value is True else str(value)


def _show_duration(nanoseconds: int) -> str:
    seconds = nanoseconds // 1_000_000_000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
