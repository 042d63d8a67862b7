"""The kinds Helm 2.17 was built with: those of Kubernetes 1.16, which it patches strategically.

A line is a group and version and its kinds; lists and options are left out. Whose table: k8s.io/client-go v0.16.15
``kubernetes/scheme`` (helm v2.17.0 ``pkg/kube/client.go`` asks it in ``createPatch``; custom resource definitions,
which it adds itself, are patched by JSON merge patches all the same).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["is_known", "known_kinds", "selector_of"]

_TABLE = """
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
apps/v1beta1 ControllerRevision Deployment DeploymentRollback Scale StatefulSet
apps/v1beta2 ControllerRevision DaemonSet Deployment ReplicaSet Scale StatefulSet
auditregistration.k8s.io/v1alpha1 AuditSink
authentication.k8s.io/v1 TokenRequest TokenReview
authentication.k8s.io/v1beta1 TokenReview
authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
authorization.k8s.io/v1beta1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview
  SubjectAccessReview
autoscaling/v1 HorizontalPodAutoscaler Scale
autoscaling/v2beta1 HorizontalPodAutoscaler
autoscaling/v2beta2 HorizontalPodAutoscaler
batch/v1 Job
batch/v1beta1 CronJob JobTemplate
batch/v2alpha1 CronJob JobTemplate
certificates.k8s.io/v1beta1 CertificateSigningRequest
coordination.k8s.io/v1 Lease
coordination.k8s.io/v1beta1 Lease
discovery.k8s.io/v1alpha1 EndpointSlice
events.k8s.io/v1beta1 Event
extensions/v1beta1 DaemonSet Deployment DeploymentRollback Ingress NetworkPolicy PodSecurityPolicy ReplicaSet
  ReplicationControllerDummy Scale
networking.k8s.io/v1 NetworkPolicy
networking.k8s.io/v1beta1 Ingress
node.k8s.io/v1alpha1 RuntimeClass
node.k8s.io/v1beta1 RuntimeClass
policy/v1beta1 Eviction PodDisruptionBudget PodSecurityPolicy
rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
rbac.authorization.k8s.io/v1alpha1 ClusterRole ClusterRoleBinding Role RoleBinding
rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding Role RoleBinding
scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1alpha1 PriorityClass
scheduling.k8s.io/v1beta1 PriorityClass
settings.k8s.io/v1alpha1 PodPreset
storage.k8s.io/v1 StorageClass VolumeAttachment
storage.k8s.io/v1alpha1 VolumeAttachment
storage.k8s.io/v1beta1 CSIDriver CSINode StorageClass VolumeAttachment
v1 Binding ComponentStatus ConfigMap Endpoints EphemeralContainers Event LimitRange Namespace Node PersistentVolume
  PersistentVolumeClaim Pod PodStatusResult PodTemplate RangeAllocation ReplicationController ResourceQuota Secret
  SerializedReference Service ServiceAccount
"""
_known: dict[str, frozenset[str]] = {}


def known_kinds() -> dict[str, frozenset[str]]:
    """Group and version → kinds."""
    if not _known:
        for line in _TABLE.replace("\n  ", " ").strip().split("\n"):
            name, _, listed = line.partition(" ")
            _known[name] = frozenset(listed.split())
    return _known


def is_known(api_version: str, kind: str) -> bool:
    """Whether Helm 2 knows the fields of a kind."""
    return kind in known_kinds().get(api_version, ())


def selector_of(body: dict[str, Any]) -> dict[str, str] | None:
    """The labels a workload selects pods by (its matchLabels), None for what is none (getSelectorFromObject)."""
    spec = body.get("spec") or {}
    if body.get("kind") == "ReplicationController":
        found = spec.get("selector")
    elif body.get("kind") in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "Job"):
        found = (spec.get("selector") or {}).get("matchLabels")
    else:
        return None
    return dict(found) if isinstance(found, dict) else None
