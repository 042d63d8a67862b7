"""The API server, object by object: ``k8s.ports.KubeClient`` over HTTP.

Objects are plain dicts; any kind works, built in or custom. Written on sockets and ``ssl`` because every ready client
costs more to import than Helm's whole run (docs/kubernetes-client.md). Rules: Kubernetes API concepts; client-go
v0.37.1 for texts and retries (``transport``).
"""

from __future__ import annotations

from charthouse.k8s.ports import ApiError, ServerVersion, WatchEvent
from charthouse.kube import jsontext
from charthouse.kube.discovery import Discovery
from charthouse.kube.errors import KubeError
from charthouse.kube.refusals import is_already_exists, refusal
from charthouse.kube.transport import ONCE, REPEATABLE, SAFE, LineStream, PieceStream
from charthouse.kube.watch import EventStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import ObjectRef, ResourceType
    from charthouse.k8s.ports import PatchType
    from charthouse.kube.discovery import DiscoveryCache
    from charthouse.kube.transport import Answer, Transport
    from charthouse.logs import Log
    from charthouse.web.websocket import WebSocket

__all__ = ["Client"]

_PAGE = 500
_METADATA_PAGE = 5000  # a few hundred bytes each
_JSON = "application/json"
_TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class Client:
    """One API server as one user. Safe to use from several threads."""

    def __init__(
        self, open_transport: Callable[[], tuple[Transport, DiscoveryCache]], *, clock: Clock, log: Log
    ) -> None:
        """open_transport: called by the first request; what it raises, the request raises."""
        import threading

        self._open = open_transport
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._parts: tuple[Transport, Discovery] | None = None

    def _ready(self) -> tuple[Transport, Discovery]:
        with self._lock:
            if self._parts is None:
                transport, cache = self._open()
                discovery = Discovery(self._discovery_document, cache=cache, clock=self._clock, log=self._log)
                self._parts = transport, discovery
            return self._parts

    @property
    def _transport(self) -> Transport:
        return self._ready()[0]

    @property
    def _discovery(self) -> Discovery:
        return self._ready()[1]

    @property
    def server(self) -> str:
        """The URL of the server, as configured."""
        return self._transport.access.server

    def close(self) -> None:
        """Close kept connections; the client stays usable."""
        if self._parts is not None:
            self._parts[0].close()

    def server_version(self) -> ServerVersion:
        """Raises Unreachable, ApiError."""
        answer = self._transport.request("GET", "/version", headers=[("Accept", "application/json, */*")])
        if answer.status != 200:
            raise refusal(answer, method="GET", raw=True)
        body = self._success(answer, "GET")
        return ServerVersion(body.get("major", ""), body.get("minor", ""), body.get("gitVersion", ""))

    def api_versions(self) -> tuple[str, ...]:
        """Group/versions and `group/version/Kind`s, sorted, as Helm puts them in .Capabilities.APIVersions."""
        return self._discovery.versions()

    def resource_type(self, api_version: str, kind: str) -> ResourceType:
        """From (cached) discovery; raises UnknownKind after the server has been asked again."""
        return self._discovery.resource_type(api_version, kind)

    def resource_types(self) -> tuple[ResourceType, ...]:
        """Every kind the server serves, sub-resources left out."""
        return self._discovery.types()

    def forget_discovery(self) -> None:
        """The next question goes to the server (after CRDs were created)."""
        if self._parts is not None:
            self._parts[1].forget()

    def get(self, ref: ObjectRef) -> dict[str, Any]:
        """Raises ApiError (reason NotFound when there is none)."""
        return self._call("GET", ref, _path(ref))

    def list(
        self, type: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False, limit: int = 0,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """All objects, fetched page by page, at most `limit` when it is not 0; "" = all namespaces.

        Each item carries apiVersion and kind. metadata_only: items hold nothing but metadata.
        """
        items: list[dict[str, Any]] = []
        token = ""
        most = _METADATA_PAGE if metadata_only else _PAGE
        page = min(limit, most) if limit else most
        while True:
            query = _query(
                labelSelector=label_selector, fieldSelector=field_selector, limit=str(page) if page else "",
                **{"continue": token},
            )  # fmt: skip
            accept = _METADATA if metadata_only else _JSON
            answer = self._transport.request("GET", _target(type, namespace) + query, headers=[("Accept", accept)])
            if answer.status == 410 and token:
                # the continued list has expired at the server: start again, in one piece
                items, token, page = [], "", 0
                continue
            body = self._success(answer, "GET", type)
            items += body.get("items") or ()
            token = (body.get("metadata") or {}).get("continue", "")
            if not token or (limit and len(items) >= limit):
                break
        for item in items:
            item["apiVersion"], item["kind"] = type.api_version, type.kind
        return items[:limit] if limit else items

    def fetch(
        self, type: ResourceType, namespace: str = "", name: str = "", *, label_selector: str = "", table: bool = False
    ) -> dict[str, Any]:
        """One answer as the server gives it: an object, or without a name the first page of a list.

        table: as a Table, where the server can (Helm: ``transformRequests`` of pkg/kube/client.go).
        """
        query = _query(labelSelector=label_selector, limit="" if name else "500")
        headers = [("Accept", _TABLE if table else _JSON)]
        target = _target(type, namespace, name) + query
        answer = self._transport.request("GET", target, headers=headers, safety=SAFE)
        return self._success(answer, "GET", type, name)

    def create(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """POST. Raises ApiError (reason AlreadyExists …).

        A request whose answer was lost is repeated when the object has a name: if it then exists with what we sent, the
        first try had succeeded.
        """
        query = _query(fieldManager=field_manager, fieldValidation=field_validation, dryRun="All" if dry_run else "")
        target = _target(ref.type, ref.namespace) + query
        data = jsontext.encode(body)
        answer = self._transport.request(
            "POST", target, headers=_json_headers(), body=data, safety=REPEATABLE if ref.name else ONCE
        )
        try:
            return self._success(answer, "POST", ref.type)
        except ApiError as error:
            if not (answer.retried and is_already_exists(error)):
                raise
            live = self.get(ref)
            if not _contains(live, body):
                raise
            return live

    def replace(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """PUT; `metadata.resourceVersion` in the body makes it conditional."""
        query = _query(fieldManager=field_manager, fieldValidation=field_validation, dryRun="All" if dry_run else "")
        conditional = "resourceVersion" in (body.get("metadata") or {})
        return self._call("PUT", ref, _path(ref) + query, body, safety=ONCE if conditional else REPEATABLE)

    def patch(
        self, ref: ObjectRef, body: Any, *, type: PatchType, field_manager: str = "", force: bool | None = None,
        field_validation: str = "", dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """PATCH. body: the patch as data (a list for JSON patches) or as ready bytes."""
        query = _query(
            dryRun="All" if dry_run else "", fieldManager=field_manager, fieldValidation=field_validation,
            force="" if force is None else str(force).lower(),
        )  # fmt: skip
        data = body if isinstance(body, bytes) else jsontext.encode(body)
        safety = ONCE if type == "application/json-patch+json" else REPEATABLE
        headers = [("Accept", _JSON), ("Content-Type", type)]
        answer = self._transport.request("PATCH", _path(ref) + query, headers=headers, body=data, safety=safety)
        return self._success(answer, "PATCH", ref.type, ref.name)

    def delete(
        self, ref: ObjectRef, *, propagation: str = "Background", uid: str = "", resource_version: str = "",
        grace_period: int | None = None, dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """DELETE. The answer is the object while finalizers hold it, a Status otherwise."""
        options: dict[str, Any] = {}
        if grace_period is not None:
            options["gracePeriodSeconds"] = grace_period
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        if uid or resource_version:
            options["preconditions"] = {key: value for key, value in preconditions.items() if value}
        if propagation:
            options["propagationPolicy"] = propagation
        if dry_run:
            options["dryRun"] = ["All"]
        return self._call("DELETE", ref, _path(ref), options, safety=REPEATABLE)

    def watch(
        self, type: ResourceType, namespace: str = "", *, resource_version: str = "", label_selector: str = "",
        field_selector: str = "", timeout: float,
    ) -> Iterator[WatchEvent]:  # fmt: skip
        """Events until `timeout` seconds have passed or the server closes the stream; it has a `cancel` method."""
        query = _query(
            allowWatchBookmarks="true", fieldSelector=field_selector, labelSelector=label_selector,
            resourceVersion=resource_version, timeoutSeconds=str(max(1, int(timeout))), watch="true",
        )  # fmt: skip
        answer = self._transport.stream(
            "GET", _target(type, namespace) + query, headers=[("Accept", _JSON)], timeout=timeout + 5
        )
        if not isinstance(answer, LineStream):
            raise refusal(answer, method="GET", resource=type.plural, group=type.group)
        monotonic = self._clock.monotonic
        return EventStream(answer, until=monotonic() + timeout, monotonic=monotonic)

    def pod_logs(
        self, namespace: str, name: str, *, container: str = "", tail_lines: int | None = None, previous: bool = False
    ) -> str:
        """What a pod's container has written; bytes that are no UTF-8 are replaced."""
        query = _query(
            container=container, previous="true" if previous else "",
            tailLines="" if tail_lines is None else str(tail_lines),
        )  # fmt: skip
        pod = f"/api/v1/namespaces/{_segment(namespace, 'namespace')}/pods/{_segment(name, 'resource name')}"
        answer = self._transport.request("GET", f"{pod}/log{query}", headers=[("Accept", "*/*")])
        if answer.status != 200:
            raise refusal(answer, method="GET", resource="pods", name=name)
        return answer.body.decode("utf-8", "replace")

    def websocket(self, target: str, protocol: str) -> WebSocket:
        """A WebSocket to a path of the server, speaking the subprotocol. Raises ApiError, Unreachable, KubeError."""
        from charthouse.web.websocket import WebSocket, accepted, handshake

        key, headers = handshake(protocol)
        answer = self._transport.switch(target, headers=headers)
        if not isinstance(answer, tuple):
            raise refusal(answer, method="GET")
        connection, response = answer
        if not accepted(response.headers, key, protocol):
            connection.close()
            raise KubeError(f"the server does not speak {protocol} over a WebSocket")
        return WebSocket(connection.sock, connection.left_over())

    def text(self, target: str) -> bytes:
        """Whatever a path of the server answers. Raises ApiError, Unreachable."""
        answer = self._transport.request("GET", target, headers=[("Accept", "*/*")])
        if answer.status != 200:
            raise refusal(answer, method="GET")
        return answer.body

    def post(
        self, target: str, body: bytes, *, headers: Sequence[tuple[str, str]] = (), timeout: float = 120.0
    ) -> PieceStream:
        """Bytes to a path of the server, what comes back as it comes: through the proxy of a service, for one.

        timeout: seconds without a byte. Raises ApiError, Unreachable, CredentialError.
        """
        answer = self._transport.post(target, body, headers=headers, timeout=timeout)
        if isinstance(answer, PieceStream):
            return answer
        raise refusal(answer, method="POST")

    def raw(self, method: str, target: str, body: Any = None, *, safety: str = ONCE, timeout: float = 120.0) -> Any:
        """Any other request with JSON in and out; target: path and query; timeout: seconds without a byte from the
        server. Raises ApiError."""
        data = None if body is None else jsontext.encode(body)
        answer = self._transport.request(
            method, target, headers=_json_headers(), body=data, safety=safety, timeout=timeout
        )
        return self._success(answer, method)

    def _call(
        self, method: str, ref: ObjectRef, target: str, body: Any = None, *, safety: str = SAFE
    ) -> dict[str, Any]:
        data = None if body is None else jsontext.encode(body)
        headers = [("Accept", _JSON)] if data is None else _json_headers()
        answer = self._transport.request(method, target, headers=headers, body=data, safety=safety)
        return self._success(answer, method, ref.type, ref.name)

    def _success(self, answer: Answer, method: str, type: ResourceType | None = None, name: str = "") -> dict[str, Any]:
        if not 200 <= answer.status < 300:
            if type is None:
                raise refusal(answer, method=method)
            raise refusal(answer, method=method, resource=type.plural, group=type.group, name=name)
        try:
            body = jsontext.decode(answer.body)
        except ValueError as error:
            text = answer.body[:80].decode("utf-8", "replace")
            raise KubeError(
                f"couldn't get version/kind; json parse error: {error}",
                hint=f"the server at {self.server} does not answer like Kubernetes: {text}",
            ) from error
        if not isinstance(body, dict):
            raise KubeError("couldn't get version/kind; json parse error: not an object")
        return body

    def _discovery_document(self, path: str, accept: str, tag: str) -> Answer:
        headers = [("Accept", accept)]
        if tag:
            headers.append(("If-None-Match", tag))
        answer = self._transport.request("GET", path, headers=headers)
        if answer.status not in (200, 304):
            raise refusal(answer, method="GET", raw=True)
        return answer


def _path(ref: ObjectRef) -> str:
    """The URL path of an object. Raises KubeError for a name that is none (client-go ``Request.Name``)."""
    if not ref.name:
        raise KubeError("resource name may not be empty")
    return _target(ref.type, ref.namespace, ref.name)


def _target(type: ResourceType, namespace: str, name: str = "") -> str:
    """The URL path of an object, or of a collection. Names come from charts, too, so they are judged and escaped here:
    a server's credentials travel on the same connection. Raises KubeError."""
    escaped = _segment(name, "resource name")
    return type.path(_segment(namespace, "namespace"), escaped)


def _segment(value: str, what: str) -> str:
    problem = _segment_problem(value)
    if problem:
        raise KubeError(f'invalid {what} "{value}": [{problem}]')
    if value.isascii() and all(letter.isalnum() or letter in "-._:" for letter in value):
        return value
    from urllib.parse import quote

    return quote(value, safe=":", errors="replace")


def _segment_problem(value: str) -> str:
    if value in (".", ".."):
        return f"may not be '{value}'"
    return next((f"may not contain '{letter}'" for letter in "/%" if letter in value), "")


def _json_headers() -> list[tuple[str, str]]:
    return [("Accept", _JSON), ("Content-Type", _JSON)]


def _query(**parameters: str) -> str:
    """Parameters that are not empty, sorted by name as Go's url.Values does."""
    present = sorted((key, value) for key, value in parameters.items() if value)
    if not present:
        return ""
    from urllib.parse import quote_plus

    return "?" + "&".join(f"{key}={quote_plus(value)}" for key, value in present)


def _contains(live: Any, sent: Any) -> bool:
    """Whether `live` has everything `sent` says (the server adds defaults, it changes nothing)."""
    if isinstance(sent, dict):
        return isinstance(live, dict) and all(
            value is None or (key in live and _contains(live[key], value)) for key, value in sent.items()
        )
    if isinstance(sent, list):
        return (
            isinstance(live, list)
            and len(live) >= len(sent)
            and all(_contains(mine, theirs) for mine, theirs in zip(live, sent, strict=False))
        )
    return bool(live == sent)
