"""The defaults of pods and pod templates.

Rules: ``SetDefaults_Pod*`` of pkg/apis/core/v1/defaults.go of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = ["pod", "pod_spec", "put", "template"]


def put(target: Object, **values: Any) -> None:
    for name, value in values.items():
        if target.get(name) in (None, ""):
            target[name] = value


def pod_spec(spec: Object) -> None:
    """The defaults of a pod's or template's spec."""
    put(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst")
    put(spec, schedulerName="default-scheduler")
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for containers in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(containers) or ():
            _container(container, spec)
    for volume in spec.get("volumes") or ():
        _volume(volume)
    for constraint in spec.get("topologySpreadConstraints") or ():
        put(constraint, nodeAffinityPolicy=None, nodeTaintsPolicy=None)
        for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if constraint.get(name) is None:
                constraint.pop(name, None)


def _container(container: Object, spec: Object) -> None:
    image = container.get("image", "")
    policy = "Always" if _is_latest(image) else "IfNotPresent"
    put(container, imagePullPolicy=policy, terminationMessagePath="/dev/termination-log")
    put(container, terminationMessagePolicy="File")
    for port in container.get("ports") or ():
        put(port, protocol="TCP")
        if spec.get("hostNetwork") and not port.get("hostPort"):
            port["hostPort"] = port.get("containerPort", 0)
    for env in container.get("env") or ():
        reference = (env.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            put(reference, apiVersion="v1")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe) is not None:
            _probe(container[probe])
    for hook in (container.get("lifecycle") or {}).values():
        if isinstance(hook, dict) and hook.get("httpGet") is not None:
            put(hook["httpGet"], path="/", scheme="HTTP")


def _is_latest(image: str) -> bool:
    if "@" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


def _probe(probe: Object) -> None:
    for name, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not probe.get(name):
            probe[name] = value
    if probe.get("httpGet") is not None:
        put(probe["httpGet"], path="/", scheme="HTTP")
    if probe.get("grpc") is not None and probe["grpc"].get("service") is None:
        probe["grpc"]["service"] = ""


def _volume(volume: Object) -> None:
    if len([k for k in volume if k != "name"]) == 0:
        volume["emptyDir"] = {}
    for source in ("secret", "configMap", "downwardAPI", "projected"):
        if volume.get(source) is not None and volume[source].get("defaultMode") is None:
            volume[source]["defaultMode"] = 420
    for item in (volume.get("downwardAPI") or {}).get("items") or ():
        if item.get("fieldRef") is not None:
            put(item["fieldRef"], apiVersion="v1")
    for source in (volume.get("projected") or {}).get("sources") or ():
        token = source.get("serviceAccountToken")
        if token is not None and not token.get("expirationSeconds"):
            token["expirationSeconds"] = 3600
        for item in (source.get("downwardAPI") or {}).get("items") or ():
            if item.get("fieldRef") is not None:
                put(item["fieldRef"], apiVersion="v1")
    if volume.get("hostPath") is not None and volume["hostPath"].get("type") is None:
        volume["hostPath"]["type"] = ""
    claim = ((volume.get("ephemeral") or {}).get("volumeClaimTemplate") or {}).get("spec")
    if claim is not None:
        put(claim, volumeMode="Filesystem")
    if volume.get("iscsi") is not None:
        put(volume["iscsi"], iscsiInterface="default")


def template(obj: Object) -> None:
    spec = (obj.get("template") or {}).get("spec")
    if spec is not None:
        pod_spec(spec)


def pod(obj: Object) -> None:
    spec = obj["spec"]
    pod_spec(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        resources = container.get("resources") or {}
        for name, value in (resources.get("limits") or {}).items():
            resources.setdefault("requests", {}).setdefault(name, value)
