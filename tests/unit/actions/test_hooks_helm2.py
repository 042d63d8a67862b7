"""Hooks as Tiller runs them: order, policies, what is waited for, what is left after a failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from charthouse.actions.hooks_helm2 import HookDeletion, TillerHooks
from charthouse.actions.ports import ApplyResult, DeleteResult, Operation, WaitOptions
from charthouse.errors import CharthouseError
from charthouse.golang.moment import from_text
from charthouse.k8s.objects import ObjectRef, Resource, ResourceType
from charthouse.manifests.hooks import Hook, HookRun

JOB = ResourceType("batch/v1", "Job", "jobs", True)
NOW = from_text("2026-11-23T06:00:00Z")


class Script:
    """A cluster that writes down what it is asked, and fails where it is told to."""

    def __init__(self, *failing: str) -> None:
        self.log: list[str] = []
        self.failing = failing

    def _do(self, what: str) -> None:
        self.log.append(what)
        if what in self.failing:
            raise CharthouseError(f"{what} failed")

    def build(self, manifest: str, namespace: str, *, validate: bool = True) -> list[Resource]:
        return [Resource(ObjectRef(JOB, namespace, manifest), {})]

    def plan(self, original: Sequence[Resource], target: Sequence[Resource], options: Any) -> list[Operation]:
        assert not original
        return [Operation("create", resource) for resource in target]

    def execute(self, plan: Sequence[Operation], options: Any, progress: Any) -> ApplyResult:
        self._do(f"create {plan[0].resource.name}")
        return ApplyResult()

    def delete(self, resources: Sequence[Resource], **options: Any) -> DeleteResult:
        what = f"delete {resources[0].name}"
        self.log.append(what)
        return DeleteResult(errors=("no",)) if what in self.failing else DeleteResult()

    def wait_hook(self, resources: Sequence[Resource], options: WaitOptions, progress: Any) -> None:
        self._do(f"wait {resources[0].name} {options.timeout:g}")

    def wait_deleted(self, resources: Sequence[Resource], options: WaitOptions, progress: Any) -> None:
        self._do(f"gone {resources[0].name} {options.timeout:g}")

    def wait_established(self, resources: Sequence[Resource], options: WaitOptions, progress: Any) -> None:
        self._do(f"established {resources[0].name} {options.timeout:g}")


def hook(name: str, *events: str, weight: int = 0, policies: tuple[str, ...] = ()) -> Hook:
    return Hook(name, "Job", f"c/templates/{name}.yaml", name, events or ("pre-install",), weight, policies)


def ran(cluster: Script, hooks: Sequence[Hook], event: str = "pre-install", **timeouts: float) -> tuple[Hook, ...]:
    by_place = {(f"c/templates/{name}.yaml", name): seconds for name, seconds in timeouts.items()}
    runner = TillerHooks(cluster, "ns", 300.0, lambda: NOW, lambda progress: None, by_place)
    return runner.run(hooks, event)


def test_order_and_times() -> None:
    cluster = Script()
    hooks = [hook("b"), hook("a"), hook("z", weight=-1), hook("other", "post-install"), hook("y", weight=5)]
    done = ran(cluster, hooks)
    assert cluster.log == [entry for name in "zaby" for entry in (f"create {name}", f"wait {name} 300")]
    assert [found.last_run for found in done] == [
        HookRun() if found.name == "other" else HookRun(NOW, NOW, "Succeeded") for found in done
    ]
    assert [found.name for found in done] == [found.name for found in hooks]


def test_a_hook_that_names_the_event_twice_runs_twice() -> None:
    cluster = Script()
    ran(cluster, [hook("t", "test", "test")], "test")
    assert cluster.log == ["create t", "wait t 300"] * 2


def test_policies() -> None:
    cluster = Script()
    hooks = [
        hook("a", policies=("before-hook-creation", "hook-succeeded")),
        hook("b", policies=("hook-succeeded",)),
        hook("c", policies=("hook-failed",)),
    ]
    ran(cluster, hooks, b=0, a=7)
    assert cluster.log == [
        "delete a", "gone a 7", "create a", "wait a 300", "create b", "wait b 300", "create c", "wait c 300",
        "delete a", "gone a 7", "delete b",
    ]  # fmt: skip


def test_without_a_policy_nothing_is_deleted() -> None:
    cluster = Script("create a")
    with pytest.raises(CharthouseError, match="create a failed"):
        ran(cluster, [hook("a")])
    assert cluster.log == ["create a"]


def test_a_failure() -> None:
    cluster = Script("wait b 300")
    hooks = [hook("a", policies=("hook-succeeded",)), hook("b", policies=("hook-failed",)), hook("c")]
    with pytest.raises(CharthouseError, match="wait b 300 failed"):
        ran(cluster, hooks)
    assert cluster.log == ["create a", "wait a 300", "create b", "wait b 300", "delete b", "gone b 60"]


def test_a_deletion_that_fails() -> None:
    with pytest.raises(HookDeletion, match=r"^no$"):
        ran(Script("delete a"), [hook("a", policies=("before-hook-creation",))])
    with pytest.raises(CharthouseError, match="gone a 60 failed"):
        ran(Script("gone a 60"), [hook("a", policies=("hook-succeeded",))])


def test_definitions() -> None:
    cluster = Script("established b 300")
    hooks = [hook("a", "crd-install"), hook("b", "crd-install", policies=("hook-failed",))]
    with pytest.raises(CharthouseError, match="established b 300 failed"):
        ran(cluster, hooks, "crd-install")
    assert cluster.log == ["create a", "established a 300", "create b", "established b 300"]
