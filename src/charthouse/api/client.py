"""Releases on a cluster, from Python: ``Client`` (threads) and ``AsyncClient`` (asyncio).

A Client is what the command line is, without the command line: one cluster, one user, one namespace by default. It is
safe to use from many threads; every verb locks the release it works on, not the client. Options are those of the
command line, by keyword (``charthouse.actions.options``).
"""

from __future__ import annotations

import os

from charthouse.actions.environment import assemble, no_hints, no_output, no_progress
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
from charthouse.actions.verbs import LocalVerbs
from charthouse.api.rendering import as_chart, user_values
from charthouse.logs import silent
from charthouse.profile import profile_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.actions.diff import ReleaseDiff
    from charthouse.actions.environment import Environment, HookOutput
    from charthouse.actions.get import ReleaseMetadata
    from charthouse.actions.plan import ReleasePlan
    from charthouse.actions.ports import Clock, Cluster, Progress
    from charthouse.actions.test import Tested
    from charthouse.actions.uninstall import Uninstalled
    from charthouse.actions.verbs import Verbs
    from charthouse.charts.chart import Chart
    from charthouse.logs import Log
    from charthouse.releases.release import Release
    from charthouse.releases.storage.database import Database
    from charthouse.releases.storage.memory import MemoryStore
    from charthouse.tiller.client.settings import ClientSettings

    ChartSource = Chart | str | os.PathLike[str]
    Releases = list[Release]  # inside the classes `list` is the verb

__all__ = ["Client"]


class Client:
    """Releases of one cluster.

    tiller: a release server to let do the work, as `--tiller` names it ("cluster", "host:port", "unix:/path"), or with
    more said of the way there (``charthouse.TillerSettings``); kubeconfig and context then tell how it is found and who
    one is, and cluster, driver and sql_connection have no meaning. It is asked with the first verb.

    kubeconfig: path of a kubeconfig; None reads KUBECONFIG and ~/.kube/config as `kubectl` does. context: of the
    kubeconfig, "" for the current one. cluster: a ready ``Cluster`` instead (a dev cluster's, a test's). namespace: ""
    takes the context's, then "default". driver: where records are kept: secret, configmap, memory, sql (in the database
    sql_connection names, `postgres://…` or `sqlite:///PATH`).
    log, hint, progress, hook_output: told what Helm logs, advice, how work goes on, and the logs of hooks that ask
    for it; they are called from the thread that works. compat: the Helm charts are rendered as ("helm3"); exact:
    integers of values files stay integers; records stay Helm 4's.

    Raises UnknownProfile, KubeconfigError when there is no way to a cluster; nothing is asked of the cluster yet.
    """

    def __init__(
        self,
        *,
        kubeconfig: str | os.PathLike[str] | None = None,
        context: str = "",
        cluster: Cluster | None = None,
        namespace: str = "",
        driver: str = "secret",
        sql_connection: str = "",
        clock: Clock | None = None,
        log: Log = silent,
        hint: Callable[[str], None] = no_hints,
        progress: Callable[[Progress], None] = no_progress,
        hook_output: HookOutput = no_output,
        compat: str = "",
        exact: bool = False,
        tiller: str | ClientSettings = "",
    ) -> None:
        from charthouse.api.connecting import connected, system_clock

        self._clock: Clock = clock if clock is not None else system_clock()
        self._remote: Verbs | None = None
        self._profile = profile_named(compat, exact_numbers=exact)
        if tiller:
            from charthouse.api.connecting import tiller_verbs

            self._remote, found = tiller_verbs(
                tiller, kubeconfig, context, clock=self._clock, log=log, hint=hint, hook_output=hook_output,
                profile=self._profile,
            )  # fmt: skip
            namespace = namespace or found
        elif cluster is None:
            cluster, found = connected(kubeconfig, context, namespace, clock=self._clock, log=log)
            namespace = namespace or found
        self._cluster = cluster
        self.namespace = namespace or "default"
        self._driver = driver
        self._log = log
        self._hint = hint
        self._progress = progress
        self._hook_output = hook_output
        self._memory: MemoryStore | None = None
        self._database = _shared_database(sql_connection) if sql_connection else None
        self._kept: dict[str, Environment] = {}  # of the memory driver: its locks are the environment's own
        if driver == "memory":
            from charthouse.releases.storage.memory import MemoryStore

            self._memory = MemoryStore()

    @property
    def cluster(self) -> Cluster:
        """The cluster. Raises TypeError when a release server does the work."""
        if self._cluster is None:
            raise TypeError("this Client works through a release server; it has no cluster of its own")
        return self._cluster

    def environment(self, namespace: str | None = None) -> Environment:
        """What the verbs of ``charthouse.actions`` take, for one namespace ("" = all, for reading). Raises TypeError
        when a release server does the work."""
        where = self.namespace if namespace is None else namespace
        if self._memory is None:
            return self._assemble(where)
        return self._kept.setdefault(where, self._assemble(where))

    def _assemble(self, namespace: str) -> Environment:
        return assemble(
            self.cluster,
            namespace=namespace,
            driver=self._driver,
            clock=self._clock,
            random=os.urandom,
            log=self._log,
            hint=self._hint,
            hook_output=self._hook_output,
            memory=self._memory,
            database=self._database,
            profile=self._profile,
        )

    def _verbs(self, namespace: str) -> Verbs:
        if self._remote is not None:
            return self._remote
        return LocalVerbs(self.environment(namespace))

    def _place(self, options: dict[str, Any]) -> tuple[Verbs, dict[str, Any]]:
        namespace = options.pop("namespace", None) or self.namespace
        return self._verbs(namespace), {"namespace": namespace, **options}

    def install(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> Release:
        """Install a chart as a new release. options: of InstallOptions (``wait="watcher"``, ``create_namespace=True``
        …).

        Raises ActionError and its kin (VerbFailed carries the failed release), ChartError, StorageError, Locked.
        """
        verbs, rest = self._place(options)
        loaded = as_chart(chart, self._log, self._profile)
        return verbs.install(loaded, user_values(values), InstallOptions(name=name, **rest), progress=self._progress)

    def upgrade(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> Release:
        """Upgrade a release; with ``install=True`` install it when it is not there. options: of UpgradeOptions.

        Raises as ``install``, and NoDeployedReleases.
        """
        verbs, rest = self._place(options)
        loaded, given = as_chart(chart, self._log, self._profile), user_values(values)
        wanted = UpgradeOptions(name=name, **rest)
        instead = verbs.install_instead(wanted, progress=self._progress) if wanted.install else None
        if instead is not None:
            return verbs.install(loaded, given, instead, progress=self._progress)
        return verbs.upgrade(loaded, given, wanted, progress=self._progress)

    def rollback(self, name: str, revision: int = 0, **options: Any) -> Release:
        """Make an earlier revision (0: the one before the last) the newest. options: of RollbackOptions."""
        verbs, rest = self._place(options)
        wanted = RollbackOptions(name=name, revision=revision, **rest)
        return verbs.rollback(wanted, progress=self._progress)

    def uninstall(self, name: str, **options: Any) -> Uninstalled:
        """Delete a release's objects and records. options: of UninstallOptions."""
        verbs, rest = self._place(options)
        return verbs.uninstall(UninstallOptions(name=name, **rest), progress=self._progress)

    def test(self, name: str, **options: Any) -> Tested:
        """Run a release's tests and clean up after them; ``.error`` says whether one failed. options: of
        TestOptions."""
        verbs, rest = self._place(options)
        tested = verbs.test(TestOptions(name=name, **rest), logs=False, progress=self._progress)
        tested.clean_up()
        return tested

    def list(self, *, all_namespaces: bool = False, **options: Any) -> Releases:
        """The newest revision of every release. options: of ListOptions. A release server sends what lists show:
        ``get`` has the rest."""
        namespace = "" if all_namespaces else options.pop("namespace", None) or self.namespace
        wanted = ListOptions(**{"limit": 0, "namespace": namespace, **options})
        return self._verbs(namespace).list(wanted)

    def status(self, name: str, **options: Any) -> Release:
        """A revision with its live objects in ``info.resources``. options: of StatusOptions."""
        verbs, rest = self._place(options)
        return verbs.status(StatusOptions(name=name, **rest))

    def history(self, name: str, **options: Any) -> Releases:
        """All revisions, oldest first."""
        verbs, rest = self._place(options)
        found = verbs.history(HistoryOptions(name=name, **rest))
        return sorted(found, key=lambda release: release.version)

    def get(self, name: str, revision: int = 0, **options: Any) -> Release:
        """A revision as recorded (0: the last): manifest, hooks, notes, values, chart."""
        verbs, rest = self._place(options)
        return verbs.get(GetOptions(name=name, revision=revision, **rest))

    def values(self, name: str, *, all: bool = False, revision: int = 0, **options: Any) -> dict[str, Any]:
        """The values given for a revision, or with ``all`` the computed ones."""
        verbs, rest = self._place(options)
        return verbs.values(GetOptions(name=name, revision=revision, all_values=all, **rest))

    def metadata(self, name: str, revision: int = 0, **options: Any) -> ReleaseMetadata:
        """What a revision is, without its contents."""
        verbs, rest = self._place(options)
        return verbs.metadata(GetOptions(name=name, revision=revision, **rest))

    def plan(
        self, name: str, chart: ChartSource, values: Mapping[str, Any] | None = None, **options: Any
    ) -> ReleasePlan:
        """What ``upgrade`` (or, for a new name, ``install``) with the same arguments would do."""
        verbs, rest = self._place(options)
        wanted = UpgradeOptions(name=name, **{"install": True, **rest})
        return verbs.plan(as_chart(chart, self._log, self._profile), user_values(values), wanted)

    def diff(
        self,
        name: str,
        chart: ChartSource,
        values: Mapping[str, Any] | None = None,
        *,
        live: bool = False,
        show_secrets: bool = False,
        **options: Any,
    ) -> ReleaseDiff:
        """What ``upgrade`` with the same arguments would change; ``charthouse.api.diff_text`` prints it."""
        verbs, rest = self._place(options)
        wanted = UpgradeOptions(name=name, **{"install": True, **rest})
        compared = DiffOptions(upgrade=wanted, live=live, show_secrets=show_secrets)
        return verbs.diff(as_chart(chart, self._log, self._profile), user_values(values), compared)


def _shared_database(connection_string: str) -> Callable[[], Database]:
    """Opens a database when first called, and gives that one ever after."""
    from functools import cache

    from charthouse.releases.storage.database import open_database

    return cache(lambda: open_database(connection_string, os.environ))
