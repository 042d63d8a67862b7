"""The OpenAPI 3.0 description of the REST API, made of the messages' descriptors and the table of routes.

Rules: the OpenAPI Specification 3.0.3; protobuf's JSON mapping. `/openapi.json` describes the paths below `/v1`;
`/openapi/v3` is the index Kubernetes reads of an aggregated API, whose paths its own document describes.
"""

from __future__ import annotations

from charthouse.tiller.gateway.routes import AGGREGATED, ROUTES
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.comments import COMMENTS
from charthouse.tiller.v1.options import CHOICES
from charthouse.tiller.v1.rpcs import METHODS, SERVICE
from charthouse.tiller.v1.structs import is_repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.tiller.gateway.routes import Route

__all__ = ["description"]

_PATHS = {"/openapi.json": "/v1", "/openapi/v3/v1": "/v1", f"/openapi/v3{AGGREGATED}": AGGREGATED}
_RPCS = {method.name: method for method in METHODS}
_PACKAGE = SERVICE.rpartition(".")[0]
_WELL_KNOWN: dict[str, dict[str, Any]] = {
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {"description": "Any JSON."},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
}
_SCALARS: dict[int, dict[str, Any]] = {
    1: {"type": "number", "format": "double"},
    5: {"type": "integer", "format": "int32"},
    8: {"type": "boolean"},
    9: {"type": "string"},
    12: {"type": "string", "format": "byte"},
}
_STATUS: dict[str, Any] = {
    "type": "object",
    "description": "Kubernetes' Status: why a request failed.",
    "required": ["kind", "status", "message", "reason", "code"],
    "properties": {
        "kind": {"type": "string", "enum": ["Status"]},
        "apiVersion": {"type": "string"},
        "metadata": {"type": "object"},
        "status": {"type": "string", "enum": ["Failure"]},
        "message": {"type": "string", "description": "Helm's text."},
        "reason": {"type": "string"},
        "details": {"type": "object", "properties": {"failure": {"$ref": "#/components/schemas/Failure"}}},
        "code": {"type": "integer"},
    },
}
_SECURITY: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Charthouse-Token"},
}


def description(path: str, version: str) -> dict[str, Any] | None:
    """The document at a path; None when there is none. version: of the program."""
    if path == "/openapi/v3":
        places = {name: place for place, name in _PATHS.items() if place != "/openapi.json"}
        return {"paths": {name.strip("/"): {"serverRelativeURL": place} for name, place in places.items()}}
    if path not in _PATHS:
        return None
    return _document(_PATHS[path], version)


def _document(prefix: str, version: str) -> dict[str, Any]:
    schemas: dict[str, Any] = {"Status": _STATUS}
    _add_schema(messages.Failure.DESCRIPTOR, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "charthouse Tiller",
            "version": version,
            "description": "Releases of Helm charts. Every request acts with the rights of its caller.",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SECURITY},
        "security": [{name: []} for name in _SECURITY],
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    rpc = _RPCS[route.rpc]
    request = getattr(messages, rpc.request).DESCRIPTOR
    place = request.fields_by_name[route.inside].message_type if route.inside else request
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    if not route.body:
        parameters += [parameter for parameter in _query(request, "") if parameter["name"] not in names]
    out: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": ["operations" if "/operations" in route.path else "releases"],
        "summary": COMMENTS.get(f"ReleaseService.{rpc.name}", rpc.name),
        "parameters": parameters,
        "responses": _responses(rpc, schemas),
    }
    if rpc.response == "Event":
        named = next((parameter for parameter in parameters if parameter["name"] == "wait"), None)
        if named is None:
            parameters.append(_WAIT)
        else:
            named["description"] += " `true` and `false`: " + _WAIT["description"]
    if route.body:
        body = place if route.body == route.inside else request
        content = {"application/json": {"schema": _add_schema(body, schemas)}}
        out["requestBody"] = {"content": content}
    return out


_WAIT: dict[str, Any] = {
    "name": "wait",
    "in": "query",
    "description": "Whether a plain JSON answer waits for the end of the operation; `false` answers 202 at once.",
    "schema": {"type": "boolean", "default": True},
}


def _operation_id(route: Route) -> str:
    """`GetRelease`, and with the words of the path where one RPC has several."""
    same = [other for other in ROUTES if other.rpc == route.rpc]
    if same[0] is route:
        return route.rpc
    return f"{route.rpc}_{same.index(route) + 1}"


def _query(message: Any, prefix: str) -> list[dict[str, Any]]:
    """The fields of a message that may stand in a query."""
    found: list[dict[str, Any]] = []
    for field in message.fields:
        if field.message_type is not None:
            if field.message_type.full_name == f"{_PACKAGE}.Control":
                found += _query(field.message_type, f"{field.json_name}.")
            continue
        schema = _field_schema(message, field, {})
        described = schema.pop("description", "")
        parameter = {"name": prefix + field.json_name, "in": "query", "schema": schema}
        if described:
            parameter["description"] = described
        if field.name == "wait":
            schema.pop("enum", None)  # `true` and `false` say whether to wait for the answer
        found.append(parameter)
    return found


def _responses(rpc: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    answer = getattr(messages, rpc.response).DESCRIPTOR
    content: dict[str, Any] = {}
    if rpc.name != "Watch":
        plain = messages.Result.DESCRIPTOR if rpc.response == "Event" else answer
        content["application/json"] = {"schema": _add_schema(plain, schemas)}
    if rpc.streams:
        for kind in ("application/x-ndjson", "text/event-stream"):
            content[kind] = {"schema": _add_schema(answer, schemas)}
    out: dict[str, Any] = {"200": {"description": "It went well.", "content": content}}
    if rpc.response == "Event":
        accepted = _add_schema(messages.OperationResponse.DESCRIPTOR, schemas)
        out["202"] = {
            "description": "It has begun (`wait=false`).",
            "content": {"application/json": {"schema": accepted}},
        }
    failure = {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}
    out["default"] = {"description": "It did not.", "content": failure}
    return out


def _add_schema(message: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A reference to the schema of a message, which is added with all it needs."""
    if message.full_name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[message.full_name])
    name = message.full_name.removeprefix(_PACKAGE + ".")
    if name not in schemas:
        schemas[name] = {"type": "object"}
        properties = {field.json_name: _field_schema(message, field, schemas) for field in message.fields}
        if properties:
            schemas[name]["properties"] = properties
        if name in COMMENTS:
            schemas[name]["description"] = COMMENTS[name]
    return {"$ref": f"#/components/schemas/{name}"}


def _field_schema(message: Any, field: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    comment = COMMENTS.get(f"{message.name}.{field.name}", "")
    schema = _type_schema(message, field, schemas)
    if field.name in CHOICES and field.type == field.TYPE_STRING:
        schema["enum"] = list(CHOICES[field.name])
    if comment and "$ref" in schema:
        return {"allOf": [schema], "description": comment}
    return {**schema, "description": comment} if comment else schema


def _type_schema(message: Any, field: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = field.message_type.fields_by_name["value"]
        return {"type": "object", "additionalProperties": _one(value, schemas)}
    one = _one(field, schemas)
    return {"type": "array", "items": one} if is_repeated(field) else one


def _one(field: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if field.message_type is not None:
        return _add_schema(field.message_type, schemas)
    if field.enum_type is not None:
        return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
    return dict(_SCALARS[field.type])
