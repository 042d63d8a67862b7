"""A journal tells Tiller to act in somebody's name: one that Tiller did not write so, there, is never acted upon."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from charthouse.k8s.objects import ObjectRef
from charthouse.releases.lock import LEASE
from charthouse.tiller.operations.ledger import lease_name
from charthouse.tiller.operations.seal import KEY_NAME, SECRET, BadKey, Seal
from tests.unit.tiller.operations.place import Place

ENTRY, SEAL = "charthouse.dev/tiller-entry", "charthouse.dev/tiller-seal"
NAME = lease_name("farm", "pear")


def notes(lease: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = lease["metadata"]["annotations"]
    return found


def as_cluster_admin(place: Place) -> None:
    lease = place.server.objects["Lease", "tillers", NAME]
    notes(lease)[ENTRY] = notes(lease)[ENTRY].replace('"alice"', '"root"')


def another_verb(place: Place) -> None:
    lease = place.server.objects["Lease", "tillers", NAME]
    notes(lease)[ENTRY] = notes(lease)[ENTRY].replace("upgrade", "uninstall")


def made_up(place: Place) -> None:
    lease = place.server.objects["Lease", "tillers", NAME]
    other = Seal(place.server, "elsewhere", lambda size: b"z" * size)
    notes(lease)[SEAL] = other.of(NAME, lease["metadata"]["uid"], notes(lease)[ENTRY])


def without_a_seal(place: Place) -> None:
    del notes(place.server.objects["Lease", "tillers", NAME])[SEAL]


def copied_to_another_release(place: Place) -> None:
    lease = place.server.objects.pop(("Lease", "tillers", NAME))
    name = lease_name("farm", "plum")
    lease["metadata"]["name"] = name
    place.server.objects["Lease", "tillers", name] = lease


def written_back_after_its_end(place: Place) -> None:
    lease = place.server.objects.pop(("Lease", "tillers", NAME))
    body = copy.deepcopy(lease)
    del body["metadata"]["uid"], body["metadata"]["resourceVersion"]
    place.server.create(ObjectRef(LEASE, "tillers", NAME), body)


FORGERIES = [
    as_cluster_admin, another_verb, made_up, without_a_seal, copied_to_another_release, written_back_after_its_end,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES)
def test_what_was_altered_is_refused_and_logged_once(forge: Callable[[Place], None]) -> None:
    place = Place()
    place.left()
    forge(place)
    replica = place.replica()
    operations = place.operations(replica)
    assert operations.successor is not None
    before = copy.deepcopy(place.server.objects)
    assert [operations.successor.look() for _ in range(3)] == [0, 0, 0]
    assert place.server.objects == before
    assert operations.count == (0, 0)
    assert [record.message for record in place.said] == ["a journal was refused and is not acted upon"]
    assert not any(call.startswith("review") for call in place.server.calls)


def test_the_same_unaltered_is_acted_upon() -> None:
    place = Place()
    place.left()
    operations = place.operations(place.replica())
    assert operations.successor is not None
    assert operations.successor.look() == 1
    assert operations.drain(60) == []
    assert place.server.leases("charthouse-tiller.farm") == []


def test_an_entry_that_was_never_bound_is_refused_in_a_later_lease() -> None:
    place = Place()
    place.left(bound=False)
    operations = place.operations(place.replica())
    assert operations.successor is not None
    place.server.objects["Lease", "tillers", NAME]["metadata"]["creationTimestamp"] = "2026-11-22T20:10:00Z"
    assert operations.successor.look() == 0
    assert place.said[0].attributes["reason"] == "it was written for an older Lease"


def test_the_key_is_made_once_and_shared() -> None:
    place = Place()
    seals = [Seal(place.server, "tillers", place.random) for _ in range(2)]
    made = seals[0].of("a", "bc")
    assert seals[1].holds(made, "a", "bc")
    assert not seals[1].holds(made, "ab", "c")
    assert [call for call in place.server.calls if call.startswith("create")] == [f"create Secret/tillers/{KEY_NAME}"]


@pytest.mark.parametrize("data", [{}, {"key": ""}, {"key": "c2hvcnQ="}, {"key": "no base64"}])
def test_a_secret_without_a_key_is_no_key(data: dict[str, str]) -> None:
    place = Place()
    place.server.create(ObjectRef(SECRET, "tillers", KEY_NAME), {"metadata": {"name": KEY_NAME}, "data": data})
    with pytest.raises(BadKey, match="Secret/tillers/tiller-journal-key holds no key"):
        Seal(place.server, "tillers", place.random).prepare()
