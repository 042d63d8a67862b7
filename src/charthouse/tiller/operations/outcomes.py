"""How operations ended, for clients that were not there: one small Lease each in Tiller's namespace, for a while.

Leases, since Tiller has the right to those anyway: the right to list Secrets would show it all those of its namespace.
The result itself is not kept: a release is read from its records again, as the caller who asks.
"""

from __future__ import annotations

import json

from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.records import Record
from charthouse.releases.lock import LEASE
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations.ledger import MANAGED_BY, MANAGER
from charthouse.tiller.operations.work import Work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.k8s.ports import KubeClient
    from charthouse.tiller.operations.seal import Seal

__all__ = ["KEPT", "KEPT_SECONDS", "Outcome", "Outcomes"]

KEPT = 500  # outcomes of all replicas
KEPT_SECONDS = 900.0
_OUTCOME = "charthouse.dev/tiller-outcome"
_TEXT = 8192  # characters of an error
_FIELD, _SEAL = "charthouse.dev/outcome", "charthouse.dev/tiller-seal"


class Outcome(Record):
    """work: without options. error: "" when it ended well. revision: the one it made, 0 when it made none."""

    work: Work
    caller: Caller
    revision: int = 0
    error: str = ""
    hint: str = ""

    def to_text(self) -> str:
        """As JSON."""
        work = self.work
        words = {"id": work.id, "verb": work.verb, "namespace": work.namespace, "name": work.name, "api": work.api}
        more = {"revision": self.revision, "error": self.error[:_TEXT], "hint": self.hint[:_TEXT]}
        return json.dumps({**words, **more, "caller": self.caller.to_json()}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Outcome:
        """Back from JSON. Raises ValueError."""
        try:
            value = json.loads(text)
            id, verb, namespace, name, api = (str(value[key]) for key in ("id", "verb", "namespace", "name", "api"))
            work = Work(verb, namespace, name, {}, api, id)
            texts = str(value["error"]), str(value["hint"])
            return cls(work, Caller.from_json(value["caller"]), int(value["revision"]), *texts)
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"this is no outcome: {error!r}") from error


class Outcomes:
    """client: Tiller's own. now: seconds since the epoch."""

    def __init__(self, client: KubeClient, namespace: str, seal: Seal, now: Callable[[], float]) -> None:
        self._client = client
        self._namespace = namespace
        self._seal = seal
        self._now = now

    def keep(self, outcome: Outcome) -> None:
        """Write it down; the first word about an operation stays. Raises ApiError, Unreachable."""
        ref = self._ref(outcome.work.id)
        text = outcome.to_text()
        notes = {_FIELD: text, _SEAL: self._seal.of("outcome", outcome.work.id, text)}
        body = {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.kind,
            "metadata": {
                "name": ref.name,
                "namespace": ref.namespace,
                "labels": {MANAGED_BY: MANAGER, _OUTCOME: "true"},
                "annotations": {"charthouse.dev/ended": f"{self._now():.0f}", **notes},
            },
            "spec": {},
        }
        try:
            self._client.create(ref, body)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise

    def find(self, id: str) -> Outcome | None:
        """How an operation ended; None when it is not known (any more). Raises ApiError."""
        try:
            found = self._client.get(self._ref(id))["metadata"].get("annotations") or {}
            text = str(found[_FIELD])
            if self._seal.holds(str(found[_SEAL]), "outcome", id, text):
                return Outcome.from_text(text)
        except ApiError as error:
            if error.reason not in ("NotFound", "Invalid", "BadRequest"):
                raise
        except (KeyError, ValueError):
            return None  # somebody else's Lease
        return None

    def tidy(self) -> None:
        """Remove what was kept long enough, and the oldest of what is too many. Raises ApiError."""
        found = self._client.list(LEASE, self._namespace, label_selector=_OUTCOME, metadata_only=True)
        dated = sorted((self._ended(item["metadata"]), str(item["metadata"]["name"])) for item in found)
        old = self._now() - KEPT_SECONDS
        surplus = len(dated) - KEPT
        for place, (ended, name) in enumerate(dated):
            if ended >= old and place >= surplus:
                return
            try:
                self._client.delete(ObjectRef(LEASE, self._namespace, name))
            except ApiError as error:
                if error.reason != "NotFound":
                    raise

    def _ref(self, id: str) -> ObjectRef:
        return ObjectRef(LEASE, self._namespace, f"charthouse-tiller-outcome.{id}")

    def _ended(self, metadata: dict[str, object]) -> float:
        notes = metadata.get("annotations")
        try:
            return float(str(notes["charthouse.dev/ended"])) if isinstance(notes, dict) else 0.0
        except (KeyError, ValueError):
            return 0.0
