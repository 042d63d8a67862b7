"""The verbs, asked of a Tiller of Helm 2 (2.17.0 and what speaks its API).

A verb becomes the calls Helm 2's own client makes for it, and its answer what the verb returns here, so that a shell
prints it in its own way. Tiller has no dry run of an uninstall, no way back when an install fails, no comparison and no
plan: the first three are put together here as Helm 2's client does, the last is refused. What an option asks for and
Tiller cannot do is refused before anything is done (``hapi_options``).

Tiller cannot be told to stop: when the caller is interrupted it goes on, which a hint says.
"""

from __future__ import annotations

from charthouse.actions.errors import VerbFailed
from charthouse.actions.get import metadata_of
from charthouse.actions.uninstall import Uninstalled
from charthouse.errors import CharthouseError
from charthouse.hapi import messages
from charthouse.records import replace
from charthouse.releases.errors import NotFound
from charthouse.releases.release import UNINSTALLED
from charthouse.tiller.client.errors import NotCarried, TillerError
from charthouse.tiller.client.hapi_answers import release_of, resources_of
from charthouse.tiller.client.hapi_charts import chart_message, config_message
from charthouse.tiller.client.hapi_listing import listed
from charthouse.tiller.client.hapi_options import (
    install_request,
    refuse,
    rollback_request,
    test_request,
    uninstall_request,
    upgrade_request,
)
from charthouse.tiller.client.tested import RemoteTested, logs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from charthouse.actions.diff import ReleaseDiff
    from charthouse.actions.get import ReleaseMetadata
    from charthouse.actions.options import (
        DiffOptions,
        GetOptions,
        HistoryOptions,
        InstallOptions,
        ListOptions,
        RollbackOptions,
        StatusOptions,
        TestOptions,
        UninstallOptions,
        UpgradeOptions,
    )
    from charthouse.actions.plan import ReleasePlan
    from charthouse.actions.ports import Progress
    from charthouse.actions.test import Tested
    from charthouse.charts.chart import Chart
    from charthouse.logs import Log
    from charthouse.releases.release import Release
    from charthouse.tiller.client.hapi import HapiService

    Values = dict[str, Any]
    Watch = Callable[[Progress], None]
    Releases = list[Release]  # inside the class `list` is the verb

__all__ = ["HapiVerbs"]

_ALL = (1 << 31) - 1  # revisions; 0 means none to Tiller
_GOES_ON = "Tiller cannot be told to stop: what was begun goes on there; `status` shows how it ends"


class HapiVerbs:
    """service: the calls. log, hint: as of an Environment. given: names of the flags on the command line, to refuse
    those whose default cannot be told from what somebody wrote."""

    def __init__(
        self, service: HapiService, *, log: Log, hint: Callable[[str], None], given: Collection[str] = ()
    ) -> None:
        self._service = service
        self._log = log
        self._hint = hint
        self._given = given

    # what changes something

    def install(self, chart: Chart, values: Values, options: InstallOptions, *, progress: Watch) -> Release:
        refuse("install", options, self._given)
        self._warn_of_crds(chart)
        message = chart_message(chart, values, log=self._log)
        request = install_request(options, message, config_message(values))
        try:
            return release_of(self._run("InstallRelease", request).release)
        except CharthouseError as error:
            if not options.rollback_on_failure or isinstance(error, NotCarried):
                raise
            undone = self._undone(error, options)
            if undone is None:
                raise
            raise undone from error

    def _undone(self, error: CharthouseError, options: InstallOptions) -> CharthouseError | None:
        """Uninstall what failed, as `--atomic` of Helm 2's client; None when there is nothing to uninstall."""
        undo = messages.UninstallReleaseRequest(
            name=options.name, disable_hooks=options.disable_hooks, purge=True, timeout=int(options.timeout)
        )
        try:
            self._run("UninstallRelease", undo)
        except NotFound:  # it failed before there was a record
            return None
        except CharthouseError as second:
            text = f"an error occurred while uninstalling the release. original install error: {error}: {second}"
            return TillerError(text, hint=error.hint)
        text = f"release {options.name} failed, and has been uninstalled due to rollback-on-failure being set: {error}"
        return TillerError(text, hint=error.hint)

    def install_instead(self, options: UpgradeOptions, *, progress: Watch) -> InstallOptions | None:
        from charthouse.actions.options import InstallOptions

        try:
            last = self._service.history(options.name, 1)
        except NotFound:
            last = []
        if last and release_of(last[0]).status != UNINSTALLED:
            return None
        same = {
            field: getattr(options, field)
            for field in InstallOptions._fields
            if field in type(options)._fields and field != "server_side"
        }
        return InstallOptions(**same, replace=bool(last))

    def upgrade(self, chart: Chart, values: Values, options: UpgradeOptions, *, progress: Watch) -> Release:
        refuse("upgrade", options, self._given)
        self._check_place(options)
        message = chart_message(chart, values, log=self._log)
        before = self._service.history(options.name, 1) if options.rollback_on_failure else []
        request = upgrade_request(options, message, config_message(values))
        try:
            return release_of(self._run("UpdateRelease", request).release)
        except CharthouseError as error:
            if not before or options.dry_run != "none":
                raise
            raise self._rolled_back(error, before[0].version, options) from error

    def _rolled_back(self, error: CharthouseError, revision: int, options: UpgradeOptions) -> CharthouseError:
        """Back to the revision that was last before, as `--atomic` of Helm 2's client."""
        undo = messages.RollbackReleaseRequest(
            name=options.name, disable_hooks=options.disable_hooks, version=revision, timeout=int(options.timeout),
            wait=True, cleanup_on_fail=options.cleanup_on_fail,
        )  # fmt: skip
        try:
            self._run("RollbackRelease", undo)
        except CharthouseError as second:
            text = f"an error occurred while rolling back the release. original upgrade error: {error}: {second}"
            return TillerError(text, hint=error.hint)
        text = f"release {options.name} failed, and has been rolled back due to rollback-on-failure being set: {error}"
        return TillerError(text, hint=error.hint)

    def rollback(self, options: RollbackOptions, *, progress: Watch) -> Release:
        refuse("rollback", options, self._given)
        self._check_place(options)
        return release_of(self._run("RollbackRelease", rollback_request(options)).release)

    def uninstall(self, options: UninstallOptions, *, progress: Watch) -> Uninstalled:
        refuse("uninstall", options, self._given)
        try:
            self._check_place(options)
            if options.dry_run:
                return Uninstalled(release_of(self._service.content(options.name, 0)))
            answer = self._run("UninstallRelease", uninstall_request(options))
        except NotFound as error:
            if options.ignore_not_found:
                return Uninstalled()
            raise NotFound(f"uninstall: Release not loaded: {options.name}: {error}") from error
        return Uninstalled(release_of(answer.release) if answer.HasField("release") else None, answer.info.strip())

    def test(self, options: TestOptions, *, logs: bool, progress: Watch) -> Tested:
        refuse("test", options, self._given)
        self._check_place(options)
        failures, said = [], []
        for answer in self._interruptible(self._service.stream("RunReleaseTest", test_request(options, logs=logs))):
            if answer.msg.startswith("\nPOD LOGS: "):
                said.append(answer.msg.replace("%%", "%").lstrip("\n"))
            elif answer.status == messages.TestRun.FAILURE:
                failures.append(answer.msg)
            _tell(progress, answer)
        error = None
        release = release_of(self._service.content(options.name, 0))
        if failures:
            error = VerbFailed(f"{len(failures)} test(s) failed", release=release, hint="\n".join(failures))
        return RemoteTested(release, error, logs="".join(f"{text}\n" for text in said))

    def test_logs(self, tested: Tested, options: TestOptions) -> str:
        return logs_of(tested)

    # what reads

    def list(self, options: ListOptions) -> Releases:
        refuse("list", options)
        return listed(self._service, options)

    def status(self, options: StatusOptions) -> Release:
        release = self._content(options)
        if not options.resources:
            return release
        request = messages.GetReleaseStatusRequest(name=options.name, version=options.revision)
        resources = resources_of(self._service.call("GetReleaseStatus", request).info.status.resources)
        return replace(release, info=replace(release.info, resources=resources))

    def history(self, options: HistoryOptions) -> Releases:
        found = self._service.history(options.name, _ALL)
        if not found:
            raise NotFound(f'release: "{options.name}" not found')
        return [release_of(message) for message in reversed(found)]

    def get(self, options: GetOptions) -> Release:
        return self._content(options)

    def values(self, options: GetOptions) -> Values:
        release = self._content(options)
        if not options.all_values:
            return release.config
        from charthouse.charts.values import coalesce
        from charthouse.profile import profile_named

        computed: Values = coalesce(release.chart, release.config, log=self._log, profile=profile_named("helm2"))
        return computed

    def metadata(self, options: GetOptions) -> ReleaseMetadata:
        return metadata_of(self._content(options))

    def plan(self, chart: Chart, values: Values, options: UpgradeOptions) -> ReleasePlan:
        raise NotCarried(
            "plan: Helm 2's Tiller cannot say what it would do, step by step",
            hint="`diff` shows what would change; charthouse's own Tiller (`charthouse init`) plans",
        )

    def diff(self, chart: Chart, values: Values, options: DiffOptions) -> ReleaseDiff:
        from charthouse.tiller.client.hapi_diff import compare

        return compare(self, chart, values, options)

    # calling

    def _content(self, options: GetOptions | StatusOptions) -> Release:
        message = self._service.content(options.name, options.revision)
        self._check_found(message, options.namespace)
        return release_of(message)

    def _check_place(self, options: Any) -> None:
        """A name is Tiller's alone, whatever the namespace: one that was asked for must be the release's all the same.
        Raises NotFound; of a release that is not there Tiller itself will speak."""
        if "namespace" not in self._given:
            return
        try:
            found = self._service.content(options.name, 0)
        except NotFound:
            return
        self._check_found(found, options.namespace)

    def _check_found(self, message: messages.Release, namespace: str) -> None:
        if "namespace" in self._given and namespace and message.namespace != namespace:
            raise NotFound(
                f'release: "{message.name}" not found',
                hint=f"Tiller's release of that name is in the namespace {message.namespace}",
            )

    def _run(self, name: str, request: Any) -> Any:
        """A call that changes something; an interruption leaves Tiller at it."""
        try:
            return self._service.call(name, request)
        except KeyboardInterrupt:
            self._hint(_GOES_ON)
            raise

    def _interruptible(self, answers: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from answers
        except KeyboardInterrupt:
            self._hint(_GOES_ON)
            raise

    def _warn_of_crds(self, chart: Chart) -> None:
        if chart.crds():
            self._hint("Helm 2's Tiller does not install the objects in the chart's folder crds/")


def _tell(progress: Watch, answer: messages.TestReleaseResponse) -> None:
    from charthouse.actions.ports import Progress

    state, colon, subject = answer.msg.partition(": ")
    if colon and "\n" not in answer.msg:
        progress(Progress("hook", subject.partition(",")[0], state.lower()))
