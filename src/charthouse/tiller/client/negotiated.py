"""The verbs by whichever API the server speaks: ours, and Helm 2's where it does not know ours.

The first verb that is asked for finds out; it costs a Tiller of Helm 2 one call it refuses.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.tiller.client.own import is_unknown_service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

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
    from charthouse.actions.uninstall import Uninstalled
    from charthouse.actions.verbs import Verbs
    from charthouse.charts.chart import Chart
    from charthouse.releases.release import Release

    T = TypeVar("T")
    Values = dict[str, Any]
    Watch = Callable[[Progress], None]
    Releases = list[Release]  # inside the class `list` is the verb

__all__ = ["NegotiatedVerbs"]


class NegotiatedVerbs:
    """own: tried first; hapi: made when the server does not know our API."""

    def __init__(self, own: Verbs, hapi: Callable[[], Verbs]) -> None:
        self._verbs = own
        self._hapi: Callable[[], Verbs] | None = hapi

    def _ask(self, verb: Callable[[Verbs], T]) -> T:
        if self._hapi is None:
            return verb(self._verbs)
        try:
            found = verb(self._verbs)
        except CharthouseError as error:
            if not is_unknown_service(error):
                raise
            self._verbs = self._hapi()
            found = verb(self._verbs)
        self._hapi = None
        return found

    def install(self, chart: Chart, values: Values, options: InstallOptions, *, progress: Watch) -> Release:
        return self._ask(lambda verbs: verbs.install(chart, values, options, progress=progress))

    def install_instead(self, options: UpgradeOptions, *, progress: Watch) -> InstallOptions | None:
        return self._ask(lambda verbs: verbs.install_instead(options, progress=progress))

    def upgrade(self, chart: Chart, values: Values, options: UpgradeOptions, *, progress: Watch) -> Release:
        return self._ask(lambda verbs: verbs.upgrade(chart, values, options, progress=progress))

    def rollback(self, options: RollbackOptions, *, progress: Watch) -> Release:
        return self._ask(lambda verbs: verbs.rollback(options, progress=progress))

    def uninstall(self, options: UninstallOptions, *, progress: Watch) -> Uninstalled:
        return self._ask(lambda verbs: verbs.uninstall(options, progress=progress))

    def test(self, options: TestOptions, *, logs: bool, progress: Watch) -> Tested:
        return self._ask(lambda verbs: verbs.test(options, logs=logs, progress=progress))

    def test_logs(self, tested: Tested, options: TestOptions) -> str:
        return self._ask(lambda verbs: verbs.test_logs(tested, options))

    def list(self, options: ListOptions) -> Releases:
        return self._ask(lambda verbs: verbs.list(options))

    def status(self, options: StatusOptions) -> Release:
        return self._ask(lambda verbs: verbs.status(options))

    def history(self, options: HistoryOptions) -> Releases:
        return self._ask(lambda verbs: verbs.history(options))

    def get(self, options: GetOptions) -> Release:
        return self._ask(lambda verbs: verbs.get(options))

    def values(self, options: GetOptions) -> Values:
        return self._ask(lambda verbs: verbs.values(options))

    def metadata(self, options: GetOptions) -> ReleaseMetadata:
        return self._ask(lambda verbs: verbs.metadata(options))

    def plan(self, chart: Chart, values: Values, options: UpgradeOptions) -> ReleasePlan:
        return self._ask(lambda verbs: verbs.plan(chart, values, options))

    def diff(self, chart: Chart, values: Values, options: DiffOptions) -> ReleaseDiff:
        return self._ask(lambda verbs: verbs.diff(chart, values, options))
