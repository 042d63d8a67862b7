"""The scheduler and the kubelet of the one simulated node.

A pod gets the node at once, runs at once, and, when it is to end, ends after ``sim/run-seconds`` with ``sim/exit-code``
(devcluster/simulation.py). States and reasons are the kubelet's (pkg/kubelet/status, v1.37.2).
"""

from __future__ import annotations

from charthouse.devcluster import simulation
from charthouse.devcluster.controllers.claims import matching_volume, missing_class
from charthouse.devcluster.controllers.loop import Controller, same_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route
    from charthouse.devcluster.store import Change

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["Pods"]

HOST = "10.0.0.1"  # the node's address
PODS, CLAIMS = "pods", "persistentvolumeclaims"


def _claims(pod: Object) -> list[str]:
    """The names of the claims a pod mounts."""
    volumes = pod["spec"].get("volumes") or ()
    return [v["persistentVolumeClaim"]["claimName"] for v in volumes if v.get("persistentVolumeClaim")]


class Pods(Controller):
    """One step of a pod's life a reconciliation; each change brings the next."""

    name = "kubelet"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.count = 0
        self.started: dict[str, float] = {}

    def routes(self) -> dict[str, Route]:
        return {PODS: same_key, CLAIMS: self._mounting}

    def _mounting(self, change: Change) -> Iterable[Key]:
        """Pods without a node that use the changed claim."""
        if change.after is None or change.after.object.get("status", {}).get("phase") != "Bound":
            return []
        return [
            key
            for key, entry in self.store.list(PODS, change.key[0])[0]
            if not entry.object["spec"].get("nodeName") and change.key[1] in _claims(entry.object)
        ]

    def reconcile(self, key: Key) -> None:
        pod = self.get(PODS, key)
        if pod is None:
            return
        if pod["metadata"].get("deletionTimestamp"):
            self._end_deletion(pod, key)
        elif not pod["spec"].get("nodeName"):
            self._schedule(pod, key)
        elif pod["status"].get("phase") == "Pending":
            self._begin(pod, key)
        elif pod["status"].get("phase") == "Running" and simulation.ends(pod):
            self._finish(pod, key)

    def _end_deletion(self, pod: Object, key: Key) -> None:
        self.started.pop(pod["metadata"]["uid"], None)
        if pod["metadata"].get("finalizers"):
            if pod["metadata"].get("deletionGracePeriodSeconds"):

                def stopped(obj: Object) -> None:
                    obj["metadata"]["deletionGracePeriodSeconds"] = 0

                with self.store.lock:
                    fresh = self.get(PODS, key)
                    if fresh is not None:
                        new = {**fresh, "metadata": dict(fresh["metadata"])}
                        stopped(new)
                        self.store.put(PODS, key, new)
            return
        self.event(pod, "Killing", f"Stopping container {pod['spec']['containers'][0]['name']}")
        self.objects.remove(self.kind(PODS), *key)

    def _schedule(self, pod: Object, key: Key) -> None:
        if pod["spec"].get("schedulingGates"):
            return
        if not simulation.fits(pod["spec"].get("nodeSelector") or {}):
            text = "1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate"
            self._unschedulable(pod, key, text)
            return
        if any(self._blocked((key[0], claim)) for claim in _claims(pod)):
            self._unschedulable(pod, key, "pod has unbound immediate PersistentVolumeClaims. not found")
            return
        now = self.clock.now()

        def change(obj: Object) -> None:
            obj["spec"]["nodeName"] = simulation.NODE

        with self.store.lock:
            fresh = self.get(PODS, key)
            if fresh is None:
                return
            new = {**fresh, "metadata": dict(fresh["metadata"]), "spec": dict(fresh["spec"])}
            change(new)
            condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
            new["status"] = {**fresh["status"], "conditions": [condition]}
            self.store.put(PODS, key, new)
        text = f"Successfully assigned {key[0]}/{key[1]} to {simulation.NODE}"
        self.event(pod, "Scheduled", text, source="default-scheduler")

    def _blocked(self, key: Key) -> bool:
        """True when a claim is there and cannot be bound."""
        claim = self.get(CLAIMS, key)
        if claim is None or (claim.get("status") or {}).get("phase") == "Bound":
            return False
        return missing_class(self.store, claim) and matching_volume(self.store, claim) is None

    def _unschedulable(self, pod: Object, key: Key, why: str) -> None:
        if pod["status"].get("conditions"):
            return
        text = f"0/1 nodes are available: {why}"
        row = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text}
        row["lastTransitionTime"] = self.clock.now()
        self._write(key, {**pod["status"], "conditions": [{**row, "lastProbeTime": None}]})
        self.event(pod, "FailedScheduling", text, kind="Warning", source="default-scheduler")

    # running ---------------------------------------------------------------------------------------------------------

    def _conditions(self, ready: bool, *, ended: str = "") -> list[Object]:
        now = self.clock.now()
        reason = {"reason": "PodCompleted"} if ended == "Succeeded" else {"reason": "PodFailed"} if ended else {}
        if not ready and not ended:
            reason = {"reason": "ContainersNotReady", "message": "containers with unready status"}
        rows = []
        for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"):
            good = ready or kind in ("Initialized", "PodScheduled") or (kind.startswith("PodReady") and not ended)
            row: Object = {"type": kind, "status": "True" if good else "False", "lastProbeTime": None}
            row["lastTransitionTime"] = now
            if not good and kind in ("Ready", "ContainersReady"):
                row.update(reason)
            rows.append(row)
        return rows

    def _begin(self, pod: Object, key: Key) -> None:
        waiting = (pod["status"].get("containerStatuses") or [{}])[0].get("state", {}).get("waiting")
        image = pod["spec"]["containers"][0].get("image", "")
        if simulation.annotation(pod, "image-error"):
            if not waiting:
                text = f'Back-off pulling image "{image}"'
                self._write(key, self._waiting(pod, "ImagePullBackOff", text))
                self.event(pod, "Failed", f'Failed to pull image "{image}": not found', kind="Warning")
                self.event(pod, "Failed", "Error: ErrImagePull", kind="Warning")
                self.event(pod, "BackOff", text, kind="Warning")
            return
        if simulation.annotation(pod, "crash"):
            if not waiting:
                name = pod["spec"]["containers"][0]["name"]
                text = (
                    f"back-off 10s restarting failed container={name} pod={key[1]}_{key[0]}({pod['metadata']['uid']})"
                )
                self._write(key, self._crashing(pod, text))
                self.event(
                    pod, "BackOff", f"Back-off restarting failed container {name} in pod {key[1]}", kind="Warning"
                )
            return
        self._write(key, self._running(pod))
        for container in pod["spec"]["containers"]:
            self.event(pod, "Pulled", f'Container image "{container.get("image", "")}" already present on machine')
            self.event(pod, "Created", f"Container created: {container['name']}")
            self.event(pod, "Started", f"Container started: {container['name']}")

    def _base(self, pod: Object, phase: str) -> Object:
        status = pod["status"]
        if not status.get("podIP"):
            self.count += 1
        address = status.get("podIP") or simulation.pod_ip(self.count)
        if pod["spec"].get("hostNetwork"):
            address = HOST
        out: Object = {"phase": phase, "hostIP": HOST, "hostIPs": [{"ip": HOST}]}
        out.update(podIP=address, podIPs=[{"ip": address}], qosClass=status.get("qosClass", "BestEffort"))
        out["startTime"] = status.get("startTime") or self.clock.now()
        out["observedGeneration"] = pod["metadata"].get("generation", 1)
        if pod["spec"].get("initContainers"):
            now = self.clock.now()
            done = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
            out["initContainerStatuses"] = [
                {"name": c["name"], "state": done, "lastState": {}, "ready": True, "restartCount": 0, "started": False,
                 "image": c.get("image", ""), "imageID": f"sim://{c.get('image', '')}"}
                for c in pod["spec"]["initContainers"]
            ]  # fmt: skip
        return out

    def _running(self, pod: Object) -> Object:
        ready = not simulation.annotation(pod, "not-ready")
        status = self._base(pod, "Running")
        state = {"running": {"startedAt": self.clock.now()}}
        status["containerStatuses"] = simulation.container_statuses(pod, state, ready=ready)
        status["conditions"] = self._conditions(ready)
        if not ready:
            self.event(pod, "Unhealthy", "Readiness probe failed: simulated (annotation sim/not-ready)", kind="Warning")
        return status

    def _waiting(self, pod: Object, reason: str, text: str) -> Object:
        status = self._base(pod, "Pending")
        state = {"waiting": {"reason": reason, "message": text}}
        status["containerStatuses"] = simulation.container_statuses(pod, state, ready=False)
        status["conditions"] = self._conditions(False)
        return status

    def _crashing(self, pod: Object, text: str) -> Object:
        status = self._base(pod, "Running")
        now = self.clock.now()
        state = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
        rows = simulation.container_statuses(pod, state, ready=False, restarts=1)
        code = simulation.exit_code(pod) or 1
        for row in rows:
            row["lastState"] = {
                "terminated": {"exitCode": code, "reason": "Error", "startedAt": now, "finishedAt": now}
            }
        status["containerStatuses"] = rows
        status["conditions"] = self._conditions(False)
        return status

    def _finish(self, pod: Object, key: Key) -> None:
        text = simulation.annotation(pod, "run-seconds")
        seconds = float(text) if text.replace(".", "", 1).isdigit() else 0.0
        uid = pod["metadata"]["uid"]
        now = self.clock.seconds()
        started = self.started.setdefault(uid, now)
        left = seconds / self.clock.speed - (now - started)
        if left > 0.001:
            self.after(left * self.clock.speed, key)
            return
        self.started.pop(uid, None)
        code = simulation.exit_code(pod)
        phase = "Failed" if code else "Succeeded"
        status = self._base(pod, phase)
        stamp = self.clock.now()
        ended = {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": stamp, "finishedAt": stamp}
        status["containerStatuses"] = simulation.container_statuses(pod, {"terminated": ended}, ready=False)
        for row in status["containerStatuses"]:
            row["started"] = False
        status["conditions"] = self._conditions(False, ended=phase)
        self._write(key, status)

    def _write(self, key: Key, status: Object) -> None:
        self.status(PODS, key, status)
