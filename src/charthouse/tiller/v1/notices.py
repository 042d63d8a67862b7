"""Plans that wait for approval, told to the other replicas: a Lease each in Tiller's namespace.

Whoever approves may come to any replica. So the one at work writes down whose plan waits, under which digest and until
when, and looks there for an answer; the others read that, judge who asks, and answer. All of it is sealed as the
journal is (``operations.seal``): a Lease that somebody else wrote says nothing.
"""

from __future__ import annotations

import json

from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.records import Record
from charthouse.releases.lock import LEASE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.k8s.ports import KubeClient
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.operations import Operation
    from charthouse.tiller.operations.seal import Seal

__all__ = ["APPROVE", "CANCEL", "Notice", "Notices", "notice_of"]

APPROVE, CANCEL = "approve", "cancel"
_LABEL = "charthouse.dev/tiller-plan"
_NOTICE = "charthouse.dev/tiller-plan-notice"
_SEAL = "charthouse.dev/tiller-plan-seal"
_ANSWER = "charthouse.dev/tiller-plan-answer"


class Notice(Record):
    """id, verb, namespace, name: the operation; user, uid: whose it is; digest: the plan's; until: seconds since the
    epoch."""

    id: str
    verb: str
    namespace: str
    name: str
    user: str
    uid: str
    digest: str
    until: float

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps({field: getattr(self, field) for field in Notice._fields}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Notice:
        """Back from JSON. Raises ValueError."""
        value = json.loads(text)
        if not isinstance(value, dict) or set(value) != set(cls._fields):
            raise ValueError("this is no notice")
        until = value.pop("until")
        if not isinstance(until, (int, float)):
            raise ValueError("this is no notice: it has no time")
        return cls(until=float(until), **{field: str(entry) for field, entry in value.items()})


def notice_of(operation: Operation, digest: str, until: float) -> Notice:
    """What is told of an operation that waits."""
    work, caller = operation.work, operation.caller
    return Notice(operation.id, work.verb, work.namespace, work.name, caller.user, caller.uid, digest, until)


class Notices:
    """client: Tiller's own. now: seconds since the epoch. Every method may raise ApiError, Unreachable."""

    def __init__(self, client: KubeClient, namespace: str, seal: Seal, now: Callable[[], float]) -> None:
        self._client = client
        self._namespace = namespace
        self._seal = seal
        self._now = now

    def publish(self, notice: Notice) -> None:
        """Tell the others that a plan waits."""
        ref, text = self._ref(notice.id), notice.to_text()
        metadata = {
            "name": ref.name,
            "namespace": ref.namespace,
            "labels": {"app.kubernetes.io/managed-by": "charthouse-tiller", _LABEL: "true"},
            "annotations": {_NOTICE: text, _SEAL: self._seal.of("plan", notice.id, text)},
        }
        self._client.create(
            ref, {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": metadata, "spec": {}}
        )

    def find(self, caller: Caller, id: str) -> Notice | None:
        """The notice of an operation that is the caller's; None when there is none."""
        lease = self._get(id)
        notice = None if lease is None else self._read(lease)
        return notice if notice is not None and _is_of(notice, caller) else None

    def all(self, caller: Caller) -> list[Notice]:
        """The caller's."""
        found = [self._read(lease) for lease in self._client.list(LEASE, self._namespace, label_selector=_LABEL)]
        return [notice for notice in found if notice is not None and _is_of(notice, caller)]

    def answer(self, notice: Notice, word: str) -> None:
        """APPROVE or CANCEL, for the replica at work."""
        note = {_ANSWER: self._answer(notice.id, word, notice.digest)}
        self._client.patch(
            self._ref(notice.id), {"metadata": {"annotations": note}}, type="application/merge-patch+json"
        )

    def answered(self, notice: Notice) -> str:
        """The word another replica has written down; "" for none yet."""
        lease = self._get(notice.id)
        given = "" if lease is None else str((lease["metadata"].get("annotations") or {}).get(_ANSWER, ""))
        for word in (APPROVE, CANCEL):
            if given and given == self._answer(notice.id, word, notice.digest):
                return word
        return ""

    def remove(self, id: str) -> None:
        """It waits no more."""
        try:
            self._client.delete(self._ref(id))
        except ApiError as error:
            if error.reason != "NotFound":
                raise

    def _get(self, id: str) -> dict[str, Any] | None:
        try:
            return self._client.get(self._ref(id))
        except ApiError as error:
            if error.reason in ("NotFound", "Invalid", "BadRequest"):
                return None
            raise

    def _read(self, lease: dict[str, Any]) -> Notice | None:
        """The notice in a Lease, when it is Tiller's word and its time is not over."""
        metadata = lease.get("metadata") or {}
        notes = metadata.get("annotations") or {}
        text = str(notes.get(_NOTICE, ""))
        try:
            notice = Notice.from_text(text)
        except (ValueError, RecursionError):
            return None
        mine = metadata.get("name") == self._ref(notice.id).name
        if not mine or not self._seal.holds(str(notes.get(_SEAL, "")), "plan", notice.id, text):
            return None
        return notice if notice.until > self._now() else None

    def _answer(self, id: str, word: str, digest: str) -> str:
        return self._seal.of("plan answer", id, word, digest)

    def _ref(self, id: str) -> ObjectRef:
        return ObjectRef(LEASE, self._namespace, f"charthouse-tiller-plan.{id}")


def _is_of(notice: Notice, caller: Caller) -> bool:
    return (notice.user, notice.uid) == (caller.user, caller.uid)
