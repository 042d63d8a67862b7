"""The field tables of Kubernetes' built-in kinds, read from ``fields.json``.

``fields.json`` is generated from the OpenAPI files of Kubernetes (tools/generate_k8s_schema.py). It maps a kind
(``apps/v1/Deployment``) to a type name (``apps.v1.Deployment``) and a type name to its fields, each one string::

    code  = type *( ";" attribute )
    type  = "s" string | "b" boolean | "i" int32 | "l" int64 | "n" number | "q" quantity | "x" integer or string
          | "t" time | "u" time with microseconds | "y" bytes as base64 | "o" any JSON
          | "[" type list | "{" type map with string keys | a type name (it has a dot)
    attribute = "!" required
          | "~" a scalar left out when it is zero | "+" always written, zero or not (Go's omitempty and pointers)
          | "atomic" | "set" | "map=" key *( "," key )     how server-side apply merges the list or map
          | "patch=" strategy ":" [ merge key ]            how a strategic merge patch treats it
          | "enum=" value *( "|" value )
          | "=" JSON                                       the default

A field named "" carries attributes of the type itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Field", "field", "fields", "kind_type", "kinds", "kubernetes_version", "type_attribute", "type_names"]


class Field:
    """One field of a built-in type.

    type: the type code without list and map marks of attributes (module docstring), e.g. ``[core.v1.Container``.
    list_type: "" | "atomic" | "set" | "map" (for maps: "" granular, "atomic"). keys: the list-map keys.
    strategy: "" | "merge" | "retainKeys" | "merge,retainKeys" | "replace"; merge_key: of the strategic merge patch.
    enum: allowed values, () for any. default: None when there is none. omit_zero: a scalar that Go leaves out when it
    is zero. always: Go writes it even when it is zero (a structure as {}, a list as null).
    """

    __slots__ = (
        "always",
        "default",
        "enum",
        "keys",
        "list_type",
        "merge_key",
        "omit_zero",
        "required",
        "strategy",
        "type",
    )

    def __init__(self, code: str) -> None:
        head, _, default = code.partition(";=")
        self.default: Any = None
        if default:
            import json

            self.default = json.loads(default)
        parts = head.split(";")
        self.type = parts[0]
        self.required = self.omit_zero = self.always = False
        self.list_type = self.strategy = self.merge_key = ""
        self.keys: tuple[str, ...] = ()
        self.enum: tuple[str, ...] = ()
        for part in parts[1:]:
            if part == "!":
                self.required = True
            elif part == "~":
                self.omit_zero = True
            elif part == "+":
                self.always = True
            elif part.startswith("map="):
                self.list_type, self.keys = "map", tuple(part[4:].split(","))
            elif part.startswith("patch="):
                self.strategy, _, self.merge_key = part[6:].rpartition(":")
            elif part.startswith("enum="):
                self.enum = tuple(part[5:].split("|"))
            else:
                self.list_type = part

    @property
    def element(self) -> str:
        """The type of the items of a list or map; the type itself otherwise."""
        return self.type[1:] if self.type[0] in "[{" else self.type


_data: dict[str, Any] = {}
_fields: dict[str, dict[str, Field]] = {}


def _load() -> dict[str, Any]:
    if not _data:
        import json

        with open(__file__.rpartition("tables.py")[0] + "fields.json", encoding="utf-8") as file:
            _data.update(json.load(file))
    return _data


def kubernetes_version() -> str:
    """The Kubernetes release the tables were made from: "v1.37.2"."""
    return str(_load()["kubernetes"])


def kinds() -> dict[str, str]:
    """`apiVersion/Kind` → type name, for every built-in kind."""
    return _load()["kinds"]  # type: ignore[no-any-return]  # JSON


def kind_type(api_version: str, kind: str) -> str | None:
    """The type name of a built-in kind, None for any other."""
    return kinds().get(f"{api_version}/{kind}")


def type_names() -> tuple[str, ...]:
    """Every type name there are fields of."""
    return tuple(_load()["types"])


def fields(type_name: str) -> dict[str, Field] | None:
    """The fields of a type by JSON name; None when `type_name` is not a structure (a scalar, any JSON, unknown)."""
    found = _fields.get(type_name)
    if found is None:
        raw = _load()["types"].get(type_name)
        if raw is None:
            return None
        found = _fields[type_name] = {name: Field(code) for name, code in raw.items() if name}
    return found


def field(type_name: str, name: str) -> Field | None:
    """One field of a type, None when there is none of that name."""
    table = fields(type_name)
    return None if table is None else table.get(name)


def type_attribute(type_name: str) -> str:
    """ "atomic" when values of this type are replaced as a whole by server-side apply, else ""."""
    raw = _load()["types"].get(type_name)
    return str(raw.get("", "")) if raw else ""
