"""The Leases of Tiller's namespace: one a release that is worked on, with its sealed entry.

All of it is done as Tiller itself, and nobody else needs a right to them. Nothing renews these Leases: whether a holder
lives is told by its replica's own (``presence``), so that a thousand operations cost one heartbeat.
"""

from __future__ import annotations

from charthouse.golang.moment import from_text
from charthouse.k8s.objects import ObjectRef
from charthouse.logs import WARN, LogRecord
from charthouse.records import Record
from charthouse.releases.errors import CodecError
from charthouse.releases.lock import LEASE
from charthouse.tiller.operations.entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.ports import KubeClient
    from charthouse.logs import Log
    from charthouse.tiller.operations.seal import Seal

__all__ = ["MANAGED_BY", "Ledger", "Page", "lease_name"]

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "charthouse-tiller"
OPERATION = "charthouse.dev/operation"
_ENTRY = "charthouse.dev/tiller-entry"
_SEAL = "charthouse.dev/tiller-seal"
_CANCEL = "charthouse.dev/tiller-cancel"
_FRESH = 300.0  # seconds between the begin an unbound entry tells and its Lease's creation
_UNBOUND = ""  # stands for the uid in the seal of an entry that is written before the API server has chosen one


def lease_name(namespace: str, release: str) -> str:
    """The Lease of a release: a namespace has no dots, so two releases never share one."""
    return f"charthouse-tiller.{namespace}.{release}"


class Page(Record):
    """A Lease with its entry. bound: whether the entry is bound to this very Lease (see ``Ledger.open``)."""

    lease: dict[str, Any]
    entry: Entry
    bound: bool

    @property
    def uid(self) -> str:
        return str((self.lease.get("metadata") or {}).get("uid", ""))

    @property
    def version(self) -> str:
        """The Lease's resourceVersion."""
        return str((self.lease.get("metadata") or {}).get("resourceVersion", ""))


class Ledger:
    """client: Tiller's own; log: told of entries that are refused."""

    def __init__(self, client: KubeClient, namespace: str, seal: Seal, log: Log) -> None:
        self.client = client
        self.namespace = namespace
        self._seal = seal
        self._log = log
        self._refused: dict[str, str] = {}

    def ref(self, entry: Entry) -> ObjectRef:
        """The Lease an entry belongs in."""
        return ObjectRef(LEASE, self.namespace, lease_name(entry.work.namespace, entry.work.name))

    def open(self, entry: Entry) -> Page:
        """A new Lease. Raises ApiError (AlreadyExists), Unreachable.

        Its uid is not known yet, so its seal binds it by name alone: it proves who began what, no more. The first
        ``write`` binds it.
        """
        ref = self.ref(entry)
        lease = {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.kind,
            "metadata": {"name": ref.name, "namespace": ref.namespace, **self._notes(ref, entry, _UNBOUND)},
            "spec": {"holderIdentity": entry.holder.identity},
        }
        return Page(self.client.create(ref, lease), entry, False)

    def write(self, page: Page, entry: Entry) -> Page:
        """Replace the entry of a Lease that nobody has changed meanwhile. Raises ApiError (Conflict, NotFound)."""
        ref = self.ref(entry)
        metadata = dict(page.lease.get("metadata") or {})
        metadata.pop("managedFields", None)
        notes = self._notes(ref, entry, page.uid)
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **notes["annotations"]}
        metadata["labels"] = notes["labels"]
        holder = entry.holder.identity if entry.state == "working" else ""
        lease = {**page.lease, "metadata": metadata, "spec": {**page.lease.get("spec", {}), "holderIdentity": holder}}
        return Page(self.client.replace(ref, lease), entry, True)

    def delete(self, page: Page) -> None:
        """Remove a Lease that nobody has changed meanwhile. Raises ApiError."""
        self.client.delete(self.ref(page.entry), uid=page.uid, resource_version=page.version)

    def get(self, ref: ObjectRef) -> Page | None:
        """A Lease with its entry; None when the entry is refused. Raises ApiError (NotFound)."""
        return self.read(self.client.get(ref))

    def find(self, id: str) -> Page | None:
        """The Lease of an operation that has not ended. Raises ApiError."""
        for lease in self.client.list(LEASE, self.namespace, label_selector=f"{MANAGED_BY}={MANAGER},{OPERATION}={id}"):
            page = self.read(lease)
            if page is not None and page.entry.work.id == id:
                return page
        return None

    def all(self) -> list[Page]:
        """Every Lease whose entry holds; those refused are logged, once each. Raises ApiError."""
        selector = f"{MANAGED_BY}={MANAGER},{OPERATION}"
        found = [self.read(lease) for lease in self.client.list(LEASE, self.namespace, label_selector=selector)]
        return [page for page in found if page is not None]

    def read(self, lease: dict[str, Any]) -> Page | None:
        """The entry of a Lease if it is Tiller's word about this release; otherwise None, and a line of log."""
        metadata = lease.get("metadata") or {}
        notes = metadata.get("annotations") or {}
        name, uid = str(metadata.get("name", "")), str(metadata.get("uid", ""))
        text, seal = str(notes.get(_ENTRY, "")), str(notes.get(_SEAL, ""))
        bound = self._seal.holds(seal, name, uid, text)
        if not bound and not self._seal.holds(seal, name, _UNBOUND, text):
            return self._refuse(metadata, "its seal is not Tiller's")
        try:
            entry = Entry.from_text(text)
            age = from_text(str(metadata.get("creationTimestamp"))) - from_text(entry.begun)
        except (ValueError, CodecError) as error:
            return self._refuse(metadata, str(error))
        if not bound and abs(age.total_seconds()) > _FRESH:
            return self._refuse(metadata, "it was written for an older Lease")
        if name != lease_name(entry.work.namespace, entry.work.name):
            return self._refuse(metadata, "it is about another release")
        return Page(lease, entry, bound)

    def ask_to_cancel(self, page: Page) -> None:
        """Tell the replica at work that the operation is to stop. Raises ApiError."""
        id = page.entry.work.id
        note = {_CANCEL: self._seal.of("cancel", id)}
        body = {"metadata": {"annotations": note}}
        self.client.patch(self.ref(page.entry), body, type="application/merge-patch+json")

    def asked_to_cancel(self, page: Page) -> bool:
        """Whether somebody with a right to did."""
        note = ((page.lease.get("metadata") or {}).get("annotations") or {}).get(_CANCEL, "")
        return bool(note) and self._seal.holds(str(note), "cancel", page.entry.work.id)

    def _notes(self, ref: ObjectRef, entry: Entry, uid: str) -> dict[str, dict[str, str]]:
        text = entry.to_text()
        return {
            "labels": {MANAGED_BY: MANAGER, OPERATION: entry.work.id},
            "annotations": {_ENTRY: text, _SEAL: self._seal.of(ref.name, uid, text)},
        }

    def _refuse(self, metadata: dict[str, Any], why: str) -> Page | None:
        name, version = str(metadata.get("name", "")), str(metadata.get("resourceVersion", ""))
        if self._refused.get(name) != version:
            if len(self._refused) > 1000:
                self._refused.clear()
            self._refused[name] = version
            self._log(LogRecord(WARN, "a journal was refused and is not acted upon", lease=name, reason=why))
        return None
