"""Values to YAML as `toYaml` prints them: sigs.k8s.io/yaml Marshal (v1.6.0) over go-yaml v2 (v2.4.4).

sigs.k8s.io/yaml goes through JSON and back through the YAML reader before it writes, and that shows: floats that are
whole numbers come out as integers, -0 as 0, a struct as its JSON object, NEL inside a string as a space, and a string
with control characters YAML cannot read, or a key of more than 1022 characters, as an error.

One pass over the value; strings are looked at once and remembered, so that the common case costs one dict look-up.
"""

from __future__ import annotations

from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.order import ordered
from charthouse.formats.yaml.scalars import (
    BREAKS,
    DOUBLE,
    LITERAL,
    PLAIN,
    WIDTH,
    double_quoted,
    folded,
    literal,
    style_of,
)
from charthouse.golang.kinds import GoError
from charthouse.golang.size import check_pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["dump", "float_text"]

_WORD = {True: "true", False: "false"}
_MAX_DEPTH = 300
_ENDS = "\n" + BREAKS
"""What only a literal block ends in: its line break is its own."""

_keys: dict[str, str] = {}
_texts: dict[str, str] = {}
"""Strings whose written form depends on nothing but themselves: no space to fold at, no lines, or short."""


def dump(value: object) -> str:
    """The YAML of a value of golang.kinds, with its final line break.

    Raises YamlError with Go's text for what JSON or YAML cannot hold (NaN, infinities, control characters, cycles).
    """
    kind = type(value)
    out: list[str] = []
    if (kind is dict or kind is list) and value:
        _block(value, "", "", out, 0)
        return "".join(out)
    return _inline(value, -1, "  ")


def _block(value: Any, pad: str, first: str, out: list[str], depth: int) -> None:
    """A non-empty dict or list, each entry on lines of its own; `first` replaces the first line's indentation."""
    if depth > _MAX_DEPTH:
        raise YamlError("exceeded max depth")
    if type(value) is dict:
        _mapping(value, pad, first, out, depth)
    else:
        _sequence(value, pad, first, out, depth)


def _mapping(mapping: dict[str, Any], pad: str, lead: str, out: list[str], depth: int) -> None:
    check_pieces(len(out))
    add = out.append
    deeper = pad + "  "
    keys = _keys
    texts = _texts
    for key in ordered(mapping):
        value = mapping[key]
        head = keys.get(key)
        if head is None:
            head = _key(key)
        if not head:
            _complex_entry(key, value, pad, lead, out, depth)
            lead = pad
            continue
        kind = type(value)
        if kind is str:
            text = texts.get(value)
            if text is None:
                text = _string(value, len(pad) + len(head), deeper)
            add(f"{lead}{head} {text}\n" if text[-1] not in _ENDS else f"{lead}{head} {text}")
        elif kind is dict:
            if value:
                add(f"{lead}{head}\n")
                _block(value, deeper, deeper, out, depth + 1)
            else:
                add(f"{lead}{head} {{}}\n")
        elif kind is list:
            if value:
                add(f"{lead}{head}\n")
                _sequence(value, pad, pad, out, depth + 1)
            else:
                add(f"{lead}{head} []\n")
        elif kind is bool:
            add(f"{lead}{head} {'true' if value else 'false'}\n")
        elif value is None:
            add(f"{lead}{head} null\n")
        else:
            plain = _plain_value(value)
            if type(plain) is str and plain[:1] == "\0":
                add(f"{lead}{head} {plain[1:]}\n")
            else:
                _entry(f"{lead}{head}", plain, pad, deeper, out, depth)
        lead = pad


def _entry(head: str, value: Any, pad: str, deeper: str, out: list[str], depth: int) -> None:
    """A mapping's entry whose value had to be turned into a plain one first."""
    if isinstance(value, (dict, list)) and value:
        out.append(head + "\n")
        below = pad if type(value) is list else deeper
        _block(value, below, below, out, depth + 1)
        return
    text = _inline(value, len(head), deeper)
    out.append(f"{head} {text}")


def _complex_entry(key: str, value: Any, pad: str, lead: str, out: list[str], depth: int) -> None:
    """A key that is not simple (several lines, or longer than 128 bytes): ``? key``, ``: value``."""
    deeper = pad + "  "
    out.append(lead + "? " + _line(_string(key, len(pad) + 1, deeper)))
    _item(value, pad + ": ", deeper, out, depth)


def _sequence(items: list[Any], pad: str, lead: str, out: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise YamlError("exceeded max depth")
    check_pieces(len(out))
    deeper = pad + "  "
    add = out.append
    texts = _texts
    for value in items:
        kind = type(value)
        if kind is dict and value:
            _mapping(value, deeper, lead + "- ", out, depth + 1)
        elif kind is str:
            text = texts.get(value)
            if text is None:
                text = _string(value, len(pad) + 1, deeper)
            add(f"{lead}- {text}\n" if text[-1] not in _ENDS else f"{lead}- {text}")
        else:
            _item(value, lead + "- ", deeper, out, depth)
        lead = pad


def _item(value: Any, lead: str, deeper: str, out: list[str], depth: int) -> None:
    """A value behind ``- `` or ``: ``: collections begin on the same line."""
    kind = type(value)
    if kind is not dict and kind is not list and kind is not str:
        value = _plain_value(value)
        if type(value) is str and value[:1] == "\0":
            out.append(f"{lead}{value[1:]}\n")
            return
    if isinstance(value, (dict, list)) and value:
        _block(value, deeper, lead, out, depth + 1)
    else:
        out.append(lead + _inline(value, len(deeper) - 1, deeper))


def _line(text: str) -> str:
    return text if text[-1] in _ENDS else text + "\n"


def _inline(value: Any, column: int, pad: str) -> str:
    """A scalar or an empty collection, with its line break. column: where the space before it stands."""
    kind = type(value)
    if kind is str:
        return _line(_string(value, column, pad))
    if kind is bool:
        return _WORD[value] + "\n"
    if value is None:
        return "null\n"
    if kind is dict:
        return "{}\n"
    if kind is list:
        return "[]\n"
    plain = _plain_value(value)
    if type(plain) is str and plain[:1] == "\0":
        return plain[1:] + "\n"
    if isinstance(plain, (dict, list)) and plain:
        out: list[str] = []
        _block(plain, "", "", out, 0)
        return "".join(out)
    return _inline(plain, column, pad)


def _plain_value(value: Any) -> Any:
    """What a value is once it went through JSON: a number's text behind a NUL, or a str, dict, list, None, bool."""
    kind = type(value)
    if kind is int:
        return "\0" + _integer_text(value)
    if kind is float:
        return "\0" + float_text(value)
    from charthouse.golang.json import to_plain

    try:
        plain = to_plain(value)
    except GoError as error:
        raise YamlError(f"error marshaling into JSON: {error}") from None
    if type(plain) is int or type(plain) is float:
        return _plain_value(plain)
    return plain


def _integer_text(value: int) -> str:
    if -(1 << 63) <= value < 1 << 64:
        return str(value)
    return float_text(float(value))


def float_text(value: float) -> str:
    """A float64 as JSON and YAML together leave it: whole numbers that fit 64 bits as integers, else `%g`."""
    if value != value or value in (float("inf"), float("-inf")):
        name = "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
        raise YamlError(f"error marshaling into JSON: json: unsupported value: {name}")
    if value.is_integer() and -(2**63) < value < 2**64:  # the digits JSON gives to -(2**63) are below it
        return str(_shortest_integer(value))
    from charthouse.golang.json import general

    return general(value)


def _shortest_integer(value: float) -> int:
    """The integer JSON writes: the shortest digits that give the float back, filled up with zeros."""
    if -(2**53) <= value <= 2**53:
        return int(value)
    digits, _, exponent = repr(value).partition("e")
    if not exponent:
        return int(digits[:-2])
    whole, _, fraction = digits.partition(".")
    scale: int = 10 ** (int(exponent) - len(fraction))
    return int(whole + fraction) * scale


def _key(key: str) -> str:
    """``key:`` when the key is simple, else ""."""
    if len(key) > 250:
        from charthouse.golang.json import encode

        if len(encode(key)) > 1024:
            raise YamlError("yaml: did not find expected ',' or '}'")
    if "\x85" in key:
        raise YamlError("yaml: line 1: did not find expected ',' or '}'")
    seen = _readable(key)
    if "\n" in seen or "\r" in seen or any(mark in seen for mark in BREAKS):
        return ""
    if len(seen) > 128 or len(seen.encode("utf-8", "surrogateescape")) > 128:
        return ""
    if not seen:
        head = '"":'
    else:
        style = style_of(seen)
        if style is PLAIN:
            head = seen + ":"
        elif style is DOUBLE:
            head = double_quoted(seen, 0, "", False) + ":"
        else:
            head = "'" + seen.replace("'", "''") + "':"
    if len(_keys) > 20000:
        _keys.clear()
    _keys[key] = head
    return head


def _string(value: str, column: int, pad: str) -> str:
    """A string value as written behind `column` and a space; a literal block keeps its final line break."""
    text = _readable(value)
    if not text:
        return '""'
    style = style_of(text)
    if style is LITERAL:
        return literal(text, pad)
    column += 1
    if style is DOUBLE:
        out = double_quoted(text, column, pad, True)
        if " " not in text:
            _remember(value, out)
        return out
    quote = "" if style is PLAIN else "'"
    body = text if style is PLAIN else text.replace("'", "''")
    if not body.isascii() and any(mark in body for mark in BREAKS):
        return folded(body, column, pad, quote)
    if " " not in body:
        _remember(value, quote + body + quote)
    elif column + len(body) > WIDTH:
        return folded(body, column, pad, quote)
    return quote + body + quote


def _remember(value: str, text: str) -> None:
    if len(_texts) > 50000:
        _texts.clear()
    if len(value) < 200:
        _texts[value] = text


def _readable(text: str) -> str:
    """A string after its way through JSON and go-yaml's reader, which refuses control characters and folds NEL."""
    if text.isascii():
        if "\x7f" in text:
            raise YamlError("yaml: control characters are not allowed")
        return text
    return _readable_unicode(text)


def _readable_unicode(text: str) -> str:
    out = []
    for char in text:
        if ("\x7f" <= char <= "\x9f" and char != "\x85") or char in "\ufffe\uffff":
            raise YamlError("yaml: control characters are not allowed")
        out.append("\ufffd" if "\ud800" <= char <= "\udfff" else char)
    seen = "".join(out)
    return _fold_nel(seen) if "\x85" in seen else seen


def _fold_nel(text: str) -> str:
    """NEL inside double quotes is a line break to the reader: blanks around it go, one is a space, n are n-1 breaks."""
    parts = text.split("\x85")
    out = [parts[0].rstrip(" ") if len(parts) > 1 else parts[0]]
    empty = 0
    for index, part in enumerate(parts[1:], 1):
        last = index == len(parts) - 1
        if part[:3] in ("---", "...") and (part[3:4] == " " or (len(part) == 3 and not last)):
            raise YamlError("yaml: line 1: found unexpected document indicator")
        body = part.lstrip(" ") if last else part.strip(" ")
        if not body and not last:
            empty += 1
            continue
        out.append("\n" * empty if empty else " ")
        out.append(body)
        empty = 0
    return "".join(out)
