"""Where Kubernetes 1.32, which Helm 3.17 knows, and 1.37 tell otherwise which kinds are deprecated.

From the `*lifecycle.go` files of k8s.io/api v0.32.2, compared with those of v0.37.1 (`lifecycle`).
"""

from __future__ import annotations

__all__ = ["NEWER", "OLDER"]

OLDER: tuple[tuple[str, str, str, str, str], ...] = (
    ("autoscaling/v2beta1", "1.22", "1.25", "autoscaling/v2", "HorizontalPodAutoscaler"),
    ("autoscaling/v2beta1", "1.22", "1.25", "autoscaling/v2beta2", "HorizontalPodAutoscalerList"),
    ("autoscaling/v2beta2", "1.23", "1.26", "autoscaling/v2", "HorizontalPodAutoscaler"),
    ("autoscaling/v2beta2", "1.22", "1.25", "", "HorizontalPodAutoscalerList"),
    ("networking.k8s.io/v1alpha1", "1.30", "1.33", "", "IPAddress IPAddressList ServiceCIDR ServiceCIDRList"),
    (
        "resource.k8s.io/v1alpha3",
        "1.34",
        "1.37",
        "resource.k8s.io/v1beta1",
        (
            "DeviceClass DeviceClassList ResourceClaim ResourceClaimList "
            "ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList"
        ),
    ),
    ("storage.k8s.io/v1alpha1", "1.32", "1.35", "", "VolumeAttributesClass VolumeAttributesClassList"),
    ("storage.k8s.io/v1beta1", "1.34", "1.37", "", "VolumeAttributesClass VolumeAttributesClassList"),
    ("storagemigration.k8s.io/v1alpha1", "1.33", "1.36", "", "StorageVersionMigration StorageVersionMigrationList"),
)
"""Rows as in `lifecycle`, that come before its own."""

NEWER: dict[str, str] = {
    "admissionregistration.k8s.io/v1beta1": (
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
        "MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList"
    ),
    "certificates.k8s.io/v1beta1": (
        "ClusterTrustBundle ClusterTrustBundleList PodCertificateRequest PodCertificateRequestList"
    ),
    "coordination.k8s.io/v1beta1": "LeaseCandidate LeaseCandidateList",
    "lifecycle.k8s.io/v1alpha1": "Eviction EvictionList EvictionRequest EvictionRequestList",
    "resource.k8s.io/v1alpha3": (
        "DeviceTaintRule DeviceTaintRuleList ResourcePoolStatusRequest ResourcePoolStatusRequestList"
    ),
    "resource.k8s.io/v1beta2": (
        "DeviceClass DeviceClassList DeviceTaintRule DeviceTaintRuleList ResourceClaim "
        "ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList"
    ),
    "scheduling.k8s.io/v1beta1": "PodGroup PodGroupList Workload WorkloadList",
    "storagemigration.k8s.io/v1beta1": "StorageVersionMigration StorageVersionMigrationList",
    "v1": "Endpoints EndpointsList",
}
"""Kinds by version that 1.32 does not know, or not as deprecated."""
