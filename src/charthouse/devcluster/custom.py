"""Custom resources: what a CRD's schema keeps, fills in and refuses.

Rules: apiextensions-apiserver v0.37.1 pkg/apiserver/schema/{pruning,defaulting} and the texts of kube-openapi's
validation (``spec.a in body must be of type integer: "string"``). Validation rules in CEL are not run.
"""

from __future__ import annotations

import json
import re

from charthouse.devcluster.failures import Cause
from charthouse.devcluster.store import copy_json
from charthouse.k8s.fields_shapes import Shape, custom_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["CustomVersion"]

TOP = ("apiVersion", "kind", "metadata")


class CustomVersion:
    """One version of a CRD: `schema` (openAPIV3Schema or None), `shape`, and which subresources it has."""

    def __init__(self, crd: str, version: dict[str, Any], *, storage: str) -> None:
        self.crd = crd
        self.schema: dict[str, Any] = (version.get("schema") or {}).get("openAPIV3Schema") or {}
        self.shape: Shape = custom_shape(self.schema, root=True)
        self.subresources: dict[str, Any] = version.get("subresources") or {}
        self.columns: list[dict[str, Any]] = version.get("additionalPrinterColumns") or []
        self.storage = storage
        self.warning = version.get("deprecationWarning", "") if version.get("deprecated") else None

    def prune(self, obj: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The object without fields the schema does not name, and the findings of strict decoding."""
        findings: list[str] = []
        kept = {k: v for k, v in obj.items() if k in TOP}
        rest = {k: v for k, v in obj.items() if k not in TOP}
        kept.update(_prune(rest, self.schema, "", findings))
        return kept, findings

    def default(self, obj: dict[str, Any]) -> dict[str, Any]:
        """The object with the schema's defaults filled in."""
        filled = _default(copy_json({k: v for k, v in obj.items() if k not in TOP}), self.schema)
        return {**{k: v for k, v in obj.items() if k in TOP}, **filled}

    def check(self, obj: dict[str, Any]) -> list[Cause]:
        """What the schema refuses."""
        causes: list[Cause] = []
        _check({k: v for k, v in obj.items() if k not in TOP}, {**self.schema, "type": "object"}, "", causes, TOP)
        return causes


def _prune(value: Any, schema: dict[str, Any], path: str, findings: list[str]) -> Any:
    if isinstance(value, list):
        items = schema.get("items")
        sub = items if isinstance(items, dict) else {}
        return [_prune(v, sub, f"{path}[{i}]", findings) for i, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    keep_all = schema.get("x-kubernetes-preserve-unknown-fields")
    embedded = schema.get("x-kubernetes-embedded-resource")
    out = {}
    for name, item in value.items():
        below = f"{path}.{name}" if path else name
        if name in properties:
            out[name] = _prune(item, properties[name], below, findings)
        elif isinstance(extra, dict):
            out[name] = _prune(item, extra, below, findings)
        elif keep_all or extra is True or (embedded and name in TOP):
            out[name] = item
        else:
            findings.append(f'unknown field "{below}"')
    return out


def _default(value: Any, schema: dict[str, Any]) -> Any:
    if isinstance(value, list):
        items = schema.get("items")
        return [_default(v, items) for v in value] if isinstance(items, dict) else value
    if not isinstance(value, dict):
        return value
    extra = schema.get("additionalProperties")
    properties = schema.get("properties") or {}
    for name, sub in properties.items():
        if "default" in sub and (name not in value or (value[name] is None and not sub.get("nullable"))):
            value[name] = copy_json(sub["default"])
    for name in list(value):
        sub = properties.get(name) or (extra if isinstance(extra, dict) else None)
        if sub is None:
            continue
        if value[name] is None and not sub.get("nullable"):
            del value[name]  # null is dropped where the schema does not allow it
            continue
        value[name] = _default(value[name], sub)
    return value


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _shown(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _check(value: Any, schema: dict[str, Any], path: str, causes: list[Cause], skip: tuple[str, ...] = ()) -> None:
    have, want = _type_of(value), schema.get("type")
    if have == "null" and (schema.get("nullable") or not want):
        return
    if schema.get("x-kubernetes-int-or-string"):
        if have not in ("integer", "string"):
            _bad_type(causes, path, have, "integer,string")
        return
    if want and have != want and not (want == "number" and have == "integer"):
        _bad_type(causes, path, have, want)
        _check_enum(value, schema, path, causes)
        return
    _check_limits(value, schema, path, causes)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            _check(item, schema["items"], f"{path}[{index}]", causes)
    if isinstance(value, dict):
        _check_object(value, schema, path, causes, skip)


def _check_object(
    value: dict[str, Any], schema: dict[str, Any], path: str, causes: list[Cause], skip: tuple[str, ...]
) -> None:
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    for name in schema.get("required") or ():
        if name not in value and name not in skip:
            causes.append(Cause("FieldValueRequired", f"{path}.{name}" if path else name, "Required value"))
    for name, item in value.items():
        sub = properties.get(name) or (extra if isinstance(extra, dict) else None)
        if sub is not None and name not in skip:
            _check(item, sub, f"{path}.{name}" if path else name, causes)


def _bad_type(causes: list[Cause], path: str, have: str, want: str) -> None:
    text = f'Invalid value: "{have}": {path} in body must be of type {want}: "{have}"'
    causes.append(Cause("FieldValueTypeInvalid", path or "<nil>", text))


def _check_limits(value: Any, schema: dict[str, Any], path: str, causes: list[Cause]) -> None:
    def bad(text: str) -> None:
        causes.append(Cause("FieldValueInvalid", path, f"Invalid value: {_shown(value)}: {path} in body {text}"))

    _check_enum(value, schema, path, causes)
    _check_sizes(value, schema, path, causes, bad)


def _check_enum(value: Any, schema: dict[str, Any], path: str, causes: list[Cause]) -> None:
    if schema.get("enum") and value not in schema["enum"]:
        allowed = ", ".join(_shown(v) for v in schema["enum"])
        causes.append(
            Cause("FieldValueNotSupported", path, f"Unsupported value: {_shown(value)}: supported values: {allowed}")
        )


def _check_sizes(
    value: Any, schema: dict[str, Any], path: str, causes: list[Cause], bad: Callable[[str], None]
) -> None:
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            bad(f"should match '{schema['pattern']}'")
        if len(value) > schema.get("maxLength", len(value)):
            causes.append(
                Cause("FieldValueTooLong", path, f"Too long: may not be more than {schema['maxLength']} bytes")
            )
        if len(value) < schema.get("minLength", 0):
            bad(f"should be at least {schema['minLength']} chars long")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            bad(f"should be greater than or equal to {schema['minimum']}")
        if "maximum" in schema and value > schema["maximum"]:
            bad(f"should be less than or equal to {schema['maximum']}")
    elif isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            causes.append(
                Cause(
                    "FieldValueTooMany", path, f"Too many: {len(value)}: must have at most {schema['maxItems']} items"
                )
            )
        if len(value) < schema.get("minItems", 0):
            bad(f"should have at least {schema['minItems']} items")
