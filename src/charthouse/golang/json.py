"""encoding/json as Go 1.27 has it (v1 semantics over jsontext): `toJson`, release records and error texts need it.

``encode`` is json.Marshal / MarshalIndent: map keys sorted by bytes, floats in ES6 form, ``<``, ``>``, ``&`` and the
line separators escaped unless told otherwise, invalid UTF-8 replaced, []byte in base64. ``decode`` is json.Unmarshal
into an interface (numbers are float64); ``decode_exact`` keeps integers. What CPython's C scanner accepts is taken from
it; everything else is read again by ``json_syntax``, which knows Go's error texts.

A ``Struct`` that has JSON tags gives it here through a method ``go_json(self)``: a list of (name, value) pairs in field
order with empty ones left out, or a str for a type that marshals itself as a string. Without it the exported fields
are used under their Go names.
"""

from __future__ import annotations

from _json import encode_basestring as _quote

from charthouse.golang.kinds import (
    Duration,
    Float32,
    GoError,
    Int64,
    NilBytes,
    NilMap,
    NilSlice,
    NilStringMap,
    NilStringSlice,
    SizedInt,
    Struct,
    TypedMap,
    TypedSlice,
    go_type,
)
from charthouse.golang.size import check_pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "decode",
    "decode_exact",
    "decode_prefix",
    "decode_typed",
    "encode",
    "float_text",
    "general",
    "quote",
    "shortest32",
    "to_plain",
]

_INF = float("inf")
_MAX_DEPTH = 600
# What int() reads without a limit of Python's being raised.
_MOST_DIGITS = 4000
_SEPARATORS = ("\u2028", "\u2029")
_TEXT = frozenset((str,))
_AT_ONCE = 500_000
"""Entries of a value CPython's writer gets; larger ones are counted while they are written."""


def quote(text: str, *, escape_html: bool = True) -> str:
    """A Go string as a JSON string with its quotes (jsonwire.AppendQuote)."""
    if not text.isascii():
        text = _valid(text)
    out: str = _quote(text)
    if escape_html and ("<" in out or ">" in out or "&" in out):
        out = out.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    if not out.isascii() and (_SEPARATORS[0] in out or _SEPARATORS[1] in out):
        out = out.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return out


def _valid(text: str) -> str:
    """Invalid UTF-8 (surrogate escapes) replaced, byte for byte, by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(["\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text])
    return text


def float_text(value: float) -> str:
    """A float64 as a JSON number (ES6: exponents below 1e-6 and from 1e21). Raises GoError for NaN and infinities."""
    if value != value or value in (_INF, -_INF):
        name = "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
        raise GoError(f"json: unsupported value: {name}")
    return _es6(repr(value))


def _es6(text: str) -> str:
    """Python's shortest repr of a finite float in the form JSON wants."""
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        if mantissa.endswith(".0"):
            return mantissa[:-2]
        # repr has no exponent down to 1e-4, JSON none down to 1e-6
        return mantissa
    power = int(exponent)
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = whole + fraction
    if 16 <= power < 21:
        return sign + digits + "0" * (power - len(fraction))
    if -7 < power < 0:
        return sign + "0." + "0" * (-power - 1) + digits
    body = whole + ("." + fraction if fraction else "")
    return f"{sign}{body}e{'+' if power > 0 else '-'}{abs(power)}"


def general(value: float) -> str:
    """strconv.FormatFloat(value, 'g', -1, 64) of a finite float: exponents below 1e-4 and from 1e6 on."""
    sign = "-" if value < 0 or (value == 0 and repr(value)[0] == "-") else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return sign + "0"
    power = int(exponent or 0) + (len(whole) - 1 if whole != "0" else -1 - (len(fraction) - len(fraction.lstrip("0"))))
    digits = digits.rstrip("0")
    if power < -4 or power >= 6:
        body = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{body}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if power < 0:
        return sign + "0." + "0" * (-power - 1) + digits
    if len(digits) <= power + 1:
        return sign + digits + "0" * (power + 1 - len(digits))
    return sign + digits[: power + 1] + "." + digits[power + 1 :]


def shortest32(value: float) -> float:
    """The float64 with the shortest decimal digits that give the same float32 back."""
    from struct import pack, unpack

    if value != value or value in (_INF, -_INF):
        return value
    try:
        target = pack("<f", value)
    except OverflowError:
        return _INF if value > 0 else -_INF
    single = unpack("<f", target)[0]
    for precision in range(1, 10):
        found = float(f"{single:.{precision}g}")
        try:
            if pack("<f", found) == target:
                return found
        except OverflowError:
            continue
    return value


_NILS = frozenset((NilBytes, NilMap, NilSlice, NilStringMap, NilStringSlice))


def to_plain(value: Any) -> Any:
    """A value of golang.kinds outside the plain ones as the plain one its JSON stands for (one level deep)."""
    kind = type(value)
    if kind in (str, int, float, bool, dict, list, type(None)):
        return value
    if isinstance(value, Float32):
        return shortest32(value)
    if isinstance(value, SizedInt):
        return int(value)
    if kind in _NILS:
        return None
    if isinstance(value, (bytes, bytearray)):
        from binascii import b2a_base64

        return b2a_base64(bytes(value), newline=False).decode()
    if isinstance(value, TypedMap):
        return dict(value)
    if isinstance(value, TypedSlice):
        return list(value)
    if isinstance(value, Struct):
        pairs = _fields(value)
        return pairs if isinstance(pairs, str) else dict(pairs)
    raise GoError(f"json: unsupported type: {_type_name(value)}")


def _type_name(value: object) -> str:
    try:
        return go_type(value)
    except TypeError:
        return "func()" if callable(value) else "interface {}"


def _fields(value: Struct) -> list[tuple[str, Any]] | str:
    own = getattr(type(value), "go_json", None)
    if own is not None:
        pairs: list[tuple[str, Any]] | str = own(value)
        return pairs
    if type(value).go_type == "time.Time":
        from charthouse.golang.time_layout import format_time

        return format_time(value, "2006-01-02T15:04:05.999999999Z07:00")  # type: ignore[arg-type]  # go_type tells
    return [(name, getattr(value, attribute)) for name, attribute in type(value).go_fields.items()]


def encode(value: object, *, escape_html: bool = True, indent: str = "", prefix: str = "") -> str:
    """The JSON text of a value of golang.kinds.

    indent, prefix: as json.MarshalIndent; both empty gives the compact form. Raises GoError with Go's text for NaN,
    infinities, cycles and values JSON has no form for.
    """
    out: list[str] = []
    if indent or prefix:
        _indented(value, "\n" + prefix, _Writer(out, escape_html, indent), 0)
    else:
        if value and type(value) in (dict, list):
            text = _at_once(value, escape_html)
            if text:
                return text
        _compact(value, _Writer(out, escape_html, ""), 0)
    return "".join(out)


def _at_once(value: Any, html: bool) -> str:
    """The compact text by CPython's own writer, "" for a value it would write otherwise than Go."""
    from _json import make_encoder

    try:
        plain = _plain_copy(value, [_AT_ONCE], 0)
    except _Unusual:
        return ""
    text: str = "".join(make_encoder(None, _refuse, _quote, None, ":", ",", True, False, False)(plain, 0))
    if not text.isascii():
        if _valid(text) is not text:
            return ""  # keys with bytes that are no UTF-8 have another order
        if _SEPARATORS[0] in text or _SEPARATORS[1] in text:
            text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    if html and ("<" in text or ">" in text or "&" in text):
        # these stand inside strings only
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text


def _plain_copy(value: Any, left: list[int], depth: int) -> Any:
    """Maps and lists with floats as numbers whose repr is Go's. Raises _Unusual for whatever is not plain.

    left: how many entries it may still have.
    """
    left[0] -= len(value)
    mapping = type(value) is dict
    if left[0] < 0 or depth > _MAX_DEPTH or (mapping and not _TEXT.issuperset(map(type, value))):
        raise _Unusual
    out: list[Any] = []
    add = out.append
    for item in value.values() if mapping else value:
        kind = type(item)
        if kind is float:
            if item.is_integer() and -1e16 < item < 1e16 and (item or repr(item) == "0.0"):
                add(int(item))
                continue
            if not 1e-4 <= abs(item) < 1e16:
                raise _Unusual
        elif kind is dict or kind is list:
            add(_plain_copy(item, left, depth + 1))
            continue
        elif kind is not str and kind is not bool and kind is not int and item is not None:
            raise _Unusual
        add(item)
    return dict(zip(value, out, strict=True)) if mapping else out


class _Writer:
    __slots__ = ("add", "html", "indent", "out")

    def __init__(self, out: list[str], html: bool, indent: str) -> None:
        self.out = out
        self.add = out.append
        self.html = html
        self.indent = indent


def _scalar(value: Any, html: bool) -> str | None:
    """The text of anything but a collection; None for one."""
    kind = type(value)
    if kind is str:
        return quote(value, escape_html=html)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    if kind is float:
        return float_text(value)
    if kind is int or isinstance(value, (SizedInt, Duration)):
        return str(int(value))
    if kind is dict or kind is list:
        return None
    if kind in _NILS:
        return "null"
    if isinstance(value, (dict, list)):
        return None
    if isinstance(value, Float32):
        return float_text(shortest32(value))
    if isinstance(value, (bytes, bytearray)):
        return f'"{to_plain(value)}"'
    if isinstance(value, Struct):
        pairs = _fields(value)
        return quote(pairs, escape_html=html) if isinstance(pairs, str) else None
    raise GoError(f"json: unsupported type: {_type_name(value)}")


def _entries(value: Any) -> list[tuple[str, Any]]:
    """A map's entries by the bytes of their keys, a struct's in field order."""
    if isinstance(value, dict):
        if all(type(key) is str and key.isascii() for key in value):
            return sorted(value.items(), key=_first)
        return sorted(value.items(), key=_key_bytes)
    pairs = _fields(value)
    return [] if isinstance(pairs, str) else pairs


def _first(entry: tuple[str, Any]) -> str:
    return entry[0]


def _key_bytes(entry: tuple[Any, Any]) -> bytes:
    return str(entry[0]).encode("utf-8", "surrogateescape")


def _compact(value: Any, writer: _Writer, depth: int) -> None:
    text = _scalar(value, writer.html)
    add = writer.add
    if text is not None:
        add(text)
        return
    if depth > _MAX_DEPTH:
        raise GoError(f"json: unsupported value: encountered a cycle via {_type_name(value)}")
    check_pieces(len(writer.out))
    separator = ""
    if isinstance(value, list):
        add("[")
        for item in value:
            add(separator)
            _compact(item, writer, depth + 1)
            separator = ","
        add("]")
        return
    add("{")
    for key, item in _entries(value):
        add(separator + quote(str(key), escape_html=writer.html) + ":")
        _compact(item, writer, depth + 1)
        separator = ","
    add("}")


def _indented(value: Any, line: str, writer: _Writer, depth: int) -> None:
    text = _scalar(value, writer.html)
    add = writer.add
    if text is not None:
        add(text)
        return
    if depth > _MAX_DEPTH:
        raise GoError(f"json: unsupported value: encountered a cycle via {_type_name(value)}")
    check_pieces(len(writer.out))
    deeper = line + writer.indent
    separator = ""
    if isinstance(value, list):
        for item in value:
            add((separator or "[") + deeper)
            _indented(item, deeper, writer, depth + 1)
            separator = ","
        add(line + "]" if separator else "[]")
        return
    for key, item in _entries(value):
        add((separator or "{") + deeper + quote(str(key), escape_html=writer.html) + ": ")
        _indented(item, deeper, writer, depth + 1)
        separator = ","
    add(line + "}" if separator else "{}")


class _Unusual(Exception):
    """The C scanner met something Go treats in its own way."""


def _go_float(text: str) -> float:
    value = float(text)
    if value in (_INF, -_INF):
        raise _Unusual
    return value


def _exact_float(text: str) -> float | int:
    """1e3 and 1.0 stay floats here: decode_exact keeps what was written as an integer, nothing else."""
    return _go_float(text)


def _exact_int(text: str) -> int | float:
    value = int(text) if len(text) < 25 else _go_float(text)
    return value if -(1 << 63) <= value < 1 << 64 else float(value)


def _refuse(text: str) -> float:
    raise _Unusual


class _Context:
    """What _json.make_scanner reads its settings from."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_constant = staticmethod(_refuse)

    def __init__(self, parse_int: Callable[[str], Any], parse_float: Callable[[str], Any]) -> None:
        self.parse_int = parse_int
        self.parse_float = parse_float
        self.memo: dict[str, str] = {}


def _read(text: str, parse_int: Callable[[str], Any], parse_float: Callable[[str], Any]) -> object:
    from _json import make_scanner

    if "\\ud" not in text and "\\uD" not in text and (text.isascii() or _valid(text) is text):
        body = text.strip(" \t\r\n")
        try:
            value, end = make_scanner(_Context(parse_int, parse_float))(body, 0)  # type: ignore[arg-type]  # duck-typed
            if end == len(body):
                return value
        except (ValueError, StopIteration, RecursionError, SystemError, _Unusual):
            pass  # read again below, in Go's words (SystemError: the scanner's own error class was never imported)
    from charthouse.golang.json_syntax import read

    return read(text, parse_int, parse_float)


def decode(text: str) -> object:
    """json.Unmarshal into an interface: dict, list, str, float, bool, None. Raises GoError with Go's text."""
    return _read(text, _go_float, _go_float)


def decode_exact(text: str) -> object:
    """As `decode`, but numbers written without fraction and exponent are ints (within 64 bits, else float)."""
    return _read(text, _exact_int, _exact_float)


def _whole_int(text: str) -> Int64 | float:
    return Int64(int(text)) if len(text) < _MOST_DIGITS else _go_float(text)


def decode_whole(text: str) -> object:
    """As `decode`, but integers are Go's int64, of any size (ours: exact numbers)."""
    return _read(text, _whole_int, _go_float)


def decode_prefix(text: str, *, whole: bool = False) -> tuple[object, int]:
    """The JSON value a text begins with, and where it ends (json.Decoder's first Decode). Raises GoError."""
    from charthouse.golang.json_syntax import read_prefix

    return read_prefix(text, _whole_int if whole else _go_float, _go_float)


def decode_typed(text: str, parse_int: Callable[[str], Any], parse_float: Callable[[str], Any]) -> object:
    """As `decode`, numbers made by the two functions from their text. Raises GoError."""
    return _read(text, parse_int, parse_float)
