"""The API versions and kinds `helm template` of Helm 2.17 knows without a cluster: those of Kubernetes 1.14.

A line is a group and version and its kinds; `*` stands for the kinds of options every group has. Whose table: helm
v2.17.0 pkg/chartutil/capabilities_versions_generated.go.
"""

from __future__ import annotations

__all__ = ["default_versions"]

_OPTIONS = "CreateOptions DeleteOptions ExportOptions GetOptions ListOptions PatchOptions UpdateOptions WatchEvent"
_TABLE = """
__internal WatchEvent
admissionregistration.k8s.io/__internal WatchEvent
admissionregistration.k8s.io/v1beta1* MutatingWebhookConfiguration MutatingWebhookConfigurationList
  ValidatingWebhookConfiguration ValidatingWebhookConfigurationList
apps/__internal WatchEvent
apps/v1* ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet
  ReplicaSetList StatefulSet StatefulSetList
apps/v1beta1* ControllerRevision ControllerRevisionList Deployment DeploymentList DeploymentRollback Scale
  StatefulSet StatefulSetList
apps/v1beta2* ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet
  ReplicaSetList Scale StatefulSet StatefulSetList
auditregistration.k8s.io/__internal WatchEvent
auditregistration.k8s.io/v1alpha1* AuditSink AuditSinkList
authentication.k8s.io/__internal WatchEvent
authentication.k8s.io/v1* TokenRequest TokenReview
authentication.k8s.io/v1beta1* TokenReview
authorization.k8s.io/__internal WatchEvent
authorization.k8s.io/v1* LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
authorization.k8s.io/v1beta1* LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview
  SubjectAccessReview
autoscaling/__internal WatchEvent
autoscaling/v1* HorizontalPodAutoscaler HorizontalPodAutoscalerList Scale
autoscaling/v2beta1* HorizontalPodAutoscaler HorizontalPodAutoscalerList
autoscaling/v2beta2* HorizontalPodAutoscaler HorizontalPodAutoscalerList
batch/__internal WatchEvent
batch/v1* Job JobList
batch/v1beta1* CronJob CronJobList JobTemplate
batch/v2alpha1* CronJob CronJobList JobTemplate
certificates.k8s.io/__internal WatchEvent
certificates.k8s.io/v1beta1* CertificateSigningRequest CertificateSigningRequestList
coordination.k8s.io/__internal WatchEvent
coordination.k8s.io/v1* Lease LeaseList
coordination.k8s.io/v1beta1* Lease LeaseList
events.k8s.io/__internal WatchEvent
events.k8s.io/v1beta1* Event EventList
extensions/__internal WatchEvent
extensions/v1beta1* DaemonSet DaemonSetList Deployment DeploymentList DeploymentRollback Ingress IngressList
  NetworkPolicy NetworkPolicyList PodSecurityPolicy PodSecurityPolicyList ReplicaSet ReplicaSetList
  ReplicationControllerDummy Scale
networking.k8s.io/__internal WatchEvent
networking.k8s.io/v1* NetworkPolicy NetworkPolicyList
networking.k8s.io/v1beta1* Ingress IngressList
node.k8s.io/__internal WatchEvent
node.k8s.io/v1alpha1* RuntimeClass RuntimeClassList
node.k8s.io/v1beta1* RuntimeClass RuntimeClassList
policy/__internal WatchEvent
policy/v1beta1* Eviction PodDisruptionBudget PodDisruptionBudgetList PodSecurityPolicy PodSecurityPolicyList
rbac.authorization.k8s.io/__internal WatchEvent
rbac.authorization.k8s.io/v1* ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding
  RoleBindingList RoleList
rbac.authorization.k8s.io/v1alpha1* ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role
  RoleBinding RoleBindingList RoleList
rbac.authorization.k8s.io/v1beta1* ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role
  RoleBinding RoleBindingList RoleList
scheduling.k8s.io/__internal WatchEvent
scheduling.k8s.io/v1* PriorityClass PriorityClassList
scheduling.k8s.io/v1alpha1* PriorityClass PriorityClassList
scheduling.k8s.io/v1beta1* PriorityClass PriorityClassList
settings.k8s.io/__internal WatchEvent
settings.k8s.io/v1alpha1* PodPreset PodPresetList
storage.k8s.io/__internal WatchEvent
storage.k8s.io/v1* StorageClass StorageClassList VolumeAttachment VolumeAttachmentList
storage.k8s.io/v1alpha1* VolumeAttachment VolumeAttachmentList
storage.k8s.io/v1beta1* CSIDriver CSIDriverList CSINode CSINodeList StorageClass StorageClassList VolumeAttachment
  VolumeAttachmentList
v1* APIGroup APIGroupList APIResourceList APIVersions Binding ComponentStatus ComponentStatusList ConfigMap
  ConfigMapList Endpoints EndpointsList Event EventList LimitRange LimitRangeList List Namespace NamespaceList Node
  NodeList NodeProxyOptions PersistentVolume PersistentVolumeClaim PersistentVolumeClaimList PersistentVolumeList
  Pod PodAttachOptions PodExecOptions PodList PodLogOptions PodPortForwardOptions PodProxyOptions PodStatusResult
  PodTemplate PodTemplateList RangeAllocation ReplicationController ReplicationControllerList ResourceQuota
  ResourceQuotaList Secret SecretList SerializedReference Service ServiceAccount ServiceAccountList ServiceList
  ServiceProxyOptions Status
"""


def default_versions() -> list[str]:
    """Every group and version, and every kind behind its group and version."""
    out: list[str] = []
    for line in _TABLE.replace("\n  ", " ").strip().split("\n"):
        name, _, listed = line.partition(" ")
        group = name.removesuffix("*")
        kinds = listed.split() + (_OPTIONS.split() if name != group else [])
        out += [group, *(f"{group}/{kind}" for kind in kinds)]
    return out
