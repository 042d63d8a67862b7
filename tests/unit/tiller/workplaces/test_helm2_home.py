"""Helm 2's records, all in Tiller's namespace, as those of the releases' own namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.releases.errors import NotFound
from charthouse.tiller.workplaces.helm2 import Doors, Helm2Home
from tests.unit.kube.fakes import FakeClock
from tests.unit.tiller.workplaces.walls import Walled, release, store


def home(namespace: str, *open: str, doors: Doors | None = None, who: object = "ann") -> tuple[Helm2Home, list[str]]:
    """Tiller's namespace holds `a` of namespace team and `b` of namespace other."""
    made = store()
    made("kube-system").create(release("a"))
    made("kube-system").create(release("b", 1, "other"))
    driver: Any = Walled(made("kube-system"), *open)
    return Helm2Home(driver, namespace, doors or Doors(FakeClock().monotonic), who), driver.asked


@pytest.mark.parametrize(("namespace", "names"), [("team", ["a"]), ("other", ["b"]), ("", ["a", "b"]), ("none", [])])
def test_each_namespace_has_its_own(namespace: str, names: list[str]) -> None:
    found, _ = home(namespace, "kube-system")
    heads = found.heads({})
    assert [head.labels["name"] for head in heads] == names
    assert {head.namespace for head in heads} == {{"a": "team", "b": "other"}[name] for name in names}
    assert [one.name for one in found.fetch(heads, len(heads))] == names


def test_a_release_of_another_namespace_is_not_here() -> None:
    found, _ = home("team", "kube-system")
    assert found.get("sh.helm.release.v1.a.v1").name == "a"
    for ask in (lambda: found.get("sh.helm.release.v1.b.v1"), lambda: found.query({"name": "b"})):
        with pytest.raises(NotFound):
            ask()


def test_who_may_not_read_tiller_s_namespace_is_not_asked_for_again_at_once() -> None:
    clock = FakeClock()
    doors = Doors(clock.monotonic)
    found, asked = home("team", doors=doors)
    assert found.heads({}) == [] and found.heads({}) == []
    with pytest.raises(NotFound):
        found.query({})
    with pytest.raises(NotFound):
        found.get("sh.helm.release.v1.a.v1")
    assert asked == ["heads kube-system"]
    other, theirs = home("team", "kube-system", doors=doors, who="bob")
    assert len(other.heads({})) == 1 and theirs == ["heads kube-system"]
    clock.seconds += 30
    found.heads({})
    assert asked == ["heads kube-system"] * 2
