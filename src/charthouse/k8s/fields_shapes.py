"""How values of a type are merged and owned, field by field: the schema server-side apply works with.

Rules: structured-merge-diff v6 (``schema.Atom``) as kube-openapi's ``schemaconv`` fills it: for built-in kinds from the
field tables (k8s/tables.py), for custom resources from ``openAPIV3Schema`` with its ``x-kubernetes-list-type``,
``-list-map-keys``, ``-map-type``, ``-preserve-unknown-fields`` and ``-int-or-string``.
"""

from __future__ import annotations

from charthouse.k8s import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ANY", "ATOMIC", "SCALAR", "Shape", "builtin_shape", "custom_shape"]


class Shape:
    """kind: "scalar" | "struct" | "map" | "list" | "any" (shaped by the value: maps granular, lists atomic).

    relation: of lists "atomic", "set" or "map"; of structures and maps "granular" or "atomic".
    keys: of "map" lists; key_defaults: their defaults by key. element: of lists and maps.
    """

    __slots__ = ("_fields", "element", "key_defaults", "keys", "kind", "relation", "type_name")

    def __init__(
        self,
        kind: str,
        *,
        relation: str = "granular",
        element: Shape | None = None,
        keys: tuple[str, ...] = (),
        fields: dict[str, Shape] | None = None,
        type_name: str = "",
    ) -> None:
        self.kind = kind
        self.relation = relation
        self.element = element
        self.keys = keys
        self.key_defaults: dict[str, Any] = {}
        self._fields = fields
        self.type_name = type_name

    @property
    def fields(self) -> dict[str, Shape]:
        """The fields of a structure by name (made when first asked for: types of Kubernetes are recursive)."""
        if self._fields is None:
            table = tables.fields(self.type_name) or {}
            self._fields = {name: _field_shape(field) for name, field in table.items()}
        return self._fields

    def is_named(self, name: str) -> bool:
        """True when `name` is a field of this structure (not merely a key of a map)."""
        return self.kind == "struct" and name in self.fields

    def child(self, name: str) -> Shape:
        """The shape of what stands under a field name or map key."""
        if self.kind == "struct":
            found = self.fields.get(name)
            if found is not None:
                return found
        return self.element or ANY

    def resolve(self, value: Any) -> Shape:
        """This shape, or for "any" the one the value calls for."""
        if self.kind != "any":
            return self
        if isinstance(value, dict):
            return ANY_MAP
        return ATOMIC_LIST if isinstance(value, list) else SCALAR


SCALAR = Shape("scalar")
ANY = Shape("any")
ATOMIC = Shape("map", relation="atomic")
ATOMIC_LIST = Shape("list", relation="atomic", element=ANY)
ANY_MAP = Shape("map", element=ANY)
_types: dict[tuple[str, str, tuple[str, ...]], Shape] = {}


def builtin_shape(type_name: str) -> Shape:
    """The shape of a built-in type (`apps.v1.Deployment`)."""
    return _code_shape(type_name, "", ())


def _field_shape(field: tables.Field) -> Shape:
    return _code_shape(field.type, field.list_type, field.keys)


def _code_shape(code: str, list_type: str, keys: tuple[str, ...]) -> Shape:
    key = (code, list_type, keys)
    shape = _types.get(key)
    if shape is None:
        shape = _types[key] = _make(code, list_type, keys)
    return shape


def _make(code: str, list_type: str, keys: tuple[str, ...]) -> Shape:
    if code[0] == "[":
        element = _code_shape(code[1:], "", ())
        shape = Shape("list", relation=list_type or "atomic", element=element, keys=keys)
        for name in keys:
            field = tables.field(code[1:], name)
            if field is not None and field.default is not None:
                shape.key_defaults[name] = field.default
        return shape
    if code[0] == "{":
        element = _code_shape(code[1:], "", ())
        return Shape("map", relation="atomic" if list_type == "atomic" else "granular", element=element)
    if code == "o":
        return ATOMIC
    if tables.fields(code) is None:
        return SCALAR
    atomic = list_type == "atomic" or tables.type_attribute(code) == "atomic"
    return Shape("struct", relation="atomic" if atomic else "granular", type_name=code)


def custom_shape(schema: dict[str, Any] | None, *, root: bool = False) -> Shape:
    """The shape of an `openAPIV3Schema`; a root gets apiVersion, kind and metadata as every object has."""
    if schema is None:
        return ANY
    if schema.get("x-kubernetes-int-or-string"):
        return SCALAR
    kind = schema.get("type")
    if kind == "array":
        return _custom_list(schema)
    if kind == "object" or root:
        return _custom_map(schema, root)
    if kind in ("string", "integer", "number", "boolean"):
        return SCALAR
    return ANY


def _custom_list(schema: dict[str, Any]) -> Shape:
    items = schema.get("items")
    element = custom_shape(items if isinstance(items, dict) else None)
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
    shape = Shape("list", relation=schema.get("x-kubernetes-list-type") or "atomic", element=element, keys=keys)
    properties = (items.get("properties") or {}) if isinstance(items, dict) else {}
    for name in keys:
        if "default" in properties.get(name, {}):
            shape.key_defaults[name] = properties[name]["default"]
    return shape


def _custom_map(schema: dict[str, Any], root: bool) -> Shape:
    relation = "atomic" if schema.get("x-kubernetes-map-type") == "atomic" else "granular"
    fields = {name: custom_shape(sub) for name, sub in (schema.get("properties") or {}).items()}
    if root or schema.get("x-kubernetes-embedded-resource"):
        fields.update(apiVersion=SCALAR, kind=SCALAR, metadata=builtin_shape("meta.v1.ObjectMeta"))
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        return Shape("map", relation=relation, element=custom_shape(extra))
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or extra is True or not (fields or root)
    return Shape("struct", relation=relation, fields=fields, element=ANY if open_ended else None)
