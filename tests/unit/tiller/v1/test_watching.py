"""Watches see every change of releases, begin with what is there, and end with their caller."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.caller import Caller
from charthouse.tiller.v1 import messages

from tests.unit.tiller.v1.serving import ANN, JOE, Served, chart  # isort: skip

Kind = messages.ReleaseChange


class Watcher:
    """A watch in hand: `next` waits for changes."""

    def __init__(self, served: Served, caller: Caller = JOE, **fields: Any) -> None:
        method, self.call = served.begin("Watch", caller)
        self.stream: Iterator[messages.ReleaseChange] = method.handler(messages.WatchRequest(**fields), self.call)

    def next(self, count: int = 1) -> list[tuple[int, str, int, str]]:
        found = [next(self.stream) for _ in range(count)]
        return [(c.kind, c.release.name, c.release.revision, c.release.info.status) for c in found]


SYNCED = (Kind.SYNCED, "", 0, "")


def test_an_install_an_upgrade_and_an_uninstall_are_seen() -> None:
    served = Served()
    served.install("old")
    watcher = Watcher(served, namespace="ns")
    assert watcher.next(2) == [(Kind.ADDED, "old", 1, "deployed"), SYNCED]
    named = chart(map="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n")
    served.install("new", data=named)
    assert watcher.next(2) == [(Kind.ADDED, "new", 1, "pending-install"), (Kind.MODIFIED, "new", 1, "deployed")]
    request = messages.UpgradeRequest(source=messages.Source(chart=named), name="new", namespace="ns")
    served.call("Upgrade", request)
    assert watcher.next(3) == [
        (Kind.ADDED, "new", 2, "pending-upgrade"),
        (Kind.MODIFIED, "new", 1, "superseded"),
        (Kind.MODIFIED, "new", 2, "deployed"),
    ]
    served.call("Uninstall", messages.UninstallRequest(name="new", namespace="ns"))
    seen = watcher.next(3)
    assert seen[0] == (Kind.MODIFIED, "new", 2, "uninstalling")
    assert sorted(seen[1:]) == [(Kind.DELETED, "new", 1, "superseded"), (Kind.DELETED, "new", 2, "uninstalling")]
    watcher.call.cancel()
    assert all(watch.over for watch in served.world.client.watching)


def test_one_release_and_changes_only() -> None:
    served = Served()
    named = chart(map="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n")
    served.install("a", data=named)
    served.install("b", data=named)
    watcher = Watcher(served, namespace="ns", name="b", changes_only=True, view=messages.View.RECORD)
    assert watcher.next() == [SYNCED]
    served.call("Uninstall", messages.UninstallRequest(name="a", namespace="ns"))
    served.call("Uninstall", messages.UninstallRequest(name="b", namespace="ns"))
    change = next(watcher.stream)
    assert (change.kind, change.release.name, bool(change.release.record.json)) == (Kind.MODIFIED, "b", True)
    watcher.call.cancel()


def test_a_watch_ends_with_its_caller() -> None:
    served = Served()
    watcher = Watcher(served, namespace="ns")
    assert watcher.next() == [SYNCED]
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            next(watcher.stream)
        except (RpcError, StopIteration) as error:
            ended.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    watcher.call.cancel()
    waiting.join(60)
    assert len(ended) == 1
    assert getattr(ended[0], "code", Code.CANCELLED) == Code.CANCELLED


def test_the_number_of_watches_is_bounded() -> None:
    served = Served(watches=2)
    first = Watcher(served, namespace="ns")
    assert first.next() == [SYNCED]
    with pytest.raises(RpcError) as caught:
        Watcher(served, namespace="ns").next()
    assert (caught.value.code, caught.value.message) == (
        Code.RESOURCE_EXHAUSTED, "you have 1 watches open already",
    )  # fmt: skip
    other = Watcher(served, caller=ANN, namespace="ns")
    assert other.next() == [SYNCED]
    with pytest.raises(RpcError) as caught:
        Watcher(served, caller=Caller("eve"), namespace="ns").next()
    assert caught.value.message == "2 watches are open already"
    other.call.cancel()
    first.call.cancel()
    with pytest.raises((RpcError, StopIteration)):
        first.next()
    again = Watcher(served, namespace="ns")
    assert again.next() == [SYNCED]
    again.call.cancel()


def test_who_may_not_read_is_told_so() -> None:
    served = Served()
    text = 'secrets is forbidden: User "joe" cannot list resource "secrets"'
    served.world.client.refused("list", "Secret", 403, "Forbidden", text)
    with pytest.raises(RpcError) as caught:
        Watcher(served, namespace="ns").next()
    assert (caught.value.code, caught.value.message) == (Code.PERMISSION_DENIED, text)


def test_records_of_the_other_kind_are_passed_over_where_they_may_not_be_read() -> None:
    served = Served()
    served.world.client.refused("list", "ConfigMap", 403, "Forbidden", "no")
    watcher = Watcher(served, namespace="ns")
    assert watcher.next() == [SYNCED]
    watcher.call.cancel()


def test_a_bad_selector_is_refused() -> None:
    with pytest.raises(CharthouseError):
        Watcher(Served(), namespace="ns", selector="a b c").next()


def test_what_cannot_be_watched_is_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charthouse.tiller.v1.watching._POLL", 0.01)
    served = Served("memory")
    served.install("old")
    watcher = Watcher(served, namespace="ns")
    assert watcher.next(2) == [(Kind.ADDED, "old", 1, "deployed"), SYNCED]
    served.call("Uninstall", messages.UninstallRequest(name="old", namespace="ns"))
    assert watcher.next() == [(Kind.DELETED, "old", 1, "deployed")]
    watcher.call.cancel()


def test_what_is_polled_is_asked_for_with_the_rights_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charthouse.tiller.v1.watching._POLL", 0.01)
    served = Served("memory")
    served.install("old")
    watcher = Watcher(served, namespace="ns")
    assert watcher.next(2) == [(Kind.ADDED, "old", 1, "deployed"), SYNCED]

    def refused(*_: Any, **__: Any) -> Any:
        raise RpcError(Code.PERMISSION_DENIED, "no more")

    monkeypatch.setattr(type(served.workplace), "environment", refused)
    with pytest.raises(RpcError, match="no more"):
        watcher.next()
