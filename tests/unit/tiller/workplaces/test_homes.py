"""A release is continued where it lives; lists show what may be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from charthouse.errors import CharthouseError
from charthouse.releases.errors import AlreadyExists, NotFound
from charthouse.releases.history import Storage
from charthouse.releases.release import SUPERSEDED
from charthouse.tiller.workplaces.everywhere import EverywhereDriver
from charthouse.tiller.workplaces.homes import HomesDriver, is_forbidden
from tests.unit.tiller.workplaces.walls import Walled, release, store


def names(driver: HomesDriver | EverywhereDriver) -> list[tuple[str, str, int]]:
    heads = driver.heads({"owner": "helm"})
    return sorted((one.namespace, one.name, one.version) for one in driver.fetch(heads, len(heads)))


def test_new_releases_go_to_the_first_store() -> None:
    first, second = store(), store()
    storage = Storage(HomesDriver([first("team"), second("team")]))
    with pytest.raises(NotFound):
        storage.history("new")
    storage.create(release("new"))
    storage.create(release("new", 2))
    assert len(first("team").heads({})) == 2 and second("team").heads({}) == []


def test_a_release_goes_on_where_it_lives() -> None:
    first, second = store(), store()
    second("team").create(release("old", 1, status=SUPERSEDED))
    second("team").create(release("old", 2))
    storage = Storage(HomesDriver([first("team"), second("team")]))
    assert [one.version for one in storage.history("old")] == [1, 2]
    assert storage.deployed("old").version == 2
    storage.update(storage.last("old").with_status(SUPERSEDED))
    storage.create(release("old", 3))
    assert Storage(HomesDriver([first("team"), second("team")])).delete("old", 1).version == 1
    assert first("team").heads({}) == [] and len(second("team").heads({})) == 2


@pytest.mark.parametrize("verb", ["create", "update", "delete", "deployed"])
def test_each_request_finds_it_anew(verb: str) -> None:
    first, second = store(), store()
    second("team").create(release("old"))
    storage = Storage(HomesDriver([first("team"), second("team")]))
    if verb == "create":
        with pytest.raises(AlreadyExists):
            storage.create(release("old"))
    elif verb == "update":
        storage.update(release("old").with_status(SUPERSEDED))
        assert second("team").heads({})[0].labels["status"] == SUPERSEDED
    elif verb == "delete":
        storage.delete("old", 1)
        assert second("team").heads({}) == []
    else:
        assert storage.deployed("old").version == 1


def test_the_first_store_counts_where_both_know_a_name() -> None:
    first, second = store(), store()
    first("team").create(release("same", 3))
    for number in (1, 2):
        second("team").create(release("same", number))
    second("other").create(release("same", 1, "other"))
    for namespace, expected in (("team", [("team", "same", 3)]), ("", [("other", "same", 1), ("team", "same", 3)])):
        driver = HomesDriver([first(namespace), second(namespace)])
        assert names(driver) == expected
        found = driver.query({"name": "same", "owner": "helm"})
        assert sorted((one.namespace, one.name, one.version) for one in found) == expected


def test_where_a_new_name_is_not_is_looked_up_once() -> None:
    made = store()
    beside = Walled(made("team"), "team")
    storage = Storage(HomesDriver([store()("team"), beside]))
    for _ in range(2):
        with pytest.raises(NotFound):
            storage.history("new")
    storage.create(release("new"), history_max=5)
    storage.update(release("new"))
    assert beside.asked == ["query team", "heads team"], "the query alone, which a memory answers by its heads"
    assert storage.last("new").version == 1


def test_a_store_beside_the_first_that_is_closed_is_passed_over() -> None:
    first, second = store(), store()
    first("team").create(release("a"))
    second("team").create(release("hidden"))
    driver = HomesDriver([first("team"), Walled(second("team"))])
    assert names(driver) == [("team", "a", 1)]
    with pytest.raises(NotFound):
        driver.get("sh.helm.release.v1.hidden.v1")
    Storage(driver).create(release("hidden"))
    assert len(first("team").heads({})) == 2


def test_a_first_store_that_is_closed_says_so() -> None:
    second = store()
    second("team").create(release("b"))
    driver = HomesDriver([Walled(store()("team")), second("team")])
    asks: list[Callable[[], object]] = [
        lambda: driver.heads({}), lambda: driver.query({"name": "b"}), lambda: driver.create(release("c")),
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(CharthouseError) as caught:
            ask()
        assert is_forbidden(caught.value)


def everywhere(*open: str, known: tuple[str, ...] = ("team", "other", "more")) -> tuple[EverywhereDriver, list[str]]:
    made = store()
    asked: list[str] = []
    for namespace in ("team", "other"):
        made(namespace).create(release("r", 1, namespace))

    def single(namespace: str) -> Walled:
        return Walled(made(namespace), *open, asked=asked)

    return EverywhereDriver(single(""), single, lambda: known), asked


def test_who_may_see_all_namespaces_is_answered_at_once() -> None:
    driver, asked = everywhere("")
    assert (len(driver.heads({})), asked) == (2, ["heads "])


def test_who_may_not_sees_those_namespaces_that_are_open() -> None:
    driver, asked = everywhere("other", "more")
    assert names(HomesDriver([driver])) == [("other", "r", 1)]
    assert asked[0] == "heads " and sorted(asked[1:]) == ["heads more", "heads other", "heads team"]
    assert [one.namespace for one in driver.query({"name": "r"})] == ["other"]
    with pytest.raises(NotFound):
        driver.query({"name": "nothing"})


@pytest.mark.parametrize("known", [(), ("team",)])
def test_who_may_see_none_gets_the_refusal_for_all(known: tuple[str, ...]) -> None:
    driver, _ = everywhere("other", known=known)
    with pytest.raises(CharthouseError, match="cannot heads in all"):
        driver.heads({})
