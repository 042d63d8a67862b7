"""Jobs and CronJobs.

Rules: pkg/controller/{job,cronjob} of k8s.io/kubernetes v1.37.2: completions, parallelism, back-off limit, deadlines,
conditions SuccessCriteriaMet/Complete and FailureTarget/Failed, TTL; a failed pod is tried again after a tenth of a
second (times two each time) instead of ten seconds.
"""

from __future__ import annotations

from charthouse.devcluster.controllers.loop import Controller, owner_key, reference, same_key
from charthouse.devcluster.controllers.replicas import pod_of
from charthouse.devcluster.controllers.schedule import next_run
from charthouse.devcluster.objects import Options
from charthouse.devcluster.store import copy_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.controllers.loop import Route

    Object = dict[str, Any]
    Key = tuple[str, str]

__all__ = ["CronJobs", "Jobs"]

JOBS, PODS, CRONS = "jobs.batch", "pods", "cronjobs.batch"
RETRY = 0.1


class Jobs(Controller):
    """Runs pods to completion."""

    def routes(self) -> dict[str, Route]:
        return {JOBS: same_key, PODS: owner_key("Job")}

    def reconcile(self, key: Key) -> None:
        job = self.get(JOBS, key)
        if job is None or job["metadata"].get("deletionTimestamp"):
            return
        if _ended(job):
            self._expire(job, key)
            return
        pods = self.owned(PODS, job)
        spec, status = job["spec"], copy_json(job.get("status") or {})
        phases = [(p.get("status") or {}).get("phase") for p in pods]
        done, failed = phases.count("Succeeded"), phases.count("Failed")
        active = [p for p in pods if (p.get("status") or {}).get("phase") not in ("Succeeded", "Failed")]
        if not status.get("startTime") and not spec.get("suspend"):
            status["startTime"] = self.clock.now()
        if spec.get("suspend"):
            self._suspend(job, active)
            active = []
            if not any(c["type"] == "Suspended" for c in status.get("conditions") or ()):
                now = self.clock.now()
                row = {"type": "Suspended", "status": "True", "lastProbeTime": now, "lastTransitionTime": now}
                status["conditions"] = [{**row, "reason": "JobSuspended", "message": "Job suspended"}]
        ending = self._ending(job, done, failed, status)
        if ending is None and not spec.get("suspend"):
            active = self._start(job, active, done, failed, key)
        elif ending is not None:
            for pod in active:
                self.objects.delete(self.kind(PODS), key[0], pod["metadata"]["name"], {}, Options(self.name))
            active = []
            self._close(job, status, *ending)
        ready = sum(1 for p in active if (p.get("status") or {}).get("phase") == "Running")
        counts = {"active": len(active), "succeeded": done, "failed": failed}
        for name, value in counts.items():
            status.pop(name, None)
            if value:
                status[name] = value
        status["ready"] = ready
        status["terminating"] = 0
        status["uncountedTerminatedPods"] = {}
        self.status(JOBS, key, status)

    def _ending(self, job: Object, done: int, failed: int, status: Object) -> tuple[str, str, str] | None:
        """(condition, reason, message) when the job is over."""
        spec = job["spec"]
        wanted = spec.get("completions")
        if done >= (wanted if wanted is not None else 1):
            return ("Complete", "CompletionsReached", "Reached expected number of succeeded pods")
        if failed > spec.get("backoffLimit", 6):
            return ("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        deadline = spec.get("activeDeadlineSeconds")
        if deadline is not None and status.get("startTime"):
            from charthouse.devcluster.table import seconds_between

            passed = seconds_between(status["startTime"], self.clock.now()) * self.clock.speed
            if passed >= deadline:
                return ("Failed", "DeadlineExceeded", "Job was active longer than specified deadline")
            self.after(deadline - passed, (job["metadata"]["namespace"], job["metadata"]["name"]))
        return None

    def _start(self, job: Object, active: list[Object], done: int, failed: int, key: Key) -> list[Object]:
        spec = job["spec"]
        wanted = spec.get("completions")
        parallel = spec.get("parallelism", 1)
        missing = parallel if wanted is None else min(parallel, wanted - done)
        missing -= len(active)
        if missing <= 0:
            return active
        if failed and not self._may_retry(job, failed, key):
            return active
        made = []
        for _ in range(missing):
            pod = pod_of(spec["template"], job)
            made.append(self.objects.create(self.kind(PODS), key[0], pod, Options(self.name)))
            text = f"Created pod: {made[-1]['metadata']['name']}"
            self.event(job, "SuccessfulCreate", text, source="job-controller")
        return [*active, *made]

    def _may_retry(self, job: Object, failed: int, key: Key) -> bool:
        """True once the back-off after the n-th failure has passed."""
        waited = self.loop.recorder.__dict__.setdefault("job_failures", {})
        mark = (job["metadata"]["uid"], failed)
        now = self.clock.seconds()
        due = waited.setdefault(mark, now + RETRY * 2 ** (failed - 1) / self.clock.speed)
        if now >= due - 0.001:
            waited.pop(mark, None)
            return True
        self.after((due - now) * self.clock.speed, key)
        return False

    def _suspend(self, job: Object, active: list[Object]) -> None:
        for pod in active:
            meta = pod["metadata"]
            self.objects.delete(self.kind(PODS), meta["namespace"], meta["name"], {}, Options(self.name))

    def _close(self, job: Object, status: Object, kind: str, reason: str, message: str) -> None:
        now = self.clock.now()
        first = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
        rows = list(status.get("conditions") or ())
        for name in (first, kind):
            rows.append(
                {"type": name, "status": "True", "lastProbeTime": now, "lastTransitionTime": now, "reason": reason,
                 "message": message}
            )  # fmt: skip
        status["conditions"] = rows
        if kind == "Complete":
            status["completionTime"] = now
            self.event(job, "Completed", "Job completed", source="job-controller")
        else:
            self.event(job, reason, message, kind="Warning", source="job-controller")

    def _expire(self, job: Object, key: Key) -> None:
        seconds = job["spec"].get("ttlSecondsAfterFinished")
        if seconds is None:
            return
        from charthouse.devcluster.table import seconds_between

        over = next(c for c in job["status"]["conditions"] if c["type"] in ("Complete", "Failed"))
        left = seconds - seconds_between(over["lastTransitionTime"], self.clock.now()) * self.clock.speed
        if left > 0:
            self.after(left + 0.5, key)
        else:
            self.objects.delete(self.kind(JOBS), *key, {"propagationPolicy": "Background"}, Options(self.name))


def _ended(job: Object) -> bool:
    rows = (job.get("status") or {}).get("conditions") or ()
    return any(c["status"] == "True" and c["type"] in ("Complete", "Failed") for c in rows)


class CronJobs(Controller):
    """Starts jobs when their time comes."""

    def routes(self) -> dict[str, Route]:
        return {CRONS: same_key, JOBS: owner_key("CronJob")}

    def reconcile(self, key: Key) -> None:
        cron = self.get(CRONS, key)
        if cron is None or cron["metadata"].get("deletionTimestamp"):
            return
        status = copy_json(cron.get("status") or {})
        jobs = self.owned(JOBS, cron)
        now = int(self.clock.seconds())
        minute = now - now % 60
        due = not cron["spec"].get("suspend") and self._is_due(cron, status, minute)
        if due:
            made = self._create(cron, minute)
            jobs.append(made)
            import time

            status["lastScheduleTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(minute))
        active = [j for j in jobs if not _ended(j)]
        status.pop("active", None)
        if active:
            status["active"] = [
                {"kind": "Job", "namespace": key[0], "name": j["metadata"]["name"], "uid": j["metadata"]["uid"],
                 "apiVersion": "batch/v1", "resourceVersion": j["metadata"]["resourceVersion"]}
                for j in active
            ]  # fmt: skip
        self.status(CRONS, key, status)
        self._trim(cron, jobs)
        if not cron["spec"].get("suspend"):
            upcoming = next_run(cron["spec"]["schedule"], now)
            if upcoming is not None:
                self.loop.later(upcoming - now + 0.05, self, key)

    def _is_due(self, cron: Object, status: Object, minute: int) -> bool:
        import datetime

        since = status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"]
        last = int(datetime.datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp())
        upcoming = next_run(cron["spec"]["schedule"], last)
        return upcoming is not None and upcoming <= minute

    def _create(self, cron: Object, minute: int) -> Object:
        template = cron["spec"]["jobTemplate"]
        meta = copy_json(template.get("metadata") or {})
        meta["name"] = f"{cron['metadata']['name']}-{minute // 60}"
        meta["ownerReferences"] = [reference(cron)]
        body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": copy_json(template["spec"])}
        made = self.objects.create(self.kind(JOBS), cron["metadata"]["namespace"], body, Options(self.name))
        self.event(cron, "SuccessfulCreate", f"Created job {meta['name']}", source="cronjob-controller")
        return made

    def _trim(self, cron: Object, jobs: list[Object]) -> None:
        for kind, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            rows = [j for j in jobs if any(c["type"] == kind for c in (j.get("status") or {}).get("conditions") or ())]
            for job in rows[: max(len(rows) - cron["spec"].get(field, 1), 0)]:
                meta = job["metadata"]
                asked = {"propagationPolicy": "Background"}
                self.objects.delete(self.kind(JOBS), meta["namespace"], meta["name"], asked, Options(self.name))
