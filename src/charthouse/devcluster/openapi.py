"""OpenAPI documents made from the field tables: v3 by group and version, v2 as a whole (in protobuf: openapi_wire).

Enough for what clients do with them: `kubectl explain`, `kubectl apply` (merge keys), and the question whether a kind's
patch knows `fieldValidation`. Descriptions are not shipped (1 MiB for `explain` alone).
"""

from __future__ import annotations

import json

from charthouse.devcluster import openapi_wire
from charthouse.devcluster.wire import Response
from charthouse.k8s import tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.resources import Kind, Resources
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["document"]

SCALARS: dict[str, Object] = {
    "s": {"type": "string"},
    "b": {"type": "boolean"},
    "i": {"type": "integer", "format": "int32"},
    "l": {"type": "integer", "format": "int64"},
    "n": {"type": "number"},
    "y": {"type": "string", "format": "byte"},
    "t": {"type": "string", "format": "date-time"},
    "u": {"type": "string", "format": "date-time"},
    "o": {"type": "object"},
}
LONG = (
    ("meta.", "io.k8s.apimachinery.pkg.apis."),
    ("runtime.", "io.k8s.apimachinery.pkg."),
    ("apiextensions.", "io.k8s.apiextensions-apiserver.pkg.apis."),
    ("apiregistration.", "io.k8s.kube-aggregator.pkg.apis."),
)


def document(served: Resources, rest: list[str], request: Request) -> Response | None:
    """The answer for /openapi/…, None when there is no such document."""
    if rest == ["v2"]:
        if "protobuf" in request.header("accept"):
            body = openapi_wire.document(served.all(), tables.kubernetes_version())
            return Response(200, body, openapi_wire.MEDIA_TYPE)
        return Response.json(_swagger(served))
    if rest == ["v3"]:
        paths = {_path(g, v): {"serverRelativeURL": f"/openapi/v3/{_path(g, v)}?hash=1"} for g, v in _versions(served)}
        return Response.json({"paths": paths})
    if rest[:1] == ["v3"]:
        wanted = "/".join(rest[1:])
        for group, version in _versions(served):
            if _path(group, version) == wanted:
                return Response.json(_version_document(served, group, version))
    return None


def _versions(served: Resources) -> Iterable[tuple[str, str]]:
    return [(group, version) for group, versions in served.groups.items() for version in versions]


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def long_name(type_name: str) -> str:
    for prefix, full in LONG:
        if type_name.startswith(prefix):
            return full + type_name
    return "io.k8s.api." + type_name


def _schema(code: str, base: str) -> Object:
    if code[0] == "[":
        return {"type": "array", "items": _schema(code[1:], base)}
    if code[0] == "{":
        return {"type": "object", "additionalProperties": _schema(code[1:], base)}
    if code == "q":
        return {"$ref": base + "io.k8s.apimachinery.pkg.api.resource.Quantity"}
    if code == "x":
        return {"$ref": base + "io.k8s.apimachinery.pkg.util.intstr.IntOrString"}
    if code in SCALARS:
        return dict(SCALARS[code])
    return {"$ref": base + long_name(code)}


def _field(field: tables.Field, base: str) -> Object:
    schema = _schema(field.type, base)
    if field.list_type and field.type[0] == "[":
        schema["x-kubernetes-list-type"] = field.list_type
        if field.keys:
            schema["x-kubernetes-list-map-keys"] = list(field.keys)
    if field.strategy:
        schema["x-kubernetes-patch-strategy"] = field.strategy
        if field.merge_key:
            schema["x-kubernetes-patch-merge-key"] = field.merge_key
    if field.enum:
        schema["enum"] = list(field.enum)
    return schema


def _types(roots: Iterable[str], base: str) -> Object:
    """The schemas of types and all they refer to."""
    out: Object = {
        "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": "string", "format": "int-or-string"},
    }
    todo = list(roots)
    while todo:
        name = todo.pop()
        full = long_name(name)
        if full in out:
            continue
        table = tables.fields(name) or {}
        schema: Object = {"type": "object", "properties": {n: _field(f, base) for n, f in table.items()}}
        needed = [n for n, f in table.items() if f.required]
        if needed:
            schema["required"] = needed
        out[full] = schema
        todo += [f.type.lstrip("[{") for f in table.values() if "." in f.type]
    return out


def _gvk(kind: Kind) -> Object:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _named_schemas(kinds: list[Kind], base: str) -> Object:
    schemas = _types([k.type_name for k in kinds if k.type_name], base)
    for kind in kinds:
        if kind.custom is not None:
            name = custom_name(kind)
            schema = {"type": "object", **_without_extensions(kind.custom.schema)}
            properties = dict(schema.get("properties") or {})
            properties.update(apiVersion={"type": "string"}, kind={"type": "string"})
            properties["metadata"] = {"$ref": base + long_name("meta.v1.ObjectMeta")}
            schemas[name] = {**schema, "properties": properties, "x-kubernetes-group-version-kind": [_gvk(kind)]}
            schemas.update(_types(["meta.v1.ObjectMeta"], base))
        elif kind.type_name:
            schemas[long_name(kind.type_name)]["x-kubernetes-group-version-kind"] = [_gvk(kind)]
    return schemas


def _without_extensions(schema: Object) -> Object:
    return json.loads(json.dumps(schema))  # type: ignore[no-any-return]  # a copy of JSON


def custom_name(kind: Kind) -> str:
    reverse = ".".join(reversed(kind.group.split(".")))
    return f"{reverse}.{kind.version}.{kind.kind}"


def _parameters(v3: bool) -> list[Object]:
    names = ("dryRun", "fieldManager", "fieldValidation")
    if v3:
        return [{"name": n, "in": "query", "schema": {"type": "string", "uniqueItems": True}} for n in names]
    return [{"name": n, "in": "query", "type": "string", "uniqueItems": True} for n in names]


def _paths(kinds: list[Kind], *, v3: bool) -> Object:
    out: Object = {}
    for kind in kinds:
        if not kind.verbs:
            continue
        stem = f"/{_path(kind.group, kind.version)}"
        where = f"{stem}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{stem}/{kind.plural}"
        for verb, method, path in (
            ("create", "post", where),
            ("patch", "patch", where + "/{name}"),
            ("update", "put", where + "/{name}"),
            ("get", "get", where + "/{name}"),
        ):
            if verb in kind.verbs:
                action = "put" if verb == "update" else "post" if verb == "create" else verb
                operation: Object = {"x-kubernetes-action": action, "x-kubernetes-group-version-kind": _gvk(kind)}
                operation["responses"] = {"200": {"description": "OK"}}
                if verb != "get":
                    operation["parameters"] = _parameters(v3)
                out.setdefault(path, {})[method] = operation
    return out


def _version_document(served: Resources, group: str, version: str) -> Object:
    kinds = list(served.groups[group][version])
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": tables.kubernetes_version()},
        "paths": _paths(kinds, v3=True),
        "components": {"schemas": _named_schemas(kinds, "#/components/schemas/")},
    }


def _swagger(served: Resources) -> Object:
    kinds = list(served.all())
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": tables.kubernetes_version()},
        "paths": _paths(kinds, v3=False),
        "definitions": _named_schemas(kinds, "#/definitions/"),
    }
