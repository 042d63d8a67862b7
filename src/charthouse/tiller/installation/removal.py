"""What `charthouse reset` takes away: what `init` made, known by its labels, and nothing else.

Rules: helm v2.17.0 cmd/helm/reset.go, installer/uninstall.go. Differs: records of releases lie in the releases' own
namespaces and need no Tiller, so they are no reason to refuse; only releases still in Helm 2's form are.
"""

from __future__ import annotations

from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import UnknownKind
from charthouse.tiller.installation.errors import NoTiller, NotOurs, StillDeployed
from charthouse.tiller.installation.options import MANAGER
from charthouse.tiller.installation.plan import Step
from charthouse.tiller.installation.predecessor import MANAGED_BY, is_ours, release_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.ports import KubeClient

__all__ = ["check_releases", "made", "plan_removal"]

_KINDS = (
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("cert-manager.io/v1", "Certificate"),
    ("cert-manager.io/v1", "Issuer"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "ServiceAccount"),
)
"""In this order: first what leads to Tiller, then Tiller, then what it needs."""
_OLD = (
    ("v1", "Service", "tiller-deploy"),
    ("apps/v1", "Deployment", "tiller-deploy"),
    ("v1", "Secret", "tiller-secret"),
)
"""What Helm 2's own `reset` deletes."""


def plan_removal(client: KubeClient, namespace: str, *, force: bool = False) -> list[Step]:
    """A step for each object. force: also a Tiller that `init` did not make, as Helm 2's `reset` removes it.

    Raises NoTiller, NotOurs, ApiError.
    """
    found = made(client, namespace)
    if any(step.body["kind"] == "Deployment" for step in found):
        return found
    old = [step for version, kind, name in _OLD for step in _named(client, version, kind, namespace, name)]
    foreign = [step for step in old if not is_ours(step.body)]
    if foreign and not force:
        release = release_of(foreign[0].body)
        what = f'belongs to the release "{release}"' if release else "was not made by `charthouse init`"
        hint = (
            f"helm uninstall {release} -n {namespace}"
            if release
            else "--force removes Helm 2's own Tiller; releases stay"
        )
        raise NotOurs(f"Tiller in namespace {namespace}", what, hint=hint)
    if not found and not foreign:
        raise NoTiller(namespace)
    return [*foreign, *found]


def made(client: KubeClient, namespace: str) -> list[Step]:
    """A step that deletes, for each object `init` made for the Tiller in `namespace`, in the order they are to go."""
    return [step for version, kind in _KINDS for step in _made(client, version, kind, namespace)]


def _made(client: KubeClient, version: str, kind: str, namespace: str) -> list[Step]:
    try:
        type = client.resource_type(version, kind)
    except UnknownKind:  # no cert-manager here, for instance
        return []
    labels = f"{MANAGED_BY}={MANAGER},tiller.charthouse.dev/namespace={namespace}"
    found = client.list(type, label_selector=labels)
    return [Step("delete", _ref(type, body), body, body) for body in found]


def _named(client: KubeClient, version: str, kind: str, namespace: str, name: str) -> list[Step]:
    ref = ObjectRef(client.resource_type(version, kind), namespace, name)
    try:
        body = client.get(ref)
    except ApiError as error:
        if error.reason != "NotFound":
            raise
        return []
    return [Step("delete", ref, body, body)]


def _ref(type: Any, body: dict[str, Any]) -> ObjectRef:
    return ObjectRef(type, body["metadata"].get("namespace", ""), body["metadata"]["name"])


def check_releases(client: KubeClient, namespace: str) -> None:
    """Raises StillDeployed when releases in Helm 2's form are deployed, whose records lie in Tiller's namespace."""
    count = 0
    for kind in ("ConfigMap", "Secret"):
        type = client.resource_type("v1", kind)
        selector = "OWNER=TILLER,STATUS=DEPLOYED"
        count += len(client.list(type, namespace, label_selector=selector, metadata_only=True))
    if count:
        raise StillDeployed(count, namespace)
