"""Where a simulated pod's ports really are: processes on this machine that stand behind pods.

A pod says it itself, by annotation (``sim/port.44134: "127.0.0.1:44134"``, or only the number), or the cluster was told
for all pods (``--forward 44134=127.0.0.1:5000``). Only addresses of this machine's loopback are taken: a cluster that
anybody with rights on pods could send anywhere would be a way around firewalls.
"""

from __future__ import annotations

from charthouse.devcluster.failures import ApiFailure, bad_request, not_found
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.devcluster.store import Store

    Object = dict[str, Any]
    Address = tuple[str, int]

__all__ = ["ForwardError", "Forwards", "parse_address", "parse_forwards", "split_target", "unavailable"]

SLICES = "endpointslices.discovery.k8s.io"


class ForwardError(CharthouseError):
    """A port leads nowhere; the message says what would help."""


def parse_address(text: str) -> Address:
    """`127.0.0.1:80`, `localhost:80`, `[::1]:80` or `80`. Raises ForwardError."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (host == "localhost" or host == "::1" or host.startswith("127.")):
        raise ForwardError(f'"{text}" is not an address of the loopback: 127.0.0.1:PORT, or only PORT')
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ForwardError(f'"{text}" names no port between 1 and 65535')
    return host, int(port)


def parse_forwards(text: str) -> dict[int, Address]:
    """`44134=127.0.0.1:5000,8080=6000`. Raises ForwardError."""
    out: dict[int, Address] = {}
    for part in filter(None, text.split(",")):
        port, sign, address = part.partition("=")
        if not sign:
            raise ForwardError(f'"{part}" is not PORT=ADDRESS')
        out[parse_address(port)[1]] = parse_address(address)
    return out


def split_target(text: str, what: str) -> tuple[str, str, str]:
    """(scheme, name, port) of a `what`: `name`, `name:port` or `scheme:name:port`. Raises ApiFailure (400)."""
    parts = text.split(":")
    if len(parts) == 3 and parts[0] in ("http", "https", "") and parts[1]:
        return parts[0] or "http", parts[1], parts[2]
    if len(parts) in (1, 2) and parts[0] and (len(parts) == 1 or parts[1]):
        return "http", parts[0], parts[1] if len(parts) == 2 else ""
    raise bad_request(f'invalid {what} request "{text}"')


class Forwards:
    """Finds addresses. fixed: port → address, for every pod."""

    def __init__(self, store: Store, fixed: Mapping[int, Address]) -> None:
        self.store = store
        self.fixed = dict(fixed)

    def of_pod(self, pod: Object, port: int) -> Address:
        """Raises ForwardError."""
        text = (pod["metadata"].get("annotations") or {}).get(f"sim/port.{port}")
        if text:
            return parse_address(str(text))
        if port in self.fixed:
            return self.fixed[port]
        name = pod["metadata"]["name"]
        raise ForwardError(
            f'nothing stands behind port {port} of pod {name}: annotate it with sim/port.{port}: "127.0.0.1:PORT", or '
            f"start the cluster with --forward {port}=127.0.0.1:PORT"
        )

    def pod_port(self, pod: Object, port: str) -> int:
        """A port's number, by default the first one of the first container that has any. Raises ApiFailure (400)."""
        if not port:
            for container in pod["spec"].get("containers") or ():
                if container.get("ports"):
                    return int(container["ports"][0]["containerPort"])
            return 80
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise bad_request(f'invalid pod request "{pod["metadata"]["name"]}:{port}"')
        return int(port)

    def of_service(self, namespace: str, name: str, port: str) -> Address:
        """The address of a ready endpoint. Raises ApiFailure (404, 503) and ForwardError."""
        entry = self.store.get("services", (namespace, name))
        if port.isdigit():
            if entry is None:
                raise not_found("", "services", name)
            found = [p for p in entry.object["spec"].get("ports") or () if p["port"] == int(port)]
            if not found:
                raise unavailable(f'no service port {port} found for service "{name}"')
            port = found[0].get("name", "")
        for pod, number in self.endpoints(namespace, name, port):
            return self.of_pod(pod, number)
        raise unavailable(f'no endpoints available for service "{name}"')

    def endpoints(self, namespace: str, name: str, port: str) -> list[tuple[Object, int]]:
        """(pod, number of its port) of every ready endpoint of a service's port."""
        out = []
        for _, entry in self.store.list(SLICES, namespace)[0]:
            piece = entry.object
            if (piece["metadata"].get("labels") or {}).get("kubernetes.io/service-name") != name:
                continue
            numbers = [p["port"] for p in piece.get("ports") or () if (p.get("name") or "") == port]
            for endpoint in piece.get("endpoints") or ():
                ready = (endpoint.get("conditions") or {}).get("ready", True)
                pod = self.store.get("pods", (namespace, (endpoint.get("targetRef") or {}).get("name", "")))
                if ready and numbers and pod is not None:
                    out.append((pod.object, numbers[0]))
        return out


def unavailable(text: str) -> ApiFailure:
    return ApiFailure(503, "ServiceUnavailable", text)
