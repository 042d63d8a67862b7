"""The columns of `kubectl get` kind by kind: (name, type, priority, cell of an object).

Rules: pkg/printers/internalversion/printers.go of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Object = dict[str, Any]
    Column = tuple[str, str, int, Callable[[Object], Any]]

__all__ = ["CELLS"]


def _age(obj: Object) -> str:
    from charthouse.devcluster.table import age

    return age(obj["metadata"].get("creationTimestamp"))


def _since(stamp: str | None) -> str:
    from charthouse.devcluster.table import age

    return age(stamp)


def at(path: str, default: Any = "<none>") -> Callable[[Object], Any]:
    """The value at a dotted path."""
    steps = path.split(".")

    def cell(obj: Object) -> Any:
        node: Any = obj
        for step in steps:
            node = node.get(step) if isinstance(node, dict) else None
        return default if node in (None, "") else node

    return cell


def count(path: str) -> Callable[[Object], int]:
    found = at(path, None)
    return lambda obj: len(found(obj) or ())


def text(path: str, default: str = "<none>") -> Callable[[Object], str]:
    found = at(path, default)
    return lambda obj: str(found(obj))


def col(name: str, cell: Callable[[Object], Any], kind: str = "string", wide: int = 0) -> Column:
    return (name, kind, wide, cell)


NAME: Column = col("Name", lambda obj: obj["metadata"]["name"])
AGE: Column = col("Age", _age)


def _labels(selector: Any) -> str:
    if not selector:
        return "<none>"
    return ",".join(f"{k}={v}" for k, v in sorted(selector.items()))


def _selector(obj: Object) -> str:
    selector = obj["spec"].get("selector") or {}
    parts = [f"{k}={v}" for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for need in selector.get("matchExpressions") or ():
        operator = {"In": "in", "NotIn": "notin"}.get(need["operator"])
        if operator:
            parts.append(f"{need['key']} {operator} ({','.join(need.get('values') or ())})")
        else:
            parts.append(("!" if need["operator"] == "DoesNotExist" else "") + need["key"])
    return ",".join(parts) or "<none>"


def _pod_template(obj: Object) -> Object:
    spec = obj["spec"]
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"]  # type: ignore[no-any-return]  # JSON


def _containers(obj: Object) -> str:
    return ",".join(c["name"] for c in _pod_template(obj).get("containers") or ())


def _images(obj: Object) -> str:
    return ",".join(c.get("image", "") for c in _pod_template(obj).get("containers") or ())


WORKLOAD = [
    col("Containers", _containers, wide=1),
    col("Images", _images, wide=1),
    col("Selector", _selector, wide=1),
]


# pods ----------------------------------------------------------------------------------------------------------------


def pod_status(pod: Object) -> str:
    """What the STATUS column says of a pod."""
    status = pod.get("status") or {}
    reason = status.get("reason") or status.get("phase", "")
    for container in status.get("containerStatuses") or ():
        state = container.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            ended = state["terminated"]
            reason = ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}"
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str(reason)


def _ready_containers(pod: Object) -> str:
    ready = sum(1 for c in (pod.get("status") or {}).get("containerStatuses") or () if c.get("ready"))
    return f"{ready}/{len(pod['spec'].get('containers') or ())}"


def _restarts(pod: Object) -> str:
    total = sum(c.get("restartCount", 0) for c in (pod.get("status") or {}).get("containerStatuses") or ())
    return str(total)


def _gates(pod: Object) -> str:
    gates = pod["spec"].get("readinessGates") or ()
    return f"0/{len(gates)}" if gates else "<none>"


POD = [
    NAME,
    col("Ready", _ready_containers),
    col("Status", pod_status),
    col("Restarts", _restarts),
    AGE,
    col("IP", at("status.podIP"), wide=1),
    col("Node", at("spec.nodeName"), wide=1),
    col("Nominated Node", at("status.nominatedNodeName"), wide=1),
    col("Readiness Gates", _gates, wide=1),
]


# workloads -----------------------------------------------------------------------------------------------------------


def _of(ready: str, wanted: str) -> Callable[[Object], str]:
    have, want = at(ready, 0), at(wanted, 0)
    return lambda obj: f"{have(obj)}/{want(obj)}"


def integer(name: str, path: str) -> Column:
    return col(name, at(path, 0), "integer")


def _job_status(job: Object) -> str:
    status = job.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed", "Suspended"):
            return str(condition["type"])
    if job["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return "Running"


def _job_completions(job: Object) -> str:
    done, wanted = (job.get("status") or {}).get("succeeded", 0), job["spec"].get("completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallel = job["spec"].get("parallelism", 1)
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _job_duration(job: Object) -> str:
    from charthouse.devcluster.table import duration, seconds_between

    status = job.get("status") or {}
    if not status.get("startTime"):
        return ""
    return duration(seconds_between(status["startTime"], status.get("completionTime")))


def _cron_active(obj: Object) -> int:
    return len((obj.get("status") or {}).get("active") or ())


def _last_schedule(obj: Object) -> str:
    stamp = (obj.get("status") or {}).get("lastScheduleTime")
    return _since(stamp) if stamp else "<none>"


# services ------------------------------------------------------------------------------------------------------------


def _external_ip(service: Object) -> str:
    spec = service["spec"]
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        rows = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        found = [row.get("ip") or row.get("hostname", "") for row in rows]
        return ",".join([*found, *(spec.get("externalIPs") or ())]) or "<pending>"
    return ",".join(spec.get("externalIPs") or ()) or "<none>"


def _service_ports(service: Object) -> str:
    out = []
    for port in service["spec"].get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        out.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(out) or "<none>"


def _hosts(ingress: Object) -> str:
    hosts = [rule.get("host") or "" for rule in ingress["spec"].get("rules") or ()]
    named = [h for h in hosts if h]
    if not named:
        return "*"
    return ",".join(named[:3]) + (f" + {len(named) - 3} more..." if len(named) > 3 else "")


def _ingress_address(ingress: Object) -> str:
    rows = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(row.get("ip") or row.get("hostname", "") for row in rows)


def _ingress_ports(ingress: Object) -> str:
    return "80, 443" if ingress["spec"].get("tls") else "80"


# storage -------------------------------------------------------------------------------------------------------------

MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _modes(path: str) -> Callable[[Object], str]:
    found = at(path, None)
    return lambda obj: ",".join(MODES.get(m, m) for m in found(obj) or ())


def _claim_status(obj: Object) -> str:
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str((obj.get("status") or {}).get("phase", ""))


def _claim_ref(obj: Object) -> str:
    ref = obj["spec"].get("claimRef") or {}
    return f"{ref.get('namespace', '')}/{ref['name']}" if ref.get("name") else ""


def _class_name(obj: Object) -> str:
    key = "storageclass.kubernetes.io/is-default-class"
    default = (obj["metadata"].get("annotations") or {}).get(key) == "true"
    return str(obj["metadata"]["name"]) + (" (default)" if default else "")


# others --------------------------------------------------------------------------------------------------------------


def _role_ref(obj: Object) -> str:
    ref = obj.get("roleRef") or {}
    return f"{ref.get('kind', '')}/{ref.get('name', '')}"


def _subjects(kind: str) -> Callable[[Object], str]:
    def cell(obj: Object) -> str:
        rows = [s for s in obj.get("subjects") or () if s.get("kind") == kind]
        names = [f"{s['namespace']}/{s['name']}" if kind == "ServiceAccount" else s["name"] for s in rows]
        return ", ".join(names)

    return cell


def _node_status(node: Object) -> str:
    ready = [c for c in (node.get("status") or {}).get("conditions") or () if c["type"] == "Ready"]
    text = "Ready" if ready and ready[0]["status"] == "True" else "NotReady" if ready else "Unknown"
    return text + (",SchedulingDisabled" if (node.get("spec") or {}).get("unschedulable") else "")


def _roles(node: Object) -> str:
    prefix = "node-role.kubernetes.io/"
    return (
        ",".join(k[len(prefix) :] for k in sorted(node["metadata"].get("labels") or {}) if k.startswith(prefix))
        or "<none>"
    )


def _node_ip(kind: str) -> Callable[[Object], str]:
    def cell(node: Object) -> str:
        rows = (node.get("status") or {}).get("addresses") or ()
        return next((r["address"] for r in rows if r["type"] == kind), "<none>")

    return cell


def _hpa_targets(obj: Object) -> str:
    out = []
    for metric in obj["spec"].get("metrics") or ():
        target = (metric.get("resource") or {}).get("target") or {}
        if "averageUtilization" in target:
            out.append(f"{metric['resource']['name']}: <unknown>/{target['averageUtilization']}%")
        else:
            out.append("<unknown>/<auto>")
    return ", ".join(out) or "<none>"


def _hpa_reference(obj: Object) -> str:
    target = obj["spec"]["scaleTargetRef"]
    return f"{target['kind']}/{target['name']}"


def _policy_selector(obj: Object) -> str:
    return _labels((obj["spec"].get("podSelector") or {}).get("matchLabels"))


def _event_age(obj: Object) -> str:
    return _since(obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp"))


def _event_object(obj: Object) -> str:
    ref = obj.get("involvedObject") or obj.get("regarding") or {}
    return f"{ref.get('kind', '').lower()}/{ref.get('name', '')}"


def _endpoints(obj: Object) -> str:
    out = []
    for subset in obj.get("subsets") or ():
        for address in subset.get("addresses") or ():
            out += [f"{address['ip']}:{port['port']}" for port in subset.get("ports") or ()] or [address["ip"]]
    if not out:
        return "<none>"
    return ",".join(out[:3]) + (f" + {len(out) - 3} more..." if len(out) > 3 else "")


def _slice_ports(obj: Object) -> str:
    return ",".join(str(p.get("port", "*")) for p in obj.get("ports") or ()) or "<unset>"


def _slice_endpoints(obj: Object) -> str:
    rows = [a for e in obj.get("endpoints") or () for a in e.get("addresses") or ()]
    if not rows:
        return "<unset>"
    return ",".join(rows[:3]) + (f" + {len(rows) - 3} more..." if len(rows) > 3 else "")


def _list(path: str) -> Callable[[Object], str]:
    found = at(path, None)
    return lambda obj: ",".join(found(obj) or ()) or "<none>"


def _webhooks(obj: Object) -> int:
    return len(obj.get("webhooks") or ())


def _secrets(obj: Object) -> int:
    return len(obj.get("secrets") or ())


def _controller_ref(obj: Object) -> str:
    owners = [o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")]
    if not owners:
        return "<none>"
    group = owners[0]["apiVersion"].partition("/")[0] if "/" in owners[0]["apiVersion"] else ""
    return f"{owners[0]['kind'].lower()}{'.' + group if group else ''}/{owners[0]['name']}"


RBAC = "rbac.authorization.k8s.io"
BINDING = [
    NAME,
    col("Role", _role_ref),
    AGE,
    col("Users", _subjects("User"), wide=1),
    col("Groups", _subjects("Group"), wide=1),
    col("ServiceAccounts", _subjects("ServiceAccount"), wide=1),
]
CREATED = col("Created At", lambda obj: obj["metadata"]["creationTimestamp"], "string")

CELLS: dict[tuple[str, str], list[Column]] = {
    ("", "Pod"): POD,
    ("", "Service"): [
        NAME,
        col("Type", text("spec.type")),
        col("Cluster-IP", at("spec.clusterIP")),
        col("External-IP", _external_ip),
        col("Port(s)", _service_ports),
        AGE,
        col("Selector", lambda o: _labels(o["spec"].get("selector")), wide=1),
    ],
    ("", "ConfigMap"): [
        NAME,
        col("Data", lambda o: len(o.get("data") or ()) + len(o.get("binaryData") or ()), "string"),
        AGE,
    ],
    ("", "Secret"): [NAME, col("Type", text("type")), col("Data", count("data"), "string"), AGE],
    ("", "Namespace"): [NAME, col("Status", text("status.phase")), AGE],
    ("", "ServiceAccount"): [NAME, col("Secrets", _secrets, "string"), AGE],
    ("", "Node"): [
        NAME,
        col("Status", _node_status),
        col("Roles", _roles),
        AGE,
        col("Version", text("status.nodeInfo.kubeletVersion")),
        col("Internal-IP", _node_ip("InternalIP"), wide=1),
        col("External-IP", _node_ip("ExternalIP"), wide=1),
        col("OS-Image", at("status.nodeInfo.osImage", "<unknown>"), wide=1),
        col("Kernel-Version", at("status.nodeInfo.kernelVersion", "<unknown>"), wide=1),
        col("Container-Runtime", at("status.nodeInfo.containerRuntimeVersion", "<unknown>"), wide=1),
    ],
    ("", "PersistentVolumeClaim"): [
        NAME,
        col("Status", _claim_status),
        col("Volume", at("spec.volumeName", "")),
        col("Capacity", at("status.capacity.storage", "")),
        col("Access Modes", _modes("status.accessModes")),
        col("StorageClass", at("spec.storageClassName", "")),
        col("VolumeAttributesClass", at("spec.volumeAttributesClassName", "<unset>")),
        AGE,
        col("VolumeMode", at("spec.volumeMode", "<unset>"), wide=1),
    ],
    ("", "PersistentVolume"): [
        NAME,
        col("Capacity", at("spec.capacity.storage", "")),
        col("Access Modes", _modes("spec.accessModes")),
        col("Reclaim Policy", text("spec.persistentVolumeReclaimPolicy")),
        col("Status", _claim_status),
        col("Claim", _claim_ref),
        col("StorageClass", at("spec.storageClassName", "")),
        col("VolumeAttributesClass", at("spec.volumeAttributesClassName", "<unset>")),
        col("Reason", at("status.reason", "")),
        AGE,
        col("VolumeMode", at("spec.volumeMode", "<unset>"), wide=1),
    ],
    ("", "Endpoints"): [NAME, col("Endpoints", _endpoints), AGE],
    ("", "ReplicationController"): [
        NAME,
        integer("Desired", "spec.replicas"),
        integer("Current", "status.replicas"),
        integer("Ready", "status.readyReplicas"),
        AGE,
        col("Containers", _containers, wide=1),
        col("Images", _images, wide=1),
        col("Selector", lambda o: _labels(o["spec"].get("selector")), wide=1),
    ],
    ("", "Event"): [
        col("Last Seen", _event_age),
        col("Type", text("type")),
        col("Reason", text("reason")),
        col("Object", _event_object),
        col("Subobject", at("involvedObject.fieldPath", ""), wide=1),
        col("Source", lambda o: (o.get("source") or {}).get("component") or o.get("reportingComponent", ""), wide=1),
        col("Message", at("message", "")),
        col("First Seen", lambda o: _since(o.get("firstTimestamp") or o["metadata"].get("creationTimestamp")), wide=1),
        col("Count", at("count", 1), wide=1),
        col("Name", lambda o: o["metadata"]["name"], wide=1),
    ],
    ("apps", "Deployment"): [
        NAME,
        col("Ready", _of("status.readyReplicas", "spec.replicas")),
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
    ("apps", "StatefulSet"): [NAME, col("Ready", _of("status.readyReplicas", "spec.replicas")), AGE, *WORKLOAD[:2]],
    ("apps", "DaemonSet"): [
        NAME,
        integer("Desired", "status.desiredNumberScheduled"),
        integer("Current", "status.currentNumberScheduled"),
        integer("Ready", "status.numberReady"),
        integer("Up-to-date", "status.updatedNumberScheduled"),
        integer("Available", "status.numberAvailable"),
        col("Node Selector", lambda o: _labels(_pod_template(o).get("nodeSelector"))),
        AGE,
        *WORKLOAD,
    ],
    ("apps", "ControllerRevision"): [NAME, col("Controller", _controller_ref), col("Revision", at("revision", 0)), AGE],
    ("batch", "Job"): [
        NAME,
        col("Status", _job_status),
        col("Completions", _job_completions),
        col("Duration", _job_duration),
        AGE,
        *WORKLOAD,
    ],
    ("batch", "CronJob"): [
        NAME,
        col("Schedule", text("spec.schedule")),
        col("Timezone", at("spec.timeZone")),
        col("Suspend", lambda o: str(bool(o["spec"].get("suspend")))),
        col("Active", _cron_active, "integer"),
        col("Last Schedule", _last_schedule),
        AGE,
        *WORKLOAD[:2],
        col("Selector", lambda o: "<none>", wide=1),
    ],
    ("networking.k8s.io", "Ingress"): [
        NAME,
        col("Class", at("spec.ingressClassName")),
        col("Hosts", _hosts),
        col("Address", _ingress_address),
        col("Ports", _ingress_ports),
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
    ("networking.k8s.io", "NetworkPolicy"): [NAME, col("Pod-Selector", _policy_selector), AGE],
    ("policy", "PodDisruptionBudget"): [
        NAME,
        col("Min Available", text("spec.minAvailable", "N/A")),
        col("Max Unavailable", text("spec.maxUnavailable", "N/A")),
        integer("Allowed Disruptions", "status.disruptionsAllowed"),
        AGE,
    ],
    ("autoscaling", "HorizontalPodAutoscaler"): [
        NAME,
        col("Reference", _hpa_reference),
        col("Targets", _hpa_targets),
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
        col("Name", _class_name),
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
        col("Ports", _slice_ports),
        col("Endpoints", _slice_endpoints),
        AGE,
    ],
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): [
        NAME,
        col("Webhooks", _webhooks, "integer"),
        AGE,
    ],
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): [
        NAME,
        col("Webhooks", _webhooks, "integer"),
        AGE,
    ],
    ("apiextensions.k8s.io", "CustomResourceDefinition"): [NAME, CREATED],
}
