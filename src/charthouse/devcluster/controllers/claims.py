"""Volume claims: bound to a volume that fits, or to one that is made for them.

Rules: pkg/controller/volume/persistentvolume of k8s.io/kubernetes v1.37.2. A real cluster needs a provisioner; the
simulated one serves every class there is, and claims that name none. A class that is not there is waited for.
"""

from __future__ import annotations

from charthouse.devcluster import quantity
from charthouse.devcluster.controllers.loop import Controller, same_key
from charthouse.devcluster.objects import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route
    from charthouse.devcluster.store import Change, Store

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["Claims", "missing_class", "matching_volume"]

CLAIMS, VOLUMES, PODS = "persistentvolumeclaims", "persistentvolumes", "pods"
CLASSES = "storageclasses.storage.k8s.io"


def phase(obj: Object) -> str:
    return str((obj.get("status") or {}).get("phase", ""))


def missing_class(store: Store, claim: Object) -> bool:
    """True when a claim names a StorageClass that is not there."""
    name = claim["spec"].get("storageClassName")
    return bool(name) and store.get(CLASSES, ("", name)) is None


def matching_volume(store: Store, claim: Object) -> Object | None:
    """The smallest free volume of the claim's class that has its modes and size, None when there is none."""
    spec = claim["spec"]
    wanted = _size(((spec.get("resources") or {}).get("requests") or {}).get("storage", "0"))
    fitting = []
    for _, entry in store.list(VOLUMES)[0]:
        volume = entry.object["spec"]
        free = phase(entry.object) == "Available" and not volume.get("claimRef")
        named = spec.get("volumeName") in (None, "", entry.object["metadata"]["name"])
        same = (volume.get("storageClassName") or "") == (spec.get("storageClassName") or "")
        modes = set(spec.get("accessModes") or ()) <= set(volume.get("accessModes") or ())
        size = _size((volume.get("capacity") or {}).get("storage", "0"))
        if free and named and same and modes and size >= wanted:
            fitting.append((size, entry.object["metadata"]["name"], entry.object))
    return min(fitting)[2] if fitting else None


def _size(text: Any) -> float:
    try:
        return float(quantity.parse(str(text))[0])
    except ValueError:
        return 0.0


class Claims(Controller):
    """Binds claims to volumes made for them, and lets go of both."""

    def routes(self) -> dict[str, Route]:
        return {CLAIMS: same_key, PODS: self._of_pod, VOLUMES: self._of_volume, CLASSES: self._waiting}

    def _waiting(self, change: Change) -> Iterable[Key]:
        """Claims a new volume or class may serve."""
        return [key for key, entry in self.store.list(CLAIMS)[0] if phase(entry.object) != "Bound"]

    def _of_pod(self, change: Change) -> Iterable[Key]:
        if change.after is not None or change.before is None:
            return []
        volumes = change.before.object["spec"].get("volumes") or ()
        names = [v["persistentVolumeClaim"]["claimName"] for v in volumes if v.get("persistentVolumeClaim")]
        return [(change.key[0], name) for name in names]

    def _of_volume(self, change: Change) -> Iterable[Key]:
        entry = change.after
        if entry is None:
            return []
        if (
            entry.object["metadata"].get("deletionTimestamp")
            or (entry.object.get("status") or {}).get("phase") != "Bound"
        ):
            return [("", change.key[1]), *self._waiting(change)]
        return []

    def reconcile(self, key: Key) -> None:
        if not key[0]:
            self._volume(key)
            return
        claim = self.get(CLAIMS, key)
        if claim is None:
            return
        if claim["metadata"].get("deletionTimestamp"):
            if not self._in_use(key):
                self._release(claim, key)
            return
        if phase(claim) == "Bound":
            return
        volume = matching_volume(self.store, claim)
        if volume is not None:
            self._take(volume, claim, key)
        elif missing_class(self.store, claim):
            text = f'storageclass.storage.k8s.io "{claim["spec"]["storageClassName"]}" not found'
            self.event(claim, "ProvisioningFailed", text, kind="Warning", source="persistentvolume-controller")
        else:
            self._bind(claim, key)

    def _take(self, volume: Object, claim: Object, key: Key) -> None:
        """Bind a claim to a volume that was there."""
        name = volume["metadata"]["name"]
        owner = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": key[0], "name": key[1]}

        def claimed(obj: Object) -> None:
            obj["spec"]["claimRef"] = {**owner, "uid": claim["metadata"]["uid"]}

        self.objects.write(self.kind(VOLUMES), "", name, claimed, manager=self.name)
        self.status(VOLUMES, ("", name), {**(volume.get("status") or {}), "phase": "Bound"})
        self._bound(claim, key, name, volume["spec"]["accessModes"], volume["spec"]["capacity"]["storage"])

    def _volume(self, key: Key) -> None:
        volume = self.get(VOLUMES, key)
        if volume is None:
            return
        if volume["metadata"].get("deletionTimestamp"):
            self.objects.remove(self.kind(VOLUMES), *key)
        elif (volume.get("status") or {}).get("phase") == "Pending":
            bound = bool(volume["spec"].get("claimRef"))
            self.status(VOLUMES, key, {**volume["status"], "phase": "Bound" if bound else "Available"})

    def _in_use(self, key: Key) -> bool:
        return any(
            (v.get("persistentVolumeClaim") or {}).get("claimName") == key[1]
            for _, entry in self.store.list(PODS, key[0])[0]
            for v in entry.object["spec"].get("volumes") or ()
            if (entry.object.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
        )

    def _bind(self, claim: Object, key: Key) -> None:
        name = claim["spec"].get("volumeName") or f"pvc-{claim['metadata']['uid']}"
        size = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "1Gi")
        if self.get(VOLUMES, ("", name)) is None:
            self._provide(claim, key, name, size)
        self._bound(claim, key, name, claim["spec"]["accessModes"], size)
        self.event(
            claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}", source="devcluster/provisioner"
        )

    def _bound(self, claim: Object, key: Key, name: str, modes: list[str], size: str) -> None:
        with self.store.lock:
            fresh = self.get(CLAIMS, key)
            if fresh is None:
                return
            notes = {**(fresh["metadata"].get("annotations") or {}), "pv.kubernetes.io/bind-completed": "yes"}
            new = {**fresh, "spec": {**fresh["spec"], "volumeName": name}}
            new["metadata"] = {**fresh["metadata"], "annotations": notes}
            new["status"] = {"phase": "Bound", "accessModes": modes, "capacity": {"storage": size}}
            self.store.put(CLAIMS, key, new)

    def _provide(self, claim: Object, key: Key, name: str, size: str) -> None:
        """Make the volume of a claim."""
        owner = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": key[0], "name": key[1]}
        spec = {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": size},
            "persistentVolumeReclaimPolicy": "Delete",
            "hostPath": {"path": f"/sim/{name}"},
            "claimRef": {**owner, "uid": claim["metadata"]["uid"]},
        }
        if claim["spec"].get("storageClassName"):
            spec["storageClassName"] = claim["spec"]["storageClassName"]
        body = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
        self.objects.create(self.kind(VOLUMES), "", body, Options(self.name))

    def _release(self, claim: Object, key: Key) -> None:
        name = claim["spec"].get("volumeName", "")
        self._drop_finalizer(claim, key)
        volume = self.get(VOLUMES, ("", name))
        if volume is not None and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self.objects.remove(self.kind(VOLUMES), "", name)

    def _drop_finalizer(self, claim: Object, key: Key) -> None:
        def change(obj: Object) -> None:
            left = [f for f in obj["metadata"].get("finalizers") or () if f != "kubernetes.io/pvc-protection"]
            obj["metadata"]["finalizers"] = left
            if not left:
                obj["metadata"].pop("finalizers")

        self.objects.write(self.kind(CLAIMS), *key, change, manager=self.name)
