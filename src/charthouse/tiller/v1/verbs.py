"""The verbs that take their time: each is an operation whose events are streamed to the caller.

The verbs themselves are those of ``charthouse.actions``, done with the caller's rights in the Environment the operation
brings. The operation goes on when the caller goes; ``Attach`` finds it again.
"""

from __future__ import annotations

from charthouse.actions.options import (
    InstallOptions,
    RollbackOptions,
    TestOptions,
    UninstallOptions,
    UpgradeOptions,
)
from charthouse.errors import CharthouseError
from charthouse.logs import WARN, LogRecord, silent
from charthouse.records import Record, replace
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations import Work
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.calls import caller_of, in_namespace
from charthouse.tiller.v1.following import follow
from charthouse.tiller.v1.options import read, to_json
from charthouse.tiller.v1.planning import planner, with_digest
from charthouse.tiller.v1.results import TestsRun
from charthouse.tiller.v1.sources import installable, profile_of, values_of, wanted_chart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Progress
    from charthouse.rpc.call import Call
    from charthouse.tiller.operations import Operation
    from charthouse.tiller.v1.desk import Desk

    Watch = Callable[[Progress], None]

__all__ = ["Verbs"]


class _Job(Record):
    """A verb with all it needs but the place: options, and for those that render a chart, where it comes from."""

    verb: str
    options: Any
    control: messages.Control
    source: messages.Source | None = None


class _Ready(Record):
    """A job in its Environment: chart loaded, values read."""

    env: Environment
    progress: Watch
    operation: Operation
    chart: Any = None
    values: Any = None


class Verbs:
    """Handlers; desk: what they all work with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def install(self, request: messages.InstallRequest, call: Call) -> Iterator[messages.Event]:
        options = read(request, InstallOptions)
        return self._run(_Job("install", options, request.control, request.source), request, call, _install)

    def upgrade(self, request: messages.UpgradeRequest, call: Call) -> Iterator[messages.Event]:
        options = read(request, UpgradeOptions)
        return self._run(_Job("upgrade", options, request.control, request.source), request, call, _upgrade)

    def rollback(self, request: messages.RollbackRequest, call: Call) -> Iterator[messages.Event]:
        def do(job: _Job, ready: _Ready) -> Any:
            from charthouse.actions import rollback

            return rollback.run(ready.env, job.options, progress=ready.progress)

        return self._run(_Job("rollback", read(request, RollbackOptions), request.control), request, call, do)

    def uninstall(self, request: messages.UninstallRequest, call: Call) -> Iterator[messages.Event]:
        def do(job: _Job, ready: _Ready) -> Any:
            from charthouse.actions import uninstall

            return uninstall.run(ready.env, job.options, progress=ready.progress)

        return self._run(_Job("uninstall", read(request, UninstallOptions), request.control), request, call, do)

    def test(self, request: messages.TestRequest, call: Call) -> Iterator[messages.Event]:
        def do(job: _Job, ready: _Ready) -> Any:
            return _test(ready, job.options, logs=request.logs)

        return self._run(_Job("test", read(request, TestOptions), request.control), request, call, do)

    def plan(self, request: messages.PlanRequest, call: Call) -> Iterator[messages.Event]:
        kind = request.WhichOneof("verb")
        if kind is None:
            raise RpcError(Code.INVALID_ARGUMENT, "no verb given: one of upgrade, install, rollback, uninstall, test")
        inner = getattr(request, kind)
        kinds: dict[str, type[Record]] = {
            "upgrade": UpgradeOptions,
            "install": InstallOptions,
            "rollback": RollbackOptions,
            "uninstall": UninstallOptions,
            "test": TestOptions,
        }
        source = inner.source if kind in ("upgrade", "install") else None
        job = _Job(kind, read(inner, kinds[kind]), inner.control, source)

        def do(job: _Job, ready: _Ready) -> messages.Result:
            return messages.Result(plan=_planned(job, ready))

        return self._run(job, inner, call, do, verb="plan")

    def diff(self, request: messages.DiffRequest, call: Call) -> Iterator[messages.Event]:
        from charthouse.actions.options import DiffOptions

        inner = request.upgrade
        options = read(inner, UpgradeOptions)
        context = request.context if request.HasField("context") else 3

        def do(job: _Job, ready: _Ready) -> messages.Result:
            from charthouse.actions import diff
            from charthouse.tiller.v1.plans import diff_to_message

            wanted = DiffOptions(options, live=request.live, show_secrets=request.show_secrets, context=context)
            found = diff.run(ready.env, ready.chart, ready.values, wanted)
            shown = diff.text(found, context=context)
            view = job.control.view
            return messages.Result(diff=diff_to_message(found, shown, view=view, show_secrets=request.show_secrets))

        return self._run(_Job("upgrade", options, inner.control, inner.source), inner, call, do, verb="diff")

    def _run(
        self,
        job: _Job,
        request: Any,
        call: Call,
        do: Callable[[_Job, _Ready], Any],
        *,
        verb: str = "",
    ) -> Iterator[messages.Event]:
        """Start the operation (or find the one whose id the caller has chosen) and follow it."""
        caller = caller_of(call)
        namespace = in_namespace(request)
        if job.source is not None:
            wanted_chart(job.source, self._desk.limits)
        work = Work(verb or job.verb, namespace, job.options.name, to_json(job.options), "v1", job.control.operation)

        def begin(env: Environment, progress: Watch, operation: Operation) -> Any:
            ready = self._ready(job, env, progress, operation)
            if not verb:
                self._desk.approvals.check(operation, job.control, lambda: _planned(job, ready), env.clock)
            return do(job, ready)

        operation = self._desk.begin(caller, work, begin, first=job.control.first, held=request.ByteSize())
        return follow(operation, call, view=job.control.view)

    def _ready(self, job: _Job, env: Environment, progress: Watch, operation: Operation) -> _Ready:
        if job.source is None:
            return _Ready(env, progress, operation)
        profile = profile_of(job.source)
        env = replace(env, profile=profile)
        values = values_of(job.source, profile, self._desk.limits)
        chart = self._desk.load(job.source.chart, profile, silent if job.source.told else env.log)
        if job.verb == "install":
            installable(chart)
        if chart.metadata.deprecated and not job.source.told:
            env.log(LogRecord(WARN, "this chart is deprecated"))
        return _Ready(env, progress, operation, chart, values)


def _planned(job: _Job, ready: _Ready) -> messages.Plan:
    plan = planner(ready.env, job.verb, job.options, ready.chart, ready.values)
    control = job.control
    return with_digest(plan, job.verb, view=control.view, show_secrets=control.show_secrets)


def _install(job: _Job, ready: _Ready) -> Any:
    from charthouse.actions import install

    return install.run(ready.env, ready.chart, ready.values, job.options, progress=ready.progress)


def _upgrade(job: _Job, ready: _Ready) -> Any:
    from charthouse.actions import install, upgrade

    env, options = ready.env, job.options
    if options.install and upgrade.must_install(env, options, progress=ready.progress):
        ready.operation.tell("instead", "install")
        instead = upgrade.install_instead(env, options)
        return install.run(env, installable(ready.chart), ready.values, instead, progress=ready.progress)
    return upgrade.run(env, ready.chart, ready.values, options, progress=ready.progress)


def _test(ready: _Ready, options: TestOptions, *, logs: bool) -> TestsRun:
    from charthouse.actions import test

    tested = test.run(ready.env, options, progress=ready.progress)
    said = test.logs(ready.env, tested, options) if logs else ""
    try:
        tested.clean_up()
    except CharthouseError as error:
        return TestsRun(tested, said, error)
    return TestsRun(tested, said, None)
