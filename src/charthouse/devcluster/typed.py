"""A JSON object → the object the API server keeps: known fields only, Go's zero values, canonical quantities.

Rules: Go's encoding/json as sigs.k8s.io/json uses it on the structures of k8s.io/api v0.37.2: the texts of type errors
(``json: cannot unmarshal number into Go struct field ConfigMap.data of type string``) and of strict decoding
(``unknown field "spec.foo"``, ``duplicate field "data.a"``), `omitempty` and `omitzero`.
"""

from __future__ import annotations

from charthouse.devcluster import quantity
from charthouse.devcluster.failures import bad_request
from charthouse.k8s import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["DuplicateFields", "TypeMismatch", "normalize", "object_pairs", "zero"]

GO_SCALARS = {"s": "string", "b": "bool", "i": "int32", "l": "int64", "n": "float64"}
ZEROS: dict[str, Any] = {"s": "", "b": False, "i": 0, "l": 0, "n": 0}


class TypeMismatch(ValueError):
    """A value of another type than its field's; str() is Go's text behind `json: `."""


class DuplicateFields(dict):  # type: ignore[type-arg]  # a JSON object like any other
    """A JSON object in which names stood twice: `names`."""

    names: tuple[str, ...] = ()


def object_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object_pairs_hook for json.loads that remembers duplicate names."""
    out = dict(pairs)
    if len(out) == len(pairs):
        return out
    seen: set[str] = set()
    marked = DuplicateFields(out)
    marked.names = tuple(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return marked


def normalize(value: dict[str, Any], type_name: str) -> tuple[dict[str, Any], list[str]]:
    """The object as kept, and the findings of strict decoding in document order.

    Raises TypeMismatch. `value` is not changed.
    """
    walk = _Walk()
    out = walk.struct(value, type_name, "", "")
    return out, walk.findings


def zero(type_name: str) -> dict[str, Any]:
    """Go's zero value of a type, as JSON."""
    return _Walk().struct({}, type_name, "", "")


def _go_name(type_name: str) -> str:
    return type_name.rsplit(".", 1)[-1]


def _go_type(code: str) -> str:
    if code[0] == "[":
        return "[]" + _go_type(code[1:])
    if code[0] == "{":
        return "map[string]" + _go_type(code[1:])
    if code in GO_SCALARS:
        return GO_SCALARS[code]
    special = {"y": "[]uint8", "t": "v1.Time", "u": "v1.MicroTime", "q": "resource.Quantity", "x": "intstr.IntOrString"}
    if code in special:
        return special[code]
    parts = code.rsplit(".", 2)
    return f"{parts[-2]}.{parts[-1]}" if len(parts) > 1 else code


def _json_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


class _Walk:
    def __init__(self) -> None:
        self.findings: list[str] = []

    def struct(self, value: Any, type_name: str, shown: str, go_path: str) -> dict[str, Any]:
        table = tables.fields(type_name) or {}
        if isinstance(value, DuplicateFields):
            self.duplicates(value, shown)
        out: dict[str, Any] = {}
        for name, item in value.items():
            field = table.get(name)
            below = f"{shown}.{name}" if shown else name
            if field is None:
                self.findings.append(f'unknown field "{below}"')
                continue
            if item is None:
                continue
            deeper = f"{go_path}.{name}" if go_path else name
            kept = self.value(item, field.type, below, deeper, type_name)
            if field.omit_zero and kept == ZEROS.get(field.type, MISSING):
                continue
            if kept in EMPTY and field.type[0] in "[{":
                if not field.always:
                    continue
                kept = None
            out[name] = kept
        for name, field in table.items():
            if field.always and name not in out:
                out[name] = self.zero_field(field)
        return out

    def zero_field(self, field: tables.Field) -> Any:
        if field.type in ZEROS:
            return ZEROS[field.type]
        if tables.fields(field.type) is not None:
            return self.struct({}, field.type, "", "")
        return None

    def duplicates(self, value: DuplicateFields, shown: str) -> None:
        for name in value.names:
            self.findings.append(f'duplicate field "{shown}.{name}"' if shown else f'duplicate field "{name}"')

    def value(self, item: Any, code: str, shown: str, go_path: str, owner: str) -> Any:
        if code[0] == "[":
            if not isinstance(item, list):
                raise self.mismatch(item, code, go_path, owner)
            return [self.item(v, code[1:], f"{shown}[{i}]", go_path, owner) for i, v in enumerate(item)]
        if code[0] == "{":
            if not isinstance(item, dict):
                raise self.mismatch(item, code, go_path, owner)
            if isinstance(item, DuplicateFields):
                self.duplicates(item, shown)
            return {k: self.item(v, code[1:], f"{shown}.{k}", go_path, owner) for k, v in item.items()}
        if code in GO_SCALARS:
            return self.scalar(item, code, go_path, owner)
        if len(code) == 1:
            return self.special(item, code, go_path, owner)
        if not isinstance(item, dict):
            raise self.mismatch(item, code, go_path, owner)
        return self.struct(item, code, shown, go_path)

    def item(self, item: Any, code: str, shown: str, go_path: str, owner: str) -> Any:
        if item is None:
            return ZEROS[code] if code in ZEROS else self.struct({}, code, shown, go_path) if "." in code else None
        return self.value(item, code, shown, go_path, owner)

    def scalar(self, item: Any, code: str, go_path: str, owner: str) -> Any:
        if code == "s":
            good = isinstance(item, str)
        elif code == "b":
            good = isinstance(item, bool)
        elif code == "n":
            good = isinstance(item, (int, float)) and not isinstance(item, bool)
        else:
            if isinstance(item, float) and item.is_integer():
                item = int(item)
            good = isinstance(item, int) and not isinstance(item, bool)
        if not good:
            raise self.mismatch(item, code, go_path, owner)
        return item

    def special(self, item: Any, code: str, go_path: str, owner: str) -> Any:
        if code == "q":
            if isinstance(item, (dict, list, bool)):
                raise TypeMismatch(quantity.NO_MATCH)
            try:
                return quantity.canonical(item if isinstance(item, str) else _number_text(item))
            except ValueError as error:
                raise TypeMismatch(str(error)) from error
        if code == "x":
            if isinstance(item, str):
                return item
            if not isinstance(item, int) or isinstance(item, bool):
                raise self.mismatch(item, "i", "", owner)
            return item
        if code in ("t", "u"):
            if not isinstance(item, str):
                raise self.mismatch(item, "s", "", owner)
            return _time(item)
        if code == "y":
            return self.base64(item, go_path, owner)
        return item

    def base64(self, item: Any, go_path: str, owner: str) -> str:
        import base64
        import binascii

        if not isinstance(item, str):
            raise self.mismatch(item, "y", go_path, owner)
        text = item.replace("\n", "").replace("\r", "")
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise TypeMismatch(f"illegal base64 data at input byte {_bad_base64(text)}") from error
        return text

    def mismatch(self, item: Any, code: str, go_path: str, owner: str) -> TypeMismatch:
        kind = _json_kind(item)
        if kind == "number" and code in ("i", "l"):
            kind = f"number {_number_text(item)}"
        where = f"Go struct field {_go_name(owner)}.{go_path} of" if go_path else "Go value of"
        return TypeMismatch(f"json: cannot unmarshal {kind} into {where} type {_go_type(code)}")


MISSING: Any = object()
EMPTY: tuple[Any, ...] = ([], {})


def _number_text(item: Any) -> str:
    import json

    return json.dumps(item)


def _bad_base64(text: str) -> int:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for index, char in enumerate(text):
        if char not in alphabet and not (char == "=" and index >= len(text) - 2 and len(text) % 4 == 0):
            return index
    return len(text) - len(text) % 4


def _time(text: str) -> str:
    import datetime

    try:
        datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        quoted = f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"'
        raise TypeMismatch(quoted) from error
    return text


def reject(kind: str, version: str, error: TypeMismatch | str) -> Exception:
    """The 400 for a body that cannot be decoded as `kind`."""
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {error}')
