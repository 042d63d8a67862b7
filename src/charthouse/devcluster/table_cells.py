"""The columns of `kubectl get` kind by kind: (name, type, priority, cell of an object).

Rules: pkg/printers/internalversion/printers.go of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

from charthouse.devcluster.table_formats import (
    age_of,
    at,
    claim_ref,
    claim_status,
    class_name,
    col,
    containers,
    controller_ref,
    count,
    cron_active,
    endpoints,
    event_age,
    event_object,
    external_ip,
    gates,
    hosts,
    hpa_reference,
    hpa_targets,
    images,
    ingress_address,
    ingress_ports,
    integer,
    job_completions,
    job_duration,
    job_status,
    labels_text,
    last_schedule,
    modes,
    node_ip,
    node_status,
    of,
    pod_status,
    pod_template,
    policy_selector,
    ready_containers,
    restarts,
    role_ref,
    roles,
    selector,
    service_ports,
    since,
    slice_endpoints,
    slice_ports,
    subjects,
    text,
    webhooks,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Object = dict[str, Any]
    Column = tuple[str, str, int, Callable[[Object], Any]]

__all__ = ["CELLS"]


NAME: Column = col("Name", lambda obj: obj["metadata"]["name"])
AGE: Column = col("Age", age_of)


WORKLOAD = [
    col("Containers", containers, wide=1),
    col("Images", images, wide=1),
    col("Selector", selector, wide=1),
]


POD = [
    NAME,
    col("Ready", ready_containers),
    col("Status", pod_status),
    col("Restarts", restarts),
    AGE,
    col("IP", at("status.podIP"), wide=1),
    col("Node", at("spec.nodeName"), wide=1),
    col("Nominated Node", at("status.nominatedNodeName"), wide=1),
    col("Readiness Gates", gates, wide=1),
]


RBAC = "rbac.authorization.k8s.io"
BINDING = [
    NAME,
    col("Role", role_ref),
    AGE,
    col("Users", subjects("User"), wide=1),
    col("Groups", subjects("Group"), wide=1),
    col("ServiceAccounts", subjects("ServiceAccount"), wide=1),
]
CREATED = col("Created At", lambda obj: obj["metadata"]["creationTimestamp"], "string")

CELLS: dict[tuple[str, str], list[Column]] = {
    ("", "Pod"): POD,
    ("", "Service"): [
        NAME,
        col("Type", text("spec.type")),
        col("Cluster-IP", at("spec.clusterIP")),
        col("External-IP", external_ip),
        col("Port(s)", service_ports),
        AGE,
        col("Selector", lambda o: labels_text(o["spec"].get("selector")), wide=1),
    ],
    ("", "ConfigMap"): [
        NAME,
        col("Data", lambda o: len(o.get("data") or ()) + len(o.get("binaryData") or ()), "string"),
        AGE,
    ],
    ("", "Secret"): [NAME, col("Type", text("type")), col("Data", count("data"), "string"), AGE],
    ("", "Namespace"): [NAME, col("Status", text("status.phase")), AGE],
    ("", "ServiceAccount"): [NAME, AGE],
    ("", "Node"): [
        NAME,
        col("Status", node_status),
        col("Roles", roles),
        AGE,
        col("Version", text("status.nodeInfo.kubeletVersion")),
        col("Internal-IP", node_ip("InternalIP"), wide=1),
        col("External-IP", node_ip("ExternalIP"), wide=1),
        col("OS-Image", at("status.nodeInfo.osImage", "<unknown>"), wide=1),
        col("Kernel-Version", at("status.nodeInfo.kernelVersion", "<unknown>"), wide=1),
        col("Container-Runtime", at("status.nodeInfo.containerRuntimeVersion", "<unknown>"), wide=1),
    ],
    ("", "PersistentVolumeClaim"): [
        NAME,
        col("Status", claim_status),
        col("Volume", at("spec.volumeName", "")),
        col("Capacity", at("status.capacity.storage", "")),
        col("Access Modes", modes("status.accessModes")),
        col("StorageClass", at("spec.storageClassName", "")),
        col("VolumeAttributesClass", at("spec.volumeAttributesClassName", "<unset>")),
        AGE,
        col("VolumeMode", at("spec.volumeMode", "<unset>"), wide=1),
    ],
    ("", "PersistentVolume"): [
        NAME,
        col("Capacity", at("spec.capacity.storage", "")),
        col("Access Modes", modes("spec.accessModes")),
        col("Reclaim Policy", text("spec.persistentVolumeReclaimPolicy")),
        col("Status", claim_status),
        col("Claim", claim_ref),
        col("StorageClass", at("spec.storageClassName", "")),
        col("VolumeAttributesClass", at("spec.volumeAttributesClassName", "<unset>")),
        col("Reason", at("status.reason", "")),
        AGE,
        col("VolumeMode", at("spec.volumeMode", "<unset>"), wide=1),
    ],
    ("", "Endpoints"): [NAME, col("Endpoints", endpoints), AGE],
    ("", "ReplicationController"): [
        NAME,
        integer("Desired", "spec.replicas"),
        integer("Current", "status.replicas"),
        integer("Ready", "status.readyReplicas"),
        AGE,
        col("Containers", containers, wide=1),
        col("Images", images, wide=1),
        col("Selector", lambda o: labels_text(o["spec"].get("selector")), wide=1),
    ],
    ("", "Event"): [
        col("Last Seen", event_age),
        col("Type", text("type")),
        col("Reason", text("reason")),
        col("Object", event_object),
        col("Subobject", at("involvedObject.fieldPath", ""), wide=1),
        col("Source", lambda o: (o.get("source") or {}).get("component") or o.get("reportingComponent", ""), wide=1),
        col("Message", at("message", "")),
        col("First Seen", lambda o: since(o.get("firstTimestamp") or o["metadata"].get("creationTimestamp")), wide=1),
        col("Count", at("count", 1), wide=1),
        col("Name", lambda o: o["metadata"]["name"], wide=1),
    ],
    ("apps", "Deployment"): [
        NAME,
        col("Ready", of("status.readyReplicas", "spec.replicas")),
        integer("Up-to-date", "status.updatedReplicas"),
        integer("Available", "status.availableReplicas"),
        AGE,
        *WORKLOAD,
    ],
    ("apps", "ReplicaSet"): [
        NAME,
        integer("Desired", "spec.replicas"),
        integer("Current", "status.replicas"),
        integer("Ready", "status.readyReplicas"),
        AGE,
        *WORKLOAD,
    ],
    ("apps", "StatefulSet"): [NAME, col("Ready", of("status.readyReplicas", "spec.replicas")), AGE, *WORKLOAD[:2]],
    ("apps", "DaemonSet"): [
        NAME,
        integer("Desired", "status.desiredNumberScheduled"),
        integer("Current", "status.currentNumberScheduled"),
        integer("Ready", "status.numberReady"),
        integer("Up-to-date", "status.updatedNumberScheduled"),
        integer("Available", "status.numberAvailable"),
        col("Node Selector", lambda o: labels_text(pod_template(o).get("nodeSelector"))),
        AGE,
        *WORKLOAD,
    ],
    ("apps", "ControllerRevision"): [NAME, col("Controller", controller_ref), col("Revision", at("revision", 0)), AGE],
    ("batch", "Job"): [
        NAME,
        col("Status", job_status),
        col("Completions", job_completions),
        col("Duration", job_duration),
        AGE,
        *WORKLOAD,
    ],
    ("batch", "CronJob"): [
        NAME,
        col("Schedule", text("spec.schedule")),
        col("Timezone", at("spec.timeZone")),
        col("Suspend", lambda o: str(bool(o["spec"].get("suspend")))),
        col("Active", cron_active, "integer"),
        col("Last Schedule", last_schedule),
        AGE,
        *WORKLOAD[:2],
        col("Selector", lambda o: "<none>", wide=1),
    ],
    ("networking.k8s.io", "Ingress"): [
        NAME,
        col("Class", at("spec.ingressClassName")),
        col("Hosts", hosts),
        col("Address", ingress_address),
        col("Ports", ingress_ports),
        AGE,
    ],
    ("networking.k8s.io", "IngressClass"): [
        NAME,
        col("Controller", at("spec.controller")),
        col(
            "Parameters",
            lambda o: "<none>" if not (o.get("spec") or {}).get("parameters") else o["spec"]["parameters"]["name"],
        ),
        AGE,
    ],
    ("networking.k8s.io", "NetworkPolicy"): [NAME, col("Pod-Selector", policy_selector), AGE],
    ("policy", "PodDisruptionBudget"): [
        NAME,
        col("Min Available", text("spec.minAvailable", "N/A")),
        col("Max Unavailable", text("spec.maxUnavailable", "N/A")),
        integer("Allowed Disruptions", "status.disruptionsAllowed"),
        AGE,
    ],
    ("autoscaling", "HorizontalPodAutoscaler"): [
        NAME,
        col("Reference", hpa_reference),
        col("Targets", hpa_targets),
        col("MinPods", text("spec.minReplicas", "<unset>")),
        integer("MaxPods", "spec.maxReplicas"),
        integer("Replicas", "status.currentReplicas"),
        AGE,
    ],
    (RBAC, "Role"): [NAME, CREATED],
    (RBAC, "ClusterRole"): [NAME, CREATED],
    (RBAC, "RoleBinding"): BINDING,
    (RBAC, "ClusterRoleBinding"): BINDING,
    ("storage.k8s.io", "StorageClass"): [
        col("Name", class_name),
        col("Provisioner", text("provisioner")),
        col("ReclaimPolicy", at("reclaimPolicy", "Delete")),
        col("VolumeBindingMode", at("volumeBindingMode", "Immediate")),
        col("AllowVolumeExpansion", lambda o: bool(o.get("allowVolumeExpansion")), "boolean"),
        AGE,
    ],
    ("scheduling.k8s.io", "PriorityClass"): [
        NAME,
        col("Value", at("value", 0), "integer"),
        col("Global-Default", lambda o: bool(o.get("globalDefault")), "boolean"),
        AGE,
        col("PreemptionPolicy", at("preemptionPolicy"), "string"),
    ],
    ("coordination.k8s.io", "Lease"): [NAME, col("Holder", at("spec.holderIdentity", "")), AGE],
    ("discovery.k8s.io", "EndpointSlice"): [
        NAME,
        col("AddressType", text("addressType")),
        col("Ports", slice_ports),
        col("Endpoints", slice_endpoints),
        AGE,
    ],
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): [
        NAME,
        col("Webhooks", webhooks, "integer"),
        AGE,
    ],
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): [
        NAME,
        col("Webhooks", webhooks, "integer"),
        AGE,
    ],
    ("apiextensions.k8s.io", "CustomResourceDefinition"): [NAME, CREATED],
}
