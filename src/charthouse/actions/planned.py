"""What install, rollback, uninstall and test would do, step by step (``plan`` says it of upgrades).

Nothing is written. The operations on objects are those the verbs themselves hand to ``Cluster.execute`` or ``delete``.
"""

from __future__ import annotations

from charthouse.actions.deletion import build, split_kept
from charthouse.actions.ownership import verify
from charthouse.actions.plan import ReleasePlan, Step, hook_steps, steps_of, waiting
from charthouse.actions.ports import ApplyOptions, Operation
from charthouse.actions.reading import read
from charthouse.actions.upgrade import objects
from charthouse.records import replace
from charthouse.releases.release import SERVER_SIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import InstallOptions, RollbackOptions, TestOptions, UninstallOptions
    from charthouse.charts.chart import Chart

__all__ = ["install", "rollback", "test", "uninstall"]


def install(env: Environment, chart: Chart, values: dict[str, Any], options: InstallOptions) -> ReleasePlan:
    """Raises as ``install.run``."""
    from charthouse.actions import install as verb

    release = verb.run(env, chart, values, replace(options, dry_run="server", hide_secret=False))
    new = objects(env, release.manifest, options.namespace, "new")
    apply = ApplyOptions(
        release=options.name,
        release_namespace=options.namespace,
        server_side=options.server_side,
        force_conflicts=options.force_conflicts,
        force_replace=options.force_replace,
        take_ownership=options.take_ownership,
        validate=not options.disable_openapi_validation,
    )
    old = env.cluster.check_ownership(new, apply) if new else []
    operations = env.cluster.plan(old, new, apply)
    before = [Step("crds", crd.name) for crd in chart.crds()] if not options.skip_crds else []
    if options.create_namespace:
        before.append(Step("namespace", options.namespace))
    steps = steps_of(release, "install", operations, wait=waiting(options), hooks=not options.disable_hooks)
    return ReleasePlan(None, release, (*before, *steps), tuple(old), tuple(new))


def rollback(env: Environment, options: RollbackOptions) -> ReleasePlan:
    """Raises as ``rollback.run``."""
    from charthouse.actions import rollback as verb

    release = verb.run(env, replace(options, dry_run="server"))
    base = env.storage.last(options.name)
    old = objects(env, base.manifest, options.namespace, "current")
    new = objects(env, release.manifest, options.namespace, "new")
    apply = ApplyOptions(
        release=options.name,
        release_namespace=release.namespace,
        server_side=release.apply_method == SERVER_SIDE,
        force_conflicts=options.force_conflicts,
        force_replace=options.force_replace,
        csa_to_ssa=True,
    )
    operations = env.cluster.plan(old, new, apply)
    wait = options.wait if options.wait != "hookOnly" else ""
    steps = steps_of(release, "rollback", operations, wait=wait, hooks=not options.disable_hooks)
    return ReleasePlan(base, release, steps, tuple(old), tuple(new))


def uninstall(env: Environment, options: UninstallOptions) -> ReleasePlan:
    """Raises ActionError, NotFound, StorageError, BuildError."""
    release = read(env, options.name, 0)
    keep, rest = split_kept(release, env)
    found = verify(
        env.cluster.client, build(env, rest, options.namespace) if rest else [], release.name, release.namespace
    )
    kept = build(env, keep, options.namespace) if keep else []
    operations = [Operation("delete", resource, reason="of this release") for resource in found.owned]
    operations += [Operation("keep", resource, reason="its policy keeps it") for resource in kept]
    operations += [Operation("keep", resource, reason="not owned by this release") for resource in found.foreign]
    operations += [Operation("keep", resource, reason=reason) for resource, reason in found.unknown]
    steps = [Step("record", "uninstalling")]
    if not options.disable_hooks:
        steps += hook_steps(release, "pre-delete")
    steps.append(Step("objects", release.name, tuple(operations)))
    if options.wait != "hookOnly":
        steps.append(Step("wait", options.wait))
    if not options.disable_hooks:
        steps += hook_steps(release, "post-delete")
    steps.append(Step("record", "uninstalled" if options.keep_history else "purged"))
    return ReleasePlan(release, release, tuple(steps), tuple(found.owned), ())


def test(env: Environment, options: TestOptions) -> ReleasePlan:
    """Raises ActionError, NotFound, StorageError."""
    release = read(env, options.name, 0)
    chosen = [
        hook
        for hook in release.hooks
        if hook.name not in options.exclude and (not options.include or hook.name in options.include)
    ]
    steps = (*hook_steps(replace(release, hooks=tuple(chosen)), "test"), Step("record", release.status))
    return ReleasePlan(release, release, steps)
