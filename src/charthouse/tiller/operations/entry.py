"""What the Lease of an operation says: whose work it is, how far it is, which replica does it.

One sealed JSON object in an annotation. States:

=========  ================================================================================================
working    the replica it names is at work
given      that replica gave it away, to be gone on with by another at once (it is shutting down)
unsettled  the operation has ended, but what it left pending could not be marked failed
left       nobody goes on with it by itself; the next operation on the release puts its records right
=========  ================================================================================================
"""

from __future__ import annotations

import json

from charthouse.records import Record
from charthouse.releases.holder import Holder
from charthouse.releases.journal import Journal
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations.work import Work

__all__ = ["GIVEN", "LEFT", "UNSETTLED", "WORKING", "Entry"]

WORKING, GIVEN, UNSETTLED, LEFT = "working", "given", "unsettled", "left"
_STATES = (WORKING, GIVEN, UNSETTLED, LEFT)
_VERBS = ("install", "upgrade", "rollback", "uninstall")


class Entry(Record):
    """work: without its options (the journal has them). holder: the replica. taken: how often it was taken over.

    begun: RFC 3339, when the operation began. settling: there is nothing to go on with, whoever takes it over: what it
    left pending is to be marked failed.
    """

    work: Work
    caller: Caller
    journal: Journal
    holder: Holder
    state: str = WORKING
    taken: int = 0
    begun: str = ""
    settling: bool = False

    def to_text(self) -> str:
        """As JSON, for an annotation."""
        work = self.work
        value = {
            "id": work.id,
            "verb": work.verb,
            "namespace": work.namespace,
            "name": work.name,
            "api": work.api,
            "caller": self.caller.to_json(),
            "journal": self.journal.to_text(),
            "holder": self.holder.to_text(),
            "state": self.state,
            "taken": self.taken,
            "begun": self.begun,
            "settling": self.settling,
        }
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Entry:
        """Back from JSON. Raises ValueError when it is none of ours."""
        try:
            value = json.loads(text)
            words = {key: value[key] for key in ("id", "verb", "namespace", "name", "api", "state", "begun")}
            if not all(isinstance(word, str) for word in words.values()):
                raise ValueError("a word is no string")
            journal, holder = Journal.from_text(value["journal"]), Holder.from_text(value["holder"])
            if journal is None or journal.verb not in _VERBS or holder is None or words["state"] not in _STATES:
                raise ValueError("it has no journal, no holder or no state that there is")
            work = Work(words["verb"], words["namespace"], words["name"], {}, words["api"], words["id"])
            caller = Caller.from_json(value["caller"])
            settling = value.get("settling", False) is not False
            return cls(work, caller, journal, holder, words["state"], int(value["taken"]), words["begun"], settling)
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"this is no entry: {error!r}") from error
