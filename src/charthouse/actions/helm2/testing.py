"""The `test` verb as Tiller does it: pods that must succeed, or must fail, one after the other or side by side.

Whose rules: helm v2.17.0 pkg/releasetesting, pkg/tiller/release_testing.go: every document of every test hook must be a
pod; the first of the two test events in its annotation says what is expected of it; weights and deletion policies are
not looked at. What happens is told line by line. Results are stored with the revision, after logs and cleaning up.
"""

from __future__ import annotations

import threading

from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError
from charthouse.actions.helm2 import records
from charthouse.actions.helm2.names import check_name
from charthouse.actions.helm2.namespaces import ensure_namespace
from charthouse.actions.helm2.revision import with_suite
from charthouse.actions.ports import ApiError, ApplyOptions, Progress
from charthouse.errors import CharthouseError
from charthouse.golang.moment import now
from charthouse.hapi import messages
from charthouse.logs import WARN, LogRecord
from charthouse.manifests.head import read_head
from charthouse.manifests.helm2 import split_helm2
from charthouse.records import Record
from charthouse.releases.helm2.conversion import timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.helm2.options import TestOptions
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

    Tell = Callable[[str, int], None]

__all__ = ["run"]

_EVENTS = ("test", "test-failure")  # as a record of ours calls test-success and test-failure
_HOOK = "helm.sh/hook"
_PARALLEL = 20
_INTERVAL = 0.5
TIMED_OUT = "timed out waiting for the condition"


class _Test(Record):
    """name: of the pod; succeeds: whether it is to; run: what comes of it, filled in as it goes."""

    name: str
    manifest: str
    succeeds: bool
    run: messages.TestRun


class _Suite:
    """The tests of one release, running. Lines are told one at a time."""

    def __init__(
        self, env: Environment, release: Release, options: TestOptions, tell: Tell, progress: Callable[[Progress], None]
    ) -> None:
        self._env = env
        self._release = release
        self._options = options
        self._told = tell
        self._progress = progress
        self._mutex = threading.Lock()

    def tell(self, text: str, status: int) -> None:
        with self._mutex:
            self._told(text, status)

    def run(self, tests: list[_Test]) -> None:
        """All of them. Raises what keeps one from being told of."""
        options = self._options
        if not tests:
            self.tell("No Tests Found", messages.TestRun.UNKNOWN)
        if not options.parallel:
            for test in tests:
                self._one(test)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(options.max_parallel or _PARALLEL, max(1, len(tests)))) as workers:
            for done in [workers.submit(self._one, test) for test in tests]:
                done.result()

    def _one(self, test: _Test) -> None:
        run = test.run
        run.started_at.CopyFrom(timestamp(now(self._env.clock.now())))
        self.tell(f"RUNNING: {test.name}", messages.TestRun.RUNNING)
        run.status = messages.TestRun.FAILURE
        try:
            resources = self._create(test)
            run.status = messages.TestRun.UNKNOWN
            phase = self._phase(resources)
        except CharthouseError as error:
            run.info = error.message
            self.tell(f"ERROR: {error.message}", messages.TestRun.FAILURE)
        else:
            self._judge(test, phase)
        run.completed_at.CopyFrom(timestamp(now(self._env.clock.now())))

    def _create(self, test: _Test) -> list[Resource]:
        env, namespace = self._env, self._release.namespace
        ensure_namespace(env, namespace)
        resources = env.cluster.build(test.manifest, namespace, validate=False)
        options = ApplyOptions(server_side=False)
        env.cluster.execute(env.cluster.plan([], resources, options), options, self._progress)
        return resources

    def _phase(self, resources: list[Resource]) -> str:
        """The phase a pod ends in. Raises ActionError when it is gone, or the time is over."""
        env, timeout = self._env, self._options.timeout
        until = env.clock.monotonic() + timeout
        while True:
            try:
                body = env.cluster.client.get(resources[0].ref)
            except ApiError as error:
                if error.reason == "NotFound":
                    raise ActionError("pod not found") from error
                raise
            phase = str((body.get("status") or {}).get("phase", ""))
            if phase in ("Succeeded", "Failed"):
                return phase
            self._progress(Progress("test", str(resources[0].ref), phase or "Pending"))
            if timeout > 0 and env.clock.monotonic() >= until:
                raise ActionError(TIMED_OUT)
            env.clock.sleep(_INTERVAL)

    def _judge(self, test: _Test, phase: str) -> None:
        name = test.name
        if (phase == "Succeeded") == test.succeeds:
            test.run.status = messages.TestRun.SUCCESS
            self.tell(f"PASSED: {name}", messages.TestRun.SUCCESS)
            return
        test.run.status = messages.TestRun.FAILURE
        where = f"run `kubectl logs {name} --namespace {self._release.namespace}` for more info"
        self.tell(f"FAILED: {name}, {where}", messages.TestRun.FAILURE)

    def logs(self, tests: list[_Test]) -> None:
        """Tell what the pods printed; per cent signs are doubled, as the client takes the text for a format."""
        for test in tests:
            try:
                pod = self._env.cluster.build(test.manifest, self._release.namespace, validate=False)[0]
                text = self._env.cluster.client.pod_logs(self._release.namespace, pod.name)
            except ApiError as error:
                text = f"error in opening log stream, got: {error.message}"
                self.tell(f"ERROR: {text}", messages.TestRun.FAILURE)
                continue
            except CharthouseError as error:
                self.tell(f"ERROR: {error.message}", messages.TestRun.FAILURE)
                continue
            self.tell(f"\nPOD LOGS: {pod.name}\n{text.replace('%', '%%')}", messages.TestRun.RUNNING)

    def clean_up(self, tests: list[_Test]) -> None:
        """Delete the pods."""
        cluster = self._env.cluster
        for test in tests:
            try:
                resources = cluster.build(test.manifest, self._release.namespace, validate=False)
            except CharthouseError as error:
                self.tell(f"ERROR: {error.message}", messages.TestRun.FAILURE)
                continue
            result = cluster.delete(
                resources, propagation="Background", release="", release_namespace="", progress=self._progress
            )
            for text in result.errors[:1]:
                self.tell(f"ERROR: {text}", messages.TestRun.FAILURE)


def run(
    env: Environment, options: TestOptions, tell: Tell, *, progress: Callable[[Progress], None] = no_progress
) -> Release:
    """Run the tests of the last revision. tell: gets each line and its TestRun.Status, from one thread at a time.

    Raises TillerRefusal, NotFound, StorageError, ActionError (`x is not a pod`). Tests that fail are told, not raised.
    """
    check_name(options.name)
    release = records.last(env, options.name)
    suite = _Suite(env, release, options, tell, progress)
    began = now(env.clock.now())
    tests = _tests(env, release)
    suite.run(tests)
    stored = messages.TestSuite(results=[test.run for test in tests])
    stored.started_at.CopyFrom(timestamp(began))
    stored.completed_at.CopyFrom(timestamp(now(env.clock.now())))
    if options.logs:
        suite.logs(tests)
    if options.cleanup:
        suite.clean_up(tests)
    tested = with_suite(release, stored)
    try:
        env.storage.update(tested)
    except CharthouseError as error:
        env.log(LogRecord(WARN, "test: Failed to store updated release", name=release.name, error=error.message))
    return tested


def _tests(env: Environment, release: Release) -> list[_Test]:
    """In the order of the record; a hook that names both events is run twice."""
    return [
        _test(env, document)
        for hook in release.hooks
        for event in hook.events
        if event in _EVENTS
        for document in split_helm2(hook.manifest)
    ]


def _test(env: Environment, document: str) -> _Test:
    head = read_head(document, env.profile)
    if head.kind != "Pod":
        raise ActionError(f"{head.name} is not a pod")
    words = [word.strip().lower() for word in (head.annotations or {}).get(_HOOK, "").split(",")]
    expected = [word == "test-success" for word in words if word in ("test-success", "test-failure")]
    if not expected:
        # A record of Helm 3's or 4's: its tests are called `test`, and must succeed.
        expected = [True]
    name = head.name.removesuffix(",")
    return _Test(name, document, expected[0], messages.TestRun(name=name))
