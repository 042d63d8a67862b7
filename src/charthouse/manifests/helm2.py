"""From rendered files to hooks and manifests as Tiller does it.

Whose rules: helm v2.17.0 pkg/tiller/hooks.go sortManifests, pkg/tiller/kind_sorter.go, pkg/releaseutil/manifest.go. A
separator is a line of three dashes with the white space around it; documents lose theirs on both sides. Manifests are
sorted by kind, then by template, unknown kinds last; hooks keep the order of their files. Documents of one template
keep their order (Tiller's is that of a Go map: random). An unknown delete policy is passed over.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.golang.space import trim_space
from charthouse.logs import INFO, LogRecord
from charthouse.manifests.head import read_head
from charthouse.manifests.hooks import DELETE_POLICIES, EVENTS, Head, Hook, Manifest
from charthouse.manifests.sort import ManifestError, hook_weight
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = [
    "EVENTS_HELM2",
    "INSTALL_ORDER_HELM2",
    "UNINSTALL_ORDER_HELM2",
    "aggregated",
    "is_kept",
    "sort_helm2",
    "split_helm2",
]

INSTALL_ORDER_HELM2: tuple[str, ...] = (
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "Secret",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ServiceAccount",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "Ingress",
    "APIService",
)
# The reverse, but Services go before the workloads behind them.
UNINSTALL_ORDER_HELM2: tuple[str, ...] = (
    "APIService",
    "Ingress",
    "Service",
    *(kind for kind in reversed(INSTALL_ORDER_HELM2[:-2]) if kind != "Service"),
)
# Annotation text → event, as a record of ours calls it.
EVENTS_HELM2: dict[str, str] = {name: event for name, event in EVENTS.items() if name != "test"} | {
    "test-failure": "test-failure",
    "crd-install": "crd-install",
}
_HOOK = "helm.sh/hook"
_DELETE_POLICY = "helm.sh/hook-delete-policy"
_WEIGHT = "helm.sh/hook-weight"
_INT32 = 1 << 31
_POLICY = "helm.sh/resource-policy"


def split_helm2(text: str) -> list[str]:
    """The documents of a file, in order."""
    import re

    pieces = re.split(r"(?:\A|[\t\n\f\r ]*\n)---[\t\n\f\r ]*", trim_space(text))
    return [trim_space(piece) for piece in pieces if piece]


def sort_helm2(
    files: Mapping[str, str], *, log: Log, order: tuple[str, ...] = (), profile: Profile = HELM4
) -> tuple[list[Hook], list[Manifest]]:
    """Hooks and manifests of rendered files. order: of kinds, the install order when not given.

    Raises ManifestError for the first document, by path, that does not parse.
    """
    hooks: list[Hook] = []
    manifests: list[Manifest] = []
    for path in sorted(files):
        if path[path.rfind("/") + 1 :].startswith("_") or not trim_space(files[path]):
            continue
        for document in split_helm2(files[path]):
            try:
                head = read_head(document, profile)
            except (CharthouseError, GoError) as error:
                line = getattr(error, "line", 0)
                raise ManifestError(path, str(error), document=document, line=line, hooks=tuple(hooks)) from error
            annotations = head.annotations or {}
            if _HOOK not in annotations:
                manifests.append(Manifest(path, document, head))
                continue
            hook = _hook(path, document, head, annotations, log)
            if hook is not None:
                hooks.append(hook)
    ranks = {kind: (rank, "") for rank, kind in enumerate(order or INSTALL_ORDER_HELM2)}
    last = len(ranks)
    manifests.sort(key=lambda manifest: (ranks.get(manifest.head.kind) or (last, manifest.head.kind), manifest.name))
    return hooks, manifests


def _hook(path: str, document: str, head: Head, annotations: dict[str, str], log: Log) -> Hook | None:
    """The hook a document is, None when one of its events is unknown."""
    events = []
    for name in _words(annotations[_HOOK]):
        if name not in EVENTS_HELM2:
            from charthouse.golang.strconv import quote

            log(LogRecord(INFO, f"info: skipping unknown hook: {quote(annotations[_HOOK])}"))
            return None
        events.append(EVENTS_HELM2[name])
    wanted = _words(annotations[_DELETE_POLICY]) if _DELETE_POLICY in annotations else ()
    weight = hook_weight(annotations.get(_WEIGHT, ""))
    return Hook(
        name=head.name,
        kind=head.kind,
        path=path,
        manifest=document,
        events=tuple(events),
        weight=(weight + _INT32) % (2 * _INT32) - _INT32,
        delete_policies=tuple(policy for policy in wanted if policy in DELETE_POLICIES),
    )


def _words(text: str) -> list[str]:
    return [trim_space(word).lower() for word in text.split(",")]


def aggregated(documents: list[Manifest]) -> str:
    """The manifest a release stores: it begins with a line end, and ends without."""
    return "".join(f"\n---\n# Source: {document.name}\n{document.content}" for document in documents)


def is_kept(annotations: Mapping[str, str] | None) -> bool:
    """Whether an object with these annotations outlives its release."""
    return (annotations or {}).get(_POLICY, "delete") != "delete"
