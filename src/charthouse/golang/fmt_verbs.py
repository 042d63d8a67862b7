"""Printf's verbs and flags.

Rules: package fmt of Go 1.27: ``doPrintf``, ``printArg``, ``printValue``, ``badVerb`` of print.go, and format.go.
"""

from __future__ import annotations

from charthouse.golang.fmt import sorted_items, string_method
from charthouse.golang.kinds import (
    Float32,
    NilBytes,
    NilMap,
    NilPointer,
    NilSlice,
    NilStringMap,
    NilStringSlice,
    SizedInt,
    Struct,
    go_bytes,
    go_string,
    go_type,
)
from charthouse.golang.size import check_pieces, check_size, joined
from charthouse.golang.strconv import can_backquote, format_float, quote, quote_ascii, quote_rune

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Printer"]

ANY = "interface {}"
_LARGEST = 1_000_000
_NILS = (NilMap, NilSlice, NilStringMap, NilStringSlice)
_BASES = {"d": 10, "v": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}


def _too_large(number: int) -> bool:
    return not -_LARGEST <= number <= _LARGEST


def _number(layout: str, start: int, end: int) -> tuple[int, bool, int]:
    """Digits at `start`: (value, whether there is a number, where it ends)."""
    if start >= end:
        return 0, False, end
    number, found = 0, False
    while start < end and "0" <= layout[start] <= "9":
        if _too_large(number):
            return 0, False, end
        number = number * 10 + int(layout[start])
        found = True
        start += 1
    return number, found, start


class Printer:
    """One call of Printf: the text so far, and the flags of the verb being printed."""

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

    # The layout.

    def printf(self, layout: str, values: Sequence[object]) -> str:
        end = len(layout)
        at = number = 0
        while at < end:
            self.good_number = True
            percent = layout.find("%", at)
            if percent < 0:
                self.out.append(layout[at:])
                break
            if percent > at:
                self.out.append(layout[at:percent])
            self.clear()
            at, number, more = self.verb(layout, percent + 1, number, values)
            if not more:
                break
        if not self.reordered and number < len(values):
            self.extra(values[number:])
        return joined(self.out)

    def verb(self, layout: str, at: int, number: int, values: Sequence[object]) -> tuple[int, int, bool]:
        """One verb behind its percent sign: (where it ends, the next argument, whether the layout goes on)."""
        end = len(layout)
        at = self.flags(layout, at)
        if at < end and "a" <= layout[at] <= "z" and number < len(values):
            self.argument(layout[at], values[number])
            return at + 1, number + 1, True
        number, at, after_index = self.argument_number(layout, at, number, len(values))
        at, number, after_index = self.read_width(layout, at, number, values, after_index)
        if at + 1 < end and layout[at] == ".":
            at, number, after_index = self.read_precision(layout, at + 1, number, values, after_index)
        if not after_index:
            number, at, _ = self.argument_number(layout, at, number, len(values))
        if at >= end:
            self.out.append("%!(NOVERB)")
            return at, number, False
        verb = layout[at]
        if verb == "%":
            self.out.append("%")
        elif not self.good_number:
            self.out.append(f"%!{_shown(verb)}(BADINDEX)")
        elif number >= len(values):
            self.out.append(f"%!{_shown(verb)}(MISSING)")
        else:
            self.argument(verb, values[number])
            number += 1
        return at + 1, number, True

    def flags(self, layout: str, at: int) -> int:
        while at < len(layout):
            char = layout[at]
            if char == "#":
                self.sharp = True
            elif char == "0":
                self.zero = True
            elif char == "+":
                self.plus = True
            elif char == "-":
                self.minus = True
            elif char == " ":
                self.space = True
            else:
                break
            at += 1
        return at

    def argument_number(self, layout: str, at: int, number: int, count: int) -> tuple[int, int, bool]:
        """`[3]`: (the argument it names, where it ends, whether there was one)."""
        if at >= len(layout) or layout[at] != "[":
            return number, at, False
        self.reordered = True
        close = layout.find("]", at + 1)
        good, index, size = False, 0, 1
        if len(layout) - at >= 3 and close > 0:
            value, found, stop = _number(layout, at + 1, close)
            size = close - at + 1
            if found and stop == close:
                good, index = True, value - 1
        if good and 0 <= index < count:
            return index, at + size, True
        self.good_number = False
        return number, at + size, good

    def read_width(
        self, layout: str, at: int, number: int, values: Sequence[object], after_index: bool
    ) -> tuple[int, int, bool]:
        if at < len(layout) and layout[at] == "*":
            self.width, self.has_width, number = self.star(values, number)
            if not self.has_width:
                self.out.append("%!(BADWIDTH)")
            if self.width < 0:
                self.width = -self.width
                self.minus = True
                self.zero = False
            return at + 1, number, False
        self.width, self.has_width, at = _number(layout, at, len(layout))
        if after_index and self.has_width:
            self.good_number = False
        return at, number, after_index

    def read_precision(
        self, layout: str, at: int, number: int, values: Sequence[object], after_index: bool
    ) -> tuple[int, int, bool]:
        if after_index:
            self.good_number = False
        number, at, after_index = self.argument_number(layout, at, number, len(values))
        if at < len(layout) and layout[at] == "*":
            self.precision, self.has_precision, number = self.star(values, number)
            if self.precision < 0:
                self.precision, self.has_precision = 0, False
            if not self.has_precision:
                self.out.append("%!(BADPREC)")
            return at + 1, number, False
        self.precision, self.has_precision, at = _number(layout, at, len(layout))
        if not self.has_precision:
            self.precision, self.has_precision = 0, True
        return at, number, after_index

    def star(self, values: Sequence[object], number: int) -> tuple[int, bool, int]:
        if number >= len(values):
            return 0, False, number
        value = values[number]
        if isinstance(value, int) and not isinstance(value, bool) and not _too_large(value):
            return int(value), True, number + 1
        return 0, False, number + 1

    def extra(self, values: Sequence[object]) -> None:
        self.clear()
        self.out.append("%!(EXTRA ")
        for index, value in enumerate(values):
            if index:
                self.out.append(", ")
            if value is None:
                self.out.append("<nil>")
            else:
                self.out.append(f"{go_type(value)}=")
                self.value(value, "v", 0)
        self.out.append(")")

    # Values.

    def argument(self, verb: str, value: object) -> None:
        if verb in ("v", "w"):
            self.sharp_v, self.sharp = self.sharp, False
            self.plus_v, self.plus = self.plus, False
        if value is None:
            if verb in ("T", "v"):
                self.pad("<nil>")
            else:
                self.bad_verb(verb, value)
        elif verb == "T":
            self.string(go_type(value))
        elif verb == "p":
            self.pointer(value)
        else:
            self.value(value, verb, 0)

    def bad_verb(self, verb: str, value: object) -> None:
        self.erroring = True
        self.out.append(f"%!{_shown(verb)}(")
        if value is None:
            self.out.append("<nil>")
        else:
            self.out.append(f"{go_type(value)}=")
            self.value(value, "v", 0)
        self.out.append(")")
        self.erroring = False

    def value(self, value: object, verb: str, depth: int) -> None:
        if isinstance(value, bool):
            if verb in "tv":
                self.pad("true" if value else "false")
            else:
                self.bad_verb(verb, value)
        elif isinstance(value, str) and type(value) is str:
            self.text(value, verb, value)
        elif type(value) is int:
            self.integer(value, verb, value, signed=True)
        elif isinstance(value, float):
            self.floating(value, verb, value)
        elif value is None:
            self.out.append(f"{ANY}(nil)" if self.sharp_v else "<nil>")
        else:
            self.other(value, verb, depth)

    def other(self, value: object, verb: str, depth: int) -> None:
        # `value` is of a type that could have methods of its own, which come first.
        if not self.erroring and not self.sharp_v and verb in "vsxXq":
            text = string_method(value)
            if text is not None:
                self.text(text, verb, value)
                return
        if self.sharp_v and not self.erroring:
            method = getattr(type(value), "go_methods", {}).get("GoString")
            if method is not None:
                self.pad(method.implementation(value))
                return
        if verb == "w" and not self.erroring:
            self.bad_verb(verb, value)
        elif isinstance(value, int):
            self.integer(int(value), verb, value, signed=not isinstance(value, SizedInt) or value.signed)
        elif isinstance(value, complex):
            self.complex(value, verb)
        elif isinstance(value, bytes):
            self.byte_slice(value, verb, depth)
        elif isinstance(value, dict):
            self.mapping(value, verb, depth)
        elif isinstance(value, list):
            self.sequence(value, verb, depth)
        elif isinstance(value, Struct):
            self.struct(value, verb, depth)
        elif isinstance(value, str):
            self.text(str(value), verb, value)
        elif isinstance(value, NilPointer):
            self.nil_pointer(value.name, verb)
        else:
            self.out.append(f"?{go_type(value)}?")

    def mapping(self, value: dict[object, object], verb: str, depth: int) -> None:
        check_pieces(len(self.out))
        between = " "
        if self.sharp_v:
            self.out.append(go_type(value))
            if isinstance(value, _NILS):
                self.out.append("(nil)")
                return
            self.out.append("{")
            between = ", "
        else:
            self.out.append("map[")
        for index, (key, item) in enumerate(sorted_items(value)):
            if index:
                self.out.append(between)
            self.value(key, verb, depth + 1)
            self.out.append(":")
            self.value(item, verb, depth + 1)
        self.out.append("}" if self.sharp_v else "]")

    def sequence(self, value: list[object], verb: str, depth: int) -> None:
        check_pieces(len(self.out))
        between = " "
        if self.sharp_v:
            self.out.append(go_type(value))
            if isinstance(value, _NILS):
                self.out.append("(nil)")
                return
            self.out.append("{")
            between = ", "
        else:
            self.out.append("[")
        for index, item in enumerate(value):
            if index:
                self.out.append(between)
            self.value(item, verb, depth + 1)
        self.out.append("}" if self.sharp_v else "]")

    def struct(self, value: Struct, verb: str, depth: int) -> None:
        name = go_type(value)
        if name.startswith("*"):
            if depth > 0:
                self.pointer(value, verb)
                return
            self.out.append("&")
            name = name[1:]
        self.out.append((name if self.sharp_v else "") + "{")
        for index, (field, item) in enumerate(_all_fields(value)):
            if index:
                self.out.append(", " if self.sharp_v else " ")
            if self.plus_v or self.sharp_v:
                self.out.append(f"{field}:")
            self.value(item, verb, depth + 1)
        self.out.append("}")

    def nil_pointer(self, name: str, verb: str) -> None:
        if verb == "v":
            self.pad(f"({name})(nil)" if self.sharp_v else "<nil>")
        elif verb in "bodxX":
            self.integer(0, verb, 0, signed=False)
        else:
            self.out.append(f"%!{_shown(verb)}({name}=<nil>)")

    def pointer(self, value: object, verb: str = "p") -> None:
        if not isinstance(value, (dict, list, bytes)) and not go_type(value).startswith("*"):
            self.bad_verb("p", value)
            return
        # As unlike from run to run as Go's, equal for the same value, and telling nothing of this process's memory.
        address = 0xC000000000 | hash(f"{id(value):x}") & 0x3FFFFFF0
        if verb == "v" and self.sharp_v:
            self.out.append(f"({go_type(value)})(0x{address:x})")
        elif verb in "pv":
            sharp, self.sharp = self.sharp, not self.sharp
            self.format_integer(address, 16, "v", signed=False)
            self.sharp = sharp
        elif verb in "bodxX":
            self.integer(address, verb, value, signed=False)
        else:
            self.bad_verb(verb, value)

    def byte_slice(self, value: bytes, verb: str, depth: int) -> None:
        if verb == "s":
            self.string(go_string(value))
        elif verb in "xX":
            self.hexadecimal(value, verb)
        elif verb == "q":
            self.quoted(go_string(value))
        elif verb in "vd" and self.sharp_v:
            name = "[]byte" if depth == 0 else "[]uint8"
            if isinstance(value, NilBytes):
                self.out.append(name + "(nil)")
                return
            self.out.append(name + "{")
            self.out.append(", ".join([f"0x{byte:x}" for byte in value]) + "}")
        elif verb in "vd" and not (self.has_width or self.has_precision or self.plus or self.space or self.sharp):
            # `.Files` printed in passing (a key made of it) holds every byte of the chart's files.
            self.out.append(repr(list(value)).replace(",", ""))
        else:
            self.out.append("[")
            from charthouse.golang.kinds import Uint8

            for index, byte in enumerate(value):
                if index:
                    self.out.append(" ")
                self.value(Uint8(byte), verb, depth + 1)
            self.out.append("]")

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


def _all_fields(value: Struct) -> list[tuple[str, object]]:
    """The fields of a struct; those a template cannot reach, too, where its class tells them (`go_layout`)."""
    own = getattr(type(value), "go_layout", None)
    if own is not None:
        fields: list[tuple[str, object]] = own(value)
        return fields
    return [(field, getattr(value, attribute)) for field, attribute in value.go_fields.items()]


def _shown(verb: str) -> str:
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
