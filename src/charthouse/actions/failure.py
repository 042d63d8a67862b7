"""What is said and kept when a verb fails at work: the reasons the cluster knows.

Findings (events, container states, last log lines) become the error's hint and stay with the failed revision as an
annotation of its record, where Helm does not look and which goes when the record goes.
"""

from __future__ import annotations

import json

from charthouse.actions.errors import Cancelled
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.actions.draft import Draft
    from charthouse.actions.ports import Finding

__all__ = ["FINDINGS", "as_error", "explain"]

FINDINGS = "charthouse.dev/findings"
_KEPT = 64 << 10  # bytes of findings beside a record; annotations of an object may have 256 KiB in all


def as_error(error: BaseException) -> CharthouseError:
    """The error a verb fails with: KeyboardInterrupt in Go's words, ours as they are."""
    if isinstance(error, CharthouseError):
        return error
    return Cancelled()


def explain(draft: Draft, error: CharthouseError) -> str:
    """The hint for `error`: its own, and why resources were not ready (they are noted beside the record)."""
    pending = getattr(error, "pending", None)
    if not pending:
        return error.hint
    findings = draft.env.cluster.diagnose(pending)
    if not findings:
        return error.hint
    draft.annotate(FINDINGS, _packed(findings))
    lines = [f"{finding.subject}: {finding.source}: {finding.text}".rstrip() for finding in findings]
    return "\n".join(([error.hint] if error.hint else []) + lines)


def _packed(findings: Sequence[Finding]) -> str:
    kept: list[dict[str, str]] = []
    size = 2
    for finding in findings:
        entry = {"subject": finding.subject, "source": finding.source, "text": finding.text}
        size += len(json.dumps(entry)) + 1
        if size > _KEPT:
            break
        kept.append(entry)
    return json.dumps(kept, separators=(",", ":"))
