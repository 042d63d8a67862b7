"""What a request's body must be for its path, and how two versions of an object are compared.

Rules: apiserver/pkg/endpoints/handlers/patch.go and pkg/registry/rest v0.37.2."""

from __future__ import annotations

import json

from charthouse.devcluster import decoding
from charthouse.devcluster.failures import ApiFailure, Cause, bad_request, invalid
from charthouse.k8s.fields import DuplicateKey, field_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.objects import Options
    from charthouse.devcluster.resources import Kind

    Object = dict[str, Any]

__all__ = ["checked_config", "conform_patched", "must_name_version", "place", "without_times"]

VERSIONED = {
    ("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"),
    ("coordination.k8s.io", "Lease"), ("policy", "PodDisruptionBudget"), ("node.k8s.io", "RuntimeClass"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"), ("discovery.k8s.io", "EndpointSlice"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
}  # fmt: skip


def place(kind: Kind, namespace: str, meta: Object) -> None:
    """Put an object's metadata into the namespace of its path. Raises ApiFailure (400)."""
    if kind.namespaced:
        if meta.get("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        meta["namespace"] = namespace
    else:
        if meta.get("namespace"):
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        meta.pop("namespace", None)


def conform_patched(body: Object, kind: Kind, options: Options) -> Object:
    """A patched object; strict findings are told as the patch's fault."""
    try:
        return decoding.conform(body, kind, options.field_validation, options.warnings)
    except ApiFailure as failure:
        _, marker, findings = failure.message.partition("strict decoding error: ")
        if not marker:
            raise
        text = json.dumps(json.dumps(body, separators=(",", ":"), ensure_ascii=False), ensure_ascii=False)
        cause = Cause("FieldValueInvalid", "patch", f"Invalid value: {text}: {marker}{findings}")
        raise invalid("", "", "", [cause]) from failure


def checked_config(kind: Kind, namespace: str, name: str, config: Object) -> Object:
    """The body of an apply, with its name and namespace. Raises ApiFailure."""
    if config.get("kind") != kind.kind or not config.get("apiVersion"):
        group, _, version = (config.get("apiVersion") or "/").rpartition("/")
        raise bad_request(f"invalid object type: {group}/{version}, Kind={config.get('kind', '')}")
    if config["apiVersion"] != kind.api_version:
        raise bad_request(
            "Incorrect version specified in apply patch. "
            f"Specified patch version: {config['apiVersion']}, expected: {kind.api_version}"
        )
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    decoding.check_shape(config, kind)
    try:
        field_set(config, decoding.shape_of(kind))
    except DuplicateKey as error:
        given = config.get("metadata") or {}
        where = f"{given.get('namespace', '')}/{given.get('name', '')}; {kind.group}/{kind.version}, Kind={kind.kind}"
        raise ApiFailure(500, "", f"failed to create typed patch object ({where}): {error}") from error
    meta = dict(config.get("metadata") or {})
    if meta.get("name", name) != name:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    meta["name"] = name
    if kind.namespaced:
        if meta.get("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        meta["namespace"] = namespace
    return {**config, "metadata": meta}


def must_name_version(kind: Kind) -> bool:
    """True for kinds a PUT may not replace without a resourceVersion (AllowUnconditionalUpdate is false)."""
    return kind.custom is not None or (kind.group, kind.kind) in VERSIONED


def without_times(obj: Object) -> Object:
    """What counts when asking whether an update changes anything."""
    meta = obj["metadata"]
    entries = [{k: v for k, v in e.items() if k != "time"} for e in meta.get("managedFields") or ()]
    kept = {k: v for k, v in meta.items() if k not in ("managedFields", "resourceVersion")}
    return {**obj, "metadata": {**kept, "managedFields": entries}}
