"""The `plan` verb: what an upgrade (or an install, when there is no release) would do, step by step, as data.

The steps are the very operations that ``upgrade.run`` hands to ``Cluster.execute``, with hooks and waiting around them.
"""

from __future__ import annotations

from charthouse.actions.ports import ApplyOptions
from charthouse.actions.upgrade import prepare
from charthouse.records import Record, replace
from charthouse.releases.errors import NoDeployedReleases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import InstallOptions, UpgradeOptions
    from charthouse.actions.ports import Operation
    from charthouse.charts.chart import Chart
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

__all__ = ["ReleasePlan", "Step", "hook_steps", "run", "steps_of", "waiting"]


class Step(Record):
    """kind: hook | objects | wait | record; what: the hook's event and name, or the state that is recorded."""

    kind: str
    what: str
    operations: tuple[Operation, ...] = ()


class ReleasePlan(Record):
    """base: the revision it starts from, None for an install; release: what would be recorded."""

    base: Release | None
    release: Release
    steps: tuple[Step, ...]
    old: tuple[Resource, ...] = ()
    new: tuple[Resource, ...] = ()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What would be done to the release's objects."""
        return tuple(operation for step in self.steps for operation in step.operations)


def run(env: Environment, chart: Chart, values: dict[str, Any], options: UpgradeOptions) -> ReleasePlan:
    """Plan; nothing is written. Raises as ``upgrade.run``."""
    from charthouse.actions import install
    from charthouse.actions.upgrade import install_instead, objects

    env.cluster.reachable()
    dry = replace(options, dry_run="server", hide_secret=False)
    try:
        ready = prepare(env, chart, values, dry)
    except NoDeployedReleases:
        if not options.install:
            raise
        release = install.run(env, chart, values, install_instead(env, dry))
        new = objects(env, release.manifest, options.namespace, "new")
        apply = ApplyOptions(
            release=options.name, release_namespace=options.namespace, server_side=options.server_side != "false"
        )
        operations = env.cluster.plan([], new, apply)
        return ReleasePlan(None, release, _steps(release, "install", options, operations), (), tuple(new))
    operations = env.cluster.plan(ready.old, ready.new, ready.apply)
    steps = _steps(ready.release, "upgrade", options, operations)
    return ReleasePlan(ready.base, ready.release, steps, ready.old, ready.new)


def steps_of(release: Release, verb: str, operations: list[Operation], *, wait: str, hooks: bool) -> tuple[Step, ...]:
    """The steps of a verb that makes a revision. wait: the strategy, "" for none."""
    steps = [Step("record", f"pending-{verb}")]
    if hooks:
        steps += hook_steps(release, f"pre-{verb}")
    steps.append(Step("objects", release.name, tuple(operations)))
    if wait:
        steps.append(Step("wait", wait))
    if hooks:
        steps += hook_steps(release, f"post-{verb}")
    steps.append(Step("record", "deployed"))
    return tuple(steps)


def hook_steps(release: Release, event: str) -> list[Step]:
    """The hooks of an event, in the order they run."""
    chosen = sorted((hook for hook in release.hooks if event in hook.events), key=lambda h: (h.weight, h.name))
    return [Step("hook", f"{event} {hook.kind}/{hook.name}") for hook in chosen]


def waiting(options: InstallOptions | UpgradeOptions) -> str:
    """The strategy objects are waited for with, "" for none: who wants to go back on failure has to wait."""
    if options.wait != "hookOnly":
        return options.wait
    return "watcher" if options.rollback_on_failure else ""


def _steps(
    release: Release, verb: str, options: UpgradeOptions, operations: list[Operation]
) -> tuple[Step, ...]:  # fmt: skip
    return steps_of(release, verb, operations, wait=waiting(options), hooks=not options.disable_hooks)
