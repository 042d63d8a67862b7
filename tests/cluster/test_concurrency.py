"""Many operations at once: on one release they follow each other or are refused, on many they all get done.

CHARTHOUSE_RELEASES=200 for as many releases at once as the acceptance asks for; a sample otherwise.
"""

from __future__ import annotations

import os
import re
import resource
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from charthouse.actions.options import InstallOptions
from charthouse.releases.errors import Locked
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations import Operation, Work
from tests.cluster.conftest import RunningCluster
from tests.cluster.courses import CHART, Ground, grant
from tests.cluster.forking import forking
from tests.cluster.replicas import KEEPER, do, options_of, replica

UPGRADES = 50
RELEASES = int(os.environ.get("CHARTHOUSE_RELEASES") or 40)
MEGABYTES = 250
PATIENCE = 300.0


@pytest.fixture(scope="module")
def ground(cluster: RunningCluster) -> Iterator[Ground]:
    made = Ground(str(cluster.kubeconfig), dict(os.environ))
    grant(made, KEEPER.user)
    for number in range(3):
        grant(made, f"keeper-{number}")
    yield made


def test_upgrades_of_one_release_follow_each_other_or_are_refused(ground: Ground) -> None:
    tillers, namespace = ground.namespace("tillers"), ground.namespace("crowd")
    ground.before(namespace, "upgrade")
    replicas = [replica(ground.kubeconfig, tillers, every=1.0) for _ in range(2)]
    for each in replicas:
        each.serve()
    start = threading.Barrier(UPGRADES)

    def upgrade(number: int) -> Any:
        options = options_of("upgrade", namespace, disable_hooks=True, history_max=0, wait="hookOnly")
        caller = Caller(f"keeper-{number % 3}", groups=("system:authenticated",))
        work = Work("upgrade", namespace, "r", {}, "v1", secrets.token_hex(16))
        start.wait(PATIENCE)
        operation = replicas[number % 2].start(caller, work, do("upgrade", CHART, f"kind-{number}", options))
        try:
            return operation.result(PATIENCE)
        except Locked as error:
            return error

    with ThreadPoolExecutor(UPGRADES) as pool:
        ended = list(pool.map(upgrade, range(UPGRADES)))
    made = {release.version: release.config["kind"] for release in ended if not isinstance(release, Locked)}
    refused = [error for error in ended if isinstance(error, Locked)]
    assert made and len(made) + len(refused) == UPGRADES
    for error in refused:
        assert str(error) == "another operation (install/upgrade/rollback) is in progress"
        who = rf"keeper-\d is at work on {namespace}/r: upgrade since \S+ \(operation [0-9a-f]{{32}} on \S+\)"
        assert re.fullmatch(who, error.hint), error.hint
    history = ground.history(namespace)
    assert [release.version for release in history] == [1, *sorted(made)] == list(range(1, len(made) + 2))
    assert {release.version: release.config["kind"] for release in history[1:]} == made
    assert [release.status for release in history] == ["superseded"] * len(made) + ["deployed"]
    found = ground.snapshot(namespace)
    assert [name for name in found if "r-only-" in name] == [f"ConfigMap/r-only-{history[-1].config['kind']}"]
    assert [name for name in found if name.startswith("Lease/")] == []
    for each in replicas:
        each.stop()


def many(kubeconfig: str, tillers: str, namespace: str, count: int, said: Any) -> None:
    """One replica that installs so many releases; says how many are deployed, the errors, and its memory at most."""
    operations = replica(kubeconfig, tillers, every=1.0)
    operations.serve()
    begun: list[Operation] = []
    for number in range(count):
        name = f"r-{number}"
        options = InstallOptions(name, namespace, disable_hooks=True)
        begun.append(
            operations.start(KEEPER, Work("install", namespace, name, {}, "v1"), do("install", CHART, "oil", options))
        )
    deployed, errors = 0, []
    for operation in begun:
        try:
            deployed += operation.result(PATIENCE).status == "deployed"
        except Exception as error:  # told to the test
            errors.append(f"{operation.work.name}: {error!r}")
    said.put((deployed, errors, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
    operations.stop()


def test_many_releases_at_once_are_all_deployed_in_bounded_memory(ground: Ground) -> None:
    tillers, namespace = ground.namespace("tillers"), ground.namespace("fleet")
    context = forking()
    said = context.Queue()
    process = context.Process(target=many, args=(ground.kubeconfig, tillers, namespace, RELEASES, said))
    process.start()
    deployed, errors, megabytes = said.get(timeout=PATIENCE)
    process.join(PATIENCE)
    assert (deployed, errors, process.exitcode) == (RELEASES, [], 0)
    assert megabytes < MEGABYTES
    listed = ground.direct(namespace).list()
    assert {release.status for release in listed} == {"deployed"} and len(listed) == RELEASES
