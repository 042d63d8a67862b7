"""The lock of a release: taking it, losing it, taking it over from the dead, and the journal that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.records import replace
from charthouse.releases import holder as holders
from charthouse.releases.errors import Locked
from charthouse.releases.holder import ALIVE, ELSEWHERE, GONE, Holder, fate, this_process
from charthouse.releases.journal import BEGUN, Journal
from charthouse.releases.lock import LEASE, LeaseLocks, ProcessLocks, Unlocked, lease_name

HERE = this_process("t1")
FAR = Holder("another machine", "far", 7, 7, "t9")
DEAD = replace(HERE, pid=2**22 + 1, started=1, token="t0")
JOURNAL = Journal("upgrade", 3, BEGUN, "2026-11-22T20:00:00Z", {"x": 1})


@pytest.fixture
def locks(client: Any, clock: Any) -> Callable[..., LeaseLocks]:
    def make(holder: Holder = HERE, hints: list[str] | None = None) -> LeaseLocks:
        told = hints if hints is not None else []
        return LeaseLocks(client, "ns", holder=lambda: holder, clock=clock, hint=told.append)

    return make


def lease(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.objects["Lease", "ns", "sh.charthouse.release.v1.r"]
    return found


def test_taken_noted_and_given_back(locks: Callable[..., LeaseLocks], client: Any) -> None:
    lock = locks().acquire("r", JOURNAL)
    assert lock.guards
    assert lock.interrupted is None
    made = lease(client)
    assert made["spec"] == {
        "holderIdentity": f"{HERE.host}_{HERE.pid}_t1",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-11-22T20:00:00.000000Z",
        "renewTime": "2026-11-22T20:00:00.000000Z",
    }
    annotations = made["metadata"]["annotations"]
    assert annotations["charthouse.dev/release"] == "r"
    assert Journal.from_text(annotations["charthouse.dev/journal"]) == JOURNAL
    assert Holder.from_text(annotations["charthouse.dev/holder"]) == HERE
    assert locks().left_behind("r")
    lock.note(replace(JOURNAL, step="deleted"))
    noted = Journal.from_text(lease(client)["metadata"]["annotations"]["charthouse.dev/journal"])
    assert noted == replace(JOURNAL, step="deleted")
    lock.release()
    assert client.objects == {}
    assert not locks().left_behind("r")


def test_busy_while_its_process_lives(locks: Callable[..., LeaseLocks]) -> None:
    locks().acquire("r", JOURNAL)
    with pytest.raises(Locked) as caught:
        locks(replace(HERE, token="t2")).acquire("r", JOURNAL)
    assert caught.value.message == "another operation (install/upgrade/rollback) is in progress"
    assert caught.value.hint == f"process {HERE.pid} of this machine works on the release"


def test_taken_over_at_once_when_its_process_is_gone(locks: Callable[..., LeaseLocks], client: Any, clock: Any) -> None:
    locks(DEAD).acquire("r", JOURNAL)
    lock = locks().acquire("r", replace(JOURNAL, verb="install"))
    assert clock.seconds == 0
    assert lock.interrupted == JOURNAL
    taken = lease(client)
    assert taken["spec"]["leaseTransitions"] == 1
    # Until it is dealt with, the journal found stays: whoever comes after this one must find it, too.
    assert Journal.from_text(taken["metadata"]["annotations"]["charthouse.dev/journal"]) == JOURNAL
    lock.release()
    assert client.objects == {}


def test_a_holder_elsewhere_is_dead_when_its_heart_stops(locks: Callable[..., LeaseLocks], clock: Any) -> None:
    locks(FAR).acquire("r", JOURNAL)
    lock = locks().acquire("r", JOURNAL)
    assert clock.seconds == 15
    assert lock.interrupted == JOURNAL


def test_a_holder_elsewhere_whose_heart_beats_is_busy(
    locks: Callable[..., LeaseLocks], client: Any, clock: Any
) -> None:
    locks(FAR).acquire("r", JOURNAL)

    def beat() -> None:
        if clock.seconds == 4:
            lease(client)["metadata"]["resourceVersion"] = "beat"

    clock.on_sleep.append(beat)
    with pytest.raises(Locked) as caught:
        locks().acquire("r", JOURNAL)
    assert clock.seconds == 4
    assert caught.value.hint == "far_7_t9 works on the release"


def test_a_holder_elsewhere_unheard_of_for_long_is_dead_at_once(locks: Callable[..., LeaseLocks], clock: Any) -> None:
    locks(FAR).acquire("r", JOURNAL)
    clock.seconds = 1000
    assert locks().acquire("r", JOURNAL).interrupted == JOURNAL
    assert clock.seconds == 1000


def test_unfinished_work_leaves_its_journal(locks: Callable[..., LeaseLocks]) -> None:
    locks().acquire("r", JOURNAL).release(finished=False)
    assert locks(replace(HERE, token="t2")).acquire("r", JOURNAL).interrupted == JOURNAL


def test_what_was_taken_away_is_noticed(locks: Callable[..., LeaseLocks], client: Any) -> None:
    lock = locks().acquire("r", JOURNAL)
    stolen = lease(client)
    stolen["metadata"]["annotations"]["charthouse.dev/holder"] = FAR.to_text()
    stolen["metadata"]["resourceVersion"] = "99"
    with pytest.raises(Locked, match=r"in progress"):
        lock.note(JOURNAL)
    with pytest.raises(Locked):
        lock.check()
    lock.release()
    assert lease(client) is stolen


@pytest.mark.parametrize(("code", "reason"), [(403, "Forbidden"), (404, "NotFound")])
def test_without_leases_work_goes_on(code: int, reason: str, locks: Callable[..., LeaseLocks], client: Any) -> None:
    client.refused("create", "Lease", code, reason, "no")
    hints: list[str] = []
    lock = locks(hints=hints).acquire("r", JOURNAL)
    assert not lock.guards
    assert bool(hints) == (reason == "Forbidden")
    lock.note(JOURNAL)
    lock.check()
    lock.release()


def test_other_refusals_are_errors(locks: Callable[..., LeaseLocks], client: Any) -> None:
    client.refused("create", "Lease", 500, "InternalError", "etcd is away")
    with pytest.raises(ApiError, match=r"etcd is away"):
        locks().acquire("r", JOURNAL)


def test_a_lease_of_somebody_else_is_no_journal(locks: Callable[..., LeaseLocks], client: Any, clock: Any) -> None:
    ref = ObjectRef(LEASE, "ns", lease_name("r"))
    client.create(ref, {"metadata": {"name": ref.name}, "spec": {"holderIdentity": "who"}})
    lock = locks().acquire("r", JOURNAL)
    assert clock.seconds == 15
    assert lock.interrupted is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"verb":"x"}',
        '{"verb":"x","revision":"y","step":"","started":"","options":null}',
        '{"verb":"x","revision":1,"step":"","started":"","options":[]}',
    ],
)
def test_journals_that_are_none(text: str) -> None:
    assert Journal.from_text(text) is None
    assert Holder.from_text(text) is None


def test_fates(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fate(HERE, seen_from=replace(HERE, token="x")) == ALIVE
    assert fate(DEAD, seen_from=HERE) == GONE
    assert fate(replace(HERE, started=HERE.started + 1), seen_from=replace(HERE, pid=1)) == GONE
    assert fate(FAR, seen_from=HERE) == ELSEWHERE
    monkeypatch.setattr(holders, "_started", lambda pid: 0)
    assert fate(replace(HERE, pid=1), seen_from=HERE) == ALIVE


def test_threads_of_one_process() -> None:
    locks = ProcessLocks()
    lock = locks.acquire("r", JOURNAL)
    assert locks.left_behind("r")
    with pytest.raises(Locked):
        locks.acquire("r", JOURNAL)
    locks.acquire("other", JOURNAL)
    lock.release()
    locks.acquire("r", JOURNAL)


def test_no_locks() -> None:
    locks = Unlocked()
    first = locks.acquire("r", JOURNAL)
    locks.acquire("r", JOURNAL)
    assert not first.guards
    assert not locks.left_behind("r")


def test_what_this_process_could_not_give_back_it_takes_again(
    locks: Callable[..., LeaseLocks], client: Any, clock: Any
) -> None:
    lock = locks().acquire("r", JOURNAL)
    client.refused("delete", "Lease", 500, "InternalError", "etcd is away")
    lock.release()
    client.refuse.clear()
    again = locks(replace(HERE, token="t2")).acquire("r", JOURNAL)
    assert clock.seconds == 0
    assert again.interrupted == JOURNAL
    again.release()
    assert client.objects == {}


def test_a_living_process_that_lost_sight_of_its_lease_is_waited_for_no_longer(
    locks: Callable[..., LeaseLocks], clock: Any
) -> None:
    locks().acquire("r", JOURNAL)
    clock.seconds = 61
    assert locks(replace(HERE, token="t2")).acquire("r", JOURNAL).interrupted == JOURNAL
    assert clock.seconds == 76


def test_an_heir_takes_over_at_once(locks: Callable[..., LeaseLocks], client: Any, clock: Any) -> None:
    locks(FAR).acquire("r", JOURNAL)
    heir = LeaseLocks(client, "ns", holder=lambda: HERE, clock=clock, hint=print, heir=FAR.token)
    assert heir.acquire("r", JOURNAL).interrupted == JOURNAL
    assert clock.seconds == 0


def test_what_is_abandoned_stays_as_it_is(locks: Callable[..., LeaseLocks], client: Any) -> None:
    lock = locks().acquire("r", JOURNAL)
    before = lease(client)
    lock.abandon()
    assert lease(client) == before


@pytest.mark.parametrize(("guarded", "told"), [(False, 1), (True, 0)])
def test_without_a_right_to_leases(client: Any, clock: Any, guarded: bool, told: int) -> None:
    """The hint would not be true where something else guards the release, too."""
    refusal = ApiError("no", code=403, reason="Forbidden")
    client.create = lambda *_, **__: (_ for _ in ()).throw(refusal)
    hints: list[str] = []
    locks = LeaseLocks(client, "ns", holder=lambda: HERE, clock=clock, hint=hints.append, guarded=guarded)
    assert not locks.acquire("r", JOURNAL).guards
    assert [hint.partition(":")[0] for hint in hints] == ["no right to create Leases here"] * told
