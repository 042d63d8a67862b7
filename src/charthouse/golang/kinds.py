"""How Go's values look in Python: the one table every layer above agrees on.

=============================  ===========================================================
Go                             Python
=============================  ===========================================================
nil (an interface)             ``None``
bool                           ``bool``
string                         ``str``, decoded from UTF-8 with ``surrogateescape`` (a Go string may hold any bytes;
                               its length and indexes count bytes, see ``go_bytes``)
int                            ``int`` (exactly that type)
float64                        ``float`` (exactly that type)
complex128                     ``complex``
int64, uint8, … named ints     a subclass of ``SizedInt`` below (``Int64(5)``); arithmetic gives plain ints, re-wrap
[]byte                         ``bytes``
map[string]interface {}        ``dict`` (exactly that type; keys are ``str``)
another map type               a subclass of ``TypedMap`` with ``go_type``
[]interface {}                 ``list`` (exactly that type)
another slice type             a subclass of ``TypedSlice`` with ``go_type`` (``StringSlice``, ``IntSlice`` …)
a struct or pointer to one     a subclass of ``Struct``
=============================  ===========================================================

Numbers of values files are float64 (``float``), of ``--set`` int64 (``Int64``), literals of templates int or float64.
Nothing else ever reaches a template: a Python object outside this table is refused by the evaluator, which is what
keeps charts away from Python (docs/architecture.md, "Untrusted charts").
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

__all__ = [
    "Duration",
    "Float32",
    "GoError",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "IntSlice",
    "NilBytes",
    "NilMap",
    "NilPointer",
    "NilSlice",
    "NilStringMap",
    "NilStringSlice",
    "SizedInt",
    "StringMap",
    "StringSlice",
    "Struct",
    "TypedMap",
    "TypedSlice",
    "Uint",
    "Uint8",
    "Uint16",
    "Uint32",
    "Uint64",
    "go_bytes",
    "go_string",
    "go_type",
]


class GoError(Exception):
    """An error value returned by, or a panic raised in, a Go function: its text is Go's own, byte for byte.

    A template function raises it; the evaluator turns it into `error calling NAME: TEXT` as text/template does.
    `go_type` is the Go type name of the error value where that matters ("*errors.errorString" by default).
    """


class SizedInt(int):
    """An integer of a Go type other than int. `bits` 8…64, `signed`; `wrap` reduces modulo 2**bits as Go does."""

    __slots__ = ()
    go_type: ClassVar[str] = "int"
    bits: ClassVar[int] = 64
    signed: ClassVar[bool] = True


class Int8(SizedInt):
    __slots__ = ()
    go_type = "int8"
    bits = 8


class Int16(SizedInt):
    __slots__ = ()
    go_type = "int16"
    bits = 16


class Int32(SizedInt):
    __slots__ = ()
    go_type = "int32"
    bits = 32


class Int64(SizedInt):
    __slots__ = ()
    go_type = "int64"


class Uint(SizedInt):
    __slots__ = ()
    go_type = "uint"
    signed = False


class Uint8(SizedInt):
    __slots__ = ()
    go_type = "uint8"
    bits = 8
    signed = False


class Uint16(SizedInt):
    __slots__ = ()
    go_type = "uint16"
    bits = 16
    signed = False


class Uint32(SizedInt):
    __slots__ = ()
    go_type = "uint32"
    bits = 32
    signed = False


class Uint64(SizedInt):
    __slots__ = ()
    go_type = "uint64"
    signed = False


class Duration(Int64):
    """time.Duration: nanoseconds. Prints through its String method (golang/time.py)."""

    __slots__ = ()
    go_type = "time.Duration"


class Float32(float):
    __slots__ = ()
    go_type: ClassVar[str] = "float32"


class TypedSlice(list):  # type: ignore[type-arg]
    """A slice whose element type is not interface {}: `go_type` "[]string", `element` "string"."""

    __slots__ = ()
    go_type: ClassVar[str] = "[]interface {}"
    element: ClassVar[str] = "interface {}"


class StringSlice(TypedSlice):
    __slots__ = ()
    go_type = "[]string"
    element = "string"


class IntSlice(TypedSlice):
    __slots__ = ()
    go_type = "[]int"
    element = "int"


class NilSlice(TypedSlice):
    """A nil []interface {} (sprig's ``rest`` of an empty list): always empty, prints `[]`, JSON's null."""

    __slots__ = ()


class NilStringSlice(StringSlice):
    """A nil []string (``regexFindAll`` without a match): always empty, prints `[]`, JSON's null."""

    __slots__ = ()


class NilBytes(bytes):
    """A nil []byte (a file that is not there, taken from `.Files.Glob`): prints `[]`, JSON's null."""

    __slots__ = ()
    go_type: ClassVar[str] = "[]uint8"


class TypedMap(dict):  # type: ignore[type-arg]
    """A map of another type than map[string]interface {}: `go_type`, `element` as for slices."""

    __slots__ = ()
    go_type: ClassVar[str] = "map[string]interface {}"
    element: ClassVar[str] = "interface {}"


class StringMap(TypedMap):
    __slots__ = ()
    go_type = "map[string]string"
    element = "string"


class NilStringMap(StringMap):
    """A nil map[string]string (`.Chart.Annotations` of a chart without any): prints `map[]`, JSON's null."""

    __slots__ = ()


class NilMap(TypedMap):
    """A nil map[string]interface {}: always empty, prints `map[]`, JSON's null; cannot be written."""

    __slots__ = ()

    def __setitem__(self, key: object, value: object) -> None:
        raise GoError("assignment to entry in nil map")


class NilPointer:
    """A nil pointer in a field no template reaches, for what fmt prints of its struct. name: its type."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Struct:
    """A Go struct (or pointer to one) a template may look at; nothing but what the two tables name is reachable.

    go_type: the type's Go name, with `*` for a pointer ("*semver.Version").
    go_fields: exported field name → Python attribute name, in declaration order (that order is how `%v` prints it).
    go_methods: method name → ``gotemplate.functions.Function`` whose implementation takes the receiver first (the
        receiver is not part of the Function's signature).
    go_promoted: names of an embedded struct's fields, reachable as its own.
    go_unexported: names of its other fields, for which Go has an error of its own.
    """

    __slots__ = ()
    go_type: ClassVar[str] = "struct {}"
    go_fields: ClassVar[Mapping[str, str]] = {}
    go_methods: ClassVar[Mapping[str, Any]] = {}
    go_promoted: ClassVar[Mapping[str, str]] = {}
    go_unexported: ClassVar[frozenset[str]] = frozenset()


_NAMES: dict[type, str] = {
    type(None): "<nil>",
    bool: "bool",
    str: "string",
    int: "int",
    float: "float64",
    complex: "complex128",
    bytes: "[]uint8",
    dict: "map[string]interface {}",
    list: "[]interface {}",
}


def go_type(value: object) -> str:
    """The Go type name of a value of the table above, as `%T` prints it ("<nil>" for None)."""
    name = _NAMES.get(type(value))
    if name is None:
        name = getattr(type(value), "go_type", None)
        if name is None:
            raise TypeError(f"{type(value).__name__} is not a value a template may see")
    return name


def go_bytes(text: str) -> bytes:
    """The bytes of a Go string."""
    return text.encode("utf-8", "surrogateescape")


def go_string(data: bytes) -> str:
    """The Go string of some bytes."""
    return data.decode("utf-8", "surrogateescape")
