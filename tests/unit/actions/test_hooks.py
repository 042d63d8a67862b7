"""Hooks: order, policies, logs, what is recorded of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from charthouse.actions.draft import Draft
from charthouse.actions.environment import no_progress
from charthouse.actions.errors import ActionError
from charthouse.actions.hooks import HookOptions, run
from charthouse.charts.chart import Chart, Metadata
from charthouse.errors import CharthouseError
from charthouse.manifests.hooks import Hook
from charthouse.releases.release import Info, Release

Document = Callable[..., str]
OPTIONS = HookOptions("ns", "hookOnly", 60.0, True, no_progress)


def hook(document: Document, name: str, *, kind: str = "ConfigMap", **more: Any) -> Hook:
    text = document(name).replace("kind: ConfigMap", f"kind: {kind}")
    return Hook(name=name, kind=kind, path=f"t/{name}.yaml", manifest=text, **{"events": ("test",), **more})


def draft(world: Any, *hooks: Hook) -> Draft:
    release = Release("r", "ns", 1, Info(status="deployed"), Chart(Metadata("demo", "1")), {}, hooks=hooks)
    world.env.storage.create(release)
    world.client.calls.clear()
    return Draft(world.env, release)


def made(world: Any) -> list[str]:
    return [call.removeprefix("patch ConfigMap/ns/") for call in world.client.calls if call.startswith("patch")]


def test_by_weight_then_name_then_as_stored(world: Any, document: Document) -> None:
    hooks = [
        hook(document, "d"),
        hook(document, "z", weight=-1),
        hook(document, "a", weight=5),
        hook(document, "b"),
        hook(document, "other", events=("pre-install",)),
    ]
    run(draft(world, *hooks), "test", OPTIONS)
    assert made(world) == ["z", "b", "d", "a"]


def test_no_policy_means_deleted_before_creation_and_is_stored(world: Any, document: Document) -> None:
    work = draft(world, hook(document, "a"))
    world.client.objects["ConfigMap", "ns", "a"] = {"metadata": {"name": "a", "resourceVersion": "1"}}
    run(work, "test", OPTIONS)
    assert work.release.hooks[0].delete_policies == ("before-hook-creation",)
    assert world.writes() == ["delete ConfigMap/ns/a", "patch ConfigMap/ns/a"]
    assert "delete ConfigMap/ns/a watcher" in world.cluster.waited
    assert "meta.helm.sh" not in str(world.client.objects["ConfigMap", "ns", "a"])


def test_what_succeeded_goes_last_first_after_all_have(world: Any, document: Document) -> None:
    hooks = [hook(document, name, delete_policies=("hook-succeeded",)) for name in "abc"]
    run(draft(world, *hooks), "test", OPTIONS)
    assert [call.split("/")[-1] for call in world.writes()] == ["a", "b", "c", "c", "b", "a"]
    assert world.objects() == []


def test_after_a_failure(world: Any, document: Document) -> None:
    policies = ("hook-succeeded", "hook-failed")
    hooks = [hook(document, name, delete_policies=policies) for name in "abc"]
    work = draft(world, *hooks)
    world.cluster.failing["ConfigMap/ns/b"] = "no"
    with pytest.raises(CharthouseError, match=r"^no$"):
        run(work, "test", OPTIONS)
    assert [entry.last_run.phase for entry in work.release.hooks] == ["Succeeded", "Failed", ""]
    assert [call.split("/")[-1] for call in world.writes()] == ["a", "b", "b", "a"]


def test_the_record_says_running_before_the_hook_is_created(world: Any, document: Document) -> None:
    phases: list[str] = []
    work = draft(world, hook(document, "a"))
    original = world.client.patch

    def patch(*arguments: Any, **options: Any) -> Any:
        phases.append(world.env.storage.get("r", 1).hooks[0].last_run.phase)
        return original(*arguments, **options)

    world.client.patch = patch
    run(work, "test", OPTIONS)
    assert phases == ["Running"]
    run_ = work.release.hooks[0].last_run
    assert run_.phase == "Succeeded"
    assert run_.started is not None
    assert run_.completed is not None


def test_texts(world: Any, document: Document) -> None:
    with pytest.raises(ActionError, match=r"^unable to build kubernetes object for test hook t/a\.yaml: "):
        run(
            draft(world, Hook("a", "ConfigMap", "t/a.yaml", "a: [", ("test",), delete_policies=("x",))), "test", OPTIONS
        )
    world.client.objects.clear()
    world.client.refused("patch", "ConfigMap", 403, "Forbidden", "configmaps is forbidden")
    with pytest.raises(ActionError, match=r"^warning: Hook test t/b\.yaml failed: .*configmaps is forbidden$"):
        run(draft(world, hook(document, "b")), "test", OPTIONS)


def test_definitions_are_never_deleted(world: Any, document: Document) -> None:
    run(draft(world, hook(document, "a", kind="CustomResourceDefinition")), "test", OPTIONS)
    assert not [call for call in world.client.calls if call.startswith("delete")]


@pytest.mark.parametrize(
    ("fails", "policy", "printed"),
    [
        (False, "hook-succeeded", True),
        (False, "hook-failed", False),
        (True, "hook-failed", True),
        (True, "hook-succeeded", False),
    ],
)
def test_logs(fails: bool, policy: str, printed: bool, world: Any, document: Document) -> None:
    pod = {"metadata": {"name": "a", "labels": {"job-name": "a"}}, "spec": {"containers": [{"name": "c"}]}}
    world.client.objects["Pod", "ns", "a"] = pod
    if fails:
        world.cluster.failing["Job/ns/a"] = "no"
    try:
        run(draft(world, hook(document, "a", kind="Job", output_log_policies=(policy,))), "test", OPTIONS)
    except CharthouseError:
        assert fails
    assert world.printed == ([("ns", "a", "c", "log of a/c\n")] if printed else [])
