"""An API server that answers 429, 500 and 503, loses connections and answers, ends watches and reports conflicts.

Every run is one verb on a release, through Tiller or in the direct mode, with faults a seed chooses (``faults``). After
each: nothing is stuck (the operation has ended, no revision is pending, no Lease is left), nothing is lost (what was
reported done is there, earlier revisions are too) and nothing is doubled (one verb makes at most one revision). What is
reported failed may have been done or not. Every fifth run is followed by an `upgrade --install` without faults, which
must make everything whole. As Helm, charthouse leaves what a failed (not an interrupted) upgrade had created.

CHARTHOUSE_FAULT_RUNS=500 for the whole of it; CHARTHOUSE_FAULT_SEED for another one than 20261123.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import charthouse
from charthouse.errors import CharthouseError
from charthouse.kube.cluster import Cluster
from charthouse.tiller.operations import Work
from charthouse.tiller.workplaces.workplace import ClusterWorkplace
from tests.cluster.conftest import RunningCluster
from tests.cluster.courses import CHART, Ground, grant
from tests.cluster.faults import Faults, Hasty, afflict
from tests.cluster.replicas import KEEPER, do, options_of, replica

SEED = int(os.environ.get("CHARTHOUSE_FAULT_SEED") or 20261123)
WANTED = int(os.environ.get("CHARTHOUSE_FAULT_RUNS") or 0)
RUNS = {"embedded": WANTED or 40, "real": WANTED or 10}
IN_A_ROW = 5
AT_ONCE = 3
PATIENCE = 240.0
DIRECT, TILLER = "direct", "tiller"


class Chain:
    """Five runs on one release, and the repair."""

    def __init__(self, ground: Ground, tillers: str, number: int) -> None:
        self.ground = ground
        self.random = random.Random(SEED * 1000 + number)
        self.mode = (TILLER, DIRECT)[number % 2]
        self.faults = Faults(SEED * 1000 + number, self.random.choice((0.03, 0.1, 0.25)))
        self.faults.active = False
        self.namespace = ground.namespace(f"faults-{number}")
        self.replica = replica(ground.kubeconfig, tillers, clock=Hasty())
        self.workplace = self.replica.workplace
        assert isinstance(self.workplace, ClusterWorkplace)
        afflict(self.workplace._clusters._connections, self.faults)
        self.replica.serve()
        self.ended: Counter[str] = Counter()
        self.problems: list[str] = []
        self.failed: set[str] = set()

    def run(self) -> Chain:
        for place in range(IN_A_ROW):
            before = self.history()
            verb, kind = self.choose(before)
            self.faults.active = True
            error = self.perform(verb, kind)
            self.faults.active = False
            self.failed |= {"oil", "gas"} if error and verb != "install" else {kind} if error else set()
            self.ended[f"{verb} {'failed' if error else 'done'}"] += 1
            problem = self.problem(verb, kind, before, error)
            if problem:
                self.problems.append(
                    f"{self.namespace} ({self.mode}), run {place + 1}, {verb} {kind}: {problem} ({error})"
                )
        self.repair()
        self.replica.stop()
        self.ground.end(self.namespace)
        return self

    def choose(self, history: list[tuple[int, str]]) -> tuple[str, str]:
        kind = self.random.choice(("oil", "gas"))
        if not history:
            return "install", kind
        if history[-1][1] in ("uninstalling", "uninstalled"):
            return "uninstall", kind
        verbs = ["upgrade", "upgrade", "uninstall"] + (["rollback"] if len(history) > 1 else [])
        return self.random.choice(verbs), kind

    def perform(self, verb: str, kind: str) -> str:
        """What it failed with, "" when it was done."""
        more: dict[str, Any] = {"revision": 0} if verb == "rollback" else {}
        try:
            if self.mode == TILLER:
                id = secrets.token_hex(16)
                options = options_of(verb, self.namespace, **more)
                work = Work(verb, self.namespace, "r", {}, "v1", id)
                self.replica.start(KEEPER, work, do(verb, CHART, kind, options)).result(PATIENCE)
            else:
                self.perform_directly(verb, kind)
        except CharthouseError as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def perform_directly(self, verb: str, kind: str) -> None:
        assert isinstance(self.workplace, ClusterWorkplace)
        cluster = Cluster(self.workplace.own_client(), clock=Hasty())
        client = charthouse.Client(cluster=cluster, namespace=self.namespace, driver="configmap", clock=Hasty())
        waiting: dict[str, Any] = {"wait": "watcher", "timeout": 120.0}
        if verb == "uninstall":
            client.uninstall("r", **waiting)
        elif verb == "rollback":
            client.rollback("r", **waiting)
        else:
            (client.install if verb == "install" else client.upgrade)("r", CHART, {"kind": kind}, **waiting)

    def history(self) -> list[tuple[int, str]]:
        return [(release.version, release.status) for release in self.ground.history(self.namespace)]

    def problem(self, verb: str, kind: str, before: list[tuple[int, str]], error: str) -> str:
        """What is wrong after a run, "" when nothing is."""
        if self.mode == TILLER and (stuck := self.stuck()):
            return stuck
        after = self.history()
        numbers = [number for number, _ in after]
        known = [number for number, _ in before]
        if verb == "uninstall":
            return f"records are left: {after}" if not error and after else ""
        if numbers not in (known, [*known, (known or [0])[-1] + 1]):
            return f"revisions were {known} and are {numbers}"
        if not error:
            states = [state for _, state in after]
            if numbers == known or states[-1] != "deployed" or states.count("deployed") != 1:
                return f"it was reported done, but the revisions are {after}"
            return self.misplaced(after[-1][0])
        return ""

    def stuck(self) -> str:
        until = time.monotonic() + PATIENCE
        while True:
            assert self.replica.successor is not None
            left = [page.entry for page in self.replica.successor.ledger.all()
                    if page.entry.work.namespace == self.namespace]  # fmt: skip
            pending = [state for _, state in self.history() if state.startswith("pending")]
            if not left and not pending:
                return ""
            if time.monotonic() > until:
                return f"stuck: Leases {left}, {pending}"
            time.sleep(0.05)

    def misplaced(self, revision: int) -> str:
        """How the objects differ from what the revision wants."""
        release = self.ground.direct(self.namespace).get("r", revision)
        kind = release.config["kind"]
        found = self.ground.snapshot(self.namespace)
        only = {name.removeprefix("ConfigMap/r-only-") for name in found if "r-only-" in name}
        if (
            kind not in only
            or only - self.failed - {kind}
            or f'"kind": "{kind}"' not in found.get("ConfigMap/r-settings", "")
        ):
            return f"revision {revision} wants {kind}, there is {only}, {found.get('ConfigMap/r-settings')}"
        return ""

    def repair(self) -> None:
        """Whatever happened, the next operation succeeds and everything is whole."""
        client = self.ground.direct(self.namespace)
        if self.history() and self.history()[-1][1] == "uninstalling":
            client.uninstall("r", wait="watcher", timeout=120.0)
        made = client.upgrade("r", CHART, {"kind": "oil"}, install=True, wait="watcher", timeout=120.0)
        states = [state for _, state in self.history()]
        wrong = self.misplaced(made.version)
        leases = [name for name in self.ground.snapshot(self.namespace) if name.startswith("Lease/")]
        if states.count("deployed") != 1 or any("pending" in state for state in states) or wrong or leases:
            self.problems.append(f"{self.namespace} ({self.mode}): not whole after a repair: {states} {wrong} {leases}")


@pytest.fixture(scope="module")
def ground(cluster: RunningCluster) -> Iterator[Ground]:
    made = Ground(str(cluster.kubeconfig), dict(os.environ))
    grant(made, KEEPER.user)
    yield made


def test_no_fault_sticks_loses_or_doubles(ground: Ground, cluster: RunningCluster) -> None:
    tillers = ground.namespace("tillers")
    chains = RUNS[cluster.name] // IN_A_ROW
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda number: Chain(ground, tillers, number).run(), range(chains)))
    ground.end(tillers)
    ended: Counter[str] = sum((chain.ended for chain in done), Counter())
    seen: Counter[str] = sum((chain.faults.seen for chain in done), Counter())
    problems = [problem for chain in done for problem in chain.problems]
    assert not problems, "\n".join(problems)
    assert sum(ended.values()) == chains * IN_A_ROW, ended
    assert len(seen) == 7 if chains > 20 else seen.total(), seen  # a sample need not meet every kind
