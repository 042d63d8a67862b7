"""The verbs on objects: create, update, patch, apply, delete, get, list, over the store. No HTTP here.

Rules: apiserver/pkg/endpoints/handlers/{create,update,patch,delete}.go and pkg/registry/generic/registry/store.go
v0.37.2, in their order: decode and default, record field managers, admission, prepare, validate, store. Controllers
use the same verbs as the HTTP side, with their own manager names.
"""

from __future__ import annotations

import uuid

from charthouse.devcluster import decoding, deletion, managed, names, preparation, validation
from charthouse.devcluster.addresses import Addresses
from charthouse.devcluster.bodies import checked_config, conform_patched, must_name_version, place, without_times
from charthouse.devcluster.defaults import fill_defaults
from charthouse.devcluster.failures import (
    Cause,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
)
from charthouse.devcluster.store import Change, Store, copy_json
from charthouse.devcluster.versions import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.devcluster.clock import Clock
    from charthouse.devcluster.resources import Kind, Resources

    Object = dict[str, Any]

__all__ = ["Objects", "Options"]

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"
SERVER_META = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")
SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public")


class Options:
    """What a request asks beside its body. warnings: texts for Warning headers, filled in on the way.

    check: called with (kind, namespace, new, old or None) before anything is stored; raises ApiFailure to refuse.
    """

    __slots__ = ("check", "dry_run", "field_validation", "force", "manager", "warnings")

    def __init__(
        self, manager: str = "unknown", *, dry_run: bool = False, field_validation: str = "Warn", force: bool = False
    ) -> None:
        self.manager = manager[:128]
        self.dry_run = dry_run
        self.field_validation = field_validation
        self.force = force
        self.warnings: list[str] = []
        self.check: Callable[[Kind, str, Object, Object | None], None] | None = None


class Objects:
    """The verbs. Every object returned is shared: copy before changing it. Every method may raise ApiFailure."""

    def __init__(self, store: Store, resources: Resources, clock: Clock) -> None:
        self.store = store
        self.resources = resources
        self.clock = clock
        self.addresses = Addresses()
        store.listeners.append(self._follow)

    def _follow(self, change: Change) -> None:
        if change.table == "services":
            self.addresses.follow(
                change.before.object if change.before else None, change.after.object if change.after else None
            )

    # reading ---------------------------------------------------------------------------------------------------------

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        entry = self.store.get(kind.table, (namespace, name))
        if entry is None:
            raise not_found(kind.group, kind.plural, name)
        return convert(entry.object, kind.api_version)

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        entry = self.store.get(kind.table, (namespace, name))
        return None if entry is None else convert(entry.object, kind.api_version)

    # creating --------------------------------------------------------------------------------------------------------

    def create(self, kind: Kind, namespace: str, body: Object, options: Options) -> Object:
        obj = decoding.conform(body, kind, options.field_validation, options.warnings)
        return self._create(kind, namespace, obj, options, entries=None)

    def _create(
        self, kind: Kind, namespace: str, obj: Object, options: Options, *, entries: list[Object] | None
    ) -> Object:
        meta = obj["metadata"] = dict(obj["metadata"])
        place(kind, namespace, meta)
        if meta.get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        self._default(kind, obj)
        if entries is None:
            entries = managed.record_update(self._field_manager(kind, options, ""), None, obj)
        for field in SERVER_META:
            meta = obj["metadata"]
            meta.pop(field, None)
        meta["uid"] = str(uuid.uuid4())
        meta["creationTimestamp"] = self.clock.now()
        if entries:
            meta["managedFields"] = entries
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"][:58] + preparation.random_suffix()
        with self.store.lock:
            self._admit(kind, namespace, obj)
            if options.check is not None:
                options.check(kind, namespace, obj, None)
            preparation.prepare_create(kind, obj, decoding.zero_of(kind))
            causes = self._check(kind, obj) + self._assign(kind, obj, None)
            if causes:
                raise invalid(kind.group, kind.kind, meta.get("name", ""), causes)
            key = (namespace, meta["name"])
            if self.store.get(kind.table, key) is not None:
                raise already_exists(kind.group, kind.plural, meta["name"])
            options.warnings += validation.warnings_for(kind, obj)
            return obj if options.dry_run else self.store.put(kind.table, key, obj).object

    def _default(self, kind: Kind, obj: Object) -> None:
        if kind.custom is not None:
            filled = kind.custom.default(obj)
            obj.clear()
            obj.update(filled)
        else:
            fill_defaults(obj)

    def _field_manager(self, kind: Kind, options: Options, subresource: str) -> managed.FieldManager:
        if subresource == "status":
            ignored: tuple[str, ...] = ("spec",)
        elif not subresource and preparation.has_status(kind):
            ignored = ("status",)
        else:
            ignored = ()
        return managed.FieldManager(
            decoding.shape_of(kind), decoding.zero_of(kind), kind.api_version, options.manager, subresource,
            self.clock.now(), ignored,
        )  # fmt: skip

    def _admit(self, kind: Kind, namespace: str, obj: Object) -> None:
        """Namespace lifecycle: nothing is created in a namespace that is missing or going away."""
        if not kind.namespaced:
            return
        entry = self.store.get("namespaces", ("", namespace))
        if entry is None:
            raise not_found("", "namespaces", namespace)
        if entry.object["metadata"].get("deletionTimestamp"):
            text = f"unable to create new content in namespace {namespace} because it is being terminated"
            failure = forbidden(kind.group, kind.plural, obj["metadata"].get("name", ""), text)
            cause = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
            cause["message"] = f"namespace {namespace} is being terminated"
            failure.details = {**(failure.details or {}), "causes": [cause]}
            raise failure
        if (kind.group, kind.kind) == ("", "Pod"):
            self._admit_pod(namespace, obj)

    def _admit_pod(self, namespace: str, obj: Object) -> None:
        spec = obj["spec"]
        account = spec.get("serviceAccountName") or "default"
        if self.store.get("serviceaccounts", (namespace, account)) is None and account != "default":
            name = obj["metadata"].get("name", "")
            text = f'error looking up service account {namespace}/{account}: serviceaccount "{account}" not found'
            raise forbidden("", "pods", name, text)
        wanted = spec.get("priorityClassName")
        if wanted and spec.get("priority") is None:
            entry = self.store.get("priorityclasses.scheduling.k8s.io", ("", wanted))
            if entry is None:
                name = obj["metadata"].get("name", "")
                raise forbidden("", "pods", name, f"no PriorityClass with name {wanted} was found")
            spec["priority"] = entry.object.get("value", 0)

    def _check(self, kind: Kind, obj: Object) -> list[Cause]:
        causes = names.check_meta(obj, kind.kind)
        if kind.custom is not None:
            return causes + kind.custom.check(obj)
        return causes + validation.check(kind, obj)

    def _assign(self, kind: Kind, obj: Object, old: Object | None) -> list[Cause]:
        return self.addresses.assign(obj, old) if (kind.group, kind.kind) == ("", "Service") else []

    def questioned(self, kind: Kind, namespace: str, body: Object, options: Options) -> Object:
        """A review as it is answered: conformed, with who asked in its metadata. It is not kept."""
        obj = decoding.conform(body, kind, options.field_validation, options.warnings)
        meta = obj["metadata"] = dict(obj.get("metadata") or {})
        place(kind, namespace, meta)
        entries = managed.record_update(self._field_manager(kind, options, ""), None, obj)
        if entries:
            meta["managedFields"] = entries
        meta["creationTimestamp"] = self.clock.now()
        return obj

    # updating --------------------------------------------------------------------------------------------------------

    def update(
        self, kind: Kind, namespace: str, name: str, body: Object, options: Options, *, subresource: str = ""
    ) -> Object:
        obj = decoding.conform(body, kind, options.field_validation, options.warnings)
        self._default(kind, obj)
        given = obj["metadata"].get("name", "")
        if given != name:
            if not given:
                raise bad_request("name must be provided")
            raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")
        if kind.namespaced and obj["metadata"].get("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        with self.store.lock:
            old = self.get(kind, namespace, name)
            return self._replace(kind, old, obj, options, subresource=subresource, entries=None, put=True)

    def _replace(
        self, kind: Kind, old: Object, new: Object, options: Options, *, subresource: str,
        entries: list[Object] | None, put: bool = False,
    ) -> Object:  # fmt: skip
        """Store `new` over `old` (the lock is held). entries: managedFields already made (by apply); put: a PUT."""
        name, namespace = old["metadata"]["name"], old["metadata"].get("namespace", "")
        meta = new["metadata"] = dict(new["metadata"])
        version = meta.get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            raise conflict(kind.group, kind.plural, name, MODIFIED)
        if not version and put and must_name_version(kind):
            text = "Invalid value: 0: must be specified for an update"
            cause = Cause("FieldValueInvalid", "metadata.resourceVersion", text)
            raise invalid(kind.group, kind.plural, name, [cause])
        if meta.get("uid") and meta["uid"] != old["metadata"]["uid"]:
            text = (
                f"StorageError: invalid object, Code: 4, Key: /registry/{kind.plural}/{namespace}/{name}, "
                f"ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {meta['uid']}, "
                f"UID in object meta: {old['metadata']['uid']}"
            )
            raise conflict(kind.group, kind.plural, name, text)
        if options.check is not None:
            options.check(kind, namespace, new, old)
        if entries is None:
            entries = self._record(kind, old, new, options, subresource)
        self._keep_server_meta(old, meta)
        if subresource == "status":
            new = self._status_only(kind, old, new)
        else:
            preparation.prepare_update(kind, old, new)
        new["metadata"].pop("managedFields", None)
        if entries:
            new["metadata"]["managedFields"] = entries
        causes = self._check(kind, new) + validation.check_update(kind, old, new, subresource)
        causes += self._assign(kind, new, old) if subresource == "" else []
        if causes:
            raise invalid(kind.group, kind.kind, name, causes)
        changed = new["metadata"].get("generation") != old["metadata"].get("generation")
        if changed and not subresource and kind.kind != "Ingress":
            options.warnings += validation.warnings_for(kind, new)
        return self._commit(kind, old, new, options)

    def _record(self, kind: Kind, old: Object, new: Object, options: Options, subresource: str) -> list[Object]:
        given = new["metadata"].get("managedFields")
        live = old
        if given and given != old["metadata"].get("managedFields"):
            reset = given == [{}] or (len(given) == 1 and not any(given[0].values()))
            live = {**old, "metadata": {**old["metadata"], "managedFields": [] if reset else given}}
        return managed.record_update(self._field_manager(kind, options, subresource), live, new)

    @staticmethod
    def _keep_server_meta(old: Object, meta: Object) -> None:
        for field in SERVER_META:
            if field in old["metadata"]:
                meta[field] = old["metadata"][field]
            else:
                meta.pop(field, None)
        for field in ("name", "namespace", "generateName"):
            if old["metadata"].get(field):
                meta[field] = old["metadata"][field]
        meta["resourceVersion"] = old["metadata"]["resourceVersion"]

    @staticmethod
    def _status_only(kind: Kind, old: Object, new: Object) -> Object:
        kept = {**old, "metadata": dict(old["metadata"])}
        if "status" in new:
            kept["status"] = new["status"]
        else:
            kept.pop("status", None)
        return kept

    def _commit(self, kind: Kind, old: Object, new: Object, options: Options) -> Object:
        if without_times(new) == without_times(old):
            return old
        if options.dry_run:
            return new
        key = (old["metadata"].get("namespace", ""), old["metadata"]["name"])
        meta = new["metadata"]
        if meta.get("deletionTimestamp") and not meta.get("finalizers") and self._may_go(kind, new):
            gone = self.store.put(kind.table, key, new).object
            self.store.delete(kind.table, key)
            return gone
        return self.store.put(kind.table, key, new).object

    @staticmethod
    def _may_go(kind: Kind, obj: Object) -> bool:
        if kind.table == "namespaces":
            return not (obj.get("spec") or {}).get("finalizers")
        return not obj["metadata"].get("deletionGracePeriodSeconds")

    def write(
        self, kind: Kind, namespace: str, name: str, change: Callable[[Object], None], *, manager: str,
        subresource: str = "",
    ) -> Object | None:  # fmt: skip
        """For controllers: change a copy of the newest version and store it; None when the object is gone."""
        with self.store.lock:
            old = self.find(kind, namespace, name)
            if old is None:
                return None
            new = copy_json(old)
            change(new)
            if new == old:
                return old
            options = Options(manager)
            return self._replace(kind, old, new, options, subresource=subresource, entries=None)

    # patching --------------------------------------------------------------------------------------------------------

    def patch(
        self, kind: Kind, namespace: str, name: str, change: Callable[[Object], Object], options: Options, *,
        subresource: str = "",
    ) -> Object:  # fmt: skip
        """`change` makes the patched object of the live one (it gets a copy)."""
        with self.store.lock:
            old = self.get(kind, namespace, name)
            body = change(copy_json(old))
            obj = conform_patched(body, kind, options)
            self._default(kind, obj)
            if obj["metadata"].get("name", name) != name:
                raise bad_request(
                    f"the name of the object ({obj['metadata']['name']}) does not match the name on the URL ({name})"
                )
            return self._replace(kind, old, obj, options, subresource=subresource, entries=None)

    def apply(
        self, kind: Kind, namespace: str, name: str, config: Object, options: Options, *, subresource: str = ""
    ) -> tuple[Object, bool]:
        """Server-side apply; (object, whether it was created)."""
        config = checked_config(kind, namespace, name, config)
        by = self._field_manager(kind, options, subresource)
        with self.store.lock:
            old = self.find(kind, namespace, name)
            if old is None and subresource:
                raise not_found(kind.group, kind.plural, name)
            new, entries = managed.apply_config(by, old, copy_json(config), force=options.force)
            obj = decoding.conform(new, kind, options.field_validation, options.warnings)
            if old is None:
                return self._create(kind, namespace, obj, options, entries=entries), True
            self._default(kind, obj)
            return self._replace(kind, old, obj, options, subresource=subresource, entries=entries), False

    # deleting --------------------------------------------------------------------------------------------------------

    def delete(self, kind: Kind, namespace: str, name: str, asked: Object, options: Options) -> tuple[Object, bool]:
        """Delete; asked: DeleteOptions. (last version, whether it is gone)."""
        with self.store.lock:
            old = self.get(kind, namespace, name)
            if kind.table == "namespaces" and name in SYSTEM_NAMESPACES:
                raise forbidden("", "namespaces", name, "this namespace may not be deleted")
            deletion.check_preconditions(kind, old, asked.get("preconditions") or {})
            meta = dict(old["metadata"])
            finalizers = deletion.deletion_finalizers(kind, meta, asked, options)
            grace = deletion.grace_period(kind, old, asked)
            stays = bool(finalizers) or grace > 0 or kind.table == "namespaces"
            key = (meta.get("namespace", ""), name)
            if not stays:
                if options.dry_run:
                    return old, True
                gone = self.store.delete(kind.table, key)
                return (gone.object if gone else old), True
            already = meta.get("deletionTimestamp")
            meta["finalizers"] = finalizers
            if not finalizers:
                meta.pop("finalizers")
            if not already:
                meta["deletionTimestamp"] = self.clock.now()
                if kind.table != "namespaces":
                    meta["deletionGracePeriodSeconds"] = grace
                if meta.get("generation"):
                    meta["generation"] += 1
            new = {**old, "metadata": meta}
            if kind.table == "namespaces":
                new["status"] = {**(old.get("status") or {}), "phase": "Terminating"}
            if options.dry_run or new == old:
                return new, False
            return self.store.put(kind.table, key, new).object, False

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """For controllers: take an object away, whatever its finalizers."""
        self.store.delete(kind.table, (namespace, name))
