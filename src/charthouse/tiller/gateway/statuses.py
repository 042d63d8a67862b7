"""Errors as HTTP: a code, and Kubernetes' Status object, which its clients know how to print.

Codes: google/rpc/code.proto's mapping, as far as HTTP's own words allow: what was begun and failed is 422, what is no
longer as it was approved 412.
"""

from __future__ import annotations

import json

from charthouse.rpc.call import HttpAnswer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1.failures import from_details
from charthouse.tiller.v1.sources import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["JSON", "failed", "status_of", "status_text"]

JSON = ("content-type", "application/json")

_CODES: dict[Code, tuple[int, str]] = {
    Code.CANCELLED: (409, "Cancelled"),
    Code.UNKNOWN: (422, "Failed"),
    Code.INVALID_ARGUMENT: (400, "BadRequest"),
    Code.DEADLINE_EXCEEDED: (504, "Timeout"),
    Code.NOT_FOUND: (404, "NotFound"),
    Code.ALREADY_EXISTS: (409, "AlreadyExists"),
    Code.PERMISSION_DENIED: (403, "Forbidden"),
    Code.RESOURCE_EXHAUSTED: (429, "TooManyRequests"),
    Code.FAILED_PRECONDITION: (412, "PreconditionFailed"),
    Code.ABORTED: (409, "Conflict"),
    Code.OUT_OF_RANGE: (400, "BadRequest"),
    Code.UNIMPLEMENTED: (501, "NotImplemented"),
    Code.UNAVAILABLE: (503, "ServiceUnavailable"),
    Code.UNAUTHENTICATED: (401, "Unauthorized"),
}
_INTERNAL = (500, "InternalError")


def status_of(error: RpcError) -> tuple[int, dict[str, Any]]:
    """The HTTP code and the Status object. `details.failure` is the API's own Failure."""
    from google.protobuf import json_format

    http, reason = _CODES.get(error.code, _INTERNAL)
    if isinstance(error, TooLarge) or isinstance(error.__cause__, TooLarge):
        http, reason = 413, "RequestEntityTooLarge"
    details: dict[str, Any] = {"group": "tiller.charthouse.dev", "kind": "releases"}
    failure = from_details(error.details) if error.details else None
    if failure is not None:
        details["failure"] = json_format.MessageToDict(failure)
    if error.hint:
        details["causes"] = [{"reason": "Hint", "message": line} for line in error.hint.splitlines()]
    return http, _status(error.message, reason, http, details)


def _status(message: str, reason: str, http: int, details: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": http,
    }


def status_text(value: Any) -> bytes:
    """JSON in ASCII, with a line end."""
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def failed(error: RpcError) -> HttpAnswer:
    """The answer to a request that ends with an error."""
    http, status = status_of(error)
    headers = [JSON]
    if http == 401:
        headers.append(("www-authenticate", 'Bearer realm="charthouse-tiller"'))
    if http in (429, 503):
        headers.append(("retry-after", "1"))
    return HttpAnswer(http, tuple(headers), status_text(status))


def plain(http: int, reason: str, message: str, *headers: tuple[str, str]) -> HttpAnswer:
    """An answer of the gateway's own."""
    return HttpAnswer(http, (JSON, *headers), status_text(_status(message, reason, http, {})))
