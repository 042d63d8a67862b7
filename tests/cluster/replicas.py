"""Replicas of a Tiller that are cheap: the parts that work, without sockets, one of which kills itself.

``perform`` runs one verb as a replica would, in a process forked from one that has imported everything; it dies by
SIGKILL before (moment 2n) or after (2n + 1) its n-th write to the API server, whoever it writes as. ``successor`` is
another replica, in this process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, cast

from charthouse.actions import install, rollback, uninstall, upgrade
from charthouse.actions.options import InstallOptions, RollbackOptions, UninstallOptions, UpgradeOptions
from charthouse.actions.ports import Clock
from charthouse.api.rendering import as_chart
from charthouse.kube.client import Client
from charthouse.kube.cluster import Cluster
from charthouse.kube.connect import ConnectConfig, SystemClock
from charthouse.logs import Log, silent
from charthouse.profile import HELM4
from charthouse.records import replace
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations import Operation, Operations, Work
from charthouse.tiller.operations.replica import Replica
from charthouse.tiller.workplaces.workplace import ClusterWorkplace, WorkplaceSettings
from tests.cluster.dying import Dying

__all__ = ["KEEPER", "WAITING", "do", "options_of", "perform", "replica"]

KEEPER = Caller("keeper", groups=("system:authenticated",))
"""Who asks for everything; the tests give them the rights to."""
WAITING: dict[str, Any] = {"wait": "watcher", "timeout": 120.0}
RELEASE = "r"


class CountingWorkplace(ClusterWorkplace):
    """Every client it hands out counts the writes of all of them. client: puts itself between, given a client."""

    def __init__(self, *arguments: Any, between: Callable[[Client], Any], **named: Any) -> None:
        self._between = between
        super().__init__(*arguments, **named)

    def own_client(self) -> Client:
        return cast("Client", self._between(super().own_client()))

    def own_cluster(self) -> Cluster:
        return Cluster(self.own_client())

    def _client(self, caller: Caller, log: Log) -> Client:
        return cast("Client", self._between(super()._client(caller, log)))


def replica(
    kubeconfig: str,
    namespace: str,
    between: Callable[[Client], Any] = lambda client: client,
    *,
    storage: str = "configmap",
    every: float = 0.1,
    log: Log = silent,
    clock: Clock | None = None,
    **limits: Any,
) -> Operations:
    """One replica with its own connections. namespace: Tiller's. between: what is put around each client."""
    clock = clock or SystemClock()
    config = ConnectConfig(environ={**os.environ, "KUBECONFIG": kubeconfig})
    settings = WorkplaceSettings(storage=storage, namespace=namespace)
    workplace = CountingWorkplace(config, settings, clock=clock, between=between)
    mine = Replica(workplace, clock=clock, random=os.urandom, log=log)
    return Operations(workplace, clock=clock, random=os.urandom, replica=mine, every=every, **limits)


def options_of(verb: str, namespace: str, **more: Any) -> Any:
    """The options of a verb on the release, waiting for everything."""
    kinds = {"install": InstallOptions, "upgrade": UpgradeOptions, "rollback": RollbackOptions}
    named = {"name": RELEASE, "namespace": namespace, **WAITING, **more}
    if verb == "rollback":
        named = {"revision": 1, **named}
    return kinds.get(verb, UninstallOptions)(**named)


def do(verb: str, chart: str, kind: str, options: Any) -> Callable[[Any, Any, Operation], Any]:
    """What an operation does."""

    def work(env: Any, progress: Any, operation: Operation) -> Any:
        if verb in ("install", "upgrade"):
            loaded = as_chart(chart, silent, HELM4)
            run = install.run if verb == "install" else upgrade.run
            return run(env, loaded, {"kind": kind}, options, progress=progress)
        if verb == "rollback":
            return rollback.run(env, options, progress=progress)
        return uninstall.run(env, options, progress=progress)

    return work


def perform(
    kubeconfig: str,
    tillers: str,
    namespace: str,
    verb: str,
    chart: str,
    kind: str,
    more: dict[str, Any],
    moment: int,
    id: str,
    said: Any = None,
    user: str = KEEPER.user,
) -> None:
    """One operation in a replica of its own, which dies at `moment` (-1: never). said: gets how many moments there
    were, or the error it ended with."""
    dying = Dying(None, moment)
    operations = replica(kubeconfig, tillers, dying.around, every=3600.0)
    assert operations._replica is not None
    operations._replica.announce()  # it takes up nobody else's work: that would die with it, again and again
    options = options_of(verb, namespace, **more)
    work = Work(verb, namespace, RELEASE, {}, "v1", id)
    operation = operations.start(replace(KEEPER, user=user), work, do(verb, chart, kind, options))
    error = ""
    try:
        operation.result(300)
    except Exception as problem:  # told to the test
        error = str(problem)
    finally:
        moments = dying.writes * 2
        if said is not None:
            said.put((moments, error))
            said.close()
            said.join_thread()
        threading.Event().wait(0.01)
        os._exit(0 if not error else 1)
