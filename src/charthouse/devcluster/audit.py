"""The audit log: who did what, as whom, and what came of it; one JSON object a line.

Rules: audit.k8s.io/v1 Event at level Metadata (apiserver/pkg/audit v0.37.2): no bodies, so no secrets. Differs:
requests whose answer streams are told once, when the stream starts (stage ResponseStarted).
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.wire import Request, Response

    Object = dict[str, Any]

__all__ = ["Audit", "Judgement"]

MAX_TEXT = 4096


class Judgement:
    """What became known of a request on its way. Filled in by the API."""

    __slots__ = ("asked", "caller", "failure", "reason", "started", "version")

    def __init__(self) -> None:
        self.started = time.time()
        self.asked: Any = None
        self.caller: Any = None
        self.failure: Object | None = None
        self.reason: str | None = None
        self.version = ""


class Audit:
    """A log file. Raises OSError when it cannot be opened."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def record(self, request: Request, response: Response, judgement: Judgement) -> None:
        """Write one line."""
        line = json.dumps(_event(request, response, judgement), separators=(",", ":"), ensure_ascii=False)
        with self._lock:
            os.write(self._descriptor, line.encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        with self._lock:
            os.close(self._descriptor)


def _event(request: Request, response: Response, judgement: Judgement) -> Object:
    caller, asked = judgement.caller, judgement.asked
    streams = response.stream is not None or response.upgrade is not None
    event: Object = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": str(uuid.uuid4()),
        "stage": "ResponseStarted" if streams else "ResponseComplete",
        "requestURI": request.target[:MAX_TEXT],
        "verb": asked.verb if asked is not None else request.method.lower(),
        "user": request.by.document() if request.by is not None else {},
    }
    if caller is not None and caller.by is not None:
        event["impersonatedUser"] = caller.user.document()
    if request.connection is not None:
        event["sourceIPs"] = [str(request.connection.getpeername()[0])]
    event["userAgent"] = request.header("user-agent")[:MAX_TEXT]
    if asked is not None and asked.resource:
        fields = {"resource": asked.resource, "namespace": asked.namespace, "name": asked.name, "apiGroup": asked.group,
                  "apiVersion": judgement.version, "subresource": asked.subresource}  # fmt: skip
        event["objectRef"] = {key: value for key, value in fields.items() if value}
    event["responseStatus"] = _status(response, judgement)
    event["requestReceivedTimestamp"] = _stamp(judgement.started)
    event["stageTimestamp"] = _stamp(time.time())
    if judgement.reason is not None:
        allowed = (judgement.failure or {}).get("reason") != "Forbidden"
        event["annotations"] = {
            "authorization.k8s.io/decision": "allow" if allowed else "forbid",
            "authorization.k8s.io/reason": judgement.reason,
        }
    return event


def _status(response: Response, judgement: Judgement) -> Object:
    out: Object = {"metadata": {}}
    failure = judgement.failure
    if failure is not None:
        out.update({key: failure[key] for key in ("status", "message", "reason", "details") if failure.get(key)})
    return {**out, "code": response.status or 101}


def _stamp(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1_000_000):06d}Z"
