"""Reading requests: what they ask for, where a list goes on, which change a patch makes.

Rules: apiserver/pkg/endpoints/request/requestinfo.go and handlers/patch.go v0.37.2.
"""

from __future__ import annotations

import base64
import binascii
import json

from charthouse.devcluster import table
from charthouse.devcluster.failures import ApiFailure, bad_request
from charthouse.devcluster.identity import Attributes
from charthouse.devcluster.typed import object_pairs
from charthouse.devcluster.versions import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.devcluster.resources import Kind
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = [
    "NOT_ACCEPTABLE",
    "as_table",
    "attributes",
    "continue_from",
    "list_body",
    "patcher",
    "verb_of",
    "version_of",
    "warning_headers",
]

NOT_ACCEPTABLE = (
    "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
    "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
    "application/vnd.kubernetes.protobuf;stream=watch"
)


def warning_headers(texts: list[str]) -> list[tuple[str, str]]:
    return [("Warning", f"299 - {json.dumps(text, ensure_ascii=False)}") for text in dict.fromkeys(texts)]


def attributes(request: Request, parts: list[str]) -> Attributes:
    """What a request asks for, read off its path (RequestInfoFactory.NewRequestInfo)."""
    depth = {"api": 2, "apis": 3}.get(parts[0] if parts else "", 0)
    if not depth or len(parts) <= depth:
        return Attributes(request.method.lower(), path=request.path)
    group = parts[1] if depth == 3 else ""
    rest = parts[depth:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    return Attributes(
        verb_of(request, name), group=group, resource=rest[0], subresource=subresource, namespace=namespace, name=name
    )


def version_of(parts: list[str]) -> str:
    """The API version a path names, "" when it names none."""
    depth = {"api": 1, "apis": 2}.get(parts[0] if parts else "", 0)
    return parts[depth] if depth and len(parts) > depth else ""


def verb_of(request: Request, name: str) -> str:
    method = request.method
    if method in ("GET", "HEAD"):
        if request.query.get("watch") in ("true", "1"):
            return "watch"
        return "get" if name else "list"
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method.lower())


def as_table(kind: Kind, include: str) -> Callable[[Object], Object]:
    return lambda obj: table.document(kind, [obj], include)


def continue_from(token: str, version: int) -> tuple[tuple[str, str] | None, int]:
    if not token:
        return None, version
    try:
        decoded = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = decoded["start"]
        return (str(namespace), str(name)), int(decoded["rv"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error


def list_body(kind: Kind, meta: Object, entries: list[Any]) -> bytes:
    head = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": meta}
    rows = []
    for entry in entries:
        if entry.object["apiVersion"] == kind.api_version:
            rows.append(entry.data if kind.custom else entry.item)
        else:
            shown = convert(entry.object, kind.api_version)
            rows.append(json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode())
    start = json.dumps(head, separators=(",", ":")).encode()[:-1]
    return start + b',"items":[' + b",".join(rows) + b"]}\n"


def patcher(kind: Kind, media: str, body: bytes) -> Callable[[Object], Object]:
    """The change a JSON, merge or strategic merge patch makes. Raises ApiFailure (400), its result ApiFailure (422)."""
    from charthouse.k8s import patch

    try:
        change = json.loads(body, object_pairs_hook=object_pairs)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from error

    def apply(live: Object) -> Object:
        try:
            if media == "application/json-patch+json":
                return patch.apply_json_patch(live, change)  # type: ignore[no-any-return]  # JSON
            if media == "application/merge-patch+json":
                return patch.apply_merge_patch(live, change)  # type: ignore[no-any-return]  # JSON
            return patch.apply_strategic_patch(kind.api_version, kind.kind, live, change)
        except patch.PatchError as error:
            text = "the server rejected our request due to an error in our request"
            if media != "application/json-patch+json":
                raise ApiFailure(422, "Invalid", str(error), details={}) from error
            raise ApiFailure(422, "Invalid", text, details={}) from error

    return apply
