"""The verbs, asked of our own server: options as they are, results and errors as direct mode has them.

The chart goes as an archive of its files, the values with the kinds templates tell apart. What only this process can do
is refused: a post-renderer is a program of the user's. Releases come back as records and are rebuilt from them.
"""

from __future__ import annotations

import uuid

from charthouse.actions.get import metadata_of
from charthouse.actions.uninstall import Uninstalled
from charthouse.releases.errors import CodecError
from charthouse.tiller.client.errors import NotCarried
from charthouse.tiller.client.following import Following
from charthouse.tiller.client.packing import archive_of
from charthouse.tiller.client.tested import RemoteTested, logs_of
from charthouse.tiller.v1 import exact, messages
from charthouse.tiller.v1.events import log_record
from charthouse.tiller.v1.failures import from_failure
from charthouse.tiller.v1.options import write
from charthouse.tiller.v1.plans import diff_from_message, plan_from_message
from charthouse.tiller.v1.releases import from_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from charthouse.actions.diff import ReleaseDiff
    from charthouse.actions.environment import HookOutput
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
    from charthouse.profile import Profile
    from charthouse.releases.release import Release
    from charthouse.tiller.client.own import OwnService

    Values = dict[str, Any]
    Watch = Callable[[Progress], None]
    Releases = list[Release]  # inside the class `list` is the verb

__all__ = ["OwnVerbs"]


class OwnVerbs:
    """service: the calls. log, hint, hook_output: as of an Environment. profile: the Helm charts are rendered as.
    patience: seconds to go on trying when the connection breaks while an operation runs."""

    def __init__(
        self,
        service: OwnService,
        *,
        log: Log,
        hint: Callable[[str], None],
        hook_output: HookOutput,
        profile: Profile,
        patience: float,
    ) -> None:
        self._service = service
        self._log = log
        self._hint = hint
        self._hook_output = hook_output
        self._profile = profile
        self._patience = patience

    # what changes something

    def install(self, chart: Chart, values: Values, options: InstallOptions, *, progress: Watch) -> Release:
        request = messages.InstallRequest()
        self._put(options, request)
        self._put_source(chart, values, request)
        return self._released(self._operate("Install", request, options.name, progress))

    def install_instead(self, options: UpgradeOptions, *, progress: Watch) -> InstallOptions | None:
        from charthouse.actions.options import InstallOptions

        request = messages.InstallInsteadRequest()
        self._put(options, request.upgrade)
        answer = self._service.call("InstallInstead", request)
        self._say(answer)
        for hint in answer.hints:
            self._hint(hint)
        if not answer.install:
            return None
        same = {
            field: getattr(options, field)
            for field in InstallOptions._fields
            if field in type(options)._fields and field != "server_side"
        }
        return InstallOptions(**same, replace=answer.replace, server_side=options.server_side != "false")

    def upgrade(self, chart: Chart, values: Values, options: UpgradeOptions, *, progress: Watch) -> Release:
        return self._released(
            self._operate("Upgrade", self._upgrade_request(chart, values, options), options.name, progress)
        )

    def rollback(self, options: RollbackOptions, *, progress: Watch) -> Release:
        request = messages.RollbackRequest()
        self._put(options, request)
        return self._released(self._operate("Rollback", request, options.name, progress))

    def uninstall(self, options: UninstallOptions, *, progress: Watch) -> Uninstalled:
        request = messages.UninstallRequest()
        self._put(options, request)
        result = self._operate("Uninstall", request, options.name, progress)
        return Uninstalled(self._released(result) if result.HasField("release") else None, result.info)

    def test(self, options: TestOptions, *, logs: bool, progress: Watch) -> Tested:
        request = messages.TestRequest(logs=logs)
        self._put(options, request)
        result = self._operate("Test", request, options.name, progress)
        return RemoteTested(
            self._released(result),
            from_failure(result.failure) if result.HasField("failure") else None,
            logs=result.logs,
            log_problem=from_failure(result.log_failure) if result.HasField("log_failure") else None,
            clean_up_problem=from_failure(result.clean_up_failure) if result.HasField("clean_up_failure") else None,
        )

    def test_logs(self, tested: Tested, options: TestOptions) -> str:
        return logs_of(tested)

    # what reads

    def list(self, options: ListOptions) -> Releases:
        request = messages.ListRequest(view=messages.View.HEAD)  # whole records took most of a list's time
        self._put(options, request)
        return self._releases(self._service.collect("List", request))

    def status(self, options: StatusOptions) -> Release:
        request = messages.StatusRequest(view=messages.View.RECORD)
        self._put(options, request)
        return self._release(self._service.call("GetStatus", request))

    def history(self, options: HistoryOptions) -> Releases:
        request = messages.HistoryRequest(view=messages.View.RECORD)
        self._put(options, request)
        return self._releases(self._service.collect("History", request))

    def get(self, options: GetOptions) -> Release:
        request = messages.GetRequest(view=messages.View.RECORD)
        self._put(options, request)
        return self._release(self._service.call("GetRelease", request))

    def values(self, options: GetOptions) -> Values:
        request = messages.ValuesRequest()
        self._put(options, request)
        answer = self._service.call("GetValues", request)
        self._say(answer)
        values: Values = exact.decode(answer.exact_values)
        return values

    def metadata(self, options: GetOptions) -> ReleaseMetadata:
        return metadata_of(self.get(options))

    def plan(self, chart: Chart, values: Values, options: UpgradeOptions) -> ReleasePlan:
        request = messages.PlanRequest(upgrade=self._upgrade_request(chart, values, options))
        request.upgrade.control.show_secrets = True
        return plan_from_message(self._operate("Plan", request, options.name, _unheard, request.upgrade).plan)

    def diff(self, chart: Chart, values: Values, options: DiffOptions) -> ReleaseDiff:
        upgrade = self._upgrade_request(chart, values, options.upgrade)
        request = messages.DiffRequest(upgrade=upgrade, live=options.live, show_secrets=options.show_secrets)
        request.upgrade.control.show_secrets = options.show_secrets
        return diff_from_message(self._operate("Diff", request, options.upgrade.name, _unheard, request.upgrade).diff)

    # asking

    def _put(self, options: Any, request: Any) -> None:
        if getattr(options, "post_renderer", None) is not None:
            raise NotCarried(
                "a post-renderer is a program of this machine, which Tiller cannot run",
                hint="render with `template`, or work on the cluster directly (without --tiller)",
            )
        write(options, request)

    def _upgrade_request(self, chart: Chart, values: Values, options: UpgradeOptions) -> messages.UpgradeRequest:
        request = messages.UpgradeRequest()
        self._put(options, request)
        self._put_source(chart, values, request)
        return request

    def _put_source(self, chart: Chart, values: Values, request: Any) -> None:
        if self._profile.helm2:
            raise NotCarried("--compat helm2 cannot be asked of Tiller: its Helm 2 clients have it by their own API")
        request.source.chart = archive_of(chart)
        request.source.exact_values = exact.encode(values)
        request.source.compat = "" if self._profile.name == "helm4" else self._profile.name
        request.source.exact = self._profile.exact_numbers
        request.source.told = True

    def _operate(
        self, method: str, request: Any, name: str, progress: Watch, place: Any | None = None
    ) -> messages.Result:
        """place: the message whose `control` is meant, when it is not the request itself."""
        control = (request if place is None else place).control
        control.operation = str(uuid.uuid4())
        control.view = messages.View.RECORD
        control.first = True
        following = Following(
            self._service,
            control.operation,
            name,
            patience=self._patience,
            again=lambda: control.ClearField("first"),
            log=self._log,
            hint=self._hint,
            progress=progress,
            hook_output=self._hook_output,
        )
        return following.result(method, request)

    # what came

    def _released(self, result: messages.Result) -> Release:
        """The release a verb ended with. Where only its name came (another replica told the end), it is asked for."""
        message = result.release
        if message.HasField("record"):
            return from_message(message)
        if not message.name:
            raise CodecError("the server told no release")
        request = messages.GetRequest(
            name=message.name, namespace=message.namespace, revision=message.revision, view=messages.View.RECORD
        )
        return self._release(self._service.call("GetRelease", request))

    def _release(self, answer: messages.ReleaseResponse) -> Release:
        self._say(answer)
        return from_message(answer.release)

    def _releases(self, answers: Iterable[messages.ListResponse]) -> Releases:
        found = []
        for answer in answers:
            self._say(answer)
            found += [from_message(message) for message in answer.releases]
        return found

    def _say(self, answer: Any) -> None:
        for line in answer.log:
            self._log(log_record(line))


def _unheard(progress: Progress, /) -> None:
    """Nobody watches what changes nothing."""
