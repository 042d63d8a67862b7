"""Companions in the cluster: one object beside each record that needs one.

Form: a ConfigMap or a Secret, as the record is, called `sh.charthouse.helm2.v1.NAME.vREVISION`, with the labels
`owner=charthouse`, `name`, `version` and the text of ``companion.Companion.encode`` under `companion`. Helm looks for
`owner=helm` and never sees it. Size: it holds less than the record Helm 2 had for the same release, so it fits where
that did (1 MiB). Lifetime: it is owned by its record (an owner reference to its uid), so whoever deletes the record,
Helm too, has the API server's garbage collection delete the companion; Helm's updates keep the uid.
"""

from __future__ import annotations

import base64
from contextlib import suppress

from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.records import replace
from charthouse.releases.codec import decode, encode
from charthouse.releases.errors import CodecError, StorageError
from charthouse.releases.helm2.companion import decode_companion, difference
from charthouse.releases.helm2.conversion import derived, release_from_message, release_to_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.ports import KubeClient
    from charthouse.releases.helm2.companion import Companion
    from charthouse.releases.release import Release

__all__ = ["Companions", "beside_record", "completed"]

_RECORD = "sh.helm.release.v1."
_PREFIX = "sh.charthouse.helm2.v1."
_FIELD = "companion"
_SELECTOR = "owner=charthouse"


def beside_record(release: Release) -> Companion | None:
    """What a Helm 4 record of this release would not hold; None when it holds everything."""
    stored = decode(encode(release), {})
    return difference(derived(stored), release_to_message(release))


def completed(record: Release, companion: Companion) -> Release:
    """The release as it was before it became this record: sub-charts, raw values, test suites. Labels, annotations and
    what only Helm 4 knows stay the record's."""
    message = derived(record)
    companion.apply(message)
    whole = release_from_message(message)
    return replace(record, chart=whole.chart, companion=whole.companion)


class Companions:
    """The companions of the records of one namespace. type: the kind the records are of."""

    def __init__(self, client: KubeClient, namespace: str, type: ResourceType) -> None:
        self._client = client
        self._namespace = namespace
        self._type = type

    def read(self, key: str) -> Companion | None:
        """The companion of a record, None when it has none. Raises StorageError, CodecError."""
        try:
            item = self._client.get(self._ref(key))
        except ApiError as error:
            if error.reason == "NotFound":
                return None
            raise StorageError(f"get: failed to get {self._ref(key).name}: {error}", hint=error.hint) from error
        return self._decoded(item)

    def read_all(self, release: str = "") -> dict[str, Companion]:
        """All companions of the namespace, or of one release, by the keys of their records, in one request; those that
        cannot be read are left out. Raises StorageError."""
        selector = f"{_SELECTOR},name={release}" if release else _SELECTOR
        try:
            items = self._client.list(self._type, self._namespace, label_selector=selector)
        except ApiError as error:
            raise StorageError(f"list: failed to list companions: {error}", hint=error.hint) from error
        found: dict[str, Companion] = {}
        for item in items:
            name = item["metadata"]["name"]
            if name.startswith(_PREFIX):
                with suppress(CodecError):
                    found[_RECORD + name.removeprefix(_PREFIX)] = self._decoded(item)
        return found

    def _decoded(self, item: dict[str, Any]) -> Companion:
        text = (item.get("data") or {}).get(_FIELD, "")
        if self._type.kind == "Secret":
            text = base64.b64decode(text).decode("ascii", "replace")
        return decode_companion(text)

    def write(self, release: Release, companion: Companion) -> None:
        """Put a companion beside the record of `release`, which must be there. Raises StorageError."""
        text = companion.encode()
        if self._type.kind == "Secret":
            text = base64.b64encode(text.encode("ascii")).decode("ascii")
        body: dict[str, Any] = {
            "apiVersion": self._type.api_version,
            "kind": self._type.kind,
            "metadata": {
                "name": self._ref(release.key).name,
                "namespace": self._namespace,
                "labels": {"owner": "charthouse", "name": release.name, "version": str(release.version)},
            },
            "data": {_FIELD: text},
        }
        try:
            record = self._client.get(ObjectRef(self._type, self._namespace, release.key))
            owner = {
                "apiVersion": self._type.api_version,
                "kind": self._type.kind,
                "name": release.key,
                "uid": (record.get("metadata") or {}).get("uid", ""),
            }
            body["metadata"]["ownerReferences"] = [owner]
            self._put(self._ref(release.key), body)
        except ApiError as error:
            raise StorageError(f"create: failed to create a companion: {error}", hint=error.hint) from error

    def delete(self, key: str) -> None:
        """Delete the companion of a record, if it has one. Raises StorageError."""
        try:
            self._client.delete(self._ref(key), propagation="")
        except ApiError as error:
            if error.reason != "NotFound":
                text = f"delete: failed to delete {self._ref(key).name}: {error}"
                raise StorageError(text, hint=error.hint) from error

    def _put(self, ref: ObjectRef, body: dict[str, Any]) -> None:
        try:
            self._client.create(ref, body)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            self._client.replace(ref, body)

    def _ref(self, key: str) -> ObjectRef:
        return ObjectRef(self._type, self._namespace, _PREFIX + key.removeprefix(_RECORD))
