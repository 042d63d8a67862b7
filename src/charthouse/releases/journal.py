"""What an operation was about to do, written down before it does it.

The journal is one JSON object in an annotation of the release's Lease (``releases.lock``), so that taking the lock and
opening the journal are one write, and giving the lock back closes it. It is ours alone: Helm reads neither. Whoever
takes over the lock of a dead process finds the journal there and makes the release whole (``actions.recovery``). A lock
that asks for more (``thorough``: Tiller's) gets a journal that says enough to go on with the verb (``actions.resume``).
"""

from __future__ import annotations

import json

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "BEGUN",
    "DELETED",
    "DELETING",
    "FAILING",
    "NAMESPACE",
    "PURGING",
    "RECORDING",
    "HookNote",
    "Journal",
]

# Steps. BEGUN: nothing is certain. An uninstall goes on: DELETING: its pre-delete hooks have run; DELETED: its
# objects are deleted; PURGING: its post-delete hooks have run and the records are being removed.
BEGUN, DELETING, DELETED, PURGING = "begun", "deleting", "deleted", "purging"
# Of the other verbs, where the lock is thorough. NAMESPACE: an install makes the namespace, which was not there;
# RECORDING: the revision is being recorded and worked on; FAILING: it has failed, and what is asked for then is done.
NAMESPACE, RECORDING, FAILING = "namespace", "recording", "failing"
_ALWAYS = ("verb", "revision", "step", "started", "options")


class HookNote(Record):
    """How far the hooks of one event have come. place: among the event's hooks in the order they run.

    phase: running (about to be created) | succeeded | failed (`text` says how). All before it have succeeded.
    """

    event: str
    place: int
    phase: str
    text: str = ""


class Journal(Record):
    """verb: install, upgrade, rollback, uninstall. revision: the one being made (or removed); 0 = not yet known.

    options: what finishing the verb needs (JSON values only); started: RFC 3339. Where the lock is thorough, so that
    the verb can be gone on with: base: the revision it starts from; recorded: when the record says it was made, RFC
    3339; hook: the last one noted; reason: what the verb failed with; created: (apiVersion, kind, namespace, name) of
    what a failed upgrade had made and wants to clean up.
    """

    verb: str
    revision: int
    step: str = BEGUN
    started: str = ""
    options: dict[str, Any] | None = None
    base: int = 0
    recorded: str = ""
    hook: HookNote | None = None
    reason: str = ""
    created: tuple[tuple[str, str, str, str], ...] = ()

    def to_text(self) -> str:
        """As JSON, for an annotation."""
        value = {field: getattr(self, field) for field in Journal._fields}
        value["hook"] = None if self.hook is None else [getattr(self.hook, field) for field in HookNote._fields]
        kept = {field: found for field, found in value.items() if found or field in _ALWAYS}
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Journal | None:
        """Back from JSON; None when it is not a journal of ours."""
        try:
            value: Any = json.loads(text)
            options = value["options"]
            if options is not None and not isinstance(options, dict):
                return None
            return cls(
                verb=str(value["verb"]),
                revision=int(value["revision"]),
                step=str(value["step"]),
                started=str(value["started"]),
                options=options,
                base=int(value.get("base", 0)),
                recorded=str(value.get("recorded", "")),
                hook=_hook(value.get("hook")),
                reason=str(value.get("reason", "")),
                created=tuple(_names(names) for names in value.get("created", ())),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def _hook(value: Any) -> HookNote | None:
    if value is None:
        return None
    event, place, phase, text = value
    return HookNote(str(event), int(place), str(phase), str(text))


def _names(value: Any) -> tuple[str, str, str, str]:
    version, kind, namespace, name = value
    return str(version), str(kind), str(namespace), str(name)
