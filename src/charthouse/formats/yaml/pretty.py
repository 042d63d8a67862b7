"""Values to YAML as `toYamlPretty` prints them: go-yaml v3's encoder with an indentation of 2 (v3.0.5).

Unlike `toYaml` it does not pass through JSON: floats print as `%g`, NaN is ``.nan``, control characters are escaped,
invalid UTF-8 becomes ``!!binary``. Lists are indented below their key and long lines are never folded.
"""

from __future__ import annotations

from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.order import ordered_naturally
from charthouse.formats.yaml.scalars import BREAKS, DOUBLE, LITERAL, PLAIN, double_quoted, literal, padded, style_of
from charthouse.golang.kinds import Duration, Float32, GoError, SizedInt, Struct, go_type
from charthouse.golang.size import check_pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["dump_pretty"]

_MAX_DEPTH = 300


def dump_pretty(value: object) -> str:
    """The YAML of a value of golang.kinds, with its final line break. Raises YamlError for what has no YAML form."""
    out: list[str] = []
    plain = _plain(value)
    if isinstance(plain, (dict, list)) and plain:
        _collection(plain, "", "", out, 0)
    else:
        out.append(_line(_scalar(plain, "  ")))
    return "".join(out)


def _plain(value: Any) -> Any:
    """Structs and byte slices as the maps and lists go-yaml makes of them."""
    if isinstance(value, Struct):
        text = _marshalled(value)
        if text is not None:
            return text
        fields = type(value).go_fields
        return {name.lower(): getattr(value, attribute) for name, attribute in fields.items()}
    if isinstance(value, (bytes, bytearray)):
        return list(value)
    return value


class _Plain(str):
    """A text that is written as it is: a time."""

    __slots__ = ()


def _marshalled(value: Struct) -> str | None:
    """The text of a struct that marshals itself (times, versions); None for others."""
    if value.go_type == "time.Time":
        from charthouse.golang.time_layout import format_time

        return _Plain(format_time(value, "2006-01-02T15:04:05.999999999Z07:00"))  # type: ignore[arg-type]  # a Time
    own = getattr(type(value), "go_json", None)
    found = own(value) if own is not None else None
    return found if isinstance(found, str) else None


def _collection(value: Any, pad: str, lead: str, out: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise YamlError("yaml: exceeded max depth")
    check_pieces(len(out))
    deeper = pad + "  "
    if isinstance(value, list):
        for item in value:
            _behind(_plain(item), lead + "- ", deeper, out, depth)
            lead = pad
        return
    for key in ordered_naturally(value):
        item = _plain(value[key])
        head = _key(key)
        if not head:
            out.append(lead + "? " + _line(_scalar(key, deeper)))
            _behind(item, pad + ": ", deeper, out, depth)
        elif isinstance(item, (dict, list)) and item:
            out.append(f"{lead}{head}\n")
            _collection(item, deeper, deeper, out, depth + 1)
        else:
            out.append(f"{lead}{head} {_line(_scalar(item, deeper))}")
        lead = pad


def _behind(item: Any, lead: str, deeper: str, out: list[str], depth: int) -> None:
    """A value behind ``- `` or ``: ``."""
    if isinstance(item, (dict, list)) and item:
        _collection(item, deeper, lead, out, depth + 1)
    else:
        out.append(lead + _line(_scalar(item, deeper)))


def _line(text: str) -> str:
    return text if text[-1] in "\n" + BREAKS else text + "\n"


def _key(key: str) -> str:
    """``key:`` when the key is simple, else ""."""
    if any(mark in key for mark in "\n\r\x85" + BREAKS) or len(key.encode("utf-8", "surrogateescape")) > 128:
        return ""
    if not key:
        return '"":'
    text = _text(key, "")
    return text + ":"


def _scalar(value: Any, pad: str) -> str:
    if isinstance(value, str):
        if type(value) is _Plain:
            return str(value)
        return _text(value, pad) if value else '""'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Duration):
        return _text(_duration(int(value)), pad)
    if isinstance(value, (int, SizedInt)):
        return str(int(value))
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    raise GoError(f"cannot marshal type: {go_type(value)}")


def _duration(value: int) -> str:
    from charthouse.golang.duration import duration_text

    return duration_text(value)


def _float(value: float) -> str:
    if value != value:
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    from charthouse.golang.json import general, shortest32

    return general(shortest32(value) if isinstance(value, Float32) else value)


def _text(text: str, pad: str) -> str:
    """A string that is not empty, in the style go-yaml v3 picks: as v2, but tabs may stand in literal blocks."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _binary(text, pad)
    if "\n" in text and "\t" in text:
        style = style_of(text.replace("\t", "x"))
    else:
        style = style_of(text)
    if style is LITERAL:
        return literal(text, pad)
    if style is DOUBLE:
        return double_quoted(text, 0, pad, False)
    if style is PLAIN:
        return text
    body = text.replace("'", "''")
    if any(mark in body for mark in BREAKS):
        body = padded(body, pad, first=False)
    return f"'{body}'"


def _binary(text: str, pad: str) -> str:
    """encodeBase64: lines of 70 characters when it is longer than one."""
    from binascii import b2a_base64

    encoded = b2a_base64(text.encode("utf-8", "surrogateescape"), newline=False).decode()
    if len(encoded) < 70:
        return "!!binary " + encoded
    lines = "".join(encoded[at : at + 70] + "\n" for at in range(0, len(encoded), 70))
    return "!!binary " + literal(lines, pad)
