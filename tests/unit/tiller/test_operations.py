"""Operations in one process: events, ends, cancelling, limits, and whose they are."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from charthouse.actions.errors import Cancelled
from charthouse.actions.ports import Progress
from charthouse.logs import LogRecord
from charthouse.rpc.status import Code
from charthouse.tiller.caller import Caller
from charthouse.tiller.operations import Busy, NotFound, Operations, Work
from charthouse.tiller.operations.errors import Draining, Full
from charthouse.tiller.operations.operation import Operation
from charthouse.tiller.workplace import Workplace

ALICE, BOB = Caller("alice", uid="1"), Caller("bob", uid="2")
WORK = Work("install", "farm", "pear", {}, "v1")


class Time:
    """Stands still but for sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Place:
    """Hands the operation's own wiring out as the environment."""

    def environment(self, caller: Caller, namespace: str, **wiring: Any) -> Any:
        return {"caller": caller, "namespace": namespace, **wiring}


def operations(**limits: Any) -> Operations:
    numbers = itertools.count()
    return Operations(
        cast("Workplace", Place()), clock=Time(), random=lambda n: next(numbers).to_bytes(n, "big"), **limits
    )


def test_tells_everything_in_order_and_ends_with_the_result() -> None:
    def do(env: Any, progress: Any, operation: Operation) -> str:
        progress(Progress("apply", "ConfigMap/a", "created"))
        env["log"](LogRecord("WARN", "old"))
        env["hint"]("eat more fruit")
        env["hook_output"]("farm", "pod", "c", "text")
        operation.tell("plan", ["step"])
        return f"{env['caller'].user} in {env['namespace']}"

    operation = operations().start(ALICE, WORK, do)
    assert operation.result(60) == "alice in farm"
    told = list(operation.events())
    assert [(event.number, event.kind) for event in told] == [
        (1, "progress"), (2, "log"), (3, "hint"), (4, "output"), (5, "plan"), (6, "result"),
    ]  # fmt: skip
    assert [event.value for event in told[2:]] == [
        "eat more fruit", ("farm", "pod", "c", "text"), ["step"], "alice in farm",
    ]  # fmt: skip
    assert [event.number for event in operation.events(after=4)] == [5, 6]
    assert operation.done


def test_a_failure_is_an_event_and_what_result_raises() -> None:
    def do(env: Any, progress: Any, operation: Operation) -> None:
        raise ValueError("no")

    operation = operations().start(ALICE, WORK, do)
    with pytest.raises(ValueError, match="no"):
        operation.result(60)
    assert [event.kind for event in operation.events()] == ["failed"]


def test_events_are_awaited_and_old_ones_are_counted_when_they_are_dropped() -> None:
    go = threading.Event()
    operation = Operation(WORK, ALICE, Time(), kept=3)
    read: list[tuple[int, str, Any]] = []
    reader = threading.Thread(
        target=lambda: read.extend((event.number, event.kind, event.value) for event in operation.events())
    )
    for number in range(5):
        operation.tell("hint", number)
    reader.start()
    go.set()
    operation.finish("done")
    reader.join(60)
    assert read[-1] == (6, "result", "done")
    assert [(event.number, event.kind, event.value) for event in operation.events()] == [
        (3, "dropped", 3), (4, "hint", 3), (5, "hint", 4), (6, "result", "done"),
    ]  # fmt: skip
    assert list(operation.events(after=6)) == []
    operation.tell("hint", "too late")
    assert [event.number for event in operation.events(after=5)] == [6]


@pytest.mark.parametrize("how", ["progress", "sleep"])
def test_cancelling_stops_it_once(how: str) -> None:
    begun, cancelled = threading.Event(), threading.Event()

    def do(env: Any, progress: Any, operation: Operation) -> None:
        begun.set()
        assert cancelled.wait(60)
        try:
            if how == "progress":
                progress(Progress("wait", "Job/a", "running"))
            else:
                env["clock"].sleep(30)
        except Cancelled:
            env["clock"].sleep(1)  # undoing goes on
            raise

    operation = operations().start(ALICE, WORK, do)
    assert begun.wait(60)
    operation.cancel()
    cancelled.set()
    with pytest.raises(Cancelled, match="context canceled"):
        operation.result(60)


def test_an_operation_is_found_by_its_user_alone() -> None:
    there = operations()
    release = threading.Event()
    operation = there.start(ALICE, WORK, lambda env, progress, operation: release.wait(60))
    assert there.find(ALICE, operation.id) is operation
    assert there.running(ALICE) == [operation]
    assert there.running(BOB) == []
    for stranger in (BOB, Caller("alice", uid="3")):
        with pytest.raises(NotFound) as refused:
            there.find(stranger, operation.id)
        assert (refused.value.code, str(refused.value)) == (
            Code.NOT_FOUND,
            "operation '00000000000000000000000000000000': not found",
        )
    release.set()
    operation.result(60)
    assert there.find(ALICE, operation.id) is operation


def test_more_than_may_run_wait_for_their_turn_and_more_than_may_wait_are_refused() -> None:
    there = operations(running=1, waiting=1)
    release = threading.Event()
    first = there.start(ALICE, WORK, lambda env, progress, operation: release.wait(60))
    second = there.start(ALICE, WORK, lambda env, progress, operation: "second")
    assert there.count == (1, 1)
    with pytest.raises(Busy, match="too many operations: 2 are running or waiting") as refused:
        there.start(ALICE, WORK, lambda env, progress, operation: None)
    assert refused.value.code == Code.RESOURCE_EXHAUSTED
    assert there.drain(0) == [first, second]
    with pytest.raises(Draining):
        there.start(ALICE, WORK, lambda env, progress, operation: None)
    release.set()
    assert second.result(60) == "second"
    assert there.drain(60) == []


def test_what_has_ended_is_kept_for_a_while() -> None:
    there = operations(kept=2)
    ended = [there.start(ALICE, WORK, lambda env, progress, operation: None) for _ in range(3)]
    for operation in ended:
        operation.result(60)
    assert there.drain(60) == []
    found = []
    for operation in ended:
        try:
            found.append(there.find(ALICE, operation.id))
        except NotFound:
            continue
    assert len(found) == 2


def test_one_caller_cannot_have_all_places() -> None:
    there = operations(running=4, waiting=4)
    release = threading.Event()
    begun = [there.start(ALICE, WORK, lambda env, progress, operation: release.wait(60)) for _ in range(6)]
    assert there.count == (3, 3)
    with pytest.raises(Busy):
        there.start(ALICE, WORK, lambda env, progress, operation: None)
    assert there.start(BOB, WORK, lambda env, progress, operation: "bob").result(60) == "bob"
    release.set()
    assert [operation.result(60) for operation in begun] == [True] * 6
    assert there.drain(60) == []


def test_requests_that_are_held_have_an_end() -> None:
    there = operations(running=1, held=100 << 20)
    release = threading.Event()
    first = there.start(ALICE, WORK, lambda env, progress, operation: release.wait(60), held=40 << 20)
    second = there.start(ALICE, WORK, lambda env, progress, operation: "second", held=35 << 20)
    with pytest.raises(Full, match="their requests may take 100 MiB together") as refused:
        there.start(ALICE, WORK, lambda env, progress, operation: None, held=1 << 20)
    assert refused.value.code == Code.RESOURCE_EXHAUSTED
    with pytest.raises(Full):
        there.start(BOB, WORK, lambda env, progress, operation: None, held=26 << 20)
    third = there.start(BOB, WORK, lambda env, progress, operation: "third", held=25 << 20)
    release.set()
    assert [first.result(60), second.result(60), third.result(60)] == [True, "second", "third"]
    assert there.drain(60) == []
