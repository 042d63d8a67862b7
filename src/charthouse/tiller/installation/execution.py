"""Carrying a plan out, and waiting for Tiller's pods."""

from __future__ import annotations

from charthouse.k8s.objects import ObjectRef, Resource
from charthouse.k8s.ports import ApiError
from charthouse.tiller.installation.errors import NotReady
from charthouse.tiller.installation.options import MANAGER
from charthouse.tiller.installation.plan import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.actions.ports import Clock, Cluster, Progress
    from charthouse.k8s.ports import KubeClient

__all__ = ["create_namespace", "execute", "issued_authority", "wait_ready"]


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
    if step.action == "replace" and step.live is not None:
        _replace(client, step, step.live)
    adopted = step.action == "replace" or (step.live is not None and not _applied(step.live))
    client.patch(
        step.ref, step.body, type="application/apply-patch+yaml", field_manager=MANAGER, force=force or adopted,
    )  # fmt: skip


def _applied(live: dict[str, Any]) -> bool:
    """Whether `init` has applied it before: taking over what others wrote is then no longer meant."""
    return any(entry.get("manager") == MANAGER for entry in live["metadata"].get("managedFields") or ())


def _replace(client: KubeClient, step: Step, live: dict[str, Any]) -> None:
    """Put a Deployment of ours in the place of another's, nothing of which is to stay, without a moment of none.

    What was put is then handed from the updating to the applying field manager, so that a later `init` can take
    away what it no longer wants.
    """
    from charthouse.kube.managed import upgrade_patch

    version = live["metadata"]["resourceVersion"]
    body = {**step.body, "metadata": {**step.body["metadata"], "resourceVersion": version}}
    put = client.replace(step.ref, body, field_manager=MANAGER)
    patch = upgrade_patch(put, MANAGER)
    if patch:
        client.patch(step.ref, patch, type="application/json-patch+json", field_manager=MANAGER)


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
