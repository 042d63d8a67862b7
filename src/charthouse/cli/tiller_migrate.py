"""``tiller migrate``: shows what there is to migrate, and does it with --confirm."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.releases.helm2.companions import Companions
    from charthouse.releases.helm2.driver import TillerDriver
    from charthouse.releases.helm2.migration import Migration, Target
    from charthouse.releases.storage.driver import Driver

__all__ = ["NotMigrated", "names", "run"]

_HEADER = ("NAME", "NAMESPACE", "REVISIONS", "STATUS", "ACTION")


class NotMigrated(CharthouseError):
    """Some releases were left alone. names: which."""

    def __init__(self, names: Sequence[str], *, hint: str) -> None:
        what = "release" if len(names) == 1 else "releases"
        super().__init__(f"{len(names)} {what} cannot be migrated: {', '.join(names)}", hint=hint)
        self.names = tuple(names)


def run(context: Context) -> None:
    """The command. Raises StorageError, NotFound, NotMigrated."""
    from charthouse.releases.helm2.migration import execute, plan

    source, target = _source(context), _target(context)
    migrations = plan(source, target, context.words, pending=context["pending"])
    context.out.write(_shown(context, migrations))
    if context["confirm"]:
        for migration, step, action in execute(
            migrations, source, target, delete_originals=context["delete-originals"]
        ):
            if context["output"] == "table":
                place = f"{migration.name} revision {step.release.version}"
                context.out.write(f"{place}: {_DID[action]}\n")
                context.out.flush()
    left = [migration for migration in migrations if migration.obstacle]
    if left:
        hints = [f"{migration.name}: {migration.obstacle}" for migration in left]
        hints += [migration.hint for migration in left[:1] if migration.hint]
        raise NotMigrated([migration.name for migration in left], hint="\n".join(hints))
    if migrations and not context["confirm"]:
        context.hint("nothing was changed; --confirm converts the releases")
    elif migrations and not context["delete-originals"]:
        context.hint("Helm 2 still has its records: do not go on with it, or remove them with --delete-originals")


_DID = {"convert": "converted", "done": "was converted before", "delete": "Helm 2's record deleted"}


def names(context: Context) -> tuple[list[str], int]:
    """The releases Tiller keeps that are not named yet, for completion."""
    from charthouse.cli.complete import NO_FILES

    try:
        heads = _source(context).heads({"owner": "helm"})
    except CharthouseError:
        return [], NO_FILES
    known = {head.labels.get("name", "") for head in heads}
    return sorted(known - {"", *context.words}), NO_FILES


def _source(context: Context) -> TillerDriver:
    from charthouse.cli.wiring import environment
    from charthouse.releases.helm2.driver import tiller_driver

    namespace = context["tiller-namespace"] or context.environ.get("TILLER_NAMESPACE") or "kube-system"
    env = environment(context, namespace=namespace)
    clock = env.clock
    return tiller_driver(
        context["tiller-storage"],
        env.cluster.client,
        namespace,
        now=lambda: clock.now().timestamp(),
        log=context.log,
    )


def _target(context: Context) -> Target:
    """Opens the records of a namespace, each once."""
    from functools import cache

    from charthouse.cli.wiring import environment
    from charthouse.releases.errors import StorageError
    from charthouse.releases.helm2.companions import Companions
    from charthouse.releases.storage.objects import ObjectDriver

    @cache
    def opened(namespace: str) -> tuple[Driver, Companions]:
        env = environment(context, namespace=namespace)
        driver = env.storage.driver
        if not isinstance(driver, ObjectDriver):
            raise StorageError(
                f"releases of Helm 2 cannot be kept by the driver {driver.name}",
                hint="set HELM_DRIVER to secret or configmap: parts of them lie in an object beside the record",
            )
        return driver, Companions(env.cluster.client, namespace, driver.type)

    return opened


def _shown(context: Context, migrations: Sequence[Migration]) -> str:
    from charthouse.cli.output.encode import json_text, struct, yaml_text
    from charthouse.cli.output.uitable import table

    rows = [_row(migration) for migration in migrations]
    if context["output"] == "json":
        return json_text([struct(row) for row in rows])
    if context["output"] == "yaml":
        return yaml_text(rows)
    if not rows:
        return "no releases of Helm 2\n"
    cells = [[row[name] for name in ("name", "namespace", "revisions", "status", "action")] for row in rows]
    return table([list(_HEADER), *cells]) + "\n"


def _row(migration: Migration) -> dict[str, Any]:
    from charthouse.releases.helm2.migration import DONE

    versions = [step.release.version for step in migration.steps]
    done = sum(1 for step in migration.steps if step.action == DONE)
    if migration.obstacle:
        action = "none: " + migration.obstacle
    elif done == len(versions):
        action = "none: converted before"
    else:
        action = f"convert {len(versions) - done} of {len(versions)}" if done else "convert"
    return {
        "name": migration.name,
        "namespace": migration.namespace,
        "revisions": ",".join(str(version) for version in versions),
        "status": migration.steps[-1].release.status if migration.steps else "",
        "action": action,
    }
