"""Waiting until objects are ready or gone, fed by watches (Helm 4's `watcher`).

Rules: Helm 4.3.1 ``pkg/kube/statuswait.go`` (what is waited for, when it ends, texts), fluxcd/cli-utils v1.2.2
``pkg/kstatus`` (``watcher``: one watch for each kind and namespace; ``statusreaders``: pods of StatefulSets and
ReplicaSets). Differs: one object alone is watched by name, so that rights to it suffice; progress is told.
"""

from __future__ import annotations

from charthouse.actions.ports import Progress
from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import WaitFailed
from charthouse.kube.ready import job, pod
from charthouse.kube.ready.result import CURRENT, FAILED, IN_PROGRESS, NOT_FOUND, UNKNOWN, Result, failed
from charthouse.kube.ready.status import compute
from charthouse.kube.watch import Follower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import Resource, ResourceType
    from charthouse.k8s.ports import KubeClient

__all__ = ["DEADLINE", "DEFAULT_TIMEOUT", "StatusWaiter", "hook_reader", "jobs_reader", "plain_reader"]

DEADLINE = "context deadline exceeded"
DEFAULT_TIMEOUT = 30.0
"""Seconds, when the caller says 0."""

_TICK = 1.0


def plain_reader(body: dict[str, Any], now: float) -> Result:
    """kstatus as it is."""
    return compute(body, now)


def jobs_reader(body: dict[str, Any], now: float) -> Result:
    """--wait-for-jobs: Jobs to completion."""
    return job.completion_status(body) if _is(body, "batch/", "Job") else compute(body, now)


def hook_reader(body: dict[str, Any], now: float) -> Result:
    """Hooks: Jobs and Pods to completion, everything else is ready when it exists."""
    if _is(body, "batch/", "Job"):
        return job.completion_status(body)
    if _is(body, "v1", "Pod"):
        return pod.hook_status(body)
    return Result(CURRENT, "Resource is current")


def _is(body: dict[str, Any], version: str, kind: str) -> bool:
    return body.get("kind") == kind and str(body.get("apiVersion", "")).startswith(version)


class StatusWaiter:
    """One wait for one set of resources."""

    def __init__(
        self, client: KubeClient, resources: Sequence[Resource], *, clock: Clock, timeout: float,
        progress: Callable[[Progress], None], reader: Callable[[dict[str, Any], float], Result], phase: str = "wait",
    ) -> None:  # fmt: skip
        """timeout: seconds, 0 for the default. Resources without a name (generateName) are not waited for."""
        self._client = client
        self._resources = [resource for resource in resources if resource.name]
        self._clock = clock
        self._timeout = timeout or DEFAULT_TIMEOUT
        self._progress = progress
        self._reader = reader
        self._phase = phase
        self._by_key = {_key_of(resource): resource for resource in self._resources}
        self._results: dict[tuple[str, str, str, str], Result] = {key: Result(UNKNOWN) for key in self._by_key}
        self._rechecks: dict[tuple[str, str, str, str], float] = {}

    def until_ready(self) -> None:
        """Raises WaitFailed with one line for each object that is not ready."""
        fatal, expired = self._watch(CURRENT)
        if fatal is not None:
            raise WaitFailed(fatal.message, pending=self._not(CURRENT), hint=fatal.hint)
        pending = self._not(CURRENT)
        lines = [self._line(resource, "not ready") for resource in pending]
        self._finish(lines, pending, expired)

    def until_gone(self) -> None:
        """Raises WaitFailed with one line for each object that still exists."""
        fatal, expired = self._watch(NOT_FOUND)
        if fatal is not None:
            raise WaitFailed(fatal.message, pending=self._not(NOT_FOUND, UNKNOWN), hint=fatal.hint)
        pending = self._not(NOT_FOUND, UNKNOWN)
        lines = [self._line(resource, "still exists") for resource in pending]
        self._finish(lines, pending, expired)

    def _finish(self, lines: list[str], pending: list[Resource], expired: bool) -> None:
        if expired:
            lines.append(DEADLINE)
        if lines:
            hint = f"still not there after {self._timeout:g} s; --timeout gives more" if expired else ""
            raise WaitFailed("\n".join(lines), pending=pending, hint=hint)

    def _line(self, resource: Resource, what: str) -> str:
        result = self._results[_key_of(resource)]
        where = f"{resource.kind}/{resource.namespace}/{resource.name}"
        return f"resource {where} {what}. status: {result.status}, message: {result.message}"

    def _not(self, *wanted: str) -> list[Resource]:
        return [r for r in self._by_key.values() if self._results[_key_of(r)].status not in wanted]

    def _settled(self, desired: str) -> bool:
        """Failed objects are not waited for; nor is, for deletion, what was never seen."""
        for result in self._results.values():
            if result.status == desired:
                continue
            if desired == CURRENT and result.status == FAILED:
                continue
            if desired == NOT_FOUND and result.status == UNKNOWN:
                continue
            return False
        return True

    def _watch(self, desired: str) -> tuple[CharthouseError | None, bool]:
        """(fatal error, time is up)."""
        if not self._resources:
            return None, False
        import queue

        deadline = self._clock.monotonic() + self._timeout
        events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        groups = self._groups()
        followers = [self._follow(kind, namespace, names, events) for (kind, namespace), names in groups.items()]
        waiting = len(groups)
        try:
            while True:
                left = deadline - self._clock.monotonic()
                if left <= 0:
                    return None, True
                try:
                    event, body = events.get(timeout=min(left, _TICK))
                except queue.Empty:
                    self._recheck()
                    event, body = "tick", None
                if event == "error":
                    return body, False
                if event == "synced":
                    waiting -= 1
                elif event != "tick":
                    self._take(event, body)
                if waiting <= 0 and events.empty() and self._settled(desired):
                    return None, False
        finally:
            for follower in followers:
                follower.cancel()

    def _groups(self) -> dict[tuple[ResourceType, str], list[str]]:
        found: dict[tuple[ResourceType, str], list[str]] = {}
        for resource in self._resources:
            found.setdefault((resource.ref.type, resource.namespace), []).append(resource.name)
        return found

    def _follow(self, kind: ResourceType, namespace: str, names: list[str], events: Any) -> Follower:
        import threading

        selector = f"metadata.name={names[0]}" if len(set(names)) == 1 else ""
        follower = Follower(
            self._client, kind, namespace, clock=self._clock, timeout=self._timeout, field_selector=selector
        )

        def run() -> None:
            try:
                for event in follower.events():
                    events.put(("synced", None) if event.type == "BOOKMARK" else (event.type, event.object))
            except CharthouseError as error:
                if not (isinstance(error, ApiError) and error.code == 404):
                    events.put(("error", _listing_failed(error)))
                    return
            except Exception as error:  # a thread has nobody above it; the waiting one shall not wait for ever
                events.put(("error", CharthouseError(f"failed to watch: {error!r}")))
                return
            events.put(("synced", None))

        threading.Thread(target=run, daemon=True, name=f"watch-{kind.plural}").start()
        return follower

    def _take(self, event: str, body: dict[str, Any]) -> None:
        meta = body.get("metadata") or {}
        kind = str(body.get("kind", ""))
        version = str(body.get("apiVersion", ""))
        key = (version.rpartition("/")[0], kind, meta.get("namespace", ""), meta.get("name", ""))
        resource = self._by_key.get(key)
        if resource is None:
            return
        self._rechecks.pop(key, None)
        if event == "DELETED":
            self._set(key, Result(NOT_FOUND, "Resource not found"))
            return
        self._set(key, self._status(key, resource, body))

    def _status(self, key: tuple[str, str, str, str], resource: Resource, body: dict[str, Any]) -> Result:
        now = self._clock.now().timestamp()
        try:
            result = self._reader(body, now)
        except ValueError:
            return Result(UNKNOWN)
        if result.status == IN_PROGRESS and resource.kind in ("StatefulSet", "ReplicaSet"):
            return self._failed_pods(resource, body, now) or result
        if result.message == "Pod has not been scheduled":
            self._rechecks[key] = self._clock.monotonic() + pod.SCHEDULE_WINDOW
        return result

    def _failed_pods(self, resource: Resource, body: dict[str, Any], now: float) -> Result | None:
        """A set whose pods have failed for good has failed."""
        from charthouse.k8s.selectors import from_object

        selector = str(from_object((body.get("spec") or {}).get("selector")))
        try:
            kind = self._client.resource_type("v1", "Pod")
            pods = self._client.list(kind, resource.namespace, label_selector=selector)
            lost = [p for p in pods if compute(p, now).status == FAILED and not pod.transient_failure(p)]
        except (CharthouseError, ValueError):
            # pods that cannot be read do not decide; the set itself is watched on
            return None
        return failed(f"{len(lost)} pods have failed") if lost else None

    def _recheck(self) -> None:
        """Look again at pods that were given time to be scheduled."""
        now = self._clock.monotonic()
        for key in [key for key, at in self._rechecks.items() if at <= now]:
            del self._rechecks[key]
            try:
                body = self._client.get(self._by_key[key].ref)
            except CharthouseError:
                # the watch tells when it is gone
                continue
            self._set(key, self._status(key, self._by_key[key], body))

    def _set(self, key: tuple[str, str, str, str], result: Result) -> None:
        if self._results[key] == result:
            return
        self._results[key] = result
        good = (CURRENT,) if self._phase != "delete" else (NOT_FOUND, UNKNOWN)
        done = sum(held.status in good for held in self._results.values())
        where = str(self._by_key[key].ref)
        self._progress(Progress(self._phase, where, result.status, result.message, done, len(self._results)))


def _key_of(resource: Resource) -> tuple[str, str, str, str]:
    return resource.ref.type.group, resource.kind, resource.namespace, resource.name


def _listing_failed(error: CharthouseError) -> CharthouseError:
    hint = error.hint or "waiting needs the right to list and watch; --wait=legacy needs less"
    return CharthouseError(f"failed to list *unstructured.Unstructured: {error.message}", hint=hint)
