"""What stands in the cells of `kubectl get`: one function a column.

Rules: pkg/printers/internalversion/printers.go of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Object = dict[str, Any]
    Column = tuple[str, str, int, Callable[[Object], Any]]

__all__ = [
    "MODES",
    "age_of",
    "at",
    "claim_ref",
    "claim_status",
    "class_name",
    "col",
    "containers",
    "controller_ref",
    "count",
    "cron_active",
    "endpoints",
    "event_age",
    "event_object",
    "external_ip",
    "gates",
    "hosts",
    "hpa_reference",
    "hpa_targets",
    "images",
    "ingress_address",
    "ingress_ports",
    "integer",
    "job_completions",
    "job_duration",
    "job_status",
    "joined",
    "labels_text",
    "last_schedule",
    "modes",
    "node_ip",
    "node_status",
    "of",
    "pod_status",
    "pod_template",
    "policy_selector",
    "ready_containers",
    "restarts",
    "role_ref",
    "roles",
    "selector",
    "service_ports",
    "since",
    "slice_endpoints",
    "slice_ports",
    "subjects",
    "text",
    "webhooks",
]


def age_of(obj: Object) -> str:
    from charthouse.devcluster.table import age

    return age(obj["metadata"].get("creationTimestamp"))


def since(stamp: str | None) -> str:
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


def labels_text(selector: Any) -> str:
    if not selector:
        return "<none>"
    return ",".join(f"{k}={v}" for k, v in sorted(selector.items()))


def selector(obj: Object) -> str:
    selector = obj["spec"].get("selector") or {}
    parts = [f"{k}={v}" for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for need in selector.get("matchExpressions") or ():
        operator = {"In": "in", "NotIn": "notin"}.get(need["operator"])
        if operator:
            parts.append(f"{need['key']} {operator} ({','.join(need.get('values') or ())})")
        else:
            parts.append(("!" if need["operator"] == "DoesNotExist" else "") + need["key"])
    return ",".join(parts) or "<none>"


def pod_template(obj: Object) -> Object:
    spec = obj["spec"]
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"]  # type: ignore[no-any-return]  # JSON


def containers(obj: Object) -> str:
    return ",".join(c["name"] for c in pod_template(obj).get("containers") or ())


def images(obj: Object) -> str:
    return ",".join(c.get("image", "") for c in pod_template(obj).get("containers") or ())


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


def ready_containers(pod: Object) -> str:
    ready = sum(1 for c in (pod.get("status") or {}).get("containerStatuses") or () if c.get("ready"))
    return f"{ready}/{len(pod['spec'].get('containers') or ())}"


def restarts(pod: Object) -> str:
    total = sum(c.get("restartCount", 0) for c in (pod.get("status") or {}).get("containerStatuses") or ())
    return str(total)


def gates(pod: Object) -> str:
    gates = pod["spec"].get("readinessGates") or ()
    return f"0/{len(gates)}" if gates else "<none>"


def of(ready: str, wanted: str) -> Callable[[Object], str]:
    have, want = at(ready, 0), at(wanted, 0)
    return lambda obj: f"{have(obj)}/{want(obj)}"


def integer(name: str, path: str) -> Column:
    return col(name, at(path, 0), "integer")


def job_status(job: Object) -> str:
    status = job.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed", "Suspended"):
            return str(condition["type"])
    if job["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return "Running"


def job_completions(job: Object) -> str:
    done, wanted = (job.get("status") or {}).get("succeeded", 0), job["spec"].get("completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallel = job["spec"].get("parallelism", 1)
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def job_duration(job: Object) -> str:
    from charthouse.devcluster.table import seconds_between
    from charthouse.k8s.tabletext import human_duration

    status = job.get("status") or {}
    if not status.get("startTime"):
        return ""
    return human_duration(seconds_between(status["startTime"], status.get("completionTime")))


def cron_active(obj: Object) -> int:
    return len((obj.get("status") or {}).get("active") or ())


def last_schedule(obj: Object) -> str:
    stamp = (obj.get("status") or {}).get("lastScheduleTime")
    return since(stamp) if stamp else "<none>"


def external_ip(service: Object) -> str:
    spec = service["spec"]
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        rows = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        found = [row.get("ip") or row.get("hostname", "") for row in rows]
        return ",".join([*found, *(spec.get("externalIPs") or ())]) or "<pending>"
    return ",".join(spec.get("externalIPs") or ()) or "<none>"


def service_ports(service: Object) -> str:
    out = []
    for port in service["spec"].get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        out.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(out) or "<none>"


def hosts(ingress: Object) -> str:
    hosts = [rule.get("host") or "" for rule in ingress["spec"].get("rules") or ()]
    named = [h for h in hosts if h]
    if not named:
        return "*"
    return ",".join(named[:3]) + (f" + {len(named) - 3} more..." if len(named) > 3 else "")


def ingress_address(ingress: Object) -> str:
    rows = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(row.get("ip") or row.get("hostname", "") for row in rows)


def ingress_ports(ingress: Object) -> str:
    return "80, 443" if ingress["spec"].get("tls") else "80"


MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def modes(path: str) -> Callable[[Object], str]:
    found = at(path, None)
    return lambda obj: ",".join(MODES.get(m, m) for m in found(obj) or ())


def claim_status(obj: Object) -> str:
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str((obj.get("status") or {}).get("phase", ""))


def claim_ref(obj: Object) -> str:
    ref = obj["spec"].get("claimRef") or {}
    return f"{ref.get('namespace', '')}/{ref['name']}" if ref.get("name") else ""


def class_name(obj: Object) -> str:
    key = "storageclass.kubernetes.io/is-default-class"
    default = (obj["metadata"].get("annotations") or {}).get(key) == "true"
    return str(obj["metadata"]["name"]) + (" (default)" if default else "")


def role_ref(obj: Object) -> str:
    ref = obj.get("roleRef") or {}
    return f"{ref.get('kind', '')}/{ref.get('name', '')}"


def subjects(kind: str) -> Callable[[Object], str]:
    def cell(obj: Object) -> str:
        rows = [s for s in obj.get("subjects") or () if s.get("kind") == kind]
        names = [f"{s['namespace']}/{s['name']}" if kind == "ServiceAccount" else s["name"] for s in rows]
        return ", ".join(names)

    return cell


def node_status(node: Object) -> str:
    ready = [c for c in (node.get("status") or {}).get("conditions") or () if c["type"] == "Ready"]
    text = "Ready" if ready and ready[0]["status"] == "True" else "NotReady" if ready else "Unknown"
    return text + (",SchedulingDisabled" if (node.get("spec") or {}).get("unschedulable") else "")


def roles(node: Object) -> str:
    prefix = "node-role.kubernetes.io/"
    return (
        ",".join(k[len(prefix) :] for k in sorted(node["metadata"].get("labels") or {}) if k.startswith(prefix))
        or "<none>"
    )


def node_ip(kind: str) -> Callable[[Object], str]:
    def cell(node: Object) -> str:
        rows = (node.get("status") or {}).get("addresses") or ()
        return next((r["address"] for r in rows if r["type"] == kind), "<none>")

    return cell


def hpa_targets(obj: Object) -> str:
    out = []
    for metric in obj["spec"].get("metrics") or ():
        target = (metric.get("resource") or {}).get("target") or {}
        if "averageUtilization" in target:
            out.append(f"{metric['resource']['name']}: <unknown>/{target['averageUtilization']}%")
        else:
            out.append("<unknown>/<auto>")
    return ", ".join(out) or "<none>"


def hpa_reference(obj: Object) -> str:
    target = obj["spec"]["scaleTargetRef"]
    return f"{target['kind']}/{target['name']}"


def policy_selector(obj: Object) -> str:
    return labels_text((obj["spec"].get("podSelector") or {}).get("matchLabels"))


def event_age(obj: Object) -> str:
    return since(obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp"))


def event_object(obj: Object) -> str:
    ref = obj.get("involvedObject") or obj.get("regarding") or {}
    return f"{ref.get('kind', '').lower()}/{ref.get('name', '')}"


def endpoints(obj: Object) -> str:
    out = []
    for subset in obj.get("subsets") or ():
        for address in subset.get("addresses") or ():
            out += [f"{address['ip']}:{port['port']}" for port in subset.get("ports") or ()] or [address["ip"]]
    if not out:
        return "<none>"
    return ",".join(out[:3]) + (f" + {len(out) - 3} more..." if len(out) > 3 else "")


def slice_ports(obj: Object) -> str:
    return ",".join(str(p.get("port", "*")) for p in obj.get("ports") or ()) or "<unset>"


def slice_endpoints(obj: Object) -> str:
    rows = [a for e in obj.get("endpoints") or () for a in e.get("addresses") or ()]
    if not rows:
        return "<unset>"
    return ",".join(rows[:3]) + (f" + {len(rows) - 3} more..." if len(rows) > 3 else "")


def joined(path: str) -> Callable[[Object], str]:
    found = at(path, None)
    return lambda obj: ",".join(found(obj) or ()) or "<none>"


def webhooks(obj: Object) -> int:
    return len(obj.get("webhooks") or ())


def controller_ref(obj: Object) -> str:
    owners = [o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")]
    if not owners:
        return "<none>"
    group = owners[0]["apiVersion"].partition("/")[0] if "/" in owners[0]["apiVersion"] else ""
    return f"{owners[0]['kind'].lower()}{'.' + group if group else ''}/{owners[0]['name']}"
