"""Services: their endpoints, and addresses for load balancers.

Rules: pkg/controller/{endpoint,endpointslice} of k8s.io/kubernetes v1.37.2. A real cluster needs a cloud for
LoadBalancer services; the simulated one is immediate.
"""

from __future__ import annotations

from charthouse.devcluster.controllers.loop import Controller, reference, same_key
from charthouse.devcluster.controllers.replicas import is_ready
from charthouse.devcluster.objects import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route
    from charthouse.devcluster.store import Change

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["Services"]

SERVICES, PODS, SLICES, ENDPOINTS = "services", "pods", "endpointslices.discovery.k8s.io", "endpoints"


class Services(Controller):
    """Keeps Endpoints and one EndpointSlice for each service with a selector."""

    def routes(self) -> dict[str, Route]:
        return {SERVICES: same_key, PODS: self._selecting}

    def _selecting(self, change: Change) -> Iterable[Key]:
        """Services whose selector matches the changed pod, when its address or readiness changed."""
        before, after = ((e.object if e else None) for e in (change.before, change.after))
        if before and after and _serving(before) == _serving(after):
            return []
        labels = ((after or before or {}).get("metadata") or {}).get("labels") or {}
        namespace = change.key[0]
        return [
            key
            for key, entry in self.store.list(SERVICES, namespace)[0]
            if (selector := entry.object["spec"].get("selector"))
            and all(labels.get(k) == v for k, v in selector.items())
        ]

    def reconcile(self, key: Key) -> None:
        service = self.get(SERVICES, key)
        if service is None:
            for table in (ENDPOINTS,):
                if self.get(table, key) is not None:
                    self.objects.remove(self.kind(table), *key)
            return
        spec = service["spec"]
        if spec.get("type") == "LoadBalancer" and not (service.get("status") or {}).get("loadBalancer", {}).get(
            "ingress"
        ):
            last = spec.get("clusterIP", "10.96.0.1").split(".")
            address = {"ip": f"172.18.{last[2]}.{last[3]}", "ipMode": "VIP"}
            self.status(SERVICES, key, {"loadBalancer": {"ingress": [address]}})
        selector = spec.get("selector")
        if not selector or spec.get("type") == "ExternalName":
            return
        pods = [
            entry.object
            for _, entry in self.store.list(PODS, key[0])[0]
            if all((entry.object["metadata"].get("labels") or {}).get(k) == v for k, v in selector.items())
        ]
        rows = [p for p in pods if (p.get("status") or {}).get("podIP") and p["status"].get("phase") == "Running"]
        self._slice(service, key, rows)
        self._endpoints(service, key, rows)

    def _ports(self, service: Object, pods: list[Object]) -> list[Object]:
        out = []
        for port in service["spec"].get("ports") or ():
            number = port.get("targetPort", port["port"])
            if isinstance(number, str):
                number = next(iter(_named_ports(pods, number)), None)
                if number is None:
                    continue
            row = {"port": number, "protocol": port.get("protocol", "TCP"), "name": port.get("name", "")}
            out.append(row)
        return out

    def _slice(self, service: Object, key: Key, pods: list[Object]) -> None:
        endpoints = [
            {
                "addresses": [pod["status"]["podIP"]],
                "conditions": {"ready": is_ready(pod), "serving": is_ready(pod), "terminating": False},
                "targetRef": _target(pod),
                "nodeName": pod["spec"].get("nodeName", ""),
            }
            for pod in pods
        ]
        ports = self._ports(service, pods)
        found = self.loop.dependents.controlled(SLICES, service["metadata"]["uid"])
        if found:

            def change(obj: Object) -> None:
                obj["endpoints"], obj["ports"] = endpoints, ports

            self.objects.write(
                self.kind(SLICES), key[0], found[0].object["metadata"]["name"], change, manager=self.name
            )
            return
        labels = {
            **(service["metadata"].get("labels") or {}),
            "kubernetes.io/service-name": key[1],
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        }
        meta = {"generateName": key[1] + "-", "labels": labels, "ownerReferences": [reference(service)]}
        body = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": meta,
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": ports,
        }
        self.objects.create(self.kind(SLICES), key[0], body, Options(self.name))

    def _endpoints(self, service: Object, key: Key, pods: list[Object]) -> None:
        subset: Object = {}
        ready = [
            {"ip": p["status"]["podIP"], "nodeName": p["spec"].get("nodeName", ""), "targetRef": _target(p)}
            for p in pods
            if is_ready(p)
        ]
        rest = [
            {"ip": p["status"]["podIP"], "nodeName": p["spec"].get("nodeName", ""), "targetRef": _target(p)}
            for p in pods
            if not is_ready(p)
        ]
        if ready:
            subset["addresses"] = ready
        if rest:
            subset["notReadyAddresses"] = rest
        if subset:
            subset["ports"] = [{k: v for k, v in port.items() if v} for port in self._ports(service, pods)]
        subsets = [subset] if subset else []
        if self.get(ENDPOINTS, key) is not None:

            def change(obj: Object) -> None:
                obj["subsets"] = subsets

            self.objects.write(self.kind(ENDPOINTS), *key, change, manager=self.name)
            return
        labels = {
            **(service["metadata"].get("labels") or {}),
            "endpoints.kubernetes.io/managed-by": "endpoint-controller",
        }
        meta = {"name": key[1], "labels": labels}
        body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": subsets}
        self.objects.create(self.kind(ENDPOINTS), key[0], body, Options(self.name))


def _serving(pod: Object) -> tuple[Any, ...]:
    status = pod.get("status") or {}
    return status.get("podIP"), status.get("phase"), is_ready(pod), tuple((pod["metadata"].get("labels") or {}).items())


def _target(pod: Object) -> Object:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _named_ports(pods: list[Object], name: str) -> Iterable[int]:
    for pod in pods:
        for container in pod["spec"].get("containers") or ():
            for port in container.get("ports") or ():
                if port.get("name") == name:
                    yield port["containerPort"]
