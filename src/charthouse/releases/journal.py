"""What an operation was about to do, written down before it does it.

The journal is one JSON object in an annotation of the release's Lease (``releases.lock``), so that taking the lock and
opening the journal are one write, and giving the lock back closes it. It is ours alone: Helm reads neither. Whoever
takes over the lock of a dead process finds the journal there and makes the release whole (``actions.recovery``).
"""

from __future__ import annotations

import json

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["BEGUN", "DELETED", "DELETING", "PURGING", "Journal"]

# Steps. BEGUN: nothing is certain. An uninstall goes on: DELETING: its pre-delete hooks have run; DELETED: its
# objects are deleted; PURGING: its post-delete hooks have run and the records are being removed.
BEGUN, DELETING, DELETED, PURGING = "begun", "deleting", "deleted", "purging"


class Journal(Record):
    """verb: install, upgrade, rollback, uninstall. revision: the one being made (or removed); 0 = not yet known.

    options: what finishing an uninstall needs (JSON values only); started: RFC 3339.
    """

    verb: str
    revision: int
    step: str = BEGUN
    started: str = ""
    options: dict[str, Any] | None = None

    def to_text(self) -> str:
        """As JSON, for an annotation."""
        value = {field: getattr(self, field) for field in Journal._fields}
        return json.dumps(value, separators=(",", ":"))

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
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
