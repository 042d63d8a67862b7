"""The verbs as a port: what a shell asks for, whoever does it.

``LocalVerbs`` does it here, over an ``Environment``; ``tiller.client`` asks a release server. Options, results and
errors are the same (``actions.options``, ``actions.VERB``), so a shell prints the same. A verb's module is imported
when it is first asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from charthouse.actions.diff import ReleaseDiff
    from charthouse.actions.environment import Environment
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
    from charthouse.charts.chart import Chart
    from charthouse.releases.release import Release

    Values = dict[str, Any]
    Watch = Callable[[Progress], None]
    Releases = list[Release]  # inside the classes `list` is the verb

    class Verbs(Protocol):
        """Each verb of the package, with the arguments of its ``run``. Raises what the verb raises."""

        def install(self, chart: Chart, values: Values, options: InstallOptions, *, progress: Watch) -> Release: ...

        def install_instead(self, options: UpgradeOptions, *, progress: Watch) -> InstallOptions | None:
            """What `upgrade --install` has to install; None when there is a release to upgrade."""
            ...

        def upgrade(self, chart: Chart, values: Values, options: UpgradeOptions, *, progress: Watch) -> Release: ...

        def rollback(self, options: RollbackOptions, *, progress: Watch) -> Release: ...

        def uninstall(self, options: UninstallOptions, *, progress: Watch) -> Uninstalled: ...

        def test(self, options: TestOptions, *, logs: bool, progress: Watch) -> Tested:
            """logs: ``test_logs`` will be asked for."""
            ...

        def test_logs(self, tested: Tested, options: TestOptions) -> str:
            """What the tests' pods printed; to be asked for before the tests are cleaned up."""
            ...

        def list(self, options: ListOptions) -> Releases: ...

        def status(self, options: StatusOptions) -> Release: ...

        def history(self, options: HistoryOptions) -> Releases: ...

        def get(self, options: GetOptions) -> Release: ...

        def values(self, options: GetOptions) -> Values: ...

        def metadata(self, options: GetOptions) -> ReleaseMetadata: ...

        def plan(self, chart: Chart, values: Values, options: UpgradeOptions) -> ReleasePlan: ...

        def diff(self, chart: Chart, values: Values, options: DiffOptions) -> ReleaseDiff: ...

else:
    Verbs = object

__all__ = ["LocalVerbs", "Verbs"]


class LocalVerbs:
    """The verbs done in this process. environment: cluster, records and lock of the namespace they are asked for."""

    __slots__ = ("environment",)

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def install(self, chart: Chart, values: Values, options: InstallOptions, *, progress: Watch) -> Release:
        from charthouse.actions import install

        return install.run(self.environment, chart, values, options, progress=progress)

    def install_instead(self, options: UpgradeOptions, *, progress: Watch) -> InstallOptions | None:
        from charthouse.actions import upgrade

        if not upgrade.must_install(self.environment, options, progress=progress):
            return None
        return upgrade.install_instead(self.environment, options)

    def upgrade(self, chart: Chart, values: Values, options: UpgradeOptions, *, progress: Watch) -> Release:
        from charthouse.actions import upgrade

        return upgrade.run(self.environment, chart, values, options, progress=progress)

    def rollback(self, options: RollbackOptions, *, progress: Watch) -> Release:
        from charthouse.actions import rollback

        return rollback.run(self.environment, options, progress=progress)

    def uninstall(self, options: UninstallOptions, *, progress: Watch) -> Uninstalled:
        from charthouse.actions import uninstall

        return uninstall.run(self.environment, options, progress=progress)

    def test(self, options: TestOptions, *, logs: bool, progress: Watch) -> Tested:
        from charthouse.actions import test

        return test.run(self.environment, options, progress=progress)

    def test_logs(self, tested: Tested, options: TestOptions) -> str:
        from charthouse.actions import test

        return test.logs(self.environment, tested, options)

    def list(self, options: ListOptions) -> Releases:
        from charthouse.actions import list

        return list.run(self.environment, options)

    def status(self, options: StatusOptions) -> Release:
        from charthouse.actions import status

        return status.run(self.environment, options)

    def history(self, options: HistoryOptions) -> Releases:
        from charthouse.actions import history

        return history.run(self.environment, options)

    def get(self, options: GetOptions) -> Release:
        from charthouse.actions import get

        return get.run(self.environment, options)

    def values(self, options: GetOptions) -> Values:
        from charthouse.actions import get

        return get.values(self.environment, options)

    def metadata(self, options: GetOptions) -> ReleaseMetadata:
        from charthouse.actions import get

        return get.metadata(self.environment, options)

    def plan(self, chart: Chart, values: Values, options: UpgradeOptions) -> ReleasePlan:
        from charthouse.actions import plan

        return plan.run(self.environment, chart, values, options)

    def diff(self, chart: Chart, values: Values, options: DiffOptions) -> ReleaseDiff:
        from charthouse.actions import diff

        return diff.run(self.environment, chart, values, options)
