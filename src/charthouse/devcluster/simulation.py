"""How simulated pods behave: what their annotations ask for, what they print, how they end.

Annotations of a pod (usually set through the chart's pod template):

``sim/exit-code``    exit code of pods that are to end (restartPolicy Never or OnFailure), default 0
``sim/run-seconds``  how long such a pod runs before it ends, default 0
``sim/image-error``  any value: the image cannot be pulled (ImagePullBackOff)
``sim/crash``        any value: the container crashes again and again (CrashLoopBackOff)
``sim/not-ready``    any value: it runs but its readiness probe never succeeds
``sim/log``          what `logs` prints (for one container: ``sim/log.NAME``)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = [
    "NODE",
    "NODE_LABELS",
    "annotation",
    "container_statuses",
    "ends",
    "exit_code",
    "fits",
    "log_lines",
    "pod_ip",
    "waiting_reason",
]

NODE = "devcluster"
NODE_LABELS = {
    "kubernetes.io/hostname": NODE,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "node-role.kubernetes.io/control-plane": "",
}


def fits(selector: Object) -> bool:
    """True when the node has the labels a nodeSelector asks for."""
    return all(NODE_LABELS.get(k) == v for k, v in selector.items())


def annotation(pod: Object, name: str) -> str:
    return str((pod["metadata"].get("annotations") or {}).get(f"sim/{name}", ""))


def ends(pod: Object) -> bool:
    """True for pods that run to an end."""
    return pod["spec"].get("restartPolicy") in ("Never", "OnFailure")


def exit_code(pod: Object) -> int:
    text = annotation(pod, "exit-code")
    return int(text) if text.isdigit() else 0


def waiting_reason(pod: Object, container: str) -> str:
    """Why a container has no log yet, "" when it has one."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    for status in statuses:
        if status["name"] == container and "waiting" in status.get("state", {}):
            reason = status["state"]["waiting"].get("reason", "ContainerCreating")
            if reason in ("ImagePullBackOff", "ErrImagePull"):
                return "trying and failing to pull image"
            return "" if reason == "CrashLoopBackOff" else str(reason)
    return "" if statuses or pod["spec"].get("initContainers") else "ContainerCreating"


def log_lines(pod: Object, container: str) -> list[str]:
    """What the container printed."""
    text = annotation(pod, f"log.{container}") or annotation(pod, "log")
    if text:
        return text.splitlines()
    found = [c for c in pod["spec"].get("containers") or () if c["name"] == container]
    image = found[0].get("image", "") if found else ""
    lines = [f"{container}: started {image}".rstrip()]
    if ends(pod):
        lines.append(f"{container}: exited with code {exit_code(pod)}")
    return lines


def pod_ip(number: int) -> str:
    """The address of the n-th pod."""
    number = number % 65000 + 2
    return f"10.244.{number >> 8}.{number & 255}"


def container_statuses(pod: Object, state: Object, *, ready: bool, restarts: int = 0) -> list[Object]:
    """containerStatuses with every container in one state."""
    out = []
    for container in pod["spec"].get("containers") or ():
        image = container.get("image", "")
        status: Object = {"name": container["name"], "state": state, "lastState": {}, "ready": ready}
        status.update(restartCount=restarts, image=image, imageID="", started=ready or "running" in state)
        if "waiting" not in state:
            status["imageID"] = f"sim://{image}"
            status["containerID"] = f"sim://{pod['metadata']['uid']}-{container['name']}"
        out.append(status)
    return out
