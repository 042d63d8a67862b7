"""What templates of Helm 2 see of protobuf messages: fields, getters, `String`, JSON.

Whose rules: golang/protobuf 1.3.2 (the structs protoc-gen-go makes, their getters and JSON tags) and its text.go
(CompactText: `name:"x" count:2 `, fields without a value left out).
"""

from __future__ import annotations

from charthouse.golang.kinds import Struct
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar

__all__ = ["ProtoStruct", "message_methods"]


class ProtoStruct(Struct):
    """A message. go_fields: Go name → attribute; proto_names: attribute → the field's name in the .proto."""

    __slots__ = ()
    proto_names: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def go_json(self) -> list[tuple[str, Any]]:
        """The JSON form: what has a value."""
        found = [(shown, getattr(self, name)) for name, shown in self.proto_names.items()]
        return [(shown, value) for shown, value in found if value]

    def __str__(self) -> str:
        return "".join(_written(shown, getattr(self, name)) for name, shown in self.proto_names.items())


def _written(name: str, value: Any) -> str:
    """One field in compact text form, a space behind it; "" without a value."""
    if isinstance(value, list):
        return "".join(_written(name, item) for item in value)
    if isinstance(value, dict):
        return "".join(f"{name}:<key:{_scalar(key)} value:{_scalar(value[key])} > " for key in sorted(value))
    if isinstance(value, ProtoStruct):
        return f"{name}:<{value}> "
    return f"{name}:{_scalar(value)} " if value else ""


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    out = []
    for byte in value.encode("utf-8", "surrogateescape"):
        char = chr(byte)
        if char in _ESCAPES:
            out.append(_ESCAPES[char])
        elif 0x20 <= byte < 0x7F:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def message_methods(kind: type[ProtoStruct], types: Mapping[str, str]) -> dict[str, Function]:
    """The methods of a message: String, Reset's kin left out, and a getter a field. types: attribute → Go type."""
    methods = {"String": Function("String", "->string", kind.__str__)}
    for shown, attribute in kind.go_fields.items():
        name = f"Get{shown}"
        methods[name] = Function(name, f"->{types.get(attribute, 'string')}", _getter(attribute))
    return methods


def _getter(attribute: str) -> Any:
    def get(message: ProtoStruct) -> Any:
        return getattr(message, attribute)

    return get
