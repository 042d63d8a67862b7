"""Deployments.

Rules: pkg/controller/deployment/{sync,rolling,recreate,progress}.go of k8s.io/kubernetes
v1.37.2.
"""

from __future__ import annotations

from charthouse.devcluster.controllers.loop import Controller, owner_key, reference, same_key
from charthouse.devcluster.controllers.replicas import portion, template_hash
from charthouse.devcluster.objects import Options
from charthouse.devcluster.store import copy_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["Deployments"]

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
SETS, PODS, DEPLOYMENTS = "replicasets.apps", "pods", "deployments.apps"
NOT_COPIED = (
    REVISION,
    DESIRED,
    MAXIMUM,
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
)


class Deployments(Controller):
    """Rolls ReplicaSets over."""

    def routes(self) -> dict[str, Route]:
        return {DEPLOYMENTS: same_key, SETS: owner_key("Deployment"), PODS: self._pod_owner}

    def _pod_owner(self, change: Any) -> list[Key]:
        """A deployment that recreates waits for pods to go."""
        if change.after is not None or change.before is None:
            return []
        out = []
        for owner in change.before.object["metadata"].get("ownerReferences") or ():
            if owner["kind"] == "ReplicaSet":
                found = self.get(SETS, (change.key[0], owner["name"]))
                for above in (found or {"metadata": {}})["metadata"].get("ownerReferences") or ():
                    out.append((change.key[0], above["name"]))
        return out

    def reconcile(self, key: Key) -> None:
        deployment = self.get(DEPLOYMENTS, key)
        if deployment is None or deployment["metadata"].get("deletionTimestamp"):
            return
        sets = self.owned(SETS, deployment)
        current = self._current(deployment, sets)
        old = [s for s in sets if current is None or s["metadata"]["uid"] != current["metadata"]["uid"]]
        if not deployment["spec"].get("paused"):
            if deployment["spec"]["strategy"]["type"] == "Recreate":
                current = self._recreate(deployment, current, old)
            else:
                current = self._roll(deployment, current, old)
            self._annotate_revision(key, current)
            self._clean_up(deployment, old)
        elif current is not None:
            self._scale(deployment, current, deployment["spec"]["replicas"])
        self._status(key)

    # revisions -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _current(deployment: Object, sets: list[Object]) -> Object | None:
        wanted = deployment["spec"]["template"]
        for found in sets:
            template = copy_json(found["spec"]["template"])
            (template.get("metadata") or {}).get("labels", {}).pop(HASH, None)
            if _same_template(template, wanted):
                return found
        return None

    @staticmethod
    def _revision(found: Object) -> int:
        text = (found["metadata"].get("annotations") or {}).get(REVISION, "0")
        return int(text) if text.isdigit() else 0

    def _ensure_current(self, deployment: Object, current: Object | None, old: list[Object], replicas: int) -> Object:
        """The ReplicaSet of the current template, with the highest revision."""
        revision = max([self._revision(s) for s in old] or [0]) + 1
        if current is None:
            return self._create_set(deployment, revision, replicas)
        if self._revision(current) >= revision:
            return current

        def change(obj: Object) -> None:
            notes = obj["metadata"].setdefault("annotations", {})
            notes[REVISION] = str(revision)

        meta = current["metadata"]
        return (
            self.objects.write(self.kind(SETS), meta["namespace"], meta["name"], change, manager=self.name) or current
        )

    def _create_set(self, deployment: Object, revision: int, replicas: int) -> Object:
        meta, spec = deployment["metadata"], deployment["spec"]
        digest = template_hash(spec["template"])
        template = copy_json(spec["template"])
        template.setdefault("metadata", {}).setdefault("labels", {})[HASH] = digest
        selector = copy_json(spec["selector"])
        selector.setdefault("matchLabels", {})[HASH] = digest
        notes = {k: v for k, v in (meta.get("annotations") or {}).items() if k not in NOT_COPIED}
        notes.update(self._numbers(deployment))
        notes[REVISION] = str(revision)
        body = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{meta['name']}-{digest}",
                "labels": dict(template["metadata"]["labels"]),
                "annotations": notes,
                "ownerReferences": [reference(deployment)],
            },
            "spec": {"replicas": replicas, "selector": selector, "template": template},
        }
        made = self.objects.create(self.kind(SETS), meta["namespace"], body, Options(self.name))
        if replicas:
            self._scaled(deployment, made, 0, replicas)
        return made

    @staticmethod
    def _numbers(deployment: Object) -> Object:
        replicas = deployment["spec"]["replicas"]
        rolling = deployment["spec"]["strategy"].get("rollingUpdate") or {}
        surge = portion(rolling.get("maxSurge"), replicas, up=True)
        return {DESIRED: str(replicas), MAXIMUM: str(replicas + surge)}

    def _annotate_revision(self, key: Key, current: Object | None) -> None:
        if current is None:
            return
        revision = str(self._revision(current))

        def change(obj: Object) -> None:
            notes = obj["metadata"].setdefault("annotations", {})
            notes[REVISION] = revision

        self.objects.write(self.kind(DEPLOYMENTS), *key, change, manager=self.name)

    def _clean_up(self, deployment: Object, old: list[Object]) -> None:
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        idle = [s for s in old if not s["spec"].get("replicas") and not (s.get("status") or {}).get("replicas")]
        for found in sorted(idle, key=self._revision)[: max(len(idle) - limit, 0)]:
            meta = found["metadata"]
            self.objects.delete(self.kind(SETS), meta["namespace"], meta["name"], {}, Options(self.name))

    # rolling ---------------------------------------------------------------------------------------------------------

    def _scale(self, deployment: Object, found: Object, replicas: int) -> Object:
        before = found["spec"].get("replicas", 0)
        numbers = self._numbers(deployment)

        def change(obj: Object) -> None:
            obj["spec"]["replicas"] = replicas
            obj["metadata"].setdefault("annotations", {}).update(numbers)

        meta = found["metadata"]
        new = self.objects.write(self.kind(SETS), meta["namespace"], meta["name"], change, manager=self.name) or found
        if before != replicas:
            self._scaled(deployment, new, before, replicas)
        return new

    def _scaled(self, deployment: Object, found: Object, before: int, after: int) -> None:
        name, way = found["metadata"]["name"], "up" if after > before else "down"
        text = f"Scaled {way} replica set {name} from {before} to {after}"
        self.event(deployment, "ScalingReplicaSet", text, source="deployment-controller")

    def _roll(self, deployment: Object, current: Object | None, old: list[Object]) -> Object:
        spec = deployment["spec"]
        wanted = spec["replicas"]
        rolling = spec["strategy"].get("rollingUpdate") or {}
        surge = portion(rolling.get("maxSurge"), wanted, up=True)
        unavailable = portion(rolling.get("maxUnavailable"), wanted, up=False)
        if not surge and not unavailable:
            unavailable = 1
        total_old = sum(s["spec"].get("replicas", 0) for s in old)
        room = max(wanted + surge - total_old, 0)
        have = current["spec"].get("replicas", 0) if current else 0
        current = self._ensure_current(deployment, current, old, min(wanted, room))
        if current["spec"].get("replicas", 0) != wanted or have > wanted:
            grown = wanted if have > wanted else min(wanted, max(room, have))
            current = self._scale(deployment, current, grown)
        elif (current["metadata"].get("annotations") or {}).get(DESIRED) != str(wanted):
            current = self._scale(deployment, current, wanted)
        self._shrink(deployment, current, old, max(wanted - unavailable, 0))
        return current

    def _shrink(self, deployment: Object, current: Object, old: list[Object], minimum: int) -> None:
        """Scale old sets down as far as availability allows: first what is not available anyway."""
        new_wanted = current["spec"].get("replicas", 0)
        new_available = (current.get("status") or {}).get("availableReplicas", 0)
        total = new_wanted + sum(s["spec"].get("replicas", 0) for s in old)
        allowed = total - minimum - (new_wanted - new_available)
        if allowed <= 0:
            return
        for found in sorted(old, key=self._revision):
            size = found["spec"].get("replicas", 0)
            available = (found.get("status") or {}).get("availableReplicas", 0)
            cut = min(size, max(allowed, 0), max(size - available, 0))
            if cut:
                self._scale(deployment, found, size - cut)
                allowed -= cut
        available = new_available + sum((s.get("status") or {}).get("availableReplicas", 0) for s in old)
        spare = available - minimum
        for found in sorted((self.get(SETS, _key(s)) or s for s in old), key=self._revision):
            size = found["spec"].get("replicas", 0)
            cut = min(size, max(spare, 0))
            if cut:
                self._scale(deployment, found, size - cut)
                spare -= cut

    def _recreate(self, deployment: Object, current: Object | None, old: list[Object]) -> Object | None:
        waiting = False
        for found in old:
            if found["spec"].get("replicas", 0):
                self._scale(deployment, found, 0)
            if self.owned(PODS, found):
                waiting = True
        if waiting:
            return current
        wanted = deployment["spec"]["replicas"]
        current = self._ensure_current(deployment, current, old, wanted)
        return self._scale(deployment, current, wanted) if current["spec"].get("replicas") != wanted else current

    # status ----------------------------------------------------------------------------------------------------------

    def _status(self, key: Key) -> None:
        deployment = self.get(DEPLOYMENTS, key)
        if deployment is None:
            return
        sets = self.owned(SETS, deployment)
        current = self._current(deployment, sets)

        def total(name: str, rows: list[Object]) -> int:
            return sum((s.get("status") or {}).get(name, 0) for s in rows)

        wanted = deployment["spec"]["replicas"]
        status: Object = {"observedGeneration": deployment["metadata"].get("generation", 1)}
        numbers = {
            "replicas": total("replicas", sets),
            "updatedReplicas": total("replicas", [current] if current else []),
            "readyReplicas": total("readyReplicas", sets),
            "availableReplicas": total("availableReplicas", sets),
        }
        numbers["unavailableReplicas"] = max(max(wanted, numbers["replicas"]) - numbers["availableReplicas"], 0)
        status.update({k: v for k, v in numbers.items() if v})
        status["terminatingReplicas"] = 0
        status["conditions"] = self._conditions(deployment, current, numbers, key)
        self.status(DEPLOYMENTS, key, status)

    def _conditions(self, deployment: Object, current: Object | None, numbers: Object, key: Key) -> list[Object]:
        spec, name = deployment["spec"], deployment["metadata"]["name"]
        wanted = spec["replicas"]
        rolling = spec["strategy"].get("rollingUpdate") or {}
        minimum = wanted - portion(rolling.get("maxUnavailable"), wanted, up=False)
        if spec["strategy"]["type"] == "Recreate":
            minimum = wanted
        if numbers["availableReplicas"] >= minimum:
            available = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        else:
            available = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        complete = numbers["updatedReplicas"] == numbers["availableReplicas"] == numbers["replicas"] == wanted
        subject = f'ReplicaSet "{current["metadata"]["name"]}"' if current else f'Deployment "{name}"'
        if complete:
            progress = ("True", "NewReplicaSetAvailable", f"{subject} has successfully progressed.")
        else:
            progress = ("True", "ReplicaSetUpdated", f"{subject} is progressing.")
        before = {c["type"]: c for c in (deployment.get("status") or {}).get("conditions") or ()}
        if not complete:
            progress = self._deadline(deployment, before.get("Progressing"), progress, subject, key)
        return [
            self._condition("Available", available, before.get("Available")),
            self._condition("Progressing", progress, before.get("Progressing")),
        ]

    def _deadline(
        self, deployment: Object, before: Object | None, progress: tuple[str, str, str], subject: str, key: Key
    ) -> tuple[str, str, str]:
        seconds = deployment["spec"].get("progressDeadlineSeconds", 600)
        if before is None or before["reason"] == "NewReplicaSetAvailable":
            self.after(seconds, key)
            return progress
        started = _seconds(before["lastUpdateTime"])
        if (self.clock.seconds() - started) * self.clock.speed >= seconds or before[
            "reason"
        ] == "ProgressDeadlineExceeded":
            return ("False", "ProgressDeadlineExceeded", f"{subject} has timed out progressing.")
        return progress

    def _condition(self, kind: str, said: tuple[str, str, str], before: Object | None) -> Object:
        status, reason, message = said
        now = self.clock.now()
        same = before is not None and (before["status"], before["reason"], before["message"]) == said
        if same and before is not None:
            return before
        changed = now if before is None or before["status"] != status else before["lastTransitionTime"]
        return {
            "type": kind, "status": status, "lastUpdateTime": now, "lastTransitionTime": changed, "reason": reason,
            "message": message,
        }  # fmt: skip


def _same_template(left: Object, right: Object) -> bool:
    def bare(template: Object) -> Object:
        meta = {k: v for k, v in (template.get("metadata") or {}).items() if v}
        return {**template, "metadata": meta}

    return bare(left) == bare(right)


def _key(obj: Object) -> Key:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _seconds(stamp: str) -> float:
    import datetime

    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
