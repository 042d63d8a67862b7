"""Namespaces, custom resource definitions, ownership, disruption budgets and autoscalers.

Rules: pkg/controller/{namespace,garbagecollector,serviceaccount,disruption} of k8s.io/kubernetes v1.37.2 and
apiextensions-apiserver's establishing and finalizing controllers.
"""

from __future__ import annotations

from charthouse.devcluster.controllers.loop import Controller, same_key
from charthouse.devcluster.controllers.replicas import is_ready, portion
from charthouse.devcluster.custom import CustomVersion
from charthouse.devcluster.failures import ApiFailure
from charthouse.devcluster.objects import Options
from charthouse.devcluster.resources import Kind
from charthouse.devcluster.selection import matches_selector
from charthouse.devcluster.store import copy_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route
    from charthouse.devcluster.store import Change

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["Autoscalers", "Budgets", "Definitions", "Garbage", "Namespaces"]

NAMESPACES, ACCOUNTS, CONFIG = "namespaces", "serviceaccounts", "configmaps"
CRDS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVk\n-----END CERTIFICATE-----\n"
CERTIFICATE_NOTE = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the"
    " internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes"
    " clusters."
)
EVERY_VERB = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]


class Namespaces(Controller):
    """Furnishes namespaces, and empties those that go."""

    def routes(self) -> dict[str, Route]:
        return {NAMESPACES: same_key, "*": self._in_terminating}

    def _in_terminating(self, change: Change) -> Iterable[Key]:
        if change.after is not None or not change.key[0]:
            return []
        found = self.get(NAMESPACES, ("", change.key[0]))
        return [("", change.key[0])] if found and found["metadata"].get("deletionTimestamp") else []

    def reconcile(self, key: Key) -> None:
        namespace = self.get(NAMESPACES, key)
        if namespace is None:
            return
        if namespace["metadata"].get("deletionTimestamp"):
            self._empty(key)
        else:
            self.furnish(key[1])

    def furnish(self, name: str) -> None:
        """The default service account and the root certificate every namespace has."""
        if self.get(ACCOUNTS, (name, "default")) is None:
            body: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
            self.objects.create(self.kind(ACCOUNTS), name, body, Options(self.name))
        if self.get(CONFIG, (name, "kube-root-ca.crt")) is None:
            note = {"kubernetes.io/description": CERTIFICATE_NOTE}
            body = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "kube-root-ca.crt", "annotations": note},
                "data": {"ca.crt": CERTIFICATE},
            }
            self.objects.create(self.kind(CONFIG), name, body, Options(self.name))

    def _empty(self, key: Key) -> None:
        name = key[1]
        left = False
        for kind in list(self.objects.resources.all()):
            if not kind.namespaced or not kind.verbs or "delete" not in kind.verbs:
                continue
            for (_, child), entry in self.store.list(kind.table, name)[0]:
                if not entry.object["metadata"].get("deletionTimestamp"):
                    asked = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
                    self.objects.delete(kind, name, child, asked, Options(self.name))
                left = left or self.store.get(kind.table, (name, child)) is not None
        if left:
            return
        with self.store.lock:
            found = self.get(NAMESPACES, key)
            if found is None:
                return
            if found["metadata"].get("finalizers"):
                if found["spec"].get("finalizers"):
                    self.store.put(NAMESPACES, key, {**found, "metadata": dict(found["metadata"]), "spec": {}})
                return
            self.store.delete(NAMESPACES, key)


class Definitions(Controller):
    """Serves what custom resource definitions define."""

    def routes(self) -> dict[str, Route]:
        return {CRDS: same_key}

    def reconcile(self, key: Key) -> None:
        definition = self.get(CRDS, key)
        if definition is None:
            self.objects.resources.set_custom(key[1], [])
        elif definition["metadata"].get("deletionTimestamp"):
            self._end(definition, key)
        else:
            self.serve(definition)

    def serve(self, definition: Object) -> None:
        """Register the kinds and say so in the status."""
        name = definition["metadata"]["name"]
        self.objects.resources.set_custom(name, custom_kinds(definition))
        now = self.clock.now()
        before = {c["type"]: c for c in (definition.get("status") or {}).get("conditions") or ()}
        conditions = [
            before.get(kind)
            or {"type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": text}
            for kind, reason, text in (
                ("NamesAccepted", "NoConflicts", "no conflicts found"),
                ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            )
        ]
        stored = list((definition.get("status") or {}).get("storedVersions") or ())
        current = next((v["name"] for v in definition["spec"]["versions"] if v.get("storage")), "")
        if current not in stored:
            stored.append(current)
        if CLEANUP not in (definition["metadata"].get("finalizers") or ()):

            def guard(obj: Object) -> None:
                obj["metadata"]["finalizers"] = [*(obj["metadata"].get("finalizers") or ()), CLEANUP]

            self.objects.write(self.kind(CRDS), "", name, guard, manager=self.name)
        status = {
            "conditions": conditions,
            "acceptedNames": copy_json(definition["spec"]["names"]),
            "storedVersions": stored,
        }
        self.status(CRDS, ("", name), status)

    def _end(self, definition: Object, key: Key) -> None:
        for kind in custom_kinds(definition)[:1]:
            for (namespace, name), _ in self.store.list(kind.table)[0]:
                self.objects.delete(kind, namespace, name, {}, Options(self.name))
            if self.store.list(kind.table)[0]:
                self.after(0.2, key)
                return

        def change(obj: Object) -> None:
            left = [f for f in obj["metadata"].get("finalizers") or () if f != CLEANUP]
            obj["metadata"]["finalizers"] = left
            if not left:
                obj["metadata"].pop("finalizers")

        self.objects.write(self.kind(CRDS), *key, change, manager=self.name)


def custom_kinds(definition: Object) -> list[Kind]:
    """The kinds a CRD serves."""
    spec, name = definition["spec"], definition["metadata"]["name"]
    names = spec["names"]
    storage = next((v["name"] for v in spec["versions"] if v.get("storage")), "")
    out = []
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        custom = CustomVersion(name, version, storage=storage)
        subresources: list[Object] = []
        if "status" in custom.subresources:
            subresources.append({"subresource": "status", "verbs": ["get", "patch", "update"]})
        if "scale" in custom.subresources:
            scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
            subresources.append({"subresource": "scale", "responseKind": scale, "verbs": ["get", "patch", "update"]})
        entry: Object = {
            "resource": names["plural"],
            "responseKind": {"kind": names["kind"]},
            "scope": spec["scope"],
            "singularResource": names.get("singular", names["kind"].lower()),
            "verbs": EVERY_VERB,
            "shortNames": names.get("shortNames"),
            "categories": names.get("categories"),
            "subresources": subresources,
        }
        out.append(Kind(spec["group"], version["name"], entry, custom))
    return out


class Garbage(Controller):
    """Follows owner references: deletes what lost its owner, and handles foreground and orphan deletion."""

    def routes(self) -> dict[str, Route]:
        return {"*": self._concerns}

    def _concerns(self, change: Change) -> Iterable[Key]:
        """Keys are (table, namespace/name)."""
        entry = change.after or change.before
        assert entry is not None
        meta = entry.object["metadata"]
        out: list[Key] = []
        if change.after is None:
            for table, namespace, name in self.loop.dependents.all(meta["uid"]):
                out.append((table, f"{namespace}/{name}"))
            for owner in meta.get("ownerReferences") or ():
                if owner.get("blockOwnerDeletion"):
                    out += self._owner(owner, change.key[0])
        elif meta.get("deletionTimestamp"):
            if {"foregroundDeletion", "orphan"} & set(meta.get("finalizers") or ()):
                out.append((change.table, "/".join(change.key)))
        elif change.before is None and meta.get("ownerReferences"):
            out.append((change.table, "/".join(change.key)))
        return out

    def _owner(self, owner: Object, namespace: str) -> list[Key]:
        kind = self.objects.resources.of_kind(owner["apiVersion"], owner["kind"])
        if kind is None:
            return []
        return [(kind.table, f"{namespace if kind.namespaced else ''}/{owner['name']}")]

    def reconcile(self, key: Key) -> None:
        table, path = key
        namespace, _, name = path.partition("/")
        obj = self.get(table, (namespace, name))
        if obj is None:
            return
        finalizers = obj["metadata"].get("finalizers") or ()
        if obj["metadata"].get("deletionTimestamp"):
            if "orphan" in finalizers:
                self._orphan(obj)
                self._drop(table, (namespace, name), "orphan")
            elif "foregroundDeletion" in finalizers:
                self._foreground(obj, table, (namespace, name))
            return
        owners = obj["metadata"].get("ownerReferences")
        if owners and not any(self._exists(o, namespace) for o in owners):
            asked = {"propagationPolicy": "Background", "preconditions": {"uid": obj["metadata"]["uid"]}}
            self.objects.delete(self._kind(table), namespace, name, asked, Options(self.name))

    def _kind(self, table: str) -> Kind:
        return next(k for k in self.objects.resources.all() if k.table == table and "delete" in k.verbs)

    def _exists(self, owner: Object, namespace: str) -> bool:
        kind = self.objects.resources.of_kind(owner["apiVersion"], owner["kind"])
        if kind is None:
            return True  # unknown kinds are left alone
        found = self.get(kind.table, (namespace if kind.namespaced else "", owner["name"]))
        return found is not None and found["metadata"]["uid"] == owner["uid"]

    def _orphan(self, obj: Object) -> None:
        uid = obj["metadata"]["uid"]

        def change(dependent: Object) -> None:
            left = [o for o in dependent["metadata"].get("ownerReferences") or () if o["uid"] != uid]
            dependent["metadata"]["ownerReferences"] = left
            if not left:
                dependent["metadata"].pop("ownerReferences")

        for table, namespace, name in self.loop.dependents.all(uid):
            self.objects.write(self._kind(table), namespace, name, change, manager=self.name)

    def _foreground(self, obj: Object, table: str, key: Key) -> None:
        blocking = False
        for other, namespace, name in self.loop.dependents.all(obj["metadata"]["uid"]):
            dependent = self.get(other, (namespace, name))
            if dependent is None:
                continue
            if not dependent["metadata"].get("deletionTimestamp"):
                asked = {"propagationPolicy": "Foreground"}
                self.objects.delete(self._kind(other), namespace, name, asked, Options(self.name))
            if self.get(other, (namespace, name)) is not None:
                blocking = True
        if not blocking:
            self._drop(table, key, "foregroundDeletion")

    def _drop(self, table: str, key: Key, finalizer: str) -> None:
        def change(obj: Object) -> None:
            left = [f for f in obj["metadata"].get("finalizers") or () if f != finalizer]
            obj["metadata"]["finalizers"] = left
            if not left:
                obj["metadata"].pop("finalizers")

        try:
            self.objects.write(self._kind(table), *key, change, manager=self.name)
        except ApiFailure as failure:
            if failure.code != 404:
                raise


class Budgets(Controller):
    """The status of PodDisruptionBudgets."""

    table = "poddisruptionbudgets.policy"

    def routes(self) -> dict[str, Route]:
        return {self.table: same_key, "pods": self._selecting}

    def _selecting(self, change: Change) -> Iterable[Key]:
        return [key for key, _ in self.store.list(self.table, change.key[0])[0]]

    def reconcile(self, key: Key) -> None:
        budget = self.get(self.table, key)
        if budget is None:
            return
        spec = budget["spec"]
        pods = [
            e.object
            for _, e in self.store.list("pods", key[0])[0]
            if matches_selector(spec.get("selector"), e.object["metadata"].get("labels") or {})
        ]
        healthy = sum(map(is_ready, pods))
        if spec.get("maxUnavailable") is not None:
            desired = max(len(pods) - portion(spec["maxUnavailable"], len(pods), up=True), 0)
        else:
            desired = portion(spec.get("minAvailable", 1), len(pods), up=True)
        allowed = max(healthy - desired, 0)
        before = {c["type"]: c for c in (budget.get("status") or {}).get("conditions") or ()}.get("DisruptionAllowed")
        reason, state = ("SufficientPods", "True") if allowed else ("InsufficientPods", "False")
        if before is None or before["status"] != state:
            before = {
                "type": "DisruptionAllowed",
                "status": state,
                "reason": reason,
                "message": "",
                "lastTransitionTime": self.clock.now(),
                "observedGeneration": budget["metadata"].get("generation", 1),
            }
        status = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": len(pods),
            "observedGeneration": budget["metadata"].get("generation", 1),
            "conditions": [before],
        }
        self.status(self.table, key, status)


class Autoscalers(Controller):
    """The status of HorizontalPodAutoscalers: there are no metrics, so they only report."""

    table = "horizontalpodautoscalers.autoscaling"

    def routes(self) -> dict[str, Route]:
        return {self.table: same_key}

    def reconcile(self, key: Key) -> None:
        scaler = self.get(self.table, key)
        if scaler is None:
            return
        target = scaler["spec"]["scaleTargetRef"]
        kind = self.objects.resources.of_kind(target.get("apiVersion", "apps/v1"), target["kind"])
        found = self.get(kind.table, (key[0], target["name"])) if kind else None
        replicas = ((found or {}).get("spec") or {}).get("replicas", 0)
        wanted = (
            min(max(replicas, scaler["spec"].get("minReplicas", 1)), scaler["spec"]["maxReplicas"]) if replicas else 0
        )
        if found is not None and kind is not None and wanted != replicas:

            def change(obj: Object) -> None:
                obj["spec"]["replicas"] = wanted

            self.objects.write(kind, key[0], target["name"], change, manager=self.name)
        status: Object = {"currentReplicas": wanted, "desiredReplicas": wanted}
        self.status(self.table, key, {**(scaler.get("status") or {}), **status})
