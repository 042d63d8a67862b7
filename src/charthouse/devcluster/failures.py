"""What the API server says when it refuses, as exceptions that carry the Status object.

``ApiFailure`` is the root; the functions make the kinds of ``k8s.io/apimachinery/pkg/api/errors`` (v0.37.2) with the
same texts, reasons and codes.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = [
    "ApiFailure",
    "Cause",
    "already_exists",
    "bad_request",
    "conflict",
    "expired",
    "forbidden",
    "internal",
    "invalid",
    "method_not_allowed",
    "no_route",
    "not_acceptable",
    "not_found",
    "unauthorized",
    "unsupported_media_type",
]


class Cause:
    """One finding of validation: reason (``FieldValueInvalid`` …), message, and the field's path."""

    __slots__ = ("field", "message", "reason")

    def __init__(self, reason: str, field: str, message: str) -> None:
        self.reason = reason
        self.field = field
        self.message = message

    def as_dict(self) -> dict[str, str]:
        return {"reason": self.reason, "message": self.message, "field": self.field}


class ApiFailure(CharthouseError):
    """A request was refused. code: HTTP status; reason: Status.reason; details: Status.details or None."""

    def __init__(self, code: int, reason: str, message: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details

    @property
    def status(self) -> dict[str, Any]:
        """The Status object of the answer."""
        out: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        out["message"] = self.message
        if self.reason:
            out["reason"] = self.reason
        if self.details is not None:
            out["details"] = self.details
        out["code"] = self.code
        return out


def _named(group: str, resource: str, name: str) -> dict[str, Any]:
    details = {"name": name, "group": group, "kind": resource}
    return {k: v for k, v in details.items() if v}


def qualified(group: str, resource: str) -> str:
    """`deployments.apps`, `pods`."""
    return f"{resource}.{group}" if group else resource


def not_found(group: str, resource: str, name: str) -> ApiFailure:
    message = f'{qualified(group, resource)} "{name}" not found'
    return ApiFailure(404, "NotFound", message, details=_named(group, resource, name))


def no_route() -> ApiFailure:
    return ApiFailure(404, "NotFound", "the server could not find the requested resource", details={})


def already_exists(group: str, resource: str, name: str) -> ApiFailure:
    message = f'{qualified(group, resource)} "{name}" already exists'
    return ApiFailure(409, "AlreadyExists", message, details=_named(group, resource, name))


def conflict(group: str, resource: str, name: str, text: str) -> ApiFailure:
    message = f'Operation cannot be fulfilled on {qualified(group, resource)} "{name}": {text}'
    return ApiFailure(409, "Conflict", message, details=_named(group, resource, name))


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> ApiFailure:
    texts = [f"{c.field}: {c.message}" for c in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(dict.fromkeys(texts))}]"
    details = {**_named(group, kind, name), "causes": [c.as_dict() for c in causes]}
    return ApiFailure(422, "Invalid", f'{qualified(group, kind)} "{name}" is invalid: {text}', details=details)


def forbidden(group: str, resource: str, name: str, text: str) -> ApiFailure:
    if not resource:
        return ApiFailure(403, "Forbidden", f"forbidden: {text}", details={})
    what = f'{qualified(group, resource)} "{name}"' if name else qualified(group, resource)
    return ApiFailure(403, "Forbidden", f"{what} is forbidden: {text}", details=_named(group, resource, name))


def bad_request(text: str) -> ApiFailure:
    return ApiFailure(400, "BadRequest", text)


def unauthorized() -> ApiFailure:
    return ApiFailure(401, "Unauthorized", "Unauthorized")


def method_not_allowed(verb: str = "") -> ApiFailure:
    text = "the server does not allow this method on the requested resource"
    return ApiFailure(405, "MethodNotAllowed", text, details={})


def not_acceptable(accepted: str) -> ApiFailure:
    text = f"only the following media types are accepted: {accepted}"
    return ApiFailure(406, "NotAcceptable", text)


def unsupported_media_type(accepted: str) -> ApiFailure:
    text = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return ApiFailure(415, "UnsupportedMediaType", text)


def expired(text: str) -> ApiFailure:
    return ApiFailure(410, "Expired", text)


def internal(text: str) -> ApiFailure:
    return ApiFailure(500, "InternalError", f"Internal error occurred: {text}", details={"causes": [{"message": text}]})
