"""How far an object is: a kstatus result, and access to fields as kstatus has it.

Rules: fluxcd/cli-utils v1.2.2 ``pkg/kstatus/status`` (status.go, util.go: a field of another type counts as absent).
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = [
    "CURRENT",
    "FAILED",
    "IN_PROGRESS",
    "NOT_FOUND",
    "TERMINATING",
    "UNKNOWN",
    "Result",
    "conditions",
    "current",
    "failed",
    "in_progress",
    "integer",
    "text",
]

CURRENT, FAILED, IN_PROGRESS = "Current", "Failed", "InProgress"
TERMINATING, NOT_FOUND, UNKNOWN = "Terminating", "NotFound", "Unknown"


class Result(Record):
    """status: one of the constants above; message: one line, shown when waiting fails."""

    status: str
    message: str = ""


def current(message: str) -> Result:
    return Result(CURRENT, message)


def in_progress(message: str) -> Result:
    return Result(IN_PROGRESS, message)


def failed(message: str) -> Result:
    return Result(FAILED, message)


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(body, dict):
            return None
        body = body.get(step)
    return body


def integer(body: dict[str, Any], *path: str, default: int = 0) -> int:
    """The integer at `path`, `default` when there is none."""
    value = _at(body, path)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def text(body: dict[str, Any], *path: str, default: str = "") -> str:
    """The string at `path`, `default` when there is none."""
    value = _at(body, path)
    return value if isinstance(value, str) else default


def conditions(body: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(type, status, reason, message) of status.conditions."""
    found = _at(body, ("status", "conditions"))
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict):
            yield text(item, "type"), text(item, "status"), text(item, "reason"), text(item, "message")
