"""Killed with SIGKILL at a write to the API server, then `upgrade --install`: everything is whole, without help.

The moments are writes (before one, and after one whose answer never arrived). Whole means: the release is deployed,
once, nothing is pending, no lock is left, and the objects are those of an undisturbed course, where either the killed
verb happened before or did not (hooks that stay after they ran tell the two apart). Helm 4.3.1 manages 17 of 48.

A sample of each verb's moments, spread evenly; all of them when CHARTHOUSE_EVERY_BOUNDARY=1. Several courses run at
once, each in a namespace of its own: most of their time is waiting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cluster.conftest import RunningCluster
from tests.cluster.courses import CHART, COURSES, Ground, Snapshot, sample
from tests.cluster.dying import perform
from tests.cluster.forking import forking
from tests.cluster.interop import Tool

EVERY = os.environ.get("CHARTHOUSE_EVERY_BOUNDARY") == "1"
SAMPLES = {"embedded": 16, "real": 12}
AT_ONCE = {"embedded": 3, "real": 8}
PATIENCE = 240.0
# A slow machine's undisturbed run may have had more writes (renewals of Leases) than the one that is to be killed.
HEARTBEATS = 20


class Course:
    """One namespace: what happened there and what came of it."""

    def __init__(self, ground: Ground, verb: str, name: str) -> None:
        self.ground = ground
        self.verb = verb
        self.namespace = ground.namespace(f"kill-{verb}-{name}")
        ground.before(self.namespace, verb)

    def run(self, moment: int) -> tuple[int | None, int]:
        """The verb in a process that dies at a moment (-1: never): exit code, how many moments it had."""
        context = forking()
        said = context.Queue() if moment < 0 else None
        kind = COURSES[self.verb][1]
        arguments: tuple[Any, ...] = (self.ground.kubeconfig, self.namespace, self.verb, CHART, kind, moment, said)
        process = context.Process(target=perform, args=arguments)
        process.start()
        moments = said.get(timeout=PATIENCE) if said is not None else 0
        process.join(PATIENCE)
        return process.exitcode, moments

    def repair(self) -> None:
        client = self.ground.direct(self.namespace)
        client.upgrade("r", CHART, {"kind": COURSES[self.verb][1]}, install=True, wait="watcher", timeout=120.0)

    def objects(self) -> Snapshot:
        found = self.ground.snapshot(self.namespace)
        return {name: text for name, text in found.items() if not name.startswith("revision")}

    def end(self) -> None:
        self.ground.end(self.namespace)


class Undisturbed:
    """The two courses that end well: the verb happened before the repair, or it did not."""

    def __init__(self, ground: Ground, verb: str) -> None:
        after, instead = Course(ground, verb, "after"), Course(ground, verb, "instead")
        code, self.moments = after.run(-1)
        assert code == 0
        after.repair()
        instead.repair()
        self.both = (after.objects(), instead.objects())
        after.end()
        instead.end()

    def allows(self, found: Snapshot) -> str:
        """What is wrong with the objects found, "" when nothing is."""
        one, other = self.both
        for name in one.keys() & other.keys():
            if found.get(name) not in (one[name], other[name]):
                return f"{name}: {found.get(name)} instead of {one[name]}"
        for name, text in found.items():
            if text not in (one.get(name), other.get(name)):
                return f"{name}: should not be there, or not like this: {text}"
        return ""


def killed(ground: Ground, verb: str, want: Undisturbed, moment: int, helm4: Tool) -> str:
    """One course; what is wrong with its end."""
    course = Course(ground, verb, str(moment))
    code, _ = course.run(moment)
    if code != -9 and not (code == 0 and moment >= want.moments - HEARTBEATS):
        return f"moment {moment} of {want.moments}: it was not killed (exit code {code})"
    course.repair()
    history: list[Any] = helm4.json("history", "r", "-n", course.namespace)
    states = [row["status"] for row in history]
    problem = want.allows(course.objects())
    if states[-1] != "deployed" or states.count("deployed") != 1 or set(states) - {"deployed", "superseded", "failed"}:
        problem = f"{states}; {problem}"
    course.end()
    return f"moment {moment} of {want.moments}: {problem}" if problem else ""


@pytest.fixture(scope="module")
def ground(cluster: RunningCluster) -> Iterator[Ground]:
    yield Ground(str(cluster.kubeconfig), dict(os.environ), driver="secret")


@pytest.mark.parametrize("verb", COURSES)
def test_killed_and_made_whole(verb: str, ground: Ground, cluster: RunningCluster, helm4: Tool) -> None:
    want = Undisturbed(ground, verb)
    moments = sample(want.moments, want.moments if EVERY else SAMPLES[cluster.name])
    with ThreadPoolExecutor(AT_ONCE[cluster.name]) as pool:
        told = pool.map(lambda moment: killed(ground, verb, want, moment, helm4), moments)
        problems = [text for text in told if text]
    assert problems == []
