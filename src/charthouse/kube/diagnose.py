"""Why objects are not ready: events, states of containers, last lines of logs.

Helm has no counterpart (its `--wait` ends with a status line). From an object its pods are found by selector or owner;
nothing here may fail a command, so what cannot be read is left out.
"""

from __future__ import annotations

from charthouse.actions.ports import Finding
from charthouse.errors import CharthouseError
from charthouse.k8s.selectors import from_object
from charthouse.kube.ready.result import conditions, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import KubeClient

__all__ = ["diagnose"]

_LOG_LINES = 10
_MAX_PODS = 3
_MAX_EVENTS = 5
_MAX_TEXT = 2000
_OWNERS_OF_PODS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")
_GOOD_CONDITIONS = {"Progressing", "Available", "Ready", "Complete", "SuccessCriteriaMet", "Established"}


def diagnose(client: KubeClient, resources: Sequence[Resource]) -> list[Finding]:
    """What is known of each resource that is not ready, the most telling first. Never raises a CharthouseError."""
    found: list[Finding] = []
    for resource in resources:
        try:
            found += _of_resource(client, resource)
        except CharthouseError:
            # e.g. forbidden: the failed wait itself is reported by the caller
            continue
    return list(dict.fromkeys(found))


def _of_resource(client: KubeClient, resource: Resource) -> Iterator[Finding]:
    live = client.get(resource.ref)
    subject = str(resource.ref)
    for kind, state, reason, message in conditions(live):
        bad = state == "False" if kind in _GOOD_CONDITIONS else state == "True"
        if bad and message:
            yield Finding(subject, "condition", f"{kind}={state} {reason}: {message}")
    yield from _events(client, resource.namespace, text(live, "metadata", "uid"), subject)
    pods = [live] if resource.kind == "Pod" else _pods(client, resource, live)
    failing = sorted((item for item in pods if not _fine(item)), key=_badness)
    for item in failing[:_MAX_PODS]:
        yield from _of_pod(client, item, told=resource.kind == "Pod")
    if resource.kind in ("Deployment", "StatefulSet") and not pods:
        yield from _of_replica_sets(client, resource, live)


def _fine(item: dict[str, Any]) -> bool:
    phase = text(item, "status", "phase")
    return phase == "Succeeded" or any(kind == "Ready" and state == "True" for kind, state, _, _ in conditions(item))


def _badness(item: dict[str, Any]) -> tuple[int, str]:
    """Pods with failed containers first, then the newest."""
    waiting = any(True for _ in _container_states(item))
    return (0 if waiting else 1, text(item, "metadata", "name"))


def _pods(client: KubeClient, resource: Resource, live: dict[str, Any]) -> list[dict[str, Any]]:
    if resource.kind not in _OWNERS_OF_PODS:
        return []
    selector = (live.get("spec") or {}).get("selector") or {}
    if resource.kind == "ReplicationController":
        selector = {"matchLabels": selector}
    if not selector:
        return []
    kind = client.resource_type("v1", "Pod")
    return client.list(kind, resource.namespace, label_selector=str(from_object(selector)))


def _of_replica_sets(client: KubeClient, resource: Resource, live: dict[str, Any]) -> Iterator[Finding]:
    """Events of what creates the pods, when there are none (quota, admission, service account)."""
    if resource.kind != "Deployment":
        return
    kind = client.resource_type("apps/v1", "ReplicaSet")
    selector = str(from_object((live.get("spec") or {}).get("selector")))
    for item in client.list(kind, resource.namespace, label_selector=selector)[:_MAX_PODS]:
        name = f"ReplicaSet/{resource.namespace}/{text(item, 'metadata', 'name')}"
        yield from _events(client, resource.namespace, text(item, "metadata", "uid"), name)


def _of_pod(client: KubeClient, item: dict[str, Any], *, told: bool) -> Iterator[Finding]:
    """told: the pod's own conditions and events are in the list already."""
    namespace, name = text(item, "metadata", "namespace"), text(item, "metadata", "name")
    subject = f"Pod/{namespace}/{name}"
    if not told:
        for kind, state, reason, message in conditions(item):
            if kind == "PodScheduled" and state == "False" and message:
                yield Finding(subject, "condition", f"{kind}={state} {reason}: {message}")
    for container, state, restarted in _container_states(item):
        yield Finding(subject, f"container {container}", state)
        lines = _last_lines(client, namespace, name, container, restarted)
        if lines:
            yield Finding(subject, f"log of {container}", lines)
    if not told:
        yield from _events(client, namespace, text(item, "metadata", "uid"), subject)


def _container_states(item: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """(container, what is wrong with it, whether its log is the one before the restart)."""
    status = item.get("status") or {}
    for field in ("initContainerStatuses", "containerStatuses"):
        for found in status.get(field) or ():
            if not isinstance(found, dict) or found.get("ready") is True:
                continue
            name = text(found, "name")
            state = found.get("state") or {}
            last = (found.get("lastState") or {}).get("terminated") or {}
            waiting, ended = state.get("waiting"), state.get("terminated")
            if waiting and waiting.get("reason") not in ("ContainerCreating", "PodInitializing"):
                words = [f"waiting: {waiting.get('reason', '')}", waiting.get("message", "")]
                if last:
                    words.append(f"last exit code {last.get('exitCode')} ({last.get('reason', '')})")
                yield name, "; ".join(word for word in words if word), bool(last)
            elif ended and ended.get("exitCode") != 0:
                words = [f"exit code {ended.get('exitCode')} ({ended.get('reason', '')})", ended.get("message", "")]
                yield name, "; ".join(word for word in words if word), False
            elif state.get("running") and field == "containerStatuses":
                yield name, "running, but not ready", False


def _last_lines(client: KubeClient, namespace: str, name: str, container: str, previous: bool) -> str:
    try:
        found = client.pod_logs(namespace, name, container=container, tail_lines=_LOG_LINES, previous=previous)
    except CharthouseError:
        # a container that never started has no log
        return ""
    return found.rstrip()[-_MAX_TEXT:]


def _events(client: KubeClient, namespace: str, uid: str, subject: str) -> Iterator[Finding]:
    """Warnings about one object, the latest last, repetitions once."""
    if not uid:
        return
    try:
        kind = client.resource_type("v1", "Event")
        items = client.list(kind, namespace, field_selector=f"involvedObject.uid={uid},type=Warning")
    except CharthouseError:
        # events may be hidden from this user
        return
    items.sort(key=lambda item: text(item, "lastTimestamp") or text(item, "eventTime"))
    texts = dict.fromkeys(f"{text(item, 'reason')}: {text(item, 'message')}"[:_MAX_TEXT] for item in items)
    for line in list(texts)[-_MAX_EVENTS:]:
        yield Finding(subject, "event", line)
