"""Records outside the cluster are for those who may have Secrets of their namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.releases.errors import StorageError
from charthouse.tiller.caller import ANONYMOUS, Caller
from charthouse.tiller.workplaces.guarded import GuardedDriver, Guards
from tests.unit.tiller.workplaces.walls import release, store

ANN = Caller("ann", uid="7", groups=("crew",), extra=(("Scope", ("a",)),))


class Server:
    """Answers reviews: allowed are (verb, namespace) pairs."""

    def __init__(self, *allowed: tuple[str, str]) -> None:
        self.allowed = allowed
        self.asked: list[tuple[str, Any]] = []

    def raw(self, method: str, target: str, body: Any = None, *, safety: str = "once") -> Any:
        spec = body["spec"]
        self.asked.append((f"{method} {target}", spec))
        attributes = spec["resourceAttributes"]
        assert (attributes["resource"], attributes["version"]) == ("secrets", "v1")
        return {"status": {"allowed": (attributes["verb"], attributes.get("namespace", "")) in self.allowed}}


def guarded(namespace: str, *allowed: tuple[str, str], caller: Caller = ANN) -> tuple[GuardedDriver, Server]:
    made = store()
    made("team").create(release("a"))
    made("other").create(release("b", 1, "other"))
    server: Any = Server(*allowed)
    return GuardedDriver(made(namespace), Guards(server, caller)), server


def test_the_question_is_asked_for_the_caller_and_once() -> None:
    driver, server = guarded("team", ("list", "team"))
    assert [one.name for one in driver.query({"name": "a"})] == ["a"]
    assert len(driver.heads({})) == 1
    assert server.asked == [
        (
            "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
            {
                "resourceAttributes": {"verb": "list", "resource": "secrets", "version": "v1", "namespace": "team"},
                "user": "ann", "groups": ["crew"], "uid": "7", "extra": {"scope": ["a"]},
            },
        )
    ]  # fmt: skip


def test_without_a_name_it_is_asked_for_tiller_itself() -> None:
    driver, server = guarded("team", ("list", "team"), caller=ANONYMOUS)
    driver.heads({})
    assert [target for target, _ in server.asked] == ["POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"]
    assert list(server.asked[0][1]) == ["resourceAttributes"]


@pytest.mark.parametrize(
    ("verb", "doing"),
    [
        ("get", 'get: failed to get "sh.helm.release.v1.a.v1"'),
        ("list", "list: failed to list"),
        ("query", "query: failed to query with labels"),
        ("create", "create: failed to create"),
        ("update", "update: failed to update"),
        ("delete", 'delete: failed to delete "sh.helm.release.v1.a.v1"'),
    ],
)
def test_refusals_are_the_api_server_s(verb: str, doing: str) -> None:
    driver, _ = guarded("team")
    key = "sh.helm.release.v1.a.v1"
    asks: dict[str, Callable[[], object]] = {
        "get": lambda: driver.get(key), "list": lambda: driver.heads({}), "query": lambda: driver.query({}),
        "create": lambda: driver.create(release("c")), "update": lambda: driver.update(release("a")),
        "delete": lambda: driver.delete(key),
    }  # fmt: skip
    with pytest.raises(StorageError) as caught:
        asks[verb]()
    asked = "list" if verb == "query" else verb
    assert caught.value.message == (
        f'{doing}: secrets is forbidden: User "ann" cannot {asked} resource "secrets" in API group "" in the '
        'namespace "team"'
    )


def test_all_namespaces_are_those_one_may_list() -> None:
    driver, _ = guarded("", ("list", "other"))
    heads = driver.heads({})
    assert [head.namespace for head in heads] == ["other"]
    assert [one.name for one in driver.fetch(heads, 1)] == ["b"]
    assert [one.name for one in driver.query({})] == ["b"]
    assert len(guarded("", ("list", ""))[0].heads({})) == 2
    with pytest.raises(CharthouseError, match='cannot list resource "secrets" in API group "" at the cluster scope'):
        guarded("")[0].heads({})


def test_records_cannot_be_fetched_by_heads_that_were_not_given() -> None:
    driver, _ = guarded("", ("list", "other"))
    free, _ = guarded("", ("list", ""))
    with pytest.raises(CharthouseError, match='in the namespace "team"'):
        driver.fetch(free.heads({}), 2)
