"""Jobs: kstatus ``jobConditions``; Helm 4.3.1 ``internal/statusreaders/job_status_reader.go`` and
``pkg/kube/ready.go``.
"""

from __future__ import annotations

from charthouse.kube.errors import KubeError
from charthouse.kube.ready.result import Result, conditions, current, failed, in_progress, integer, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["completion_status", "legacy_ready", "status"]


def _finished(body: dict[str, Any]) -> Result | None:
    parallelism = integer(body, "spec", "parallelism", default=1)
    completions = integer(body, "spec", "completions", default=parallelism)
    for kind, state, _, _ in conditions(body):
        if kind == "Complete" and state == "True":
            return current(f"Job Completed. succeeded: {integer(body, 'status', 'succeeded')}/{completions}")
        if kind == "Failed" and state == "True":
            return failed(f"Job Failed. failed: {integer(body, 'status', 'failed')}/{completions}")
    return None


def status(body: dict[str, Any]) -> Result:
    """A started Job is current."""
    done = _finished(body)
    if done is not None:
        return done
    if not text(body, "status", "startTime"):
        return in_progress("Job not started")
    succeeded, active, lost = (integer(body, "status", field) for field in ("succeeded", "active", "failed"))
    return current(f"Job in progress. success:{succeeded}, active: {active}, failed: {lost}")


def completion_status(body: dict[str, Any]) -> Result:
    """Hooks, and --wait-for-jobs: to completion."""
    return _finished(body) or in_progress("Job in progress")


def legacy_ready(body: dict[str, Any]) -> bool:
    """Raises KubeError when the Job has failed for good."""
    if integer(body, "status", "failed") > integer(body, "spec", "backoffLimit", default=6):
        where = f"{text(body, 'metadata', 'namespace')}/{text(body, 'metadata', 'name')}"
        raise KubeError(f"job is failed: {where}")
    return integer(body, "status", "succeeded") >= integer(body, "spec", "completions")
