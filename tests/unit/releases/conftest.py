"""An API server's storage in a dict, and a clock that stands still unless told otherwise."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError, ServerVersion, WatchEvent
from charthouse.k8s.selectors import parse


class FakeClock:
    """Time that only `sleep` moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.on_sleep: list[Any] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 20, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for call in self.on_sleep:
            call()


class FakeClient:
    """A KubeClient over a dict: (kind, namespace, name) to object, with resource versions and uids."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.types: dict[tuple[str, str], ResourceType] = {}
        self.calls: list[str] = []
        self.refuse: dict[tuple[str, str], ApiError] = {}
        self._mutex = threading.Lock()
        self._count = 0

    def refused(self, verb: str, kind: str, code: int, reason: str, message: str) -> None:
        """Answer this verb on this kind with an error from now on."""
        self.refuse[verb, kind] = ApiError(message, code=code, reason=reason)

    def _begin(self, verb: str, ref: ObjectRef) -> None:
        self.calls.append(f"{verb} {ref}")
        if (verb, ref.type.kind) in self.refuse:
            raise self.refuse[verb, ref.type.kind]

    def _key(self, ref: ObjectRef) -> tuple[str, str, str]:
        return ref.type.kind, ref.namespace, ref.name

    def _stored(self, ref: ObjectRef, body: dict[str, Any]) -> dict[str, Any]:
        self._count += 1
        kept = copy.deepcopy(body)
        metadata = kept.setdefault("metadata", {})
        metadata.setdefault("namespace", ref.namespace)
        metadata["resourceVersion"] = str(self._count)
        metadata.setdefault("uid", f"uid-{self._count}")
        self.objects[self._key(ref)] = kept
        return copy.deepcopy(kept)

    def server_version(self) -> ServerVersion:
        return ServerVersion("1", "37", "v1.37.2")

    def api_versions(self) -> tuple[str, ...]:
        return ("v1", "apps/v1", "batch/v1")

    def resource_type(self, api_version: str, kind: str) -> ResourceType:
        return self.types.get((api_version, kind)) or ResourceType(api_version, kind, kind.lower() + "s", True)

    def forget_discovery(self) -> None:
        self.calls.append("forget discovery")

    def get(self, ref: ObjectRef) -> dict[str, Any]:
        self._begin("get", ref)
        with self._mutex:
            return copy.deepcopy(self._found(ref))

    def _found(self, ref: ObjectRef) -> dict[str, Any]:
        found = self.objects.get(self._key(ref))
        if found is None:
            raise ApiError(f'{ref.type.plural} "{ref.name}" not found', code=404, reason="NotFound")
        return found

    def list(
        self,
        type: ResourceType,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        limit: int = 0,
    ) -> list[dict[str, Any]]:
        self._begin("list", ObjectRef(type, namespace, "*" if not metadata_only else "names"))
        wanted = parse(label_selector)
        named = field_selector.removeprefix("metadata.name=")
        out = []
        with self._mutex:
            for (kind, where, name), item in sorted(self.objects.items()):
                labels = item["metadata"].get("labels") or {}
                if kind != type.kind or (namespace and where != namespace) or (named and name != named):
                    continue
                if wanted.matches(labels):
                    out.append({"metadata": item["metadata"]} if metadata_only else item)
            return copy.deepcopy(out)

    def fetch(
        self, type: ResourceType, namespace: str = "", name: str = "", *, label_selector: str = "", table: bool = False
    ) -> dict[str, Any]:
        if name:
            return self.get(ObjectRef(type, namespace, name))
        items = self.list(type, namespace, label_selector=label_selector)
        return {"apiVersion": type.api_version, "kind": f"{type.kind}List", "items": items}

    def create(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self._begin("create", ref)
        with self._mutex:
            if self._key(ref) in self.objects:
                raise ApiError(f'{ref.type.plural} "{ref.name}" already exists', code=409, reason="AlreadyExists")
            return self._stored(ref, body)

    def replace(
        self, ref: ObjectRef, body: dict[str, Any], *, field_manager: str = "", field_validation: str = "",
        dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self._begin("replace", ref)
        with self._mutex:
            found = self._found(ref)
            version = body.get("metadata", {}).get("resourceVersion", "")
            if version and version != found["metadata"]["resourceVersion"]:
                raise ApiError("the object has been modified", code=409, reason="Conflict")
            body = copy.deepcopy(body)
            body["metadata"]["uid"] = found["metadata"]["uid"]
            return self._stored(ref, body)

    def patch(
        self, ref: ObjectRef, body: Any, *, type: str, field_manager: str = "", force: bool | None = None,
        field_validation: str = "", dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self._begin("patch", ref)
        with self._mutex:
            return self._stored(ref, body)

    def delete(
        self, ref: ObjectRef, *, propagation: str = "Background", uid: str = "", resource_version: str = "",
        grace_period: int | None = None, dry_run: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        self._begin("delete", ref)
        with self._mutex:
            found = self._found(ref)
            if resource_version and resource_version != found["metadata"]["resourceVersion"]:
                raise ApiError("the precondition does not hold", code=409, reason="Conflict")
            del self.objects[self._key(ref)]
            return found

    def watch(
        self, type: ResourceType, namespace: str = "", *, resource_version: str = "", label_selector: str = "",
        field_selector: str = "", timeout: float,
    ) -> Iterator[WatchEvent]:  # fmt: skip
        return iter(())

    def pod_logs(
        self, namespace: str, name: str, *, container: str = "", tail_lines: int | None = None, previous: bool = False
    ) -> str:
        return f"log of {name}/{container}\n"


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
