"""The OpenAPI v2 document in protobuf, as much of it as clients read: which kinds' patches take which parameters.

Helm and kubectl ask for it (in protobuf only) when a kind is in no v3 document, before they say that it does not exist.
Rules: message numbers of github.com/google/gnostic-models v0.7.1 openapiv2/OpenAPIv2.proto.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from charthouse.devcluster.resources import Kind

__all__ = ["MEDIA_TYPE", "document"]

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force", "pretty")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _parameter(name: str) -> bytes:
    query = _field(2, "query") + _field(4, name) + _field(6, "string")
    return _field(8, _field(1, _field(2, _field(3, query))))


def _patch(kind: Kind, parameters: bytes) -> bytes:
    """A PathItem with its patch operation."""
    kinds = f"group: {kind.group}\nkind: {kind.kind}\nversion: {kind.version}\n"
    extension = _field(1, "x-kubernetes-group-version-kind") + _field(2, _field(2, kinds))
    return _field(8, parameters + _field(13, extension))


def document(kinds: Iterable[Kind], version: str) -> bytes:
    """The document of every kind that can be patched."""
    parameters = b"".join(map(_parameter, PARAMETERS))
    paths = []
    for kind in kinds:
        if "patch" in kind.verbs:
            stem = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
            where = f"{stem}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{stem}/{kind.plural}"
            paths.append(_field(2, _field(1, where + "/{name}") + _field(2, _patch(kind, parameters))))
    info = _field(1, "Kubernetes") + _field(2, version)
    return _field(1, "2.0") + _field(2, info) + _field(8, b"".join(paths))
