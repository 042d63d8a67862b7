"""What the API server refuses in a pod's spec.

Rules: pkg/apis/core/validation/validation.go (ValidatePodSpec) of k8s.io/kubernetes v1.37.2.
"""

from __future__ import annotations

from charthouse.devcluster.failures import Cause
from charthouse.devcluster.names import dns_label, dns_subdomain, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = ["check_port", "check_spec", "invalid_value", "required"]


def required(path: str) -> Cause:
    return Cause("FieldValueRequired", path, "Required value")


def invalid_value(path: str, value: Any, text: str) -> Cause:
    return Cause("FieldValueInvalid", path, f"Invalid value: {quoted(value)}: {text}")


def check_port(value: Any, path: str) -> list[Cause]:
    good = isinstance(value, int) and 0 < value < 65536
    return [] if good else [invalid_value(path, value, "must be between 1 and 65535, inclusive")]


def check_spec(spec: Object, path: str) -> list[Cause]:
    """Findings about volumes and containers."""
    causes: list[Cause] = []
    volumes: set[str] = set()
    for index, volume in enumerate(spec.get("volumes") or ()):
        causes += _volume(volume, f"{path}.volumes[{index}]", volumes)
    containers = spec.get("containers") or []
    if not containers:
        causes.append(required(f"{path}.containers"))
    seen: set[str] = set()
    for index, container in enumerate(containers):
        causes += _container(container, f"{path}.containers[{index}]", seen, volumes)
    for index, container in enumerate(spec.get("initContainers") or ()):
        causes += _container(container, f"{path}.initContainers[{index}]", seen, volumes)
    account = spec.get("serviceAccountName")
    if account:
        causes += [invalid_value(f"{path}.serviceAccountName", account, text) for text in dns_subdomain(account)]
    return causes


def _volume(volume: Object, path: str, seen: set[str]) -> list[Cause]:
    name = volume.get("name", "")
    if not name:
        return [required(f"{path}.name")]
    causes = [invalid_value(f"{path}.name", name, text) for text in dns_label(name)]
    if name in seen:
        causes.append(Cause("FieldValueDuplicate", f"{path}.name", f"Duplicate value: {quoted(name)}"))
    seen.add(name)
    sources = [k for k in volume if k != "name"]
    for extra in sources[1:]:
        text = "Forbidden: may not specify more than 1 volume type"
        causes.append(Cause("FieldValueForbidden", f"{path}.{extra}", text))
    return causes


def _container(container: Object, path: str, seen: set[str], volumes: set[str]) -> list[Cause]:
    causes: list[Cause] = []
    name = container.get("name", "")
    if not name:
        causes.append(required(f"{path}.name"))
    else:
        causes += [invalid_value(f"{path}.name", name, text) for text in dns_label(name)]
        if name in seen:
            causes.append(Cause("FieldValueDuplicate", f"{path}.name", f"Duplicate value: {quoted(name)}"))
        seen.add(name)
    image = container.get("image", "")
    if not image:
        causes.append(required(f"{path}.image"))
    elif image.strip() != image:
        causes.append(invalid_value(f"{path}.image", image, "must not have leading or trailing whitespace"))
    causes += _ports(container.get("ports") or [], path)
    for index, env in enumerate(container.get("env") or ()):
        causes += _env(env, f"{path}.env[{index}]")
    mounts: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        causes += _mount(mount, f"{path}.volumeMounts[{index}]", volumes, mounts)
    causes += _resources(container.get("resources") or {}, f"{path}.resources")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe) is not None:
            causes += _probe(container[probe], f"{path}.{probe}")
    return causes


def _ports(ports: list[Object], path: str) -> list[Cause]:
    causes: list[Cause] = []
    names: set[str] = set()
    for index, port in enumerate(ports):
        where = f"{path}.ports[{index}]"
        name = port.get("name")
        if name:
            if len(name) > 15:
                causes.append(invalid_value(f"{where}.name", name, "must be no more than 15 characters"))
            if name in names:
                causes.append(Cause("FieldValueDuplicate", f"{where}.name", f"Duplicate value: {quoted(name)}"))
            names.add(name)
        if not port.get("containerPort"):
            causes.append(required(f"{where}.containerPort"))
        else:
            causes += check_port(port["containerPort"], f"{where}.containerPort")
        if port.get("hostPort"):
            causes += check_port(port["hostPort"], f"{where}.hostPort")
    return causes


def _env(env: Object, path: str) -> list[Cause]:
    if not env.get("name"):
        return [required(f"{path}.name")]
    source = env.get("valueFrom")
    if source is None:
        return []
    if env.get("value"):
        text = "may not be specified when `value` is not empty"
        return [invalid_value(f"{path}.valueFrom", "", text)]
    if not source:
        text = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        return [invalid_value(f"{path}.valueFrom", "", text)]
    if len(source) > 1:
        return [invalid_value(f"{path}.valueFrom", "", "may not have more than one field specified at a time")]
    return []


def _mount(mount: Object, path: str, volumes: set[str], mounts: set[str]) -> list[Cause]:
    causes = []
    name, target = mount.get("name", ""), mount.get("mountPath", "")
    if not name:
        causes.append(required(f"{path}.name"))
    elif name not in volumes:
        causes.append(Cause("FieldValueNotFound", f"{path}.name", f"Not found: {quoted(name)}"))
    if not target:
        causes.append(required(f"{path}.mountPath"))
    elif target in mounts:
        causes.append(invalid_value(f"{path}.mountPath", target, "must be unique"))
    mounts.add(target)
    return causes


def _resources(resources: Object, path: str) -> list[Cause]:
    from charthouse.devcluster.quantity import parse

    causes = []
    limits = resources.get("limits") or {}
    for name, asked in (resources.get("requests") or {}).items():
        limit = limits.get(name)
        if limit is not None and parse(asked)[0] > parse(limit)[0]:
            text = f"must be less than or equal to {name} limit of {limit}"
            causes.append(invalid_value(f"{path}.requests", asked, text))
    return causes


def _probe(probe: Object, path: str) -> list[Cause]:
    handlers = [h for h in ("exec", "httpGet", "tcpSocket", "grpc") if probe.get(h) is not None]
    if not handlers:
        return [Cause("FieldValueRequired", path, "Required value: must specify a handler type")]
    if len(handlers) > 1:
        text = "Forbidden: may not specify more than 1 handler type"
        return [Cause("FieldValueForbidden", f"{path}.{h}", text) for h in handlers[1:]]
    return []
