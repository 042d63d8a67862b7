"""StatefulSets and DaemonSets.

Rules: pkg/controller/{statefulset,daemon} of k8s.io/kubernetes v1.37.2: ordered or parallel pods with their claims,
revisions, partitions; one daemon pod on the one node.
"""

from __future__ import annotations

from charthouse.devcluster import simulation
from charthouse.devcluster.controllers.loop import Controller, owner_key, reference, same_key
from charthouse.devcluster.controllers.replicas import is_ready, pod_of, template_hash
from charthouse.devcluster.objects import Options
from charthouse.devcluster.store import copy_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["DaemonSets", "StatefulSets"]

STATEFUL, DAEMONS, PODS = "statefulsets.apps", "daemonsets.apps", "pods"
REVISIONS, CLAIMS = "controllerrevisions.apps", "persistentvolumeclaims"
HASH = "controller-revision-hash"


class _Revisioned(Controller):
    """Keeps a ControllerRevision for each template."""

    def revision(self, owner: Object) -> str:
        """The name of the current template's revision, made when there is none."""
        meta, template = owner["metadata"], owner["spec"]["template"]
        name = f"{meta['name']}-{template_hash(template)}"
        key = (meta["namespace"], name)
        known = self.owned(REVISIONS, owner)
        highest = max([r["revision"] for r in known] or [0])
        found = self.get(REVISIONS, key)
        if found is None:
            labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH: name}
            body = {
                "apiVersion": "apps/v1", "kind": "ControllerRevision",
                "metadata": {"name": name, "labels": labels, "ownerReferences": [reference(owner)]},
                "data": {"spec": {"template": {**copy_json(template), "$patch": "replace"}}}, "revision": highest + 1,
            }  # fmt: skip
            self.objects.create(self.kind(REVISIONS), meta["namespace"], body, Options(self.name))
        elif found["revision"] < highest:

            def change(obj: Object) -> None:
                obj["revision"] = highest + 1

            self.objects.write(self.kind(REVISIONS), *key, change, manager=self.name)
        limit = owner["spec"].get("revisionHistoryLimit", 10)
        old = sorted((r for r in known if r["metadata"]["name"] != name), key=lambda r: int(r["revision"]))
        for row in old[: max(len(old) - limit, 0)]:
            self.objects.remove(self.kind(REVISIONS), meta["namespace"], row["metadata"]["name"])
        return name


class StatefulSets(_Revisioned):
    """Pods with numbers and claims, in order."""

    def routes(self) -> dict[str, Route]:
        return {STATEFUL: same_key, PODS: owner_key("StatefulSet")}

    def reconcile(self, key: Key) -> None:
        owner = self.get(STATEFUL, key)
        if owner is None:
            return
        if not owner["metadata"].get("deletionTimestamp"):
            update = self.revision(owner)
            self._step(owner, update)
            self._status(owner, key, update)

    def _pods(self, owner: Object) -> dict[int, Object]:
        out = {}
        prefix = owner["metadata"]["name"] + "-"
        for pod in self.owned(PODS, owner):
            number = pod["metadata"]["name"].removeprefix(prefix)
            if number.isdigit():
                out[int(number)] = pod
        return out

    def _step(self, owner: Object, update: str) -> None:
        spec = owner["spec"]
        start = (spec.get("ordinals") or {}).get("start", 0)
        wanted = range(start, start + spec["replicas"])
        ordered = spec.get("podManagementPolicy") != "Parallel"
        pods = self._pods(owner)
        current = (owner.get("status") or {}).get("currentRevision") or update
        partition = ((spec.get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition", 0)
        for number in wanted:
            pod = pods.get(number)
            if pod is None:
                old = number < partition and current != update
                self._create(owner, number, current if old else update)
                if ordered:
                    return
            elif (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
                self._delete(owner, pod)
                return
            elif ordered and not self._is_outdated(pod, update, number, partition, spec) and not _is_settled(pod):
                return
        surplus = sorted((n for n in pods if n not in wanted), reverse=True)
        for number in surplus[: 1 if ordered else None]:
            self._delete(owner, pods[number])
        if not surplus:
            self._roll(owner, pods, wanted, update, partition)

    @staticmethod
    def _is_outdated(pod: Object, update: str, number: int, partition: int, spec: Object) -> bool:
        rolling = (spec.get("updateStrategy") or {}).get("type") == "RollingUpdate"
        return rolling and number >= partition and pod["metadata"]["labels"].get(HASH) != update

    def _roll(self, owner: Object, pods: dict[int, Object], wanted: range, update: str, partition: int) -> None:
        if (owner["spec"].get("updateStrategy") or {}).get("type") != "RollingUpdate":
            return
        for number in reversed(wanted):
            pod = pods.get(number)
            if pod is None or number < partition:
                return
            if pod["metadata"]["labels"].get(HASH) != update:
                if not pod["metadata"].get("deletionTimestamp"):
                    self._delete(owner, pod)
                return
            if not is_ready(pod):
                return

    def _delete(self, owner: Object, pod: Object) -> None:
        name = pod["metadata"]["name"]
        if pod["metadata"].get("deletionTimestamp"):
            return
        self.objects.delete(self.kind(PODS), owner["metadata"]["namespace"], name, {}, Options(self.name))
        text = f"delete Pod {name} in StatefulSet {owner['metadata']['name']} successful"
        self.event(owner, "SuccessfulDelete", text, source="statefulset-controller")

    def _create(self, owner: Object, number: int, revision: str) -> None:
        meta, spec = owner["metadata"], owner["spec"]
        name = f"{meta['name']}-{number}"
        labels = {
            HASH: revision, "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(number),
        }  # fmt: skip
        pod = pod_of(self._template(owner, revision), owner, name=name, labels=labels)
        pod["spec"].update(hostname=name, subdomain=spec.get("serviceName", ""))
        volumes = {v["name"]: v for v in pod["spec"].get("volumes") or ()}
        for claim in spec.get("volumeClaimTemplates") or ():
            label = claim["metadata"]["name"]
            self._claim(owner, claim, f"{label}-{name}")
            volumes[label] = {"name": label, "persistentVolumeClaim": {"claimName": f"{label}-{name}"}}
        if volumes:
            pod["spec"]["volumes"] = list(volumes.values())
        self.objects.create(self.kind(PODS), meta["namespace"], pod, Options(self.name))
        text = f"create Pod {name} in StatefulSet {meta['name']} successful"
        self.event(owner, "SuccessfulCreate", text, source="statefulset-controller")

    def _template(self, owner: Object, revision: str) -> Object:
        found = self.get(REVISIONS, (owner["metadata"]["namespace"], revision))
        if found is None:
            return owner["spec"]["template"]  # type: ignore[no-any-return]  # JSON
        return {k: v for k, v in found["data"]["spec"]["template"].items() if k != "$patch"}

    def _claim(self, owner: Object, template: Object, name: str) -> None:
        namespace = owner["metadata"]["namespace"]
        if self.get(CLAIMS, (namespace, name)) is not None:
            return
        labels = (owner["spec"]["selector"] or {}).get("matchLabels") or {}
        meta = {**copy_json(template["metadata"]), "name": name}
        meta["labels"] = {**(meta.get("labels") or {}), **labels}
        body = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": meta,
            "spec": copy_json(template["spec"]),
        }
        self.objects.create(self.kind(CLAIMS), namespace, body, Options(self.name))

    def _status(self, owner: Object, key: Key, update: str) -> None:
        spec, before = owner["spec"], owner.get("status") or {}
        pods = [p for p in self._pods(owner).values() if not p["metadata"].get("deletionTimestamp")]
        current = before.get("currentRevision") or update
        ready = sum(map(is_ready, pods))

        def of(revision: str) -> int:
            return sum(1 for p in pods if p["metadata"]["labels"].get(HASH) == revision)

        updated = of(update)
        if updated == len(pods) == spec["replicas"] and ready == spec["replicas"]:
            current = update
        status: Object = {"observedGeneration": owner["metadata"].get("generation", 1), "replicas": len(pods)}
        status["availableReplicas"] = ready
        for name, value in (("readyReplicas", ready), ("currentReplicas", of(current)), ("updatedReplicas", updated)):
            if value:
                status[name] = value
        status.update(currentRevision=current, updateRevision=update, collisionCount=0)
        self.status(STATEFUL, key, status)


def _is_settled(pod: Object) -> bool:
    return is_ready(pod) and not pod["metadata"].get("deletionTimestamp")


class DaemonSets(_Revisioned):
    """One pod on each node."""

    def routes(self) -> dict[str, Route]:
        return {DAEMONS: same_key, PODS: owner_key("DaemonSet")}

    def reconcile(self, key: Key) -> None:
        owner = self.get(DAEMONS, key)
        if owner is None or owner["metadata"].get("deletionTimestamp"):
            return
        revision = self.revision(owner)
        pods = self.owned(PODS, owner)
        digest = revision.rpartition("-")[2]
        wanted = self._fits(owner)
        rolling = (owner["spec"].get("updateStrategy") or {}).get("type") == "RollingUpdate"
        alive = [p for p in pods if not p["metadata"].get("deletionTimestamp")]
        for pod in alive:
            outdated = rolling and pod["metadata"]["labels"].get(HASH) != digest
            ended = (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded")
            if outdated or ended or not wanted:
                name = pod["metadata"]["name"]
                self.objects.delete(self.kind(PODS), key[0], name, {}, Options(self.name))
                self.event(owner, "SuccessfulDelete", f"Deleted pod: {name}", source="daemonset-controller")
        if wanted and not pods:
            labels = {HASH: digest, "pod-template-generation": str(owner["metadata"].get("generation", 1))}
            pod = pod_of(owner["spec"]["template"], owner, labels=labels)
            made = self.objects.create(self.kind(PODS), key[0], pod, Options(self.name))
            text = f"Created pod: {made['metadata']['name']}"
            self.event(owner, "SuccessfulCreate", text, source="daemonset-controller")
        self._status(owner, key, digest, 1 if wanted else 0)

    @staticmethod
    def _fits(owner: Object) -> bool:
        """True when the node has the labels the template asks for."""
        return simulation.fits(owner["spec"]["template"]["spec"].get("nodeSelector") or {})

    def _status(self, owner: Object, key: Key, digest: str, desired: int) -> None:
        pods = [p for p in self.owned(PODS, owner) if not p["metadata"].get("deletionTimestamp")]
        ready = sum(map(is_ready, pods))
        updated = sum(1 for p in pods if p["metadata"]["labels"].get(HASH) == digest)
        status: Object = {
            "currentNumberScheduled": len(pods), "numberMisscheduled": 0, "desiredNumberScheduled": desired,
            "numberReady": ready, "observedGeneration": owner["metadata"].get("generation", 1),
        }  # fmt: skip
        extra = {"updatedNumberScheduled": updated, "numberAvailable": ready, "numberUnavailable": desired - ready}
        status.update({k: v for k, v in extra.items() if v > 0})
        self.status(DAEMONS, key, status)
