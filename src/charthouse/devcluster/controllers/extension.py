"""What extends the API: APIServices watched over, ClusterRoles gathered from others, certificates signed.

Rules: kube-aggregator/pkg/controllers/status/remote v0.37.2, pkg/controller/clusterroleaggregation of
k8s.io/kubernetes v1.37.2 (roles in name order, each rule once)."""

from __future__ import annotations

import threading

from charthouse.devcluster.aggregation import SERVICES, Aggregation
from charthouse.devcluster.controllers.loop import Controller, same_key
from charthouse.devcluster.selection import matches_selector
from charthouse.devcluster.signing import REQUESTS, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.controllers.loop import Loop, Route
    from charthouse.devcluster.objects import Objects
    from charthouse.devcluster.pki import Pki
    from charthouse.devcluster.store import Change

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["AggregatedRoles", "ApiServices", "Signer"]

ROLES = "clusterroles.rbac.authorization.k8s.io"
LOOK_AGAIN, LOOK_SOON = 10.0, 0.5  # seconds between looks at a process that answers, and at one that does not


class ApiServices(Controller):
    """Keeps the condition Available. The process is asked in a thread of its own: it may be slow."""

    name = "kube-apiserver"

    def __init__(self, objects: Objects, loop: Loop, aggregation: Aggregation) -> None:
        super().__init__(objects, loop)
        self.aggregation = aggregation
        self.asking: set[Key] = set()

    def routes(self) -> dict[str, Route]:
        return {SERVICES: self._changed}

    @staticmethod
    def _changed(change: Change) -> Iterable[Key]:
        """Not our own writes of the status."""
        before, after = change.before, change.after
        if before and after and before.object["spec"] == after.object["spec"]:
            return ()
        return (change.key,)

    def reconcile(self, key: Key) -> None:
        service = self.get(SERVICES, key)
        if service is None:
            self.aggregation.forget(key[1])
            return
        if not service["spec"].get("service"):
            self._tell(key, "Local", "Local APIServices are always available")
            return
        if key not in self.asking:
            self.asking.add(key)
            threading.Thread(target=self._ask, args=(key, service), name="devcluster-probe", daemon=True).start()
        passed = any(c.get("reason") == "Passed" for c in (service.get("status") or {}).get("conditions") or ())
        self.loop.later(LOOK_AGAIN if passed else LOOK_SOON, self, key)

    def _ask(self, key: Key, service: Object) -> None:
        try:
            self._tell(key, *self.aggregation.probe(service))
        finally:
            self.asking.discard(key)

    def _tell(self, key: Key, reason: str, message: str) -> None:
        good = "True" if reason in ("Passed", "Local") else "False"

        def change(obj: Object) -> None:
            conditions = (obj.get("status") or {}).get("conditions") or []
            before: Object = next((c for c in conditions if c["type"] == "Available"), {})
            now = before.get("lastTransitionTime") if before.get("status") == good else self.clock.now()
            condition = {"type": "Available", "status": good, "lastTransitionTime": now, "reason": reason,
                         "message": message}  # fmt: skip
            obj["status"] = {"conditions": [condition]}

        self.objects.write(self.kind(SERVICES), *key, change, manager=self.name, subresource="status")


class AggregatedRoles(Controller):
    """Fills the rules of ClusterRoles that have an aggregationRule."""

    name = "clusterrole-aggregation-controller"

    def routes(self) -> dict[str, Route]:
        return {ROLES: self._concerned}

    def _concerned(self, change: Change) -> Iterable[Key]:
        """Every gathering role, whichever role changed."""
        return [key for key, entry in self.store.list(ROLES)[0] if entry.object.get("aggregationRule")]

    def reconcile(self, key: Key) -> None:
        role = self.get(ROLES, key)
        if role is None or not role.get("aggregationRule"):
            return
        rules: list[Object] = []
        for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
            for other, entry in self.store.list(ROLES)[0]:
                labels = entry.object["metadata"].get("labels") or {}
                if other != key and matches_selector(selector, labels):
                    rules += [rule for rule in entry.object.get("rules") or () if rule not in rules]
        if rules == (role.get("rules") or []):
            return

        def change(obj: Object) -> None:
            obj["rules"] = rules

        self.objects.write(self.kind(ROLES), *key, change, manager=self.name)


class Signer(Controller):
    """Signs approved requests for client certificates."""

    def __init__(self, objects: Objects, loop: Loop, pki: Pki) -> None:
        super().__init__(objects, loop)
        self.pki = pki

    def routes(self) -> dict[str, Route]:
        return {REQUESTS: same_key}

    def reconcile(self, key: Key) -> None:
        request = self.get(REQUESTS, key)
        certificate = signed(request, self.pki) if request is not None else None
        if certificate is None:
            return

        def change(obj: Object) -> None:
            obj["status"] = {**obj["status"], "certificate": certificate}

        self.objects.write(self.kind(REQUESTS), *key, change, manager=self.name, subresource="status")
