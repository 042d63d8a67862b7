"""Rendered documents as records: plain manifests and hooks.

Whose rules: Helm 4.3.1 pkg/release/v1/hook.go and pkg/release/v1/util/manifest_sorter.go. Events, policies and phases
are Helm's strings; a stored release carries the same ones.
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["DELETE_POLICIES", "EVENTS", "OUTPUT_LOG_POLICIES", "Head", "Hook", "HookRun", "Manifest"]

# Annotation text → event. `test-success` is Helm 2's word.
EVENTS: dict[str, str] = {
    "pre-install": "pre-install",
    "post-install": "post-install",
    "pre-delete": "pre-delete",
    "post-delete": "post-delete",
    "pre-upgrade": "pre-upgrade",
    "post-upgrade": "post-upgrade",
    "pre-rollback": "pre-rollback",
    "post-rollback": "post-rollback",
    "test": "test",
    "test-success": "test",
}
DELETE_POLICIES = ("hook-succeeded", "hook-failed", "before-hook-creation")
OUTPUT_LOG_POLICIES = ("hook-succeeded", "hook-failed")


class HookRun(Record):
    """The last execution. started, completed: aware datetimes, None = Go's zero time; phase: Unknown, Running,
    Succeeded, Failed, or "" when it never ran."""

    started: datetime | None = None
    completed: datetime | None = None
    phase: str = ""


class Hook(Record):
    """One hook. path: the template it came from; manifest: its document; events in the annotation's order;
    delete_policies, output_log_policies: as written (trimmed, lower case)."""

    name: str
    kind: str
    path: str
    manifest: str
    events: tuple[str, ...]
    weight: int = 0
    delete_policies: tuple[str, ...] = ()
    output_log_policies: tuple[str, ...] = ()
    last_run: HookRun = HookRun()


class Head(Record):
    """What sorting needs of a document. annotations: None when the document has no metadata or no annotations."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    has_metadata: bool = False
    annotations: dict[str, str] | None = None


class Manifest(Record):
    """One plain document. name: the template it came from; content: its text; head: its kind and apiVersion."""

    name: str
    content: str
    head: Head
