"""list, status, history, get and test: what they read, in which order, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions import get, history, install, status
from charthouse.actions import list as list_verb
from charthouse.actions import test as test_verb
from charthouse.actions.options import (
    GetOptions,
    HistoryOptions,
    InstallOptions,
    ListOptions,
    StatusOptions,
    TestOptions,
)
from charthouse.charts.chart import Chart, Metadata
from charthouse.errors import CharthouseError
from charthouse.golang.moment import from_text
from charthouse.releases.release import Info, Release

Make = Callable[..., Chart]
Document = Callable[..., str]

RELEASES = [
    ("web", 1, "superseded", "10:00", {}),
    ("web", 2, "deployed", "10:01", {"team": "x"}),
    ("api", 1, "failed", "10:05", {}),
    ("db", 9, "superseded", "10:02", {}),
    ("db", 10, "uninstalled", "10:03", {"team": "x"}),
    ("job", 1, "pending-install", "10:04", {"team": "y"}),
    ("old", 1, "uninstalling", "10:06", {}),
]


@pytest.fixture
def full(world: Any) -> Any:
    for name, version, state, clock, labels in RELEASES:
        moment = from_text(f"2026-11-22T{clock}:00Z")
        chart = Chart(Metadata("demo", "0.1.0"))
        info = Info(last_deployed=moment, status=state)
        world.env.storage.create(Release(name, "ns", version, info, chart, {}, labels=labels))
    return world


LISTS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["api.1", "db.10", "job.1", "old.1", "web.2"]),
    ({"reverse": True}, ["web.2", "old.1", "job.1", "db.10", "api.1"]),
    ({"by_date": True}, ["web.2", "db.10", "job.1", "api.1", "old.1"]),
    ({"by_date": True, "reverse": True}, ["old.1", "api.1", "job.1", "db.10", "web.2"]),
    ({"deployed": True}, ["web.2"]),
    ({"failed": True, "pending": True}, ["api.1", "job.1"]),
    ({"uninstalled": True, "uninstalling": True}, ["db.10", "old.1"]),
    ({"superseded": True}, ["db.9", "web.1"]),
    ({"superseded": True, "deployed": True}, ["web.2"]),
    ({"filter": "^(a|w)"}, ["api.1", "web.2"]),
    ({"filter": "b$"}, ["db.10", "job.1", "web.2"]),
    ({"selector": "team=x"}, ["db.10", "web.2"]),
    ({"selector": "team,team!=x"}, ["job.1"]),
    ({"limit": 2}, ["api.1", "db.10"]),
    ({"limit": 2, "offset": 1}, ["db.10", "job.1"]),
    ({"offset": 5}, []),
    ({"limit": 0}, ["api.1", "db.10", "job.1", "old.1", "web.2"]),
    ({"filter": "nothing"}, []),
]


@pytest.mark.parametrize(("more", "shown"), LISTS)
def test_list(more: dict[str, Any], shown: list[str], full: Any) -> None:
    found = list_verb.run(full.env, ListOptions(namespace="ns", **more))
    assert [f"{release.name}.{release.version}" for release in found] == shown


@pytest.mark.parametrize("more", [{"filter": "("}, {"selector": "a in ("}])
def test_what_cannot_be_meant(more: dict[str, Any], full: Any) -> None:
    with pytest.raises(CharthouseError):
        list_verb.run(full.env, ListOptions(namespace="ns", **more))


def test_only_what_is_shown_is_read(full: Any) -> None:
    full.client.calls.clear()
    list_verb.run(full.env, ListOptions(namespace="ns", filter="web"))
    assert full.client.calls == ["list Secret/ns/names", "get Secret/ns/sh.helm.release.v1.web.v2"]


def test_history_and_get(full: Any) -> None:
    assert sorted(found.version for found in history.run(full.env, HistoryOptions("db", "ns"))) == [9, 10]
    assert get.run(full.env, GetOptions("db", "ns")).version == 10
    assert get.run(full.env, GetOptions("db", "ns", revision=9)).version == 9
    for call, text in (
        (lambda: history.run(full.env, HistoryOptions("X", "ns")), "release name is invalid: X"),
        (lambda: get.run(full.env, GetOptions("X", "ns")), "releaseContent: Release name is invalid: X"),
        (lambda: get.run(full.env, GetOptions("none", "ns")), "release: not found"),
        (lambda: get.run(full.env, GetOptions("db", "ns", revision=3)), "release: not found"),
    ):
        with pytest.raises(CharthouseError) as caught:
            call()
        assert caught.value.message == text


def test_values_and_metadata(world: Any, make_chart: Make, document: Document) -> None:
    chart = make_chart(a_yaml=document("a"), values={"x": 1.0, "deep": {"y": 2.0}})
    install.run(world.env, chart, {"deep": {"z": 3.0}}, InstallOptions("r", "ns", labels={"team": "x"}))
    assert get.values(world.env, GetOptions("r", "ns")) == {"deep": {"z": 3.0}}
    assert get.values(world.env, GetOptions("r", "ns", all_values=True)) == {"x": 1.0, "deep": {"y": 2.0, "z": 3.0}}
    found = get.metadata(world.env, GetOptions("r", "ns", revision=1))
    assert (found.name, found.chart, found.version, found.revision, found.status, found.apply_method) == (
        "r", "demo", "0.1.0", 1, "deployed", "ssa",
    )  # fmt: skip
    assert found.labels == {"team": "x"}


def test_status_finds_objects_and_their_pods(world: Any, make_chart: Make, document: Document) -> None:
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  selector:\n    matchLabels: {app: d}\n"
    )
    install.run(world.env, make_chart(a_yaml=document("a"), d_yaml=deployment), {}, InstallOptions("r", "ns"))
    world.client.objects["Pod", "ns", "p"] = {"metadata": {"name": "p", "namespace": "ns", "labels": {"app": "d"}}}
    del world.client.objects["ConfigMap", "ns", "a"]
    release = status.run(world.env, StatusOptions("r", "ns"))
    assert release.info.resources is not None
    [deployment_found], [pods] = (release.info.resources[key] for key in ("v1/Deployment", "v1/Pod(related)"))
    assert deployment_found["metadata"]["name"] == "d"
    assert [item["metadata"]["name"] for item in pods["items"]] == ["p"]
    assert list(release.info.resources) == ["v1/Deployment", "v1/Pod(related)"]
    assert status.run(world.env, StatusOptions("r", "ns", resources=False)).info.resources is None


def pod(name: str, *, policy: str = "before-hook-creation") -> str:
    return (
        f'apiVersion: v1\nkind: Pod\nmetadata:\n  name: "{name}"\n  annotations:\n    "helm.sh/hook": test\n'
        f'    "helm.sh/hook-delete-policy": {policy}\nspec:\n  containers: [{{name: c}}]\n'
    )


@pytest.fixture
def tested(world: Any, make_chart: Make, document: Document) -> Any:
    chart = make_chart(a_yaml=document("a"), x_yaml=pod("x"), y_yaml=pod("y", policy="hook-succeeded"), z_yaml=pod("z"))
    install.run(world.env, chart, {}, InstallOptions("r", "ns"))
    return world


def phases(world: Any) -> list[tuple[str, str]]:
    return [(hook.name, hook.last_run.phase) for hook in world.last().hooks]


def test_tests_and_their_logs(tested: Any) -> None:
    options = TestOptions("r", "ns")
    result = test_verb.run(tested.env, options)
    assert result.error is None
    assert test_verb.logs(tested.env, result, options) == (
        "POD LOGS: x (c)\nlog of x/c\n\nPOD LOGS: y (c)\nlog of y/c\n\nPOD LOGS: z (c)\nlog of z/c\n\n"
    )
    result.raise_failure()
    assert phases(tested) == [("x", "Succeeded"), ("y", "Succeeded"), ("z", "Succeeded")]
    assert tested.objects() == ["ConfigMap/a", "Pod/x", "Pod/z"]
    assert all("watcher" in line for line in tested.cluster.waited)


@pytest.mark.parametrize(
    ("include", "exclude", "ran", "order"),
    [
        (("y",), (), ["y"], ["x", "z", "y"]),
        ((), ("x",), ["y", "z"], ["x", "y", "z"]),
        (("x", "y"), ("x",), ["y"], ["x", "z", "y"]),
    ],
)
def test_filters(
    include: tuple[str, ...], exclude: tuple[str, ...], ran: list[str], order: list[str], tested: Any
) -> None:
    test_verb.run(tested.env, TestOptions("r", "ns", include=include, exclude=exclude))
    assert [name for name, phase in phases(tested) if phase] == ran
    assert [name for name, _ in phases(tested)] == order


def test_a_failing_test(tested: Any) -> None:
    tested.cluster.failing["Pod/ns/y"] = "resource Pod/ns/y not ready. status: Failed, message: no"
    options = TestOptions("r", "ns")
    result = test_verb.run(tested.env, options)
    assert phases(tested) == [("x", "Succeeded"), ("y", "Failed"), ("z", "")]
    with pytest.raises(CharthouseError, match=r"status: Failed, message: no$"):
        result.raise_failure()


def test_logs_that_cannot_be_read(tested: Any) -> None:
    options = TestOptions("r", "ns")
    result = test_verb.run(tested.env, options)
    del tested.client.objects["Pod", "ns", "y"]
    assert test_verb.logs(tested.env, result, options) == "POD LOGS: x (c)\nlog of x/c\n\n"
    with pytest.raises(CharthouseError, match=r'^unable to get pod y: pods "y" not found$'):
        result.raise_failure()
