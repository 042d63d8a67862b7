"""Several replicas: who works on a release, who goes on when one dies, and what clients are told by another."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from charthouse.actions.errors import Cancelled
from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.records import replace
from charthouse.releases.errors import Locked
from charthouse.releases.holder import this_process
from charthouse.releases.journal import RECORDING, Journal
from charthouse.releases.lock import LEASE
from charthouse.tiller.operations import Operation, Operations, Work
from charthouse.tiller.operations.entry import GIVEN, LEFT, Entry
from charthouse.tiller.operations.errors import GoesOn, NotFound
from charthouse.tiller.operations.ledger import Page
from charthouse.tiller.operations.presence import Presence
from tests.unit.tiller.operations.place import ALICE, BEGUN, BOB, DEAD, Place

WORK = Work("upgrade", "farm", "pear", {}, "v1", "op-1")
JOURNAL = Journal("upgrade", 0, started=BEGUN)
FAR = replace(this_process("far"), machine="elsewhere")


class Held:
    """A verb that holds the lock until it is let go, noticing when it is stopped."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, env: Any, progress: Any, operation: Operation) -> str:
        lock = env.locks.acquire("pear", JOURNAL)
        try:
            lock.note_finely(replace(JOURNAL, step=RECORDING, revision=7, recorded=BEGUN))
            self.begun.set()
            while not self.go.wait(0.01):
                operation.check()
                lock.check()
        finally:
            lock.release()
        return "done"


def held(place: Place) -> tuple[Operations, Held, Operation]:
    operations, verb = place.operations(place.replica()), Held()
    operation = operations.start(ALICE, WORK, verb)
    assert verb.begun.wait(60)
    return operations, verb, operation


def look(operations: Operations) -> int:
    assert operations.successor is not None
    return operations.successor.look()


def test_a_release_at_work_is_refused_with_the_holders_name() -> None:
    place = Place()
    _, verb, operation = held(place)
    other = place.operations(place.replica())
    refused = other.start(BOB, replace(WORK, id="op-2"), Held())
    with pytest.raises(Locked) as caught:
        refused.result(60)
    assert str(caught.value) == "another operation (install/upgrade/rollback) is in progress"
    host = this_process("").host
    assert caught.value.hint == f"alice is at work on farm/pear: upgrade since {BEGUN} (operation op-1 on {host})"
    verb.go.set()
    assert operation.result(60) == "done"
    assert place.server.leases("charthouse-tiller.farm") == []


def test_an_operation_is_followed_from_another_replica_and_its_end_is_kept() -> None:
    place = Place()
    _, verb, operation = held(place)
    other = place.operations(place.replica())
    followed = other.find(ALICE, "op-1")
    assert (followed.id, followed.work.verb, followed.done) == ("op-1", "upgrade", False)
    first = next(iter(followed.events()))
    assert (first.kind, first.value.phase, first.value.state) == ("progress", "step", "recording")
    with pytest.raises(NotFound):
        other.find(BOB, "op-1")
    verb.go.set()
    operation.result(60)
    with pytest.raises(NotFound):
        other.find(BOB, "op-1")
    assert other.find(ALICE, "op-1").result(60) is not None
    assert other.running(ALICE) == []


def test_a_failure_is_told_by_another_replica() -> None:
    place = Place()

    def fails(env: Any, progress: Any, operation: Operation) -> None:
        env.locks.acquire("pear", JOURNAL).release()
        raise CharthouseError("the tree is too high", hint="take a ladder")

    operation = place.operations(place.replica()).start(ALICE, WORK, fails)
    with pytest.raises(CharthouseError):
        operation.result(60)
    with pytest.raises(CharthouseError, match="the tree is too high") as told:
        place.operations(place.replica()).find(ALICE, "op-1").result(60)
    assert told.value.hint == "take a ladder"


def test_it_is_cancelled_through_another_replica() -> None:
    place = Place()
    operations, _, operation = held(place)
    place.operations(place.replica()).find(ALICE, "op-1").cancel()
    assert look(operations) == 0
    with pytest.raises(Cancelled):
        operation.result(60)
    assert place.server.leases("charthouse-tiller.farm") == []


def test_what_has_not_ended_in_time_is_given_to_another_replica() -> None:
    place = Place()
    operations, _, operation = held(place)
    operations.stop(0)
    with pytest.raises(GoesOn):
        operation.result(60)
    ledger = place.ledger()
    assert [page.entry.state for page in ledger.all()] == [GIVEN]
    other = place.operations(place.replica())
    assert look(other) == 1
    assert other.drain(60) == []
    with pytest.raises(CharthouseError, match="interrupted before anything was recorded, and has been undone"):
        other.find(ALICE, "op-1").result(60)
    assert ledger.all() == []


def test_two_replicas_do_not_both_take_it() -> None:
    place = Place()
    page = place.left()
    replica = place.replica()
    place.ledger().write(page, replace(page.entry, state=GIVEN))
    operations = place.operations(replica)
    assert operations.successor is not None
    assert not operations.successor._take(page)  # another one has written since
    assert operations.count == (0, 0)


@pytest.mark.parametrize(
    ("change", "missing", "said"),
    [
        (lambda entry: entry, {"update"}, 'its caller\'s rights do not allow it any more: User "alice" cannot update'),
        (lambda entry: replace(entry, taken=3), set(), "it was interrupted 4 times"),
    ],
)
def test_what_nobody_may_go_on_with_is_left_to_the_next_operation(change: Any, missing: set[str], said: str) -> None:
    place = Place()
    place.left(change)
    place.server.missing = missing
    operations = place.operations(place.replica())
    assert look(operations) == 0
    assert [page.entry.state for page in place.ledger().all()] == [LEFT]
    with pytest.raises(CharthouseError, match="interrupted and is not gone on with: " + said):
        operations.find(ALICE, "op-1").result(60)
    assert look(operations) == 0
    place.server.missing = set()  # bob has the rights

    def next_one(env: Any, progress: Any, operation: Operation) -> Any:
        lock = env.locks.acquire("pear", JOURNAL)
        lock.release()
        return lock.interrupted

    assert operations.start(BOB, replace(WORK, id="op-2"), next_one).result(60) == JOURNAL
    assert place.server.leases("charthouse-tiller.farm") == []


def test_rights_that_cannot_be_asked_for_now_are_asked_again() -> None:
    place = Place()
    place.left()
    operations = place.operations(place.replica())
    away = ApiError("etcd is away", code=503, reason="ServiceUnavailable")
    create = place.server.create
    place.server.create = lambda ref, body, **named: (_ for _ in ()).throw(away)  # type: ignore[method-assign]
    with pytest.raises(ApiError):
        look(operations)
    place.server.create = create  # type: ignore[method-assign]
    assert [(page.entry.state, page.entry.taken) for page in place.ledger().all()] == [(GIVEN, 1)]
    assert look(operations) == 1


def test_a_refused_journal_is_replaced_and_not_handed_on() -> None:
    place = Place()
    place.left()
    place.server.leases("charthouse-tiller.farm")[0]["metadata"]["annotations"]["charthouse.dev/tiller-seal"] = "x"

    def interrupted(env: Any, progress: Any, operation: Operation) -> Any:
        lock = env.locks.acquire("pear", JOURNAL)
        lock.release()
        return lock.interrupted

    operation = place.operations(place.replica()).start(BOB, replace(WORK, id="op-2"), interrupted)
    assert operation.result(60) is None
    hints = [event.value for event in operation.events() if event.kind == "hint"]
    assert hints == ["the journal found with this release is not Tiller's; it is not acted upon"]


def test_a_lease_that_could_not_be_given_back_is_found_again() -> None:
    place = Place()
    operations, verb, operation = held(place)
    place.server.refused("delete", "Lease", 500, "InternalError", "etcd is away")
    verb.go.set()
    operation.result(60)
    assert len(place.server.leases("charthouse-tiller.farm")) == 1
    place.server.refuse.clear()
    assert look(operations) == 1
    assert operations.drain(60) == []
    assert place.server.leases("charthouse-tiller.farm") == []
    assert operations.find(ALICE, "op-1").done


def test_when_a_replica_counts_as_dead() -> None:
    place = Place()
    replica = place.replica()
    presence = replica.presence
    far = Presence(place.server, "tillers", FAR, clock=place.clock, heart=presence._heart)
    far._renew()
    presence._renew()
    assert not presence.look()(FAR)
    place.clock.seconds = 10
    far._renew()
    assert not presence.look()(FAR)
    place.clock.seconds = 24
    assert not presence.look()(FAR)
    place.clock.seconds = 25
    assert presence.look()(FAR)
    assert not presence.look()(presence.me)
    far._renew()
    assert not presence.look()(FAR)
    place.server.delete(ObjectRef(LEASE, "tillers", "charthouse-tiller-replica.far"))
    assert not presence.look()(FAR)  # somebody may have deleted a living one's
    place.clock.seconds += 8
    assert presence.look()(FAR)
    assert presence.silent_for == 33


def test_the_lease_of_a_long_dead_replica_is_removed() -> None:
    place = Place()
    presence = place.replica().presence
    far = Presence(place.server, "tillers", FAR, clock=place.clock, heart=presence._heart)
    far._renew()
    presence.look()
    place.clock.seconds = 61
    presence.look()
    assert place.server.leases("charthouse-tiller-replica.far") == []


def test_outcomes_are_tidied_by_age_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    from charthouse.tiller.operations import outcomes
    from charthouse.tiller.operations.outcomes import Outcome

    monkeypatch.setattr(outcomes, "KEPT", 2)
    place = Place()
    kept = place.replica().outcomes
    for number in range(4):
        kept.keep(Outcome(replace(WORK, id=f"op-{number}"), ALICE, number))
        place.clock.seconds += 10
    kept.tidy()
    assert [kept.find(f"op-{number}") is not None for number in range(4)] == [False, False, True, True]
    found = kept.find("op-3")
    assert found is not None and (found.revision, found.error, found.caller) == (3, "", ALICE)
    place.clock.seconds += 1000
    kept.tidy()
    assert kept.find("op-3") is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "x" * 10, '{"id":1}', "[" * 100_000],
)
def test_what_is_no_entry_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        Entry.from_text(text)


def test_an_entry_survives_its_text() -> None:
    from tests.unit.tiller.operations.place import entry

    made = entry(taken=2, state=GIVEN)
    assert Entry.from_text(made.to_text()) == made


@pytest.mark.parametrize(
    ("change", "bound"), [(lambda entry: entry, False), (lambda e: replace(e, state="unsettled"), True)]
)
def test_what_is_to_be_settled_is_never_gone_on_with(change: Any, bound: bool) -> None:
    """Not even by the next replica, when the one that took it over dies before it has settled it."""
    place = Place()
    place.left(change, bound=bound)
    first = place.operations(place.replica())
    taken: list[Page] = []
    assert first.successor is not None
    first.successor._adopt = lambda page, do: taken.append(page)
    assert look(first) == 1
    dead = replace(taken[0].entry, holder=DEAD)
    place.ledger().write(taken[0], dead)
    second = place.operations(place.replica())
    done: list[Any] = []
    assert second.successor is not None
    second.successor._adopt = lambda page, do: done.append(do)
    assert look(second) == 1
    assert [do.__name__ for do in done] == ["_settling"]


def test_who_may_make_no_leases_is_not_told_that_nothing_guards_the_release() -> None:
    place = Place()
    create = place.server.create

    def refused(ref: ObjectRef, body: Any, **named: Any) -> Any:
        if ref.type == LEASE and ref.namespace == "farm":
            raise ApiError("no", code=403, reason="Forbidden")
        return create(ref, body, **named)

    place.server.create = refused  # type: ignore[method-assign]
    _, verb, operation = held(place)
    assert len(place.server.leases("charthouse-tiller.farm")) == 1
    verb.go.set()
    assert operation.result(60) == "done"
    assert [event.kind for event in operation.events()] == ["result"]


def test_who_may_change_no_records_keeps_nobody_from_a_release() -> None:
    place = Place()
    place.server.missing = {"update"}
    operations, stranger = place.operations(place.replica()), Held()
    operation = operations.start(BOB, replace(WORK, id="op-2"), stranger)
    assert stranger.begun.wait(60)
    assert place.server.leases("charthouse-tiller.farm") == []
    stranger.go.set()
    operation.result(60)


def test_rights_nobody_can_tell_do_not_keep_an_operation_from_its_lock() -> None:
    place = Place()
    create = place.server.create

    def away(ref: ObjectRef, body: Any, **named: Any) -> Any:
        if ref.type.kind == "SelfSubjectAccessReview":
            raise ApiError("etcd is away", code=503, reason="ServiceUnavailable")
        return create(ref, body, **named)

    place.server.create = away  # type: ignore[method-assign]
    _, verb, operation = held(place)
    assert len(place.server.leases("charthouse-tiller.farm")) == 1
    verb.go.set()
    operation.result(60)


def test_an_operation_elsewhere_is_followed_once_for_all_calls_with_the_same_rights() -> None:
    place = Place()
    _, verb, operation = held(place)
    other = place.operations(place.replica())
    followed = other.find(ALICE, operation.id)
    assert other.find(replace(ALICE, address="192.0.2.1:1"), operation.id) is followed
    assert other.running(ALICE) == [followed]
    assert other.find(replace(ALICE, groups=()), operation.id) is not followed
    verb.go.set()
    assert operation.result(60) == "done"
