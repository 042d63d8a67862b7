"""What the API server fills into objects of built-in kinds when they are decoded.

Rules: the ``SetDefaults_*`` functions of k8s.io/kubernetes v1.37.2 (pkg/apis/*/v1/defaults.go), as recorded from the
real server for one object of every kind charts use (tests/unit/devcluster/test_defaults.py).
"""

from __future__ import annotations

from charthouse.devcluster.defaults_pods import pod, put, template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Object = dict[str, Any]

__all__ = ["fill_defaults"]


def fill_defaults(obj: Object) -> None:
    """Fill in, in place, the defaults of the object's kind (nothing for kinds without)."""
    rule = RULES.get((obj["apiVersion"], obj["kind"]))
    if rule is not None:
        rule(obj)


# workloads -----------------------------------------------------------------------------------------------------------


def _deployment(obj: Object) -> None:
    spec = obj["spec"]
    for name, value in (("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(name) is None:
            spec[name] = value
    strategy = spec["strategy"] = dict(spec.get("strategy") or {})
    put(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy["rollingUpdate"] = dict(strategy.get("rollingUpdate") or {})
        put(rolling, maxUnavailable="25%", maxSurge="25%")
    template(spec)


def _replica_set(obj: Object) -> None:
    if obj["spec"].get("replicas") is None:
        obj["spec"]["replicas"] = 1
    template(obj["spec"])


def _replication_controller(obj: Object) -> None:
    spec = obj["spec"]
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        if not obj["metadata"].get("labels"):
            obj["metadata"]["labels"] = dict(labels)
    _replica_set(obj)


def _stateful_set(obj: Object) -> None:
    spec = obj["spec"]
    put(spec, podManagementPolicy="OrderedReady")
    for name, value in (("replicas", 1), ("revisionHistoryLimit", 10)):
        if spec.get(name) is None:
            spec[name] = value
    strategy = spec["updateStrategy"] = dict(spec.get("updateStrategy") or {})
    put(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy["rollingUpdate"] = dict(strategy.get("rollingUpdate") or {})
        put(rolling, partition=0, maxUnavailable=1)
    policy = spec["persistentVolumeClaimRetentionPolicy"] = dict(spec.get("persistentVolumeClaimRetentionPolicy") or {})
    put(policy, whenDeleted="Retain", whenScaled="Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        claim["status"] = {**(claim.get("status") or {}), "phase": "Pending"}
        put(claim["spec"], volumeMode="Filesystem")
    template(spec)


def _daemon_set(obj: Object) -> None:
    spec = obj["spec"]
    notes = obj["metadata"].get("annotations") or {}
    obj["metadata"]["annotations"] = {"deprecated.daemonset.template.generation": "0", **notes}
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    strategy = spec["updateStrategy"] = dict(spec.get("updateStrategy") or {})
    put(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy["rollingUpdate"] = dict(strategy.get("rollingUpdate") or {})
        put(rolling, maxUnavailable=1, maxSurge=0)
    template(spec)


def _job(obj: Object) -> None:
    spec = obj["spec"]
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = spec["parallelism"] = 1
    if spec.get("parallelism") is None:
        spec["parallelism"] = 1
    put(spec, completionMode="NonIndexed")
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = 2**31 - 1 if spec.get("backoffLimitPerIndex") is not None else 6
    for name in ("suspend", "manualSelector"):
        if spec.get(name) is None:
            spec[name] = False
    policy = "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
    put(spec, podReplacementPolicy=policy)
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(labels)
    _job_template(spec)


def _job_template(spec: Object) -> None:
    """Pods of jobs have no default restart policy (validation wants one), but the general default gives Always."""
    template(spec)


def _cron_job(obj: Object) -> None:
    spec = obj["spec"]
    put(spec, concurrencyPolicy="Allow")
    for name, value in (("suspend", False), ("successfulJobsHistoryLimit", 3), ("failedJobsHistoryLimit", 1)):
        if spec.get(name) is None:
            spec[name] = value
    _job_template((spec.get("jobTemplate") or {}).get("spec") or {})


# the rest ------------------------------------------------------------------------------------------------------------


def _service(obj: Object) -> None:
    spec = obj["spec"]
    put(spec, sessionAffinity="None", type="ClusterIP")
    if spec["sessionAffinity"] == "ClientIP":
        config = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        if config.get("timeoutSeconds") is None:
            config["timeoutSeconds"] = 10800
    for port in spec.get("ports") or ():
        put(port, protocol="TCP")
        if port.get("targetPort") in (None, "", 0):
            port["targetPort"] = port.get("port", 0)
    if spec["type"] in ("NodePort", "LoadBalancer"):
        put(spec, externalTrafficPolicy="Cluster")
    if spec["type"] != "ExternalName":
        put(spec, internalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


def _secret(obj: Object) -> None:
    put(obj, type="Opaque")
    texts = obj.pop("stringData", None)
    if texts:
        import base64

        coded = {k: base64.b64encode(v.encode("utf-8", "surrogateescape")).decode() for k, v in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **coded}
    if any(value is None for value in (obj.get("data") or {}).values()):
        obj["data"] = {key: value or "" for key, value in obj["data"].items()}  # what etcd gives back for nil bytes


def _namespace(obj: Object) -> None:
    obj["status"] = {**(obj.get("status") or {})}
    put(obj["status"], phase="Active")
    name = obj["metadata"].get("name")
    if name:
        obj["metadata"]["labels"] = {**(obj["metadata"].get("labels") or {}), "kubernetes.io/metadata.name": name}


def _claim(obj: Object) -> None:
    put(obj["status"], phase="Pending")
    put(obj["spec"], volumeMode="Filesystem")


def _volume_object(obj: Object) -> None:
    put(obj["status"], phase="Pending")
    put(obj["spec"], persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    if obj["spec"].get("hostPath") is not None and obj["spec"]["hostPath"].get("type") is None:
        obj["spec"]["hostPath"]["type"] = ""


def _endpoints(obj: Object) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            put(port, protocol="TCP")


def _limit_range(obj: Object) -> None:
    for limit in (obj.get("spec") or {}).get("limits") or ():
        if limit.get("type") == "Container":
            for name, value in (limit.get("max") or {}).items():
                limit.setdefault("default", {}).setdefault(name, value)
            for source in ("default", "min"):
                for name, value in (limit.get(source) or {}).items():
                    limit.setdefault("defaultRequest", {}).setdefault(name, value)


def _network_policy(obj: Object) -> None:
    spec = obj["spec"]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                put(port, protocol="TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _ingress_class(obj: Object) -> None:
    parameters = (obj.get("spec") or {}).get("parameters")
    if parameters is not None:
        put(parameters, scope="Cluster")


def _autoscaler(obj: Object) -> None:
    spec = obj["spec"]
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if obj["apiVersion"] == "autoscaling/v2" and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def _role_binding(obj: Object) -> None:
    group = "rbac.authorization.k8s.io"
    put(obj["roleRef"], apiGroup=group)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            put(subject, apiGroup=group)


def _storage_class(obj: Object) -> None:
    put(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _priority_class(obj: Object) -> None:
    put(obj, preemptionPolicy="PreemptLowerPriority")


def _endpoint_slice(obj: Object) -> None:
    for port in obj.get("ports") or ():
        if port.get("name") is None:
            port["name"] = ""
        put(port, protocol="TCP")


def _webhooks(obj: Object) -> None:
    for hook in obj.get("webhooks") or ():
        put(hook, failurePolicy="Fail", matchPolicy="Equivalent", timeoutSeconds=10)
        for name in ("namespaceSelector", "objectSelector"):
            if hook.get(name) is None:
                hook[name] = {}
        if obj["kind"].startswith("Mutating"):
            put(hook, reinvocationPolicy="Never")
        service = (hook.get("clientConfig") or {}).get("service")
        if service is not None:
            put(service, port=443)
        for rule in hook.get("rules") or ():
            put(rule, scope="*")


def _crd(obj: Object) -> None:
    spec = obj["spec"]
    names = spec.get("names") or {}
    put(names, singular=names.get("kind", "").lower(), listKind=names.get("kind", "") + "List")
    if spec.get("conversion") is None:
        spec["conversion"] = {"strategy": "None"}


def _api_service(obj: Object) -> None:
    service = (obj.get("spec") or {}).get("service")
    if service is not None:
        put(service, port=443)


def _csi_driver(obj: Object) -> None:
    spec = obj["spec"]
    for name, value in (
        ("attachRequired", True), ("podInfoOnMount", False), ("storageCapacity", False), ("requiresRepublish", False),
        ("seLinuxMount", False), ("fsGroupPolicy", "ReadWriteOnceWithFSType"), ("volumeLifecycleModes", ["Persistent"]),
    ):  # fmt: skip
        if spec.get(name) is None:
            spec[name] = value


RULES: dict[tuple[str, str], Callable[[Object], None]] = {
    ("v1", "Pod"): pod,
    ("v1", "PodTemplate"): template,
    ("v1", "ReplicationController"): _replication_controller,
    ("v1", "Service"): _service,
    ("v1", "Secret"): _secret,
    ("v1", "Namespace"): _namespace,
    ("v1", "PersistentVolumeClaim"): _claim,
    ("v1", "PersistentVolume"): _volume_object,
    ("v1", "Endpoints"): _endpoints,
    ("v1", "LimitRange"): _limit_range,
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "ReplicaSet"): _replica_set,
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("batch/v1", "Job"): _job,
    ("batch/v1", "CronJob"): _cron_job,
    ("networking.k8s.io/v1", "NetworkPolicy"): _network_policy,
    ("networking.k8s.io/v1", "IngressClass"): _ingress_class,
    ("autoscaling/v1", "HorizontalPodAutoscaler"): _autoscaler,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): _autoscaler,
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): _role_binding,
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): _role_binding,
    ("storage.k8s.io/v1", "StorageClass"): _storage_class,
    ("storage.k8s.io/v1", "CSIDriver"): _csi_driver,
    ("scheduling.k8s.io/v1", "PriorityClass"): _priority_class,
    ("discovery.k8s.io/v1", "EndpointSlice"): _endpoint_slice,
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"): _webhooks,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _crd,
    ("apiregistration.k8s.io/v1", "APIService"): _api_service,
}
