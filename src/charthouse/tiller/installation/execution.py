"""Carrying a plan out, and waiting for Tiller's pods."""

from __future__ import annotations

from charthouse.k8s.objects import ObjectRef, Resource
from charthouse.k8s.ports import ApiError
from charthouse.tiller.installation.errors import NoNamespace, NotReady
from charthouse.tiller.installation.options import MANAGER
from charthouse.tiller.installation.plan import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.actions.ports import Clock, Cluster, Progress
    from charthouse.k8s.ports import KubeClient

__all__ = ["check_namespace", "create_namespace", "execute", "issued_authority", "wait_ready"]


def execute(client: KubeClient, steps: Iterable[Step], tell: Callable[[Step], None], *, force: bool = False) -> None:
    """Do it, step by step; tell: called before each that changes anything. Raises ApiError, Unreachable."""
    for step in steps:
        if step.action == "unchanged":
            continue
        tell(step)
        _do(client, step, force=force)


def _do(client: KubeClient, step: Step, *, force: bool) -> None:
    if step.action == "delete":
        _delete(client, step)
        return
    live = step.live
    if step.action == "replace" and live is not None:
        _put(client, step, live)
    adopted = live is not None and not _applied(live)
    client.patch(
        step.ref, step.body, type="application/apply-patch+yaml", field_manager=MANAGER, force=force or adopted
    )
    if step.action == "replace":
        _own(client, step.ref)


def _applied(live: dict[str, Any]) -> bool:
    """Whether `init` has applied it before: taking over what others wrote is then no longer meant."""
    return any(entry.get("manager") == MANAGER for entry in live["metadata"].get("managedFields") or ())


def _put(client: KubeClient, step: Step, live: dict[str, Any]) -> None:
    """Put an object of ours in the place of another's, nothing of which is to stay, without a moment of none."""
    version = live["metadata"]["resourceVersion"]
    body = {**step.body, "metadata": {**step.body["metadata"], "resourceVersion": version}}
    client.replace(step.ref, body, field_manager=MANAGER)


def _own(client: KubeClient, ref: ObjectRef) -> None:
    """Leave `init` as the one manager of an object's fields: what it no longer wants must go, whoever wrote it first.

    Controllers write the object at the same time, so a conflict is met with another try.
    """
    for _ in range(_TRIES):
        meta = client.get(ref)["metadata"]
        entries = meta.get("managedFields") or []
        kept = [entry for entry in entries if not _is_rival(entry)]
        if kept == entries:
            return
        patch = [
            {"op": "replace", "path": "/metadata/managedFields", "value": kept},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": meta["resourceVersion"]},
        ]
        try:
            client.patch(ref, patch, type="application/json-patch+json", field_manager=MANAGER)
        except ApiError as error:
            if error.reason != "Conflict":
                raise


_TRIES = 10


def _is_rival(entry: dict[str, Any]) -> bool:
    """Whether an entry of managedFields is about what `init` applies; controllers have theirs for status and notes."""
    if entry.get("manager") == MANAGER and entry.get("operation") == "Apply":
        return False
    return not entry.get("subresource") and "f:spec" in (entry.get("fieldsV1") or {})


def _delete(client: KubeClient, step: Step) -> None:
    try:
        client.delete(step.ref, uid=step.body["metadata"].get("uid", ""))
    except ApiError as error:
        if error.reason != "NotFound":
            raise


def create_namespace(client: KubeClient, name: str) -> bool:
    """Make a namespace that admits only pods like Tiller's (Pod Security "restricted"). False when it is there."""
    type = client.resource_type("v1", "Namespace")
    labels = {"name": name, "pod-security.kubernetes.io/enforce": "restricted"}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    try:
        client.create(ObjectRef(type, "", name), body, field_manager=MANAGER)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
        return False
    return True


def check_namespace(client: KubeClient, name: str) -> None:
    """Raises NoNamespace when it is not there; who may not look is left to find out."""
    try:
        client.get(ObjectRef(client.resource_type("v1", "Namespace"), "", name))
    except ApiError as error:
        if error.reason == "NotFound":
            raise NoNamespace(name) from error
        if error.reason != "Forbidden":
            raise


def issued_authority(client: KubeClient, namespace: str, *, clock: Clock, timeout: float) -> str:
    """The authority of the certificate cert-manager issued, PEM, once it has. timeout: seconds. Raises NotReady."""
    import base64

    ref = ObjectRef(client.resource_type("v1", "Secret"), namespace, "tiller-secret")
    until = clock.monotonic() + timeout
    while True:
        try:
            data = client.get(ref).get("data") or {}
        except ApiError as error:
            if error.reason != "NotFound":
                raise
            data = {}
        if data.get("ca.crt"):
            return base64.b64decode(data["ca.crt"]).decode("utf-8", "replace")
        if clock.monotonic() >= until:
            raise NotReady(
                f"cert-manager has not issued the certificate: kubectl describe certificate tiller -n {namespace}"
            )
        clock.sleep(0.5)


def wait_ready(cluster: Cluster, steps: Iterable[Step], timeout: float, progress: Callable[[Progress], None]) -> None:
    """Until the Deployment's pods answer their readiness probe. timeout: seconds. Raises NotReady."""
    from charthouse.actions.ports import WaitOptions
    from charthouse.kube.errors import WaitFailed

    wanted = [Resource(step.ref, step.body) for step in steps if step.body["kind"] == "Deployment"]
    try:
        cluster.wait(wanted, WaitOptions("watcher", timeout), progress)
    except WaitFailed as error:
        findings = [f"{found.subject}: {found.text}" for found in cluster.diagnose(wanted)]
        raise NotReady("\n".join([error.message, *findings])) from error
