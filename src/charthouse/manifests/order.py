"""The order in which kinds are installed and uninstalled.

Whose rules: Helm 4.3.1 pkg/release/v1/util/kind_sorter.go. Unknown kinds come last, by name; everything else keeps the
order it came in.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["INSTALL_ORDER", "INSTALL_ORDER_HELM3", "UNINSTALL_ORDER", "sort_by_kind"]

INSTALL_ORDER: tuple[str, ...] = (
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
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
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
)
# Helm 3.17.3 sorts webhook configurations with the kinds it does not know.
INSTALL_ORDER_HELM3 = INSTALL_ORDER[:-2]
# Not quite the reverse: webhook configurations swap, so that validation goes before what it might block, and Services
# go before the workloads behind them.
UNINSTALL_ORDER: tuple[str, ...] = (
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    *(kind for kind in reversed(INSTALL_ORDER[:-5]) if kind != "Service"),
)


def sort_by_kind(items: Iterable[T], kind: Callable[[T], str], order: tuple[str, ...] = INSTALL_ORDER) -> list[T]:
    """A stable sort of `items` by the kind `kind` gives for each."""
    ranks = {name: (rank, "") for rank, name in enumerate(order)}
    last = len(order)

    def key(item: T) -> tuple[int, str]:
        name = kind(item)
        return ranks.get(name) or (last, name)

    return sorted(items, key=key)
