"""Answers of the API server that mean no, as ``ApiError`` with client-go's texts and a hint of ours.

Rules: apimachinery v0.37.1 ``pkg/api/errors`` (``FromObject``, ``NewGenericServerResponse``), client-go v0.37.1
``rest/request.go`` (``transformResponse``, ``newUnstructuredResponseError``).
"""

from __future__ import annotations

from charthouse.k8s.ports import ApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.kube.transport import Answer

__all__ = ["is_already_exists", "is_conflict", "is_not_found", "refusal", "refusal_of_status"]

_MAX_TEXT = 2048

_GENERIC = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    409: ("Conflict", "the server reported a conflict"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: (
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request",
    ),
}


def is_not_found(error: ApiError) -> bool:
    return error.reason == "NotFound" or (not error.reason and error.code == 404)


def is_already_exists(error: ApiError) -> bool:
    return error.reason == "AlreadyExists"


def is_conflict(error: ApiError) -> bool:
    return error.reason == "Conflict" or (not error.reason and error.code == 409)


def refusal(
    answer: Answer, *, method: str, resource: str = "", group: str = "", name: str = "", raw: bool = False
) -> ApiError:
    """The error of an answer whose status is not a success.

    resource, group, name: what was asked for ("pods", "", "web"), named in texts the server did not write.
    raw: client-go asks for these bytes as they are (/version, discovery) and then ignores a Status in them.
    """
    status = None if raw else _status(answer)
    if status is not None:
        return refusal_of_status(status, code=answer.status)
    kind = answer.headers.get("content-type", "")
    is_text = not kind or kind.startswith("text/")
    message = answer.body[:_MAX_TEXT].decode("utf-8", "replace").strip() if is_text else "unknown"
    reason, text = _generic(answer.status, method, message)
    if resource:
        subject = f"{resource}.{group}" if group else resource
        text += f" ({method.lower()} {subject}{f' {name}' if name else ''})"
    whole = {
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": answer.status, "reason": reason,
        "message": text, "details": {"group": group, "kind": resource, "name": name},
    }  # fmt: skip
    return _explained(ApiError(text, code=answer.status, reason=reason, status=whole))


def _generic(code: int, method: str, message: str) -> tuple[str, str]:
    if code == 403:
        return "Forbidden", message
    if code == 409 and method == "POST":
        return "AlreadyExists", "the server reported a conflict"
    if code == 415:
        return "UnsupportedMediaType", message
    if code == 406:
        if message in ("", "unknown"):
            return "NotAcceptable", "the server was unable to respond with a content type that the client supports"
        return "NotAcceptable", message
    if code in _GENERIC:
        return _GENERIC[code]
    if code >= 500:
        from json import dumps

        return "InternalError", (
            f"an error on the server ({dumps(message, ensure_ascii=False)}) has prevented the request from succeeding"
        )
    return "Unknown", f"the server responded with the status code {code} but did not return more information"


def _status(answer: Answer) -> dict[str, Any] | None:
    import json

    if not answer.body.startswith(b"{"):
        return None
    try:
        document = json.loads(answer.body)
    except ValueError:
        return None
    if isinstance(document, dict) and document.get("kind") == "Status" and document.get("apiVersion") == "v1":
        return document
    return None


def refusal_of_status(status: dict[str, Any], *, code: int = 0) -> ApiError:
    """The error of a Status object (an answer's, or a watch's ERROR event's)."""
    found = status.get("code") or code
    reason = str(status.get("reason") or "")
    message = str(status.get("message") or "unknown")
    return _explained(ApiError(message, code=found, reason=reason, status=status))


def _explained(error: ApiError) -> ApiError:
    """`error`, with a hint when it is asked for."""

    def explain() -> str:
        from charthouse.kube.remedies import refusal_remedy

        return refusal_remedy(error.code, error.reason, error.message, error.status)

    error.explain = explain
    return error
