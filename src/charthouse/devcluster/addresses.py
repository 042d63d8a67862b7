"""Cluster addresses and node ports of Services, given out as the API server's allocators do.

Rules: pkg/registry/core/service/storage/{alloc,storage}.go of k8s.io/kubernetes v1.37.2, IPv4 only. Range 10.96.0.0/16,
node ports 30000-32767; the address of a deleted Service is given out again only when the range has been walked.
"""

from __future__ import annotations

from charthouse.devcluster.failures import Cause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Object = dict[str, Any]

__all__ = ["Addresses"]

FIRST, LAST = 0x0A600002, 0x0A60FFFE
PORTS = range(30000, 32768)


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


class Addresses:
    """What is in use. Guarded by the store's lock."""

    def __init__(self) -> None:
        self.addresses: set[str] = set()
        self.ports: set[int] = set()
        self.next_address = FIRST
        self.next_port = PORTS.start

    def assign(self, service: Object, old: Object | None) -> list[Cause]:
        """In place: clusterIP(s), families and node ports of a new or changed Service; findings when taken."""
        spec = service["spec"]
        if old is not None:
            self._carry_over(spec, old["spec"])
        if spec.get("type") == "ExternalName":
            return []
        causes: list[Cause] = []
        address = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
        if not address:
            address = self._free_address()
        elif (
            address != "None" and address in self.addresses and (old is None or old["spec"].get("clusterIP") != address)
        ):
            text = f'Invalid value: "{address}": failed to allocate IP {address}: provided IP is already allocated'
            return [Cause("FieldValueInvalid", "spec.clusterIPs", text)]
        spec["clusterIP"] = address
        spec["clusterIPs"] = [address]
        dual = address == "None" and not spec.get("selector")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if dual else ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if dual else "SingleStack")
        if spec.get("type") in ("NodePort", "LoadBalancer") and spec.get("allocateLoadBalancerNodePorts") is not False:
            causes += self._assign_ports(spec, old)
        return causes

    def _carry_over(self, spec: Object, old: Object) -> None:
        if spec.get("type") != "ExternalName" and old.get("type") != "ExternalName":
            for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
                if not spec.get(name) and old.get(name):
                    spec[name] = old[name]
        if spec.get("type") in ("NodePort", "LoadBalancer") and old.get("type") in ("NodePort", "LoadBalancer"):
            known = {(p.get("protocol"), p.get("port")): p.get("nodePort") for p in old.get("ports") or ()}
            for port in spec.get("ports") or ():
                before = known.get((port.get("protocol"), port.get("port")))
                if not port.get("nodePort") and before:
                    port["nodePort"] = before
        elif spec.get("type") == "ClusterIP":
            had = {p.get("nodePort") for p in old.get("ports") or ()}
            for port in spec.get("ports") or ():
                if port.get("nodePort") in had:
                    port.pop("nodePort", None)

    def _assign_ports(self, spec: Object, old: Object | None) -> list[Cause]:
        causes = []
        mine = {p.get("nodePort") for p in (old or {"spec": {}})["spec"].get("ports") or ()}
        for index, port in enumerate(spec.get("ports") or ()):
            wanted = port.get("nodePort")
            if not wanted:
                port["nodePort"] = self._free_port()
            elif wanted in self.ports and wanted not in mine:
                text = f"Invalid value: {wanted}: provided port is already allocated"
                causes.append(Cause("FieldValueInvalid", f"spec.ports[{index}].nodePort", text))
            elif wanted not in PORTS:
                text = (
                    f"Invalid value: {wanted}: provided port is not in the valid range. "
                    f"The range of valid ports is {PORTS.start}-{PORTS.stop - 1}"
                )
                causes.append(Cause("FieldValueInvalid", f"spec.ports[{index}].nodePort", text))
        return causes

    def _free_address(self) -> str:
        for _ in range(LAST - FIRST + 1):
            address = _dotted(self.next_address)
            self.next_address = FIRST if self.next_address == LAST else self.next_address + 1
            if address not in self.addresses:
                return address
        return ""

    def _free_port(self) -> int:
        for _ in PORTS:
            port = self.next_port
            self.next_port = PORTS.start if port == PORTS.stop - 1 else port + 1
            if port not in self.ports:
                return port
        return 0

    def follow(self, before: Object | None, after: Object | None) -> None:
        """Keep count of what a change of a Service took and freed."""
        for obj, taken in ((before, False), (after, True)):
            spec = (obj or {}).get("spec") or {}
            if spec.get("clusterIP") not in (None, "", "None"):
                (self.addresses.add if taken else self.addresses.discard)(spec["clusterIP"])
            for port in spec.get("ports") or ():
                if port.get("nodePort"):
                    (self.ports.add if taken else self.ports.discard)(port["nodePort"])
