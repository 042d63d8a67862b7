"""Request bodies → objects of the kind the request is about, as strictly as the client asked.

Rules: apiserver/pkg/endpoints/handlers v0.37.2: JSON, YAML or protobuf by Content-Type; `fieldValidation` Strict (400),
Warn (a Warning header a finding) or Ignore; texts as the real server's (tests/cluster).
"""

from __future__ import annotations

import json

from charthouse.devcluster import protobuf, typed
from charthouse.devcluster.failures import ApiFailure, bad_request, unsupported_media_type
from charthouse.k8s import tables
from charthouse.k8s.fields_shapes import Shape, builtin_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.resources import Kind

__all__ = ["check_shape", "conform", "parse_body", "shape_of", "zero_of"]

ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


def parse_body(body: bytes, content_type: str, kind: str, type_name: str) -> dict[str, Any]:
    """The object a body holds, not yet conformed to its kind. Raises ApiFailure (400, 415)."""
    media = content_type.partition(";")[0].strip()
    if body[:4] == protobuf.MAGIC or media == "application/vnd.kubernetes.protobuf":
        try:
            return protobuf.decode_object(body, type_name, tables.kinds())
        except protobuf.ProtobufError as error:
            raise bad_request(str(error)) from error
    if media in ("application/yaml", "application/apply-patch+yaml"):
        return parse_yaml(body, kind)
    if media not in ("", "application/json", "*/*") and not media.endswith("+json"):
        raise unsupported_media_type(ACCEPTED)
    value = parse_json(body, kind)
    if not isinstance(value, dict):
        text = "json: cannot unmarshal " + ("array" if isinstance(value, list) else "string")
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: {text} into Go value of type struct {{ APIVersion string"
            ' "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
            f" ({body.hex()})"
        )
    return value


def parse_json(body: bytes, kind: str) -> Any:
    """JSON with duplicate names marked. Raises ApiFailure (400)."""
    try:
        return json.loads(body, object_pairs_hook=typed.object_pairs)
    except ValueError as error:
        text = body.decode("utf-8", "replace")
        detail = "unexpected end of JSON input" if _is_cut_off(error, text) else _go_syntax(error, text)
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: {detail} ({_short(text)})"
        ) from error


def _is_cut_off(error: ValueError, text: str) -> bool:
    return isinstance(error, json.JSONDecodeError) and error.pos >= len(text.rstrip())


def _go_syntax(error: ValueError, text: str) -> str:
    at = error.pos if isinstance(error, json.JSONDecodeError) else 0
    return f"invalid character {text[at : at + 1]!r} looking for beginning of value"


def _short(text: str) -> str:
    return text if len(text) < 64 else text[:64] + " ..."


def parse_yaml(body: bytes, kind: str) -> dict[str, Any]:
    """A YAML body (JSON most of the time). Raises ApiFailure (400)."""
    try:
        value = json.loads(body, object_pairs_hook=typed.object_pairs)
    except ValueError:
        import yaml

        try:
            value = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError as error:
            raise bad_request(f"error decoding YAML: {error}") from error
    if not isinstance(value, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind})")
    return value


def check_kind(value: dict[str, Any], kind: Kind) -> None:
    """The body says it is another kind than the URL: 400 with the real server's words."""
    said, version = value.get("kind") or kind.kind, value.get("apiVersion") or kind.api_version
    if said == kind.kind and version == kind.api_version:
        return
    short = version.rpartition("/")[2]
    if kind.custom is not None:
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind.kind}): "
            f"no kind {said!r} is registered for version {version!r}".replace("'", '"')
        )
    if tables.kind_type(version, said) is None:
        text = f'no kind "{said}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
    elif said == kind.kind:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({kind.api_version})"
        )
    else:
        go = f"{(kind.group or 'core').partition('.')[0]}.{kind.kind}"
        text = f"converting ({short}.{said}) to ({go}): unknown conversion"
    raise bad_request(f'{said} in version "{short}" cannot be handled as a {kind.kind}: {text}')


def conform(value: dict[str, Any], kind: Kind, field_validation: str, warnings: list[str]) -> dict[str, Any]:
    """The object as kept, with apiVersion and kind set; findings become warnings or a 400. Raises ApiFailure."""
    check_kind(value, kind)
    if kind.custom is not None:
        obj, findings = kind.custom.prune(value)
        meta, more = _custom_meta(value, kind)
        obj["metadata"] = meta
        findings = more + findings
    else:
        try:
            obj, findings = typed.normalize(value, kind.type_name)
        except typed.TypeMismatch as error:
            raise typed.reject(kind.kind, kind.version, error) from error
    obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
    if not isinstance(obj.get("metadata"), dict):
        obj["metadata"] = {}
    if findings and field_validation == "Strict":
        text = "strict decoding error: " + ", ".join(findings)
        if kind.custom is not None:
            raise bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {text}')
        raise typed.reject(kind.kind, kind.version, text)
    if field_validation in ("", "Warn"):
        warnings += findings
    return obj


def _custom_meta(value: dict[str, Any], kind: Kind) -> tuple[dict[str, Any], list[str]]:
    raw = value.get("metadata")
    try:
        meta, findings = typed.normalize({"metadata": raw if raw is not None else {}}, "core.v1.ConfigMap")
    except typed.TypeMismatch as error:
        raise bad_request(str(error).replace("ObjectMeta.", "ObjectMeta.").removeprefix("json: ")) from error
    return meta.get("metadata") or {}, findings


def shape_of(kind: Kind) -> Shape:
    """How server-side apply sees the kind."""
    return kind.custom.shape if kind.custom is not None else builtin_shape(kind.type_name)


def zero_of(kind: Kind) -> dict[str, Any]:
    """The empty object of a kind, with Go's zero values."""
    if kind.custom is not None:
        return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {}}
    return {**typed.zero(kind.type_name), "apiVersion": kind.api_version, "kind": kind.kind}


def check_shape(value: dict[str, Any], kind: Kind) -> None:
    """The type check of an applied object (structured-merge-diff typed/validate.go). Raises ApiFailure (500)."""
    finding = _mismatch(value, shape_of(kind), "") if kind.custom else _typed_mismatch(value, kind.type_name, "")
    if finding:
        meta = value.get("metadata") or {}
        where = f"{meta.get('namespace', '')}/{meta.get('name', '')}; {_gvk(kind)}"
        raise ApiFailure(500, "", f"failed to create typed patch object ({where}): {finding}")


def _gvk(kind: Kind) -> str:
    return f"{kind.group}/{kind.version}, Kind={kind.kind}"


def _go_value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mismatch(value: Any, shape: Shape, path: str) -> str:
    """Undeclared fields and lists or maps of the wrong type in a custom resource."""
    if value is None or shape.kind in ("scalar", "any"):
        return ""
    if shape.kind == "list":
        if not isinstance(value, list):
            return f"{path}: expected list, got &{{{value}}}"
        rows = (_mismatch(v, shape.element, f"{path}[{i}]") for i, v in enumerate(value) if shape.element)
        return next((row for row in rows if row), "")
    if not isinstance(value, dict):
        return f"{path}: expected map, got &{{{value}}}"
    for name, item in value.items():
        if shape.kind == "struct" and shape.element is None and not shape.is_named(name):
            return f"{path}.{name}: field not declared in schema"
        found = _mismatch(item, shape.child(name), f"{path}.{name}")
        if found:
            return found
    return ""


def _typed_mismatch(value: Any, code: str, path: str) -> str:
    if value is None or code in ("o", "q", "x"):
        return ""
    if code[0] == "[":
        if not isinstance(value, list):
            return f"{path}: expected list, got &{{{value}}}"
        return next((f for i, v in enumerate(value) if (f := _typed_mismatch(v, code[1:], f"{path}[{i}]"))), "")
    if code[0] == "{":
        if not isinstance(value, dict):
            return f"{path}: expected map, got &{{{value}}}"
        return next((f for k, v in value.items() if (f := _typed_mismatch(v, code[1:], f"{path}.{k}"))), "")
    table = tables.fields(code)
    if table is None:
        return _scalar_mismatch(value, code, path)
    if not isinstance(value, dict):
        return f"{path}: expected map, got &{{{value}}}"
    for name, item in value.items():
        field = table.get(name)
        if field is None:
            return f"{path}.{name}: field not declared in schema"
        found = _typed_mismatch(item, field.type, f"{path}.{name}")
        if found:
            return found
    return ""


def _scalar_mismatch(value: Any, code: str, path: str) -> str:
    shown = f"&value.valueUnstructured{{Value:{_go_value(value)}}}"
    if code in ("i", "l", "n"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            kind = {str: "string", bool: "bool", list: "[]interface {}", dict: "map[string]interface {}"}[type(value)]
            return f"{path}: expected numeric (int or float), got {kind}"
    elif code == "b":
        if not isinstance(value, bool):
            return f"{path}: expected boolean, got {shown}"
    elif not isinstance(value, str):
        return f"{path}: expected string, got {shown}"
    return ""
