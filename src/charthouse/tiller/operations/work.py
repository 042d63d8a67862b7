"""What an operation is to do, and what it tells while it does it."""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

__all__ = ["DROPPED", "ENDS", "FAILED", "HINT", "LOG", "OUTPUT", "PLAN", "PROGRESS", "RESULT", "Event", "Work"]

PLAN, PROGRESS, LOG, HINT, OUTPUT = "plan", "progress", "log", "hint", "output"
RESULT, FAILED = "result", "failed"
DROPPED = "dropped"
ENDS = (RESULT, FAILED)


class Work(Record):
    """verb: install, upgrade, rollback, uninstall, test, plan, diff. options: JSON values only, the fields of the
    verb's Options record (``charthouse.actions.options``) besides name and namespace. api: v1 | hapi. id: the
    operation's; "" lets ``Operations.start`` make one."""

    verb: str
    namespace: str
    name: str
    options: Mapping[str, Any]
    api: str
    id: str = ""


class Event(Record):
    """number: 1, 2, …, without gaps but where events were dropped. time: aware.

    ========  ==========================================================================
    kind      value
    ========  ==========================================================================
    plan      whatever the verb's service tells of its plan
    progress  ``actions.ports.Progress``
    log       ``logs.LogRecord``
    hint      text
    output    (namespace, pod, container, text) of a hook whose log policy asks for it
    dropped   how many events before the next one are no longer kept (number: the last)
    result    what the operation returned; the last event
    failed    what it raised; the last event
    ========  ==========================================================================
    """

    number: int
    kind: str
    value: Any
    time: datetime
