"""A KubeClient in memory for the layers above the client, and a clock that does not wait."""

from __future__ import annotations

import copy
import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.patch import apply_merge_patch, apply_strategic_patch
from charthouse.k8s.ports import ApiError, PatchType, ServerVersion, WatchEvent
from charthouse.k8s.selectors import parse, parse_fields
from charthouse.kube.errors import UnknownKind

TYPES = {
    (kind.api_version, kind.kind): kind
    for kind in (
        ResourceType("v1", "ConfigMap", "configmaps", True),
        ResourceType("v1", "Pod", "pods", True),
        ResourceType("v1", "Event", "events", True),
        ResourceType("v1", "Service", "services", True),
        ResourceType("v1", "Namespace", "namespaces", False),
        ResourceType("apps/v1", "Deployment", "deployments", True),
        ResourceType("apps/v1", "ReplicaSet", "replicasets", True),
        ResourceType("apps/v1", "StatefulSet", "statefulsets", True),
        ResourceType("batch/v1", "Job", "jobs", True),
        ResourceType("example.com/v1", "Widget", "widgets", True),
    )
}


class FakeClock:
    """Time goes on only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def api_error(code: int, reason: str, message: str) -> ApiError:
    return ApiError(message, code=code, reason=reason)


class FakeClient:
    """Objects by path; every write is logged; `fail` raises for a (verb, path) when it has something to say."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.log: list[tuple[Any, ...]] = []
        self.failures: dict[tuple[str, str], list[ApiError]] = {}
        self.version = 0
        self.watches: list[queue.SimpleQueue[WatchEvent | None]] = []
        self.after_list: Callable[[], None] | None = None

    # what a test does to the server

    def put(self, ref: ObjectRef, body: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        found = copy.deepcopy(body)
        meta = found.setdefault("metadata", {})
        meta.update(name=ref.name, resourceVersion=str(self.version))
        if ref.namespace:
            meta["namespace"] = ref.namespace
        found.update(apiVersion=ref.type.api_version, kind=ref.type.kind)
        kind = "MODIFIED" if ref.path in self.objects else "ADDED"
        self.objects[ref.path] = found
        for events in self.watches:
            events.put(WatchEvent(kind, copy.deepcopy(found)))
        return copy.deepcopy(found)

    def remove(self, ref: ObjectRef) -> None:
        body = self.objects.pop(ref.path)
        for events in self.watches:
            events.put(WatchEvent("DELETED", body))

    def fail(self, verb: str, ref: ObjectRef, *errors: ApiError) -> None:
        self.failures[(verb, ref.path)] = list(errors)

    def _check(self, verb: str, ref: ObjectRef) -> None:
        errors = self.failures.get((verb, ref.path))
        if errors:
            raise errors.pop(0)

    # KubeClient

    def server_version(self) -> ServerVersion:
        return ServerVersion("1", "37", "v1.37.2")

    def api_versions(self) -> tuple[str, ...]:
        return ("v1", "apps/v1")

    def resource_type(self, api_version: str, kind: str) -> ResourceType:
        try:
            return TYPES[(api_version, kind)]
        except KeyError:
            raise UnknownKind(api_version, kind) from None

    def forget_discovery(self) -> None:
        self.log.append(("forget",))

    def get(self, ref: ObjectRef) -> dict[str, Any]:
        self._check("get", ref)
        if ref.path not in self.objects:
            raise api_error(404, "NotFound", f'{ref.type.plural} "{ref.name}" not found')
        return copy.deepcopy(self.objects[ref.path])

    def list(
        self, type: ResourceType, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
        metadata_only: bool = False, limit: int = 0,
    ) -> list[dict[str, Any]]:  # fmt: skip
        labels, fields = parse(label_selector), parse_fields(field_selector)
        prefix = type.path(namespace)
        found = [
            copy.deepcopy(body)
            for path, body in self.objects.items()
            if path.startswith(f"{prefix}/")
            and labels.matches(body["metadata"].get("labels"))
            and fields.matches(_fields(body))
        ]
        if self.after_list is not None:
            self.after_list()
        return found

    def fetch(
        self, type: ResourceType, namespace: str = "", name: str = "", *, label_selector: str = "", table: bool = False
    ) -> dict[str, Any]:
        if name:
            return self.get(ObjectRef(type, namespace, name))
        return {"items": self.list(type, namespace, label_selector=label_selector)}

    def create(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self.log.append(("create", str(ref), field_manager, field_validation))
        self._check("create", ref)
        if not ref.name:
            ref = ObjectRef(ref.type, ref.namespace, body["metadata"]["generateName"] + "x7k2p")
        if ref.path in self.objects:
            raise api_error(409, "AlreadyExists", f'{ref.type.plural} "{ref.name}" already exists')
        return self.put(ref, body)

    def replace(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        version = body["metadata"].get("resourceVersion", "")
        self.log.append(("replace", str(ref), field_manager, field_validation, version))
        self._check("replace", ref)
        return self.put(ref, body)

    def patch(
        self, ref: ObjectRef, body: Any, *, type: PatchType, field_manager: str = "", force: bool | None = None,
        field_validation: str = "", dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        word = type.partition("/")[2].partition("-patch")[0]
        self.log.append((word, str(ref), field_manager, field_validation, force))
        self._check("patch", ref)
        if word == "apply":
            return self.put(ref, {**self.objects.get(ref.path, {}), **body})
        if word == "json":
            return self.get(ref)
        live = self.get(ref)
        if word == "merge":
            return self.put(ref, apply_merge_patch(live, body))
        return self.put(ref, apply_strategic_patch(ref.type.api_version, ref.type.kind, live, body))

    def delete(
        self, ref: ObjectRef, *, propagation: str = "Background", uid: str = "", resource_version: str = "",
        grace_period: int | None = None, dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self.log.append(("delete", str(ref), propagation))
        self._check("delete", ref)
        self.get(ref)
        self.remove(ref)
        return {}

    def watch(
        self, type: ResourceType, namespace: str = "", *, resource_version: str = "", label_selector: str = "",
        field_selector: str = "", timeout: float,
    ) -> Iterator[WatchEvent]:  # fmt: skip
        return FakeStream(self)

    def pod_logs(
        self, namespace: str, name: str, *, container: str = "", tail_lines: int | None = None, previous: bool = False
    ) -> str:
        return f"last words of {container}{' before the restart' if previous else ''}\n"


class FakeStream:
    """Events put by the test; ends when cancelled."""

    def __init__(self, client: FakeClient) -> None:
        self._events: queue.SimpleQueue[WatchEvent | None] = queue.SimpleQueue()
        client.watches.append(self._events)

    def __iter__(self) -> Iterator[WatchEvent]:
        return self

    def __next__(self) -> WatchEvent:
        event = self._events.get(timeout=10)
        if event is None:
            raise StopIteration
        return event

    def cancel(self) -> None:
        self._events.put(None)


def _fields(body: dict[str, Any]) -> dict[str, str]:
    involved = body.get("involvedObject") or {}
    return {
        "metadata.name": body["metadata"]["name"],
        "involvedObject.uid": str(involved.get("uid", "")),
        "type": str(body.get("type", "")),
    }


def ref(kind: str, name: str, namespace: str = "ns") -> ObjectRef:
    """A reference by kind name."""
    found = next(t for t in TYPES.values() if t.kind == kind)
    return ObjectRef(found, namespace if found.namespaced else "", name)
