"""Warnings the API server gives about pods and their templates.

Rules: pkg/api/pod/warnings.go and pkg/api/node/util.go of k8s.io/kubernetes v1.37.2, the ones charts meet.
"""

from __future__ import annotations

from charthouse.devcluster.names import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Object = dict[str, Any]

__all__ = ["of_pod", "of_template"]

ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}
VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}


def of_pod(pod: Object) -> list[str]:
    """Warnings about a pod."""
    return list(_found(pod, ""))


def of_template(template: Object, path: str) -> list[str]:
    """Warnings about a pod template at `path`."""
    return list(_found(template, path + "."))


def _found(template: Object, prefix: str) -> Iterator[str]:
    spec, meta = template.get("spec") or {}, template.get("metadata") or {}
    for key in spec.get("nodeSelector") or ():
        if key in LABELS:
            yield f"{prefix}spec.nodeSelector[{key}]: {LABELS[key]}"
    yield from _node_affinity(spec, prefix)
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        where = f"{prefix}spec.topologySpreadConstraints[{index}]"
        key = constraint.get("topologyKey", "")
        if key in LABELS:
            yield f"{where}.topologyKey: {key} is {LABELS[key]}"
        if constraint.get("labelSelector") is None:
            yield f"{where}.labelSelector: a null labelSelector results in matching no pod"
    for key, text in ANNOTATIONS.items():
        if key in (meta.get("annotations") or {}):
            yield f"{prefix}metadata.annotations[{key}]: {text}"
    for index, volume in enumerate(spec.get("volumes") or ()):
        for source in volume:
            if source in VOLUMES:
                yield f"{prefix}spec.volumes[{index}].{source}: {VOLUMES[source]}"
    secrets: set[str] = set()
    for index, secret in enumerate(spec.get("imagePullSecrets") or ()):
        name = secret.get("name", "")
        where = f"{prefix}spec.imagePullSecrets[{index}].name"
        if not name:
            yield f"{where}: invalid empty name {quoted(name)}"
        elif name in secrets:
            yield f"{where}: duplicate name {quoted(name)}"
        secrets.add(name)
    yield from _containers(spec, prefix)


def _node_affinity(spec: Object, prefix: str) -> Iterator[str]:
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    path = f"{prefix}spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    for index, term in enumerate(required.get("nodeSelectorTerms") or ()):
        yield from _term(term, f"{path}[{index}]")
    path = f"{prefix}spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"
    for index, row in enumerate(affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()):
        yield from _term(row.get("preference") or {}, f"{path}[{index}].preference")


def _term(term: Object, path: str) -> Iterator[str]:
    for index, need in enumerate(term.get("matchExpressions") or ()):
        key = need.get("key", "")
        if key in LABELS:
            yield f"{path}.matchExpressions[{index}].key: {key} is {LABELS[key]}"


def _each_container(spec: Object, prefix: str) -> Iterator[tuple[str, Object]]:
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            yield f"{prefix}spec.{field}[{index}]", container


def _containers(spec: Object, prefix: str) -> Iterator[str]:
    for path, container in _each_container(spec, prefix):
        names: set[str] = set()
        for index, env in enumerate(container.get("env") or ()):
            name, value = env.get("name", ""), env.get("value", "")
            mention = f"$({name})"
            if name in names and (env.get("valueFrom") is not None or value == mention or mention not in value):
                text = f"hides previous definition of {quoted(name)}, which may be dropped when using apply"
                yield f"{path}.env[{index}]: {text}"
            names.add(name)
    yield from _ports(spec, prefix)


def _ports(spec: Object, prefix: str) -> Iterator[str]:
    seen: dict[str, list[tuple[str, Object]]] = {}
    names: dict[str, str] = {}
    late: list[str] = []
    for path, container in _each_container(spec, prefix):
        if ".initContainers[" in path and container.get("restartPolicy") != "Always":
            continue
        for index, port in enumerate(container.get("ports") or ()):
            where = f"{path}.ports[{index}]"
            key = f"{port.get('containerPort')}/{port.get('protocol')}"
            for other, before in seen.get(key, ()):
                same = all(port.get(k) == before.get(k) for k in ("hostIP", "hostPort"))
                if same:
                    yield f"{where}: duplicate port definition with {other}"
                elif not port.get("hostPort") or not before.get("hostPort"):
                    yield f"{where}: overlapping port definition with {other}"
            seen.setdefault(key, []).append((where, port))
            name = port.get("name")
            if name in names:
                first = names[name]
                text = f"duplicate port name {quoted(name)} with {first}, services and probes that select ports by name"
                late.append(f"{where}: {text} will use {first}")
            elif name:
                names[name] = where
    yield from late
