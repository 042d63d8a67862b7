"""YAML as Helm reads and writes it: sigs.k8s.io/yaml over go-yaml v2 both ways, and go-yaml v3 for pretty output.

Texts are Go strings (`str`, invalid UTF-8 as surrogate escapes). ``load_values`` gives every number as float (Helm
reads values through JSON), ``load_object`` keeps whole numbers as int (Kubernetes objects). All errors are
``YamlError`` with Helm's text.
"""

from __future__ import annotations

from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.reader import read
from charthouse.formats.yaml.resolve import exact_number
from charthouse.golang.kinds import Int64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = [
    "YamlError",
    "dump",
    "dump_pretty",
    "iterate_documents",
    "key_lines",
    "load_documents",
    "load_list",
    "load_map",
    "load_object",
    "load_strictly",
    "load_values",
    "load_values_documents",
    "load_whole",
    "load_written",
    "split_documents",
]

_real: dict[str, Any] = {}
_exact: dict[str, Any] = {}
_written: dict[str, Any] = {}
_whole: dict[str, Any] = {}


def _real_number(value: float) -> float:
    return float(value)


def _whole_number(value: float) -> Int64 | float:
    return Int64(value) if type(value) is int else value


def _written_number(value: float) -> int | float:
    return value


def _converting(error: YamlError) -> YamlError:
    return YamlError(f"error converting YAML to JSON: {error.message}", hint=error.hint, line=error.line)


def load_values(text: str) -> Any:
    """sigs.k8s.io/yaml Unmarshal of the first document into an interface: numbers are float, map keys str."""
    try:
        return read(text, _real, _real_number)
    except YamlError as error:
        raise _converting(error) from None


def load_object(text: str) -> Any:
    """As `load_values`, but whole numbers that fit int64 are int: Kubernetes objects, manifests, Chart.yaml."""
    try:
        return read(text, _exact, exact_number)
    except YamlError as error:
        raise _converting(error) from None


def load_whole(text: str) -> Any:
    """As `load_values`, but numbers written as integers are Go's int64, of any size (ours: exact numbers)."""
    try:
        return read(text, _whole, _whole_number)
    except YamlError as error:
        raise _converting(error) from None


def load_written(text: str, *, unbounded: bool = False) -> Any:
    """As `load_values`, but numbers are int or float as they are written (1.0 is a float): what sigs.k8s.io/yaml turns
    into text where a field wants a string. unbounded: let infinities through, for the caller to look at."""
    try:
        return read(text, _written, _written_number, unbounded=unbounded)
    except YamlError as error:
        raise _converting(error) from None


def _type_error(value: object, wanted: str) -> YamlError:
    kinds = {str: "string", bool: "bool", float: "number", int: "number", list: "array", dict: "object"}
    return YamlError(
        "error unmarshaling JSON: while decoding JSON: "
        f"json: cannot unmarshal {kinds[type(value)]} into Go value of type {wanted}"
    )


def load_map(text: str, *, exact: bool = False) -> dict[str, Any]:
    """As `load_values` into a map[string]interface {}: an empty document is an empty map, anything else an error.

    exact: whole numbers stay int (`load_whole`).
    """
    value = load_whole(text) if exact else load_values(text)
    if value is None:
        return {}
    if type(value) is not dict:
        raise _type_error(value, "map[string]interface {}")
    return value


def load_list(text: str, *, exact: bool = False) -> list[Any]:
    """As `load_values` into a []interface {}; exact as for `load_map`."""
    value = load_whole(text) if exact else load_values(text)
    if value is None:
        return []
    if type(value) is not list:
        raise _type_error(value, "[]interface {}")
    return value


def load_strictly(text: str) -> Any:
    """As `load_object`, but duplicate keys are an error (sigs.k8s.io/yaml UnmarshalStrict)."""
    try:
        return read(text, _exact, exact_number, strict=True)
    except YamlError as error:
        raise _converting(error) from None


def split_documents(text: str) -> list[str]:
    """The documents of a stream as k8s.io/apimachinery's YAMLReader cuts them: at lines beginning with ``---``."""
    from charthouse.formats.yaml.documents import split

    return split(text)


def iterate_documents(text: str) -> Iterator[str]:
    """As `split_documents`, one by one: a broken separator is raised only when the documents before it were taken."""
    from charthouse.formats.yaml.documents import iterate

    return iterate(text)


def load_documents(text: str) -> list[Any]:
    """Each document of a stream through `load_object`."""
    return [load_object(part) for part in split_documents(text)]


def load_values_documents(text: str, *, exact: bool = False) -> list[dict[str, Any]]:
    """Each document of a values file through `load_map`; Helm 4 merges them in turn.

    Raises YamlError in the words of Helm 4's chart loader `LoadValues`.
    """
    parts = iterate_documents(text)
    out: list[dict[str, Any]] = []
    while True:
        try:
            part = next(parts, None)
        except YamlError as error:
            raise YamlError(f"error reading yaml document: {error.message}", line=error.line) from None
        if part is None:
            return out
        try:
            out.append(load_map(part, exact=exact))
        except YamlError as error:
            raise YamlError(f"cannot unmarshal yaml document: {error.message}", line=error.line) from None


def dump(value: object) -> str:
    """sigs.k8s.io/yaml Marshal, final line break included. Raises YamlError."""
    from charthouse.formats.yaml.emit import dump as write

    return write(value)


def dump_pretty(value: object) -> str:
    """go-yaml v3's encoder with an indentation of 2 (`toYamlPretty`), final line break included. Raises YamlError."""
    from charthouse.formats.yaml.pretty import dump_pretty as write

    return write(value)


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Where each key and list item of the first document stands: its path → line, counted from 1. For hints."""
    from charthouse.formats.yaml.positions import key_lines as find

    return find(text)
