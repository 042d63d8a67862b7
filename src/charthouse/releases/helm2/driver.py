"""A storage driver over the records of Helm 2's Tiller: ConfigMaps or Secrets of Tiller's own namespace.

Whose rules: helm v2.17.0 pkg/storage/driver/{cfgmaps,secrets}.go. A record is called `NAME.vREVISION` and labelled
NAME, OWNER=TILLER, STATUS, VERSION, with CREATED_AT when it is created; an update rebuilds the object and puts it there
without a resource version, so that MODIFIED_AT takes CREATED_AT's place. A Secret gets no type. Whatever namespaces
the releases are in, all records lie in this one.

The driver speaks the keys and labels of every other driver (`sh.helm.release.v1.NAME.vREVISION`, name, owner, status,
version), so ``releases.history`` and the verbs work over it.
"""

from __future__ import annotations

import base64

from charthouse.errors import CharthouseError
from charthouse.records import replace
from charthouse.releases.errors import StorageError
from charthouse.releases.helm2.conversion import STATUSES, release_from_message, release_to_message, status_name
from charthouse.releases.helm2.payload import decode_message, encode_message
from charthouse.releases.storage.configmap import ConfigMapDriver
from charthouse.releases.storage.driver import Head
from charthouse.releases.storage.objects import ObjectDriver
from charthouse.releases.storage.secret import SecretDriver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.k8s.objects import ObjectRef
    from charthouse.k8s.ports import KubeClient
    from charthouse.logs import Log
    from charthouse.releases.release import Release

__all__ = ["TillerConfigMapDriver", "TillerDriver", "TillerSecretDriver", "tiller_driver"]

_KEY = "sh.helm.release.v1."
_LABELS = {"name": "NAME", "owner": "OWNER", "status": "STATUS", "version": "VERSION"}
_OWNER = "TILLER"
_STATUS_OF = {name: status for status, name in STATUSES.items()}
_STAMPS = {"createdAt": "CREATED_AT", "modifiedAt": "MODIFIED_AT"}


class TillerDriver(ObjectDriver):
    """Records in Helm 2's form; subclasses say in which kind."""

    has_states = False

    def release(self, item: Mapping[str, Any], *, own_labels: bool) -> Release:
        found = release_from_message(decode_message(self.payload(item)))
        annotations = (item.get("metadata") or {}).get("annotations")
        return replace(found, annotations=annotations) if annotations else found

    def head(self, item: Mapping[str, Any]) -> Head:
        metadata = item.get("metadata") or {}
        given = metadata.get("labels") or {}
        labels = {ours: given[theirs] for ours, theirs in _LABELS.items() if theirs in given}
        labels["owner"] = "helm"
        labels["status"] = _STATUS_OF.get(labels.get("status", ""), "unknown")
        return Head(metadata.get("namespace", ""), _KEY + metadata.get("name", ""), labels)

    def _ref(self, key: str, namespace: str = "") -> ObjectRef:
        return super()._ref(key.removeprefix(_KEY), namespace)

    def _list(self, labels: Mapping[str, str], *, metadata_only: bool, doing: str) -> list[dict[str, Any]]:
        theirs = {_LABELS.get(name, name): value for name, value in labels.items()}
        theirs["OWNER"] = _OWNER
        if "STATUS" in theirs:
            theirs["STATUS"] = status_name(theirs["STATUS"])
        return super()._list(theirs, metadata_only=metadata_only, doing=doing)

    def _object(self, release: Release, stamp: str, doing: str) -> dict[str, Any]:
        labels = {
            "NAME": release.name,
            "OWNER": _OWNER,
            "STATUS": status_name(release.info.status),
            "VERSION": str(release.version),
            _STAMPS[stamp]: str(int(self._now())),
        }
        try:
            payload = encode_message(release_to_message(release))
        except CharthouseError as error:
            raise StorageError(
                f'{doing}: failed to encode release "{release.name}": {error}', hint=error.hint
            ) from error
        metadata: dict[str, Any] = {"name": release.key.removeprefix(_KEY), "namespace": self.namespace}
        if release.annotations:  # ours; Helm 2 neither writes nor reads any
            metadata["annotations"] = dict(release.annotations)
        return {
            "apiVersion": self.type.api_version,
            "kind": self.type.kind,
            "metadata": {**metadata, "labels": labels},
            **self.body(payload),
        }


class TillerConfigMapDriver(TillerDriver, ConfigMapDriver):
    """Tiller's default: `--storage configmap`."""


class TillerSecretDriver(TillerDriver, SecretDriver):
    """`--storage secret`."""

    def body(self, payload: str) -> dict[str, Any]:
        return {"data": {"release": base64.b64encode(payload.encode("ascii")).decode("ascii")}}


def tiller_driver(
    storage: str, client: KubeClient, namespace: str, *, now: Callable[[], float], log: Log
) -> TillerDriver:
    """The driver of Tiller's flag `--storage`: configmap or secret. Raises StorageError for another."""
    kinds: dict[str, type[TillerDriver]] = {"configmap": TillerConfigMapDriver, "secret": TillerSecretDriver}
    if storage not in kinds:
        raise StorageError(f'unknown storage of Tiller "{storage}"', hint="it is configmap or secret")
    return kinds[storage](client, namespace, now=now, log=log)
