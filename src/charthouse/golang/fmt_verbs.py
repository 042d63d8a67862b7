"""Printf's verbs and flags.

Rules: package fmt of Go 1.27: ``doPrintf``, ``printArg``, ``printValue``, ``badVerb`` of print.go. How texts and
numbers look stands in ``fmt_scalars``.
"""

from __future__ import annotations

from charthouse.golang.fmt import sorted_items, string_method
from charthouse.golang.fmt_scalars import ScalarPrinter, shown
from charthouse.golang.kinds import (
    NilBytes,
    NilMap,
    NilPointer,
    NilSlice,
    NilStringMap,
    NilStringSlice,
    SizedInt,
    Struct,
    go_string,
    go_type,
)
from charthouse.golang.size import check_pieces, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Printer"]

ANY = "interface {}"
_LARGEST = 1_000_000
_NILS = (NilMap, NilSlice, NilStringMap, NilStringSlice)


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


_BYTES = tuple(map(str, range(256)))


class Printer(ScalarPrinter):
    """One call of Printf."""

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
            self.out.append(f"%!{shown(verb)}(BADINDEX)")
        elif number >= len(values):
            self.out.append(f"%!{shown(verb)}(MISSING)")
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
        self.out.append(f"%!{shown(verb)}(")
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
                self.string(method.implementation(value))
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
            self.out.append(f"%!{shown(verb)}({name}=")
            self.pad("<nil>")
            self.out.append(")")

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
            self.out.append(f"[{' '.join(map(_BYTES.__getitem__, value))}]")
        else:
            self.out.append("[")
            from charthouse.golang.kinds import Uint8

            for index, byte in enumerate(value):
                if index:
                    self.out.append(" ")
                self.value(Uint8(byte), verb, depth + 1)
            self.out.append("]")


def _all_fields(value: Struct) -> list[tuple[str, object]]:
    """The fields of a struct; those a template cannot reach, too, where its class tells them (`go_layout`)."""
    own = getattr(type(value), "go_layout", None)
    if own is not None:
        fields: list[tuple[str, object]] = own(value)
        return fields
    return [(field, getattr(value, attribute)) for field, attribute in value.go_fields.items()]
