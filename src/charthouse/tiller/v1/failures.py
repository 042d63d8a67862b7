"""Errors as messages, and back as errors of the same class, text and hint.

``details`` is what stands in `grpc-status-details-bin`: a google.rpc.Status, as clients in other languages expect it,
with one Failure in it. Only classes of ``CLASSES`` are made from a message; what a server says of others becomes the
nearest class above that is listed, at last CharthouseError itself.
"""

from __future__ import annotations

import json
from importlib import import_module

from charthouse.actions.ports import ApiError
from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.releases import from_message, to_message
from charthouse.tiller.v1.structs import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CLASSES", "TYPE", "code_of", "details", "error_from", "from_details", "from_failure", "to_failure"]

TYPE = "type.googleapis.com/charthouse.v1.Failure"

# Class → module, and the attributes that are carried besides message and hint, with what they are without.
CLASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "ActionError": ("actions.errors", {}),
    "Pending": ("actions.errors", {}),
    "NameInUse": ("actions.errors", {}),
    "Cancelled": ("actions.errors", {}),
    "VerbFailed": ("actions.errors", {}),
    "HookDeletion": ("actions.hooks_helm2", {}),
    "PostRenderError": ("actions.postrender", {}),
    "ChartError": ("charts.metadata", {}),
    "ValidationError": ("charts.metadata", {}),
    "ArchiveError": ("charts.tarball", {}),
    "NotGzip": ("charts.tarball", {}),
    "NoTable": ("charts.values", {}),
    "NoValue": ("charts.values", {}),
    "SchemaError": ("charts.values", {}),
    "RenderError": ("engine.errors", {"path": "", "line": 0, "column": -1}),
    "SemverError": ("formats.semver", {}),
    "YamlError": ("formats.yaml.errors", {"line": 0}),
    "TemplateError": ("gotemplate.errors", {}),
    "LimitError": ("gotemplate.errors", {"limit": ""}),
    "PatchError": ("k8s.patch_error", {}),
    "ApiError": ("k8s.ports", {"code": 0, "reason": ""}),
    "SelectorError": ("k8s.selectors", {}),
    "KubeError": ("kube.errors", {}),
    "KubeconfigError": ("kube.errors", {"empty": False}),
    "CredentialError": ("kube.errors", {}),
    "Unreachable": ("kube.errors", {"sent": False, "stale": False}),
    "BuildError": ("kube.errors", {}),
    "ApplyFailed": ("kube.errors", {}),
    "WaitFailed": ("kube.errors", {}),
    "ManifestError": ("manifests.sort", {"path": "", "reason": "", "line": 0}),
    "ReleaseError": ("releases.errors", {}),
    "NotFound": ("releases.errors", {}),
    "AlreadyExists": ("releases.errors", {}),
    "InvalidKey": ("releases.errors", {}),
    "NoDeployedReleases": ("releases.errors", {"name": ""}),
    "StorageError": ("releases.errors", {}),
    "CodecError": ("releases.errors", {}),
    "InvalidName": ("releases.errors", {}),
    "Locked": ("releases.errors", {}),
    "UnknownProfile": ("profile", {}),
}

_DEEPEST = 20
_LONGEST = 1 << 20  # characters of a message; a render error holds some lines of a chart
_CODES = {
    "NotFound": Code.NOT_FOUND,
    "NoDeployedReleases": Code.NOT_FOUND,
    "AlreadyExists": Code.ALREADY_EXISTS,
    "NameInUse": Code.ALREADY_EXISTS,
    "Locked": Code.ABORTED,
    "Pending": Code.ABORTED,
    "Cancelled": Code.CANCELLED,
    "InvalidName": Code.INVALID_ARGUMENT,
    "ChartError": Code.INVALID_ARGUMENT,
    "RenderError": Code.INVALID_ARGUMENT,
    "TemplateError": Code.INVALID_ARGUMENT,
    "ManifestError": Code.INVALID_ARGUMENT,
    "YamlError": Code.INVALID_ARGUMENT,
    "BadValues": Code.INVALID_ARGUMENT,
    "BuildError": Code.INVALID_ARGUMENT,
    "SelectorError": Code.INVALID_ARGUMENT,
    "UnknownProfile": Code.INVALID_ARGUMENT,
    "OwnershipConflict": Code.FAILED_PRECONDITION,
    "LimitError": Code.RESOURCE_EXHAUSTED,
    "Unreachable": Code.UNAVAILABLE,
}
_API_CODES = {
    400: Code.INVALID_ARGUMENT,
    403: Code.PERMISSION_DENIED,
    404: Code.NOT_FOUND,
    409: Code.ABORTED,
    422: Code.INVALID_ARGUMENT,
    429: Code.RESOURCE_EXHAUSTED,
    503: Code.UNAVAILABLE,
    504: Code.UNAVAILABLE,
}


def code_of(error: BaseException) -> Code:
    """gRPC's code for an error: that of the first in its chain of causes that has one."""
    current: BaseException | None = error
    for _ in range(_DEEPEST):
        if isinstance(current, RpcError):
            return current.code
        if isinstance(current, ApiError):
            return _API_CODES.get(current.code, Code.UNKNOWN)
        for kind in type(current).__mro__:
            if kind.__name__ in _CODES:
                return _CODES[kind.__name__]
        if current is None:
            break
        current = current.__cause__
    return Code.UNKNOWN


def to_failure(error: CharthouseError, *, view: int = 0, depth: int = 0) -> messages.Failure:
    """What a verb raised. view: of the release it carries."""
    name, fields = _listed(type(error))
    out = messages.Failure(error=name, message=text(error.message[:_LONGEST]))
    if depth == 0:
        out.hint = text(error.hint[:_LONGEST])
        out.code = code_of(error)
    for key in fields:
        out.fields[key] = json.dumps(getattr(error, key))
    if isinstance(error, ApiError):
        out.api_status = error.code
        out.api_reason = text(error.reason)
    release = getattr(error, "release", None)
    if release is not None:
        out.release.CopyFrom(to_message(release, view))
    out.pending.extend(text(str(resource.ref)) for resource in getattr(error, "pending", ()))
    plan = getattr(error, "plan", None)
    if isinstance(plan, messages.Plan):
        out.plan.CopyFrom(plan)
    cause = error.__cause__
    if isinstance(cause, CharthouseError) and depth < _DEEPEST:
        out.cause.CopyFrom(to_failure(cause, view=messages.View.SUMMARY, depth=depth + 1))
    return out


def from_failure(failure: messages.Failure) -> CharthouseError:
    """The error to raise. Its `release` is there when the call asked for View RECORD."""
    kind, fields = _class(failure.error)
    error = kind.__new__(kind)
    CharthouseError.__init__(error, failure.message, hint=failure.hint)
    for key, default in fields.items():
        setattr(error, key, _field(failure.fields.get(key, ""), default))
    if kind is RpcError:
        error = RpcError(Code(failure.code), failure.message, hint=failure.hint)
    for key, value in _rest(failure).items():
        setattr(error, key, value)
    if failure.HasField("cause"):
        error.__cause__ = from_failure(failure.cause)
    return error


def details(failure: messages.Failure) -> bytes:
    """The bytes of `grpc-status-details-bin`."""
    status = messages.RpcStatus(code=failure.code, message=failure.message)
    status.details.add(type_url=TYPE, value=failure.SerializeToString())
    return status.SerializeToString()


def from_details(data: bytes) -> messages.Failure | None:
    """The Failure in `grpc-status-details-bin`; None when there is none."""
    from google.protobuf.message import DecodeError

    try:
        for entry in messages.RpcStatus.FromString(data).details:
            if entry.type_url == TYPE:
                return messages.Failure.FromString(entry.value)
    except DecodeError:
        return None
    return None


def error_from(error: RpcError) -> CharthouseError:
    """What a call that ended badly is raised as at the client: the verb's own error where the server told it."""
    failure = from_details(error.details) if error.details else None
    return error if failure is None else from_failure(failure)


def _listed(kind: type) -> tuple[str, dict[str, Any]]:
    for above in kind.__mro__:
        if above.__name__ in CLASSES and above.__module__ == f"charthouse.{CLASSES[above.__name__][0]}":
            return above.__name__, CLASSES[above.__name__][1]
        if above is RpcError:
            return "RpcError", {}
    return "CharthouseError", {}


def _class(name: str) -> tuple[type[CharthouseError], dict[str, Any]]:
    if name == "RpcError":
        return RpcError, {}
    if name not in CLASSES:
        return CharthouseError, {}
    module, fields = CLASSES[name]
    kind: type[CharthouseError] = getattr(import_module(f"charthouse.{module}"), name)
    return kind, fields


def _field(given: str, default: Any) -> Any:
    """A carried attribute; its default when it is not there or of another kind."""
    try:
        value = json.loads(given) if given else default
    except ValueError:
        return default
    return value if type(value) is type(default) else default


def _rest(failure: messages.Failure) -> dict[str, Any]:
    """What a class has besides, empty where it does not travel."""
    if failure.error == "VerbFailed":
        return {"release": from_message(failure.release) if failure.release.HasField("record") else None}
    if failure.error == "ApplyFailed":
        from charthouse.actions.ports import ApplyResult

        return {"result": ApplyResult(), "causes": ()}
    empty: dict[str, dict[str, Any]] = {
        "ApiError": {"status": {}},
        "SchemaError": {"values": {}},
        "WaitFailed": {"pending": ()},
        "ManifestError": {"document": "", "hooks": ()},
    }
    return empty.get(failure.error, {})
