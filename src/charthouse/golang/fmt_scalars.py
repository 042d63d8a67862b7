"""Texts and numbers as Printf's verbs print them, with its flags, width and precision.

Rules: format.go of Go 1.27's package fmt, and `fmtBytes`, `fmtString`, `fmtInteger`, `fmtFloat`, `fmtComplex` of
print.go.
"""

from __future__ import annotations

from charthouse.golang.kinds import Float32, go_bytes
from charthouse.golang.size import check_size
from charthouse.golang.strconv import can_backquote, format_float, quote, quote_ascii, quote_rune

__all__ = ["ScalarPrinter", "shown"]

_BASES = {"d": 10, "v": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}


class ScalarPrinter:
    """The text so far, and the flags of the verb being printed."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.good_number = True
        self.reordered = False
        self.erroring = False
        self.padded = 0
        self.clear()

    def clear(self) -> None:
        self.sharp = self.zero = self.plus = self.minus = self.space = False
        self.sharp_v = self.plus_v = False
        self.width = self.precision = 0
        self.has_width = self.has_precision = False

    def bad_verb(self, verb: str, value: object) -> None:
        """Say that a value has no such verb."""
        raise AssertionError(verb)

    # Text.

    def pad(self, text: str) -> None:
        if not self.has_width or self.width == 0:
            self.out.append(text)
            return
        missing = self.width - len(text)
        if self.minus:
            self.out.append(text)
            self.padding(missing)
        else:
            self.padding(missing)
            self.out.append(text)

    def padding(self, count: int) -> None:
        if count > 0:
            self.padded += count
            check_size(self.padded)
            self.out.append(("0" if self.zero and not self.minus else " ") * count)

    def truncated(self, text: str) -> str:
        return text[: self.precision] if self.has_precision else text

    def string(self, text: str) -> None:
        self.pad(self.truncated(text))

    def text(self, text: str, verb: str, value: object) -> None:
        if verb == "v":
            if self.sharp_v:
                self.quoted(text)
            else:
                self.string(text)
        elif verb == "s":
            self.string(text)
        elif verb in ("x", "X"):
            self.hexadecimal(go_bytes(text), verb)
        elif verb == "q":
            self.quoted(text)
        else:
            self.bad_verb(verb, value)

    def quoted(self, text: str) -> None:
        text = self.truncated(text)
        if self.sharp and can_backquote(text):
            self.pad(f"`{text}`")
        else:
            self.pad(quote_ascii(text) if self.plus else quote(text))

    def hexadecimal(self, data: bytes, verb: str) -> None:
        if self.has_precision:
            data = data[: self.precision]
        if not data:
            if self.has_width:
                self.padding(self.width)
            return
        prefix = f"0{verb}" if self.sharp else ""
        digits = [f"{byte:02{verb}}" for byte in data]
        text = f" {prefix}".join(digits) if self.space else "".join(digits)
        text = prefix + text
        missing = self.width - len(text) if self.has_width else 0
        if not self.minus:
            self.padding(missing)
        self.out.append(text)
        if self.minus:
            self.padding(missing)

    # Numbers.

    def integer(self, number: int, verb: str, value: object, *, signed: bool) -> None:
        if verb == "v" and self.sharp_v and not signed:
            sharp, self.sharp = self.sharp, True
            self.format_integer(number, 16, "v", signed=False)
            self.sharp = sharp
        elif verb in _BASES:
            self.format_integer(number, _BASES[verb], verb, signed=signed)
        elif verb == "c":
            self.pad(_character(number))
        elif verb == "q":
            self.pad(quote_rune(_code(number), ascii_only=self.plus))
        elif verb == "U":
            self.unicode(number)
        else:
            self.bad_verb(verb, value)

    def format_integer(self, number: int, base: int, verb: str, *, signed: bool) -> None:
        negative = number < 0
        magnitude = -number if negative else number
        least = 0
        if self.has_precision:
            least = self.precision
            if least == 0 and magnitude == 0:
                zero, self.zero = self.zero, False
                self.padding(self.width)
                self.zero = zero
                return
        elif self.zero and not self.minus and self.has_width:
            least = self.width - (1 if negative or self.plus or self.space else 0)
        digits = _in_base(magnitude, base, verb == "X").rjust(least, "0")
        if self.sharp:
            if base == 2:
                digits = "0b" + digits
            elif base == 8 and digits[0] != "0":
                digits = "0" + digits
            elif base == 16:
                digits = ("0X" if verb == "X" else "0x") + digits
        if verb == "O":
            digits = "0o" + digits
        sign = "-" if negative else "+" if self.plus else " " if self.space else ""
        zero, self.zero = self.zero, False
        self.pad(sign + digits)
        self.zero = zero

    def unicode(self, number: int) -> None:
        code = number & 0xFFFFFFFFFFFFFFFF
        least = self.precision if self.has_precision and self.precision > 4 else 4
        text = f"U+{code:0{least}X}"
        if self.sharp and code <= 0x10FFFF and chr(code).isprintable():
            text += f" '{chr(code)}'"
        zero, self.zero = self.zero, False
        self.pad(text)
        self.zero = zero

    def floating(self, number: float, verb: str, value: object) -> None:
        bits = 32 if isinstance(value, Float32) else 64
        if verb == "v":
            self.format_float(number, "g", -1, bits)
        elif verb in ("b", "g", "G", "x", "X"):
            self.format_float(number, verb, -1, bits)
        elif verb in ("f", "e", "E", "F"):
            self.format_float(number, "f" if verb == "F" else verb, 6, bits)
        else:
            self.bad_verb(verb, value)

    def format_float(self, number: float, layout: str, precision: int, bits: int) -> None:
        if self.has_precision:
            precision = self.precision
        text = format_float(number, layout, precision, bits)
        if text[0] not in "+-":
            text = "+" + text
        if self.space and text[0] == "+" and not self.plus:
            text = " " + text[1:]
        if text[1] in "IN":
            if text[1] == "N" and not self.space and not self.plus:
                text = text[1:]
            zero, self.zero = self.zero, False
            self.pad(text)
            self.zero = zero
            return
        if self.sharp and layout != "b":
            text = _with_point(text, layout, precision)
        if self.plus or text[0] != "+":
            if self.zero and not self.minus and self.has_width and self.width > len(text):
                self.out.append(text[0])
                self.padding(self.width - len(text))
                self.out.append(text[1:])
                return
            self.pad(text)
            return
        self.pad(text[1:])

    def complex(self, value: complex, verb: str) -> None:
        if verb not in "vbgGxXfFeE":
            self.bad_verb(verb, value)
            return
        plus = self.plus
        self.out.append("(")
        self.floating(value.real, verb, value.real)
        self.plus = True
        self.floating(value.imag, verb, value.imag)
        self.out.append("i)")
        self.plus = plus


def shown(verb: str) -> str:
    """A verb in a remark: what is no UTF-8 is replaced."""
    return "\ufffd" if "\udc80" <= verb <= "\udcff" else verb


def _code(number: int) -> int:
    return number if 0 <= number <= 0x10FFFF else 0xFFFD


def _character(number: int) -> str:
    code = _code(number)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _in_base(number: int, base: int, upper: bool) -> str:
    if base == 10:
        return str(number)
    layout = {2: "b", 8: "o", 16: "X" if upper else "x"}[base]
    return format(number, layout)


def _with_point(text: str, layout: str, precision: int) -> str:
    """The sharp flag: a decimal point always, and for %g the zeros up to the precision."""
    digits = 0
    if layout in ("g", "G", "x"):
        digits = 6 if precision == -1 else precision
    tail, body = "", text
    for mark in "pP" if layout in "xX" else "pPeE":
        if mark in body:
            at = body.index(mark)
            body, tail = body[:at], body[at:]
            break
    seen = False
    for char in body[1:]:
        if char == ".":
            continue
        if char != "0":
            seen = True
        if seen:
            digits -= 1
    if "." not in body:
        if len(body) == 2 and body[1] == "0":
            digits -= 1
        body += "."
    return body + "0" * max(digits, 0) + tail
