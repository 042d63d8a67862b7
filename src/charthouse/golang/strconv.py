"""Quoting, unquoting and numbers to and from text, as Go does them.

Rules: package strconv of Go 1.27 (``quote.go``, ``atoi.go``, ``atof.go``, ``ftoa.go``). Strings are Go strings as
``golang.kinds`` has them (``str`` with ``surrogateescape``). Python's ``repr`` of a float is the shortest text that
reads back, which is what Go's precision -1 asks for, so the digits come from Python and the layout from here.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

__all__ = [
    "UINT64",
    "NumberError",
    "can_backquote",
    "digits_of",
    "format_float",
    "format_int",
    "parse_bool",
    "parse_float",
    "parse_int",
    "parse_uint",
    "quote",
    "quote_ascii",
    "quote_rune",
    "quote_to_graphic",
    "unquote",
    "unquote_char",
]

UINT64 = (1 << 64) - 1

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
# Spaces that IsGraphic accepts and IsPrint does not.
_GRAPHIC = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class NumberError(GoError):
    """`strconv.ParseInt: parsing "x": invalid syntax`: function, the text, and what is wrong with it (`problem`)."""

    def __init__(self, function: str, text: str, problem: str) -> None:
        super().__init__(f"strconv.{function}: parsing {quote(text)}: {problem}")
        self.problem = problem


SYNTAX = "invalid syntax"
RANGE = "value out of range"


# Quoting.


def _escaped(char: str, mark: str, *, ascii_only: bool, graphic: bool) -> str:
    if char == mark or char == "\\":
        return "\\" + char
    code = ord(char)
    if code < 0x7F and code >= 0x20:
        return char
    if not ascii_only and code >= 0x80 and (char.isprintable() or (graphic and char in _GRAPHIC)):
        return char
    if char in _SHORT:
        return _SHORT[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


def _quoted(text: str, mark: str, *, ascii_only: bool = False, graphic: bool = False) -> str:
    inside = "".join([_escaped(char, mark, ascii_only=ascii_only, graphic=graphic) for char in text])
    return f"{mark}{inside}{mark}"


def quote(text: str) -> str:
    """A Go string literal (``Quote``): escapes for what does not print."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return _quoted(text, '"')


def quote_ascii(text: str) -> str:
    """``QuoteToASCII``."""
    return _quoted(text, '"', ascii_only=True)


def quote_to_graphic(text: str) -> str:
    """``QuoteToGraphic``."""
    return _quoted(text, '"', graphic=True)


def quote_rune(code: int, *, ascii_only: bool = False, graphic: bool = False) -> str:
    """``QuoteRune``: a character literal; codes that are no characters become U+FFFD."""
    if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        code = 0xFFFD
    return _quoted(chr(code), "'", ascii_only=ascii_only, graphic=graphic)


def can_backquote(text: str) -> bool:
    """Whether a text can stand unchanged between back quotes."""
    for char in text:
        code = ord(char)
        if code == 0xFEFF or 0xDC80 <= code <= 0xDCFF or char in "`\x7f" or (code < 0x20 and char != "\t"):
            return False
    return True


# Unquoting.


_LONGEST_ESCAPE = 10  # \\U and eight digits


def unquote_char(text: str, mark: str) -> tuple[int, bool, str]:
    """The first character of the inside of a literal (``UnquoteChar``).

    Returns (code, whether it is a code point rather than a byte, the rest). `mark` is the quote that may be escaped
    and may not stand bare. Raises GoError("invalid syntax").
    """
    if not text or (text[0] == mark and mark in ("'", '"')):
        raise GoError(SYNTAX)
    if text[0] != "\\":
        code = ord(text[0])
        return 0xFFFD if 0xDC80 <= code <= 0xDCFF else code, True, text[1:]  # bytes that are no UTF-8: the error rune
    if len(text) < 2:
        raise GoError(SYNTAX)
    kind, rest = text[1], text[2:]
    if kind in _ESCAPES:
        return ord(_ESCAPES[kind]), False, rest
    if kind in "xuU":
        size = {"x": 2, "u": 4, "U": 8}[kind]
        code = _digits(rest, size, 16)
        if kind != "x" and (code > 0x10FFFF or 0xD800 <= code <= 0xDFFF):
            raise GoError(SYNTAX)
        return code, kind != "x", rest[size:]
    if "0" <= kind <= "7":
        code = _digits(text[1:], 3, 8)
        if code > 255:
            raise GoError(SYNTAX)
        return code, False, text[4:]
    if kind in "'\"":
        if kind != mark:
            raise GoError(SYNTAX)
        return ord(kind), False, rest
    raise GoError(SYNTAX)


def _digits(text: str, size: int, base: int) -> int:
    part = text[:size]
    valid = "01234567" if base == 8 else "0123456789abcdefABCDEF"
    if len(part) < size or any(char not in valid for char in part):
        raise GoError(SYNTAX)
    return int(part, base)


def _error_runes(text: str) -> str:
    """A text with U+FFFD for every byte that is no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if 0xDC80 <= ord(char) <= 0xDCFF else char for char in text)
    return text


def unquote(text: str) -> str:
    """The value of a Go string, raw string or character literal (``Unquote``). Raises GoError("invalid syntax")."""
    if len(text) < 2 or text[0] != text[-1] or text[0] not in "\"'`":
        raise GoError(SYNTAX)
    mark, inside = text[0], text[1:-1]
    if mark == "`":
        if "`" in inside:
            raise GoError(SYNTAX)
        return inside.replace("\r", "")
    if "\n" in inside:
        raise GoError(SYNTAX)
    if mark == '"' and "\\" not in inside:
        if '"' in inside:
            raise GoError(SYNTAX)
        return inside if inside.isascii() else _error_runes(inside)
    if mark == '"':
        return _unescaped(inside)
    code, wide, rest = unquote_char(inside, mark)
    if rest:
        raise GoError(SYNTAX)
    return (chr(code).encode() if wide else bytes([code])).decode("utf-8", "surrogateescape")


def _unescaped(inside: str) -> str:
    """The value of what stands between double quotes: what lies between escapes is taken over in one piece."""
    out = bytearray()
    at = 0
    while True:
        escape = inside.find("\\", at)
        piece = inside[at:] if escape < 0 else inside[at:escape]
        if '"' in piece:
            raise GoError(SYNTAX)
        out += (piece if piece.isascii() else _error_runes(piece)).encode()
        if escape < 0:
            return out.decode("utf-8", "surrogateescape")
        window = inside[escape : escape + _LONGEST_ESCAPE]
        code, wide, rest = unquote_char(window, '"')
        out += chr(code).encode() if wide else bytes([code])
        at = escape + len(window) - len(rest)


# Integers.


def _underscores_fine(text: str) -> bool:
    """Whether underscores stand only between digits or after a base prefix (``underscoreOK``)."""
    before = "^"
    index = 0
    if text[:1] in ("+", "-"):
        text = text[1:]
    hexadecimal = False
    if len(text) >= 2 and text[0] == "0" and text[1] in "bBoOxX":
        index = 2
        before = "0"
        hexadecimal = text[1] in "xX"
    for char in text[index:]:
        if "0" <= char <= "9" or (hexadecimal and char in "abcdefABCDEF"):
            before = "0"
        elif char == "_":
            if before != "0":
                return False
            before = "_"
        else:
            if before == "_":
                return False
            before = "!"
    return before != "_"


def _magnitude(function: str, text: str, whole: str, base: int, bits: int) -> int:
    """The value of unsigned digits; `whole` is what the error shows. An overflow is found before a later bad
    character.
    """
    if not text:
        raise NumberError(function, whole, SYNTAX)
    digits, prefixed = text, base == 0
    if prefixed:
        base = 10
        if text[0] == "0":
            prefix = text[1:2].lower()
            if len(text) >= 3 and prefix in ("b", "o", "x"):
                base = {"b": 2, "o": 8, "x": 16}[prefix]
                digits = text[2:]
            else:
                base, digits = 8, text[1:]
    value, underscores = 0, False
    for char in digits:
        if char == "_" and prefixed:
            underscores = True
            continue
        digit = "0123456789abcdefghijklmnopqrstuvwxyz".find(char.lower()) if char.isascii() else -1
        if not 0 <= digit < base:
            raise NumberError(function, whole, SYNTAX)
        value = value * base + digit
        if value >> bits:
            raise NumberError(function, whole, RANGE)
    if underscores and not _underscores_fine(text):
        raise NumberError(function, whole, SYNTAX)
    return value


def parse_uint(text: str, base: int = 10, bits: int = 64, *, function: str = "ParseUint") -> int:
    """``ParseUint``: base 0 reads prefixes and underscores. Raises NumberError."""
    return _magnitude(function, text, text, base, bits)


def parse_int(text: str, base: int = 10, bits: int = 64, *, function: str = "ParseInt") -> int:
    """``ParseInt`` (and ``Atoi`` with function="Atoi"). Raises NumberError."""
    value = _magnitude(function, text[1:] if text[:1] in ("+", "-") else text, text, base, bits)
    limit = 1 << (bits - 1)
    if text[:1] == "-":
        if value > limit:
            raise NumberError(function, text, RANGE)
        return -value
    if value >= limit:
        raise NumberError(function, text, RANGE)
    return value


def parse_bool(text: str) -> bool:
    """``ParseBool``. Raises NumberError."""
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise NumberError("ParseBool", text, SYNTAX)


def format_int(value: int, base: int) -> str:
    """``FormatInt``: base 2 to 36, lower case."""
    if base == 10:
        return str(value)
    if value == 0:
        return "0"
    sign, value = ("-", -value) if value < 0 else ("", value)
    digits: list[str] = []
    while value:
        value, digit = divmod(value, base)
        digits.append("0123456789abcdefghijklmnopqrstuvwxyz"[digit])
    return sign + "".join(reversed(digits))


# Floats.

# The decimal exponent from which the shortest %g takes the form with an exponent.
_PLAIN_LIMIT = 6


def parse_float(text: str, bits: int = 64) -> float:
    """``ParseFloat``: decimal, hexadecimal, infinities, NaN. Raises NumberError."""
    value = _special(text)
    if value is None:
        value = _hexadecimal(text) if text.lstrip("+-")[:2].lower() == "0x" else _decimal(text)
    if value is None:
        raise NumberError("ParseFloat", text, SYNTAX)
    if bits == 32 and value == value and abs(value) != float("inf"):
        value = _single(value)
    if abs(value) == float("inf") and _special(text) is None:
        raise NumberError("ParseFloat", text, RANGE)
    return value


def _single(value: float) -> float:
    import struct

    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _special(text: str) -> float | None:
    word = text.lower()
    if word in ("inf", "+inf", "infinity", "+infinity"):
        return float("inf")
    if word in ("-inf", "-infinity"):
        return float("-inf")
    return float("nan") if word == "nan" else None


def _decimal(text: str) -> float | None:
    body = text[1:] if text[:1] in ("+", "-") else text
    if not body or not body.isascii() or any(char not in "0123456789.eE+-_" for char in body):
        return None
    if "_" in body and not _underscores_fine(body):
        return None
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return None


def _hexadecimal(text: str) -> float | None:
    body = text[1:] if text[:1] in ("+", "-") else text
    lower = body.lower()
    if "p" not in lower or not body.isascii():
        return None
    if "_" in body:
        if not _underscores_fine(body):
            return None
        lower = lower.replace("_", "")
    digits = lower[2 : lower.index("p")]
    if not digits.replace(".", "", 1) or any(char not in "0123456789abcdef." for char in digits):
        return None
    exponent = lower[lower.index("p") + 1 :]
    if not exponent.lstrip("+-").isdecimal() or len(exponent) > 12:
        return None
    try:
        value = float.fromhex(lower)
    except ValueError:
        return None
    except OverflowError:
        value = float("inf")
    return -value if text[:1] == "-" else value


def digits_of(value: float, *, bits: int = 64) -> tuple[str, int]:
    """The shortest digits that read back as a positive finite `value`, and where the point stands: 0.d1d2… ×
    10**point.
    """
    if value == 0:
        return "0", 1
    text = repr(float(value)) if bits == 64 else _shortest32(value)
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + (int(exponent) if exponent else 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return stripped.rstrip("0") or "0", point


def _shortest32(value: float) -> str:
    for precision in range(1, 10):
        text = f"{value:.{precision - 1}e}"
        if _single(float(text)) == value:
            return text
    return f"{value:.8e}"


def format_float(value: float, layout: str, precision: int = -1, bits: int = 64) -> str:
    """``FormatFloat``: layouts e E f g G x X b; precision -1 is the shortest text that reads back."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    sign = "-" if str(value)[0] == "-" else ""
    value = abs(value)
    if layout in "xX":
        return sign + _hexadecimal_text(value, layout, precision)
    if layout == "b":
        return sign + _binary_text(value)
    if precision < 0:
        digits, point = digits_of(value, bits=bits)
        if layout in "eE":
            return sign + _exponent(digits, point, len(digits) - 1, layout) if value else f"{sign}0{layout}+00"
        if layout == "f":
            return sign + _fixed(digits, point, max(len(digits) - point, 0))
        if value and (point - 1 < -4 or point - 1 >= _PLAIN_LIMIT):
            return sign + _exponent(digits, point, len(digits) - 1, "e" if layout == "g" else "E")
        return sign + _fixed(digits, point, max(len(digits) - point, 0))
    if layout in "eE":
        return sign + f"{value:.{precision}{layout}}"
    if layout == "f":
        return sign + f"{value:.{precision}f}"
    return sign + _general(value, layout, precision)


def _general(value: float, layout: str, precision: int) -> str:
    """%g with a precision: that many digits, trailing zeros dropped, an exponent below -4 or from the precision on."""
    precision = precision or 1
    digits, exponent = f"{value:.{precision - 1}e}".split("e")
    digits = digits.replace(".", "").rstrip("0") or "0"
    point = int(exponent) + 1 if value else 1
    limit = precision
    if limit > len(digits) >= point:
        limit = len(digits)
    if value and (point - 1 < -4 or point - 1 >= limit):
        return _exponent(digits, point, len(digits) - 1, "e" if layout == "g" else "E")
    return _fixed(digits, point, max(len(digits) - point, 0))


def _exponent(digits: str, point: int, precision: int, mark: str) -> str:
    fraction = "." + digits[1:].ljust(precision, "0") if precision > 0 else ""
    exponent = point - 1
    return f"{digits[0]}{fraction}{mark}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _fixed(digits: str, point: int, precision: int) -> str:
    whole = digits[:point].ljust(point, "0") if point > 0 else "0"
    if not precision:
        return whole
    fraction = ("0" * -point + digits) if point < 0 else digits[point:]
    return f"{whole}.{fraction.ljust(precision, '0')[:precision]}"


def _hexadecimal_text(value: float, layout: str, precision: int) -> str:
    import math

    if value == 0:
        mantissa, exponent = 0, 0
    else:
        fraction, exponent = math.frexp(value)
        mantissa = int(math.ldexp(fraction, 53))  # 1.52 bits
        exponent -= 1
    digits = f"{mantissa & ((1 << 52) - 1):013x}"
    lead = mantissa >> 52
    if precision < 0:
        digits = digits.rstrip("0")
    elif precision < 13:
        scaled = (lead << 52) | int(digits, 16)
        shift = 4 * (13 - precision)
        low = scaled & ((1 << shift) - 1)
        scaled >>= shift
        half = 1 << (shift - 1)
        if low > half or (low == half and scaled & 1):
            scaled += 1
        lead = scaled >> (4 * precision)
        digits = f"{scaled & ((1 << (4 * precision)) - 1):0{precision}x}" if precision else ""
        if lead > 1:
            lead, exponent = 1, exponent + 1
    else:
        digits = digits.ljust(precision, "0")
    text = f"0x{lead}{'.' if digits else ''}{digits}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return text.upper() if layout == "X" else text


def _binary_text(value: float) -> str:
    import struct

    (word,) = struct.unpack("<Q", struct.pack("<d", value))
    exponent, mantissa = word >> 52, word & ((1 << 52) - 1)
    if exponent:
        mantissa |= 1 << 52
    else:
        exponent = 1
    exponent -= 1023 + 52
    return f"{mantissa}p{'+' if exponent >= 0 else ''}{exponent}"
