"""Tiller remembers the namespaces it has written to."""

from __future__ import annotations

from typing import Any

from charthouse.k8s.ports import ApiError
from charthouse.tiller.workplaces.places import ANNOTATION, NAME, Places
from tests.unit.releases.conftest import FakeClient, FakeClock


def places(client: Any, clock: FakeClock | None = None) -> Places:
    return Places(client, "kube-system", clock or FakeClock())


def test_all_replicas_know_what_one_has_learnt() -> None:
    client, clock = FakeClient(), FakeClock()
    one, other = places(client), places(client, clock)
    assert other.known() == frozenset()
    one.learn("team")
    one.learn("team")
    assert [call.split()[0] for call in client.calls] == ["get", "get", "create"]
    assert other.known() == frozenset()
    clock.seconds += 10
    assert other.known() == {"team"}
    other.learn("else")
    assert places(client).known() == {"team", "else"}
    found = client.objects["Lease", "kube-system", NAME]
    assert sorted(found["metadata"]["annotations"]) == [ANNOTATION]


def test_who_writes_in_between_loses_nothing() -> None:
    client = FakeClient()
    one, other = places(client), places(client)
    one.learn("a")
    get = client.get

    def get_late(ref: Any) -> Any:
        found = get(ref)
        client.get = get  # type: ignore[method-assign]  # once
        other.learn("b")
        return found

    client.get = get_late  # type: ignore[method-assign]  # as above
    one.learn("c")
    assert places(client).known() == {"a", "b", "c"}


def test_without_the_lease_it_knows_what_it_has_seen() -> None:
    client = FakeClient()
    for verb in ("get", "create"):
        client.refuse[verb, "Lease"] = ApiError("no", code=403, reason="Forbidden")
    one = places(client)
    one.learn("team")
    assert one.known() == {"team"}


def test_rubbish_is_nothing() -> None:
    client = FakeClient()
    one = places(client)
    one.learn("a")
    for text in ("x", "{}", '[1, null, ""]'):
        client.objects["Lease", "kube-system", NAME]["metadata"]["annotations"][ANNOTATION] = text
        assert places(client).known() == frozenset()
