"""A replica of Tiller is killed with SIGKILL at a write to the API server; another one finishes its work by itself.

At every write, before it and after it (the server has it, the replica has not seen the answer), of install, upgrade,
rollback and uninstall with hooks, and of those that fail and undo what they did. Nobody helps. What is there in the end
equals, object by object and revision by revision, what an undisturbed course leaves, or what was there before; no hook
was made twice, no Lease is left, and whoever asks for the operation by its id is told how it ended.

A sample of each verb's moments, spread evenly; all of them when CHARTHOUSE_EVERY_BOUNDARY=1.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.records import replace
from charthouse.rpc.status import RpcError
from charthouse.tiller.operations import Operations, Work
from charthouse.tiller.operations.entry import LEFT
from charthouse.tiller.operations.rights import missing_right
from tests.cluster.conftest import RunningCluster
from tests.cluster.courses import CHART, COURSES, UNDONE, Ground, Snapshot, grant, sample
from tests.cluster.forking import forking
from tests.cluster.replicas import KEEPER, do, options_of, perform, replica

EVERY = os.environ.get("CHARTHOUSE_EVERY_BOUNDARY") == "1"
SAMPLES = {"embedded": 28, "real": 5}
AT_ONCE = {"embedded": 3, "real": 8}
PATIENCE = 240.0
# A slow machine's undisturbed run may have had more writes (renewals of Leases) than the one that is to be killed.
HEARTBEATS = 20
HOOK = re.compile(r"r-(pre|post)-[a-z]+$")


class Two:
    """The replica that lives, and how one is made that dies."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.tillers = ground.namespace("tillers")
        self.heir: Operations = replica(ground.kubeconfig, self.tillers)
        self.heir.serve()
        self.context = forking()

    def run(self, namespace: str, course: str, moment: int, id: str) -> tuple[int | None, tuple[int, str] | None]:
        """A replica that dies at `moment`: its exit code, and what it said if it lived (moments, error)."""
        verb, _, undone = course.partition("-")
        kind, more = (UNDONE if undone else COURSES)[course][1], {"rollback_on_failure": True} if undone else {}
        said = self.context.Queue() if moment < 0 else None
        place = (self.ground.kubeconfig, self.tillers, namespace)
        arguments: tuple[Any, ...] = (*place, verb, CHART, kind, more, moment, id)
        process = self.context.Process(target=perform, args=(*arguments, said))
        process.start()
        told = said.get(timeout=PATIENCE) if said is not None else None
        process.join(PATIENCE)
        return process.exitcode, told

    def settled(self, id: str) -> None:
        """Wait until no Lease of the operation is left."""
        until = time.monotonic() + PATIENCE
        assert self.heir.successor is not None
        while self.heir.successor.ledger.find(id) is not None:
            assert time.monotonic() < until, f"operation {id} is stuck"
            time.sleep(0.02)

    def told(self, id: str) -> str:
        """What a client that lost its replica is told: the end, or that nobody knows of the operation."""
        try:
            self.heir.find(KEEPER, id).result(PATIENCE)
        except RpcError:
            return "unknown"
        except Exception as error:  # whatever the verb failed with
            return str(error)
        return "done"


class Undisturbed:
    """The state before a verb, after it, and how many moments it has."""

    def __init__(self, two: Two, verb: str) -> None:
        ground = two.ground
        namespace = ground.namespace(f"whole-{verb}")
        ground.before(namespace, verb)
        self.before = ground.snapshot(namespace)
        code, told = two.run(namespace, verb, -1, secrets.token_hex(16))
        assert told is not None, told
        self.code = code
        self.moments, self.told = told[0], told[1].replace(namespace, "<ns>") or "done"
        assert ("has been" in self.told) if verb in UNDONE else (self.told == "done"), self.told
        self.after = ground.snapshot(namespace)
        ground.end(namespace)

    def problem(self, found: Snapshot, told: str) -> str:
        """What is wrong with an end, "" when nothing is."""
        if found == self.after and told == self.told:
            return ""
        if found == self.before and (told == "unknown" or "has been undone" in told or "was interrupted" in told):
            return ""
        wanted = self.after
        lines = [f"{key}: {found.get(key)} instead of {wanted.get(key)}" for key in sorted({*found, *wanted})
                 if found.get(key) != wanted.get(key)]  # fmt: skip
        return f"neither done nor undone, or a client is told something else: {told}\n" + "\n".join(lines)


@pytest.fixture(scope="module")
def two(cluster: RunningCluster) -> Iterator[Two]:
    ground = Ground(str(cluster.kubeconfig), dict(os.environ))
    grant(ground, KEEPER.user)
    made = Two(ground)
    yield made
    made.heir.stop()
    ground.end(made.tillers)


def killed(two: Two, verb: str, want: Undisturbed, moment: int) -> str:
    """One course; what is wrong with it."""
    ground = two.ground
    namespace = ground.namespace(f"killed-{verb}-{moment}")
    ground.before(namespace, verb)
    id = secrets.token_hex(16)
    code, _ = two.run(namespace, verb, moment, id)
    if code != -9 and not (code == want.code and moment >= want.moments - HEARTBEATS):
        return f"moment {moment} of {want.moments}: it was not killed (exit code {code})"
    two.settled(id)
    problem = want.problem(ground.snapshot(namespace), two.told(id).replace(namespace, "<ns>"))
    ground.end(namespace)
    return f"moment {moment} of {want.moments}: {problem}" if problem else ""


def run_twice(cluster: RunningCluster, verb: str) -> list[str]:
    """The hooks that were made more than once in a killed course of a verb, by the API server's audit log."""
    made: Counter[str] = Counter()
    with (cluster.folder / "audit.log").open(encoding="utf-8") as lines:
        for line in lines:
            if f'"killed-{verb}-' not in line or '"ResponseComplete"' not in line:
                continue
            event = json.loads(line)
            what = event.get("objectRef") or {}
            if (event.get("responseStatus") or {}).get("code") == 201 and HOOK.match(what.get("name", "")):
                made[f"{what['namespace']}/{what['resource']}/{what['name']}"] += 1
    assert made
    return [f"{name} was made {times} times" for name, times in made.items() if times > 1]


@pytest.mark.parametrize("verb", [*COURSES, *UNDONE])
def test_another_replica_finishes_or_undoes(verb: str, two: Two, cluster: RunningCluster) -> None:
    want = Undisturbed(two, verb)
    wanted = want.moments if EVERY else SAMPLES[cluster.name]
    moments = sample(want.moments, wanted // 2 if verb in UNDONE and not EVERY else wanted)
    with ThreadPoolExecutor(AT_ONCE[cluster.name]) as pool:
        problems: list[Any] = [
            text for text in pool.map(lambda moment: killed(two, verb, want, moment), moments) if text
        ]
    problems += run_twice(cluster, verb)
    assert not problems, "\n".join(problems)


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nobody_goes_on_for_a_caller_who_lost_the_rights(two: Two) -> None:
    """The next one who has them puts the release right."""
    ground, id = two.ground, secrets.token_hex(16)
    tillers, namespace = ground.namespace("tillers"), ground.namespace("leaver")
    ground.before(namespace, "upgrade")
    leaver = f"leaver-{secrets.token_hex(3)}"
    binding = grant(ground, leaver)
    heir = replica(ground.kubeconfig, tillers)
    ledger = heir.successor.ledger if heir.successor is not None else None
    assert ledger is not None
    arguments: tuple[Any, ...] = (
        ground.kubeconfig,
        tillers,
        namespace,
        "upgrade",
        CHART,
        "gas",
        {},
        30,
        id,
        None,
        leaver,
    )
    process = two.context.Process(target=perform, args=arguments)
    process.start()
    process.join(PATIENCE)
    (page,) = ledger.all()
    assert (process.exitcode, page.entry.caller.user, page.entry.journal.revision) == (-9, leaver, 2)
    ground.client.delete(binding)
    until(lambda: missing_right(heir.workplace, page.entry) != "")
    before = ground.snapshot(namespace)
    heir.serve()
    until(lambda: [each.entry.state for each in ledger.all()] == [LEFT])
    told = f'rights do not allow it any more: User "{leaver}" cannot get resource "configmaps" in the namespace'
    with pytest.raises(CharthouseError, match=told):
        heir.find(replace(KEEPER, user=leaver), id).result(PATIENCE)
    assert ground.snapshot(namespace) == before
    options = options_of("upgrade", namespace)
    work = Work("upgrade", namespace, "r", {}, "v1")
    release = heir.start(KEEPER, work, do("upgrade", CHART, "gas", options)).result(PATIENCE)
    assert (release.version, release.status) == (3, "deployed")
    assert [each.status for each in ground.history(namespace)] == ["superseded", "failed", "deployed"]
    assert ledger.all() == []
    heir.stop()
    ground.end(namespace)
    ground.end(tillers)
