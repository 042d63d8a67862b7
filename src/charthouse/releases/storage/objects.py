"""Records as Kubernetes objects: what the Secret and the ConfigMap driver have in common.

Whose rules: helm v4.3.1 pkg/storage/driver/{secrets,cfgmaps}.go: names, labels (createdAt on create, modifiedAt on
update, the object is rebuilt by an update and replaced without a resource version), error texts. No field manager is
given, so the server takes the name from the User-Agent, as it does for Helm.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.logs import DEBUG, LogRecord, silent
from charthouse.releases.codec import decode, encode
from charthouse.releases.errors import AlreadyExists, CodecError, NotFound, StorageError
from charthouse.releases.release import without_system_labels
from charthouse.releases.storage.driver import Head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from charthouse.k8s.ports import KubeClient
    from charthouse.logs import Log
    from charthouse.releases.release import Release

__all__ = ["ObjectDriver"]

# One list of everything is cheaper than single reads once this share of the records is wanted.
_LIST_SHARE = 0.5
_READERS = 8
_MANY = 16  # single reads cost more than a list


class ObjectDriver:
    """Records as objects of one kind; subclasses say which and where the payload is.

    has_states: the label `status` holds the states of ``releases.release``, so that the server can choose by them.
    """

    name = ""
    type: ResourceType
    has_states = True

    def __init__(self, client: KubeClient, namespace: str, *, now: Callable[[], float], log: Log = silent) -> None:
        self.client = client
        self.namespace = namespace
        self._now = now
        self._log = log
        self._states: dict[str, int] = {}  # how many records are in which state, as last seen

    # what differs between the kinds

    def payload(self, item: Mapping[str, Any]) -> str:
        """The payload of an object. Raises CodecError."""
        raise CodecError(f"objects of kind {self.type.kind} carry no payload")

    def body(self, payload: str) -> dict[str, Any]:
        """The fields that hold the payload."""
        raise CodecError(f"objects of kind {self.type.kind} carry no payload {payload[:0]}")

    def release(self, item: Mapping[str, Any], *, own_labels: bool) -> Release:
        """The release in an object, with its user's labels alone or with all. Raises CodecError."""
        metadata = item.get("metadata") or {}
        labels = metadata.get("labels") or {}
        return decode(
            self.payload(item), without_system_labels(labels) if own_labels else labels, metadata.get("annotations")
        )

    def head(self, item: Mapping[str, Any]) -> Head:
        """What an object says without its payload."""
        metadata = item.get("metadata") or {}
        return Head(metadata.get("namespace", ""), metadata.get("name", ""), metadata.get("labels") or {})

    # the driver

    def get(self, key: str) -> Release:
        try:
            item = self.client.get(self._ref(key))
        except ApiError as error:
            if error.reason == "NotFound":
                raise NotFound from error
            raise StorageError(f'get: failed to get "{key}": {error}', hint=error.hint) from error
        try:
            return self.release(item, own_labels=True)
        except CodecError as error:
            raise StorageError(f'get: failed to decode data "{key}": {error}') from error

    def heads(self, labels: Mapping[str, str]) -> list[Head]:
        found = [self.head(item) for item in self._list(labels, metadata_only=True, doing="list: failed to list")]
        self._states.clear()
        for head in found:
            state = head.labels.get("status", "")
            self._states[state] = self._states.get(state, 0) + 1
        return found

    def fetch(self, heads: Sequence[Head], total: int) -> list[Release]:
        if len(heads) <= 1:
            return [release for head in heads for release in self._read(head)]
        if len(heads) >= _MANY and self.has_states:
            states = {head.labels.get("status", "") for head in heads}
            alike = sum(self._states.get(state, total) for state in states)
            if all(states) and len(heads) >= alike * _LIST_SHARE:
                return self._of_states(heads, states)
        if len(heads) < total * _LIST_SHARE:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(min(_READERS, len(heads))) as readers:
                return [release for found in readers.map(self._read, heads) for release in found]
        wanted = {(head.namespace, head.key) for head in heads}
        items = self._list({"owner": "helm"}, metadata_only=False, doing="list: failed to list")
        chosen = [item for item in items if (self.head(item).namespace, self.head(item).key) in wanted]
        return self._decoded(chosen, "list failed to decode release")

    def _of_states(self, heads: Sequence[Head], states: Iterable[str]) -> list[Release]:
        """Those of one list of all records in these states; what has changed its state meanwhile is read by itself."""
        selector = f"owner=helm,status in ({','.join(sorted(states))})"
        try:
            items = self.client.list(self.type, self.namespace, label_selector=selector)
        except ApiError as error:
            raise StorageError(f"list: failed to list: {error}", hint=error.hint) from error
        wanted = {(head.namespace, head.key): head for head in heads}
        chosen = []
        for item in items:
            metadata = item.get("metadata") or {}
            if wanted.pop((metadata.get("namespace", ""), metadata.get("name", "")), None) is not None:
                chosen.append(item)
        found = self._decoded(chosen, "list failed to decode release")
        return found + [release for head in wanted.values() for release in self._read(head)]

    def query(self, labels: Mapping[str, str]) -> list[Release]:
        items = self._list(labels, metadata_only=False, doing="query: failed to query with labels")
        if not items:
            raise NotFound
        return self._decoded(items, "failed to decode release")

    def create(self, release: Release) -> None:
        body = self._object(release, "createdAt", "create")
        try:
            self.client.create(self._ref(release.key), body)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                raise AlreadyExists from error
            raise StorageError(f"create: failed to create: {error}", hint=error.hint) from error

    def update(self, release: Release) -> None:
        body = self._object(release, "modifiedAt", "update")
        try:
            self.client.replace(self._ref(release.key), body)
        except ApiError as error:
            raise StorageError(f"update: failed to update: {error}", hint=error.hint) from error

    def delete(self, key: str) -> Release:
        release = self.get(key)
        try:
            self.client.delete(self._ref(key), propagation="")
        except ApiError as error:
            if error.reason != "NotFound":
                raise StorageError(str(error), hint=error.hint) from error
        return release

    # parts

    def _ref(self, key: str, namespace: str = "") -> ObjectRef:
        return ObjectRef(self.type, namespace or self.namespace, key)

    def _list(self, labels: Mapping[str, str], *, metadata_only: bool, doing: str) -> list[dict[str, Any]]:
        selector = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
        try:
            return self.client.list(self.type, self.namespace, label_selector=selector, metadata_only=metadata_only)
        except ApiError as error:
            raise StorageError(f"{doing}: {error}", hint=error.hint) from error

    def _read(self, head: Head) -> list[Release]:
        try:
            item = self.client.get(self._ref(head.key, head.namespace))
        except ApiError as error:
            if error.reason == "NotFound":
                return []
            raise StorageError(f'get: failed to get "{head.key}": {error}', hint=error.hint) from error
        return self._decoded([item], "list failed to decode release")

    def _decoded(self, items: Sequence[Mapping[str, Any]], complaint: str) -> list[Release]:
        out = []
        for item in items:
            try:
                out.append(self.release(item, own_labels=False))
            except CodecError as error:
                self._log(LogRecord(DEBUG, complaint, key=self.head(item).key, error=str(error)))
        return out

    def _object(self, release: Release, stamp: str, doing: str) -> dict[str, Any]:
        labels = {**release.labels, stamp: str(int(self._now()))}
        labels.update(name=release.name, owner="helm", status=release.info.status, version=str(release.version))
        metadata: dict[str, Any] = {"name": release.key, "namespace": self.namespace, "labels": labels}
        if release.annotations:
            metadata["annotations"] = dict(release.annotations)
        try:
            payload = encode(release)
        except CharthouseError as error:
            raise StorageError(f'{doing}: failed to encode release "{release.name}": {error}') from error
        return {
            "apiVersion": self.type.api_version,
            "kind": self.type.kind,
            "metadata": metadata,
            **self.body(payload),
        }
