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

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))

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
    first = letter.encode("utf-8", "surrogateescape")[0]
    if first == 0x27:
        return "'\\''"
    if first == 0x5C:
        return "'\\\\'"
    if 0x20 <= first < 0x7F or (first >= 0xA1 and first != 0xAD):
        return f"'{chr(first)}'"
    return {7: "'\\a'", 8: "'\\b'", 9: "'\\t'", 10: "'\\n'", 11: "'\\v'", 12: "'\\f'", 13: "'\\r'"}.get(
        first, f"'\\x{first:02x}'" if first < 0x80 else f"'\\u{first:04x}'"
    )


def parse_bool(text: str) -> bool:
    """strconv.ParseBool."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")


def parse_int(text: str, *, unsigned: bool = False) -> int:
    """strconv.ParseInt (or ParseUint) with base 0 and 64 bits: 0x, 0o, 0b and 0 prefixes, underscores between digits."""
    function = "ParseUint" if unsigned else "ParseInt"
    body = text
    negative = False
    if not unsigned and body[:1] in ("+", "-"):
        negative = body[0] == "-"
        body = body[1:]
    number = _magnitude(body)
    if number is None:
        raise ValueError(f"strconv.{function}: parsing {quote(text)}: invalid syntax")
    limit = (1 << 64) - 1 if unsigned else (1 << 63) - (0 if negative else 1)
    if number > limit:
        raise ValueError(f"strconv.{function}: parsing {quote(text)}: value out of range")
    return -number if negative else number


def _magnitude(body: str) -> int | None:
    base = 10
    digits = body
    if len(body) > 1 and body[0] == "0":
        base = {"x": 16, "o": 8, "b": 2}.get(body[1].lower(), 8)
        digits = body[2:] if body[1].lower() in "xob" else body[1:]
        if digits[:1] == "_":
            digits = digits[1:]
    if not digits or not digits.isascii() or not digits.replace("_", "").isalnum():
        return None
    try:
        return int(digits, base)  # Python's underscore rule is Go's
    except ValueError:
        return None


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


def _csv_record(text: str, start: int, line: int) -> list[str]:
    fields: list[str] = []
    pos, size, first_line, line_start = start, len(text), line, start

    def column(at: int) -> int:
        return len(text[line_start:at].encode("utf-8", "surrogateescape")) + 1

    while True:
        if pos >= size or text[pos] != '"':
            end = pos
            while end < size and text[end] not in ",\n":
                end += 1
            field = text[pos:end]
            if (end == size or text[end] == "\n") and field.endswith("\r"):
                field = field[:-1]
            at = field.find('"')
            if at >= 0:
                raise ValueError(f'parse error on line {line}, column {column(pos + at)}: bare " in non-quoted field')
            fields.append(field)
            if end == size or text[end] == "\n":
                return fields
            pos = end + 1
            continue
        pieces: list[str] = []
        pos += 1
        while True:
            end = text.find('"', pos)
            newlines = text.count("\n", pos, size if end < 0 else end)
            if newlines:
                line += newlines
                line_start = text.rfind("\n", pos, size if end < 0 else end) + 1
            if end < 0:
                raise ValueError(_open_quote(text, first_line, line, column(size)))
            pieces.append(text[pos:end].replace("\r\n", "\n"))
            after = text[end + 1 : end + 2]
            if after == '"':
                pieces.append('"')
                pos = end + 2
                continue
            if after == "," or after in ("", "\n") or text[end + 1 : end + 3] in ("\r", "\r\n"):
                fields.append("".join(pieces))
                if after != ",":
                    return fields
                pos = end + 2
                break
            raise ValueError(
                f'parse error on line {line}, column {column(end)}: extraneous or missing " in quoted-field'
            )


def _open_quote(text: str, first_line: int, line: int, column: int) -> str:
    if text.endswith("\n"):
        column = 0 if first_line == line else column
    where = (
        f"record on line {first_line}; parse error on line {line}"
        if first_line != line
        else f"parse error on line {line}"
    )
    return f'{where}, column {column}: extraneous or missing " in quoted-field'


def _string(text: str, _: object) -> str:
    return text


def _bool(text: str, _: object) -> bool:
    return parse_bool(text)


def _int(text: str, _: object) -> int:
    return parse_int(text)


def _uint(text: str, _: object) -> int:
    return parse_int(text, unsigned=True)


def _float32(text: str, _: object) -> float:
    import struct

    try:
        if not text.isascii() or text != text.strip():
            raise ValueError
        number = float(text)
    except ValueError:
        raise ValueError(f"strconv.ParseFloat: parsing {quote(text)}: invalid syntax") from None
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        raise ValueError(f"strconv.ParseFloat: parsing {quote(text)}: value out of range") from None
    return rounded


def _duration(text: str, _: object) -> int:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.time import parse_duration

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


def _wait(text: str, _: object) -> str:
    if text in ("watcher", "hookOnly", "legacy", "true", "false"):
        return text
    raise ValueError(f"invalid wait input {quote(text)}. Valid inputs are watcher, hookOnly, and legacy")


def _post_renderer(text: str, before: str | None) -> str:
    if not text:
        return before or ""
    if before:
        raise ValueError("cannot specify --post-renderer flag more than once")
    return text


KINDS: dict[str, Callable[[str, Any], Any]] = {
    "string": _string,
    "bool": _bool,
    "int": _int,
    "uint": _uint,
    "float32": _float32,
    "duration": _duration,
    "stringArray": _string_array,
    "stringSlice": _string_slice,
    "stringToString": _string_to_string,
    "format": _format,
    "WaitStrategy": _wait,
    "postRendererString": _post_renderer,
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
