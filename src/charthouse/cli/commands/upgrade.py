"""``upgrade``: bring a release to another chart or other values. Rules: Helm 4.3.1 ``pkg/cmd/upgrade.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag, FromSettings
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.shared_flags import (
    FORCE_GROUPS,
    chart_source_flags,
    dry_run_flag,
    output_flag,
    post_renderer_flags,
    recover_flag,
    timeout_flag,
    value_flags,
    wait_flag,
)
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.options import UpgradeOptions
    from charthouse.actions.ports import Progress
    from charthouse.actions.verbs import Verbs
    from charthouse.cli.context import Context

__all__ = ["COMMAND", "flags"]


class UpgradeFailed(CharthouseError):
    """The upgrade did not come to its end."""


def flags() -> list[Flag]:
    """The flags of upgrade, and of diff, which asks the same question without the deed."""
    return [
        Flag("create-namespace", "bool", "with --install, create the namespace when it is missing"),
        Flag("install", "bool", "install the release when there is none of this name", short="i"),
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        Flag("hide-secret", "bool", "with --dry-run, do not show Secrets"),
        Flag("force-replace", "bool", "replace objects instead of patching them"),
        Flag("force", "bool", "", variable="force-replace", deprecated="use --force-replace instead"),
        Flag("force-conflicts", "bool", "take over fields other managers own (server-side apply)"),
        Flag("server-side", "string", 'true, false or auto: as the last revision was applied', default="auto"),
        Flag("no-hooks", "bool", "do not run hooks"),
        Flag("disable-openapi-validation", "bool", "do not check objects against the cluster's schema"),
        Flag("skip-crds", "bool", "with --install, do not install CRDs"),
        timeout_flag(),
        Flag("reset-values", "bool", "start from the chart's values"),
        Flag("reuse-values", "bool", "start from the last revision's values; ignored with --reset-values"),
        Flag(
            "reset-then-reuse-values", "bool",
            "start from the chart's values, then those given for the last revision; ignored with the other two",
        ),
        Flag("wait-for-jobs", "bool", "with --wait, wait until jobs have completed as well"),
        Flag("rollback-on-failure", "bool", "go back to the last good revision when it fails; implies --wait=watcher"),
        Flag("atomic", "bool", "", variable="rollback-on-failure", deprecated="use --rollback-on-failure instead"),
        Flag("history-max", "int", "revisions to keep of the release, 0 = all", default=FromSettings("max_history")),
        Flag("cleanup-on-fail", "bool", "delete the objects a failed upgrade created"),
        Flag("render-subchart-notes", "bool", "show the notes of sub-charts as well"),
        Flag("hide-notes", "bool", "do not show the notes"),
        Flag("skip-schema-validation", "bool", "do not check values against JSON schemas"),
        Flag("allow-schema-urls", "bool", "fetch the schemas a values.schema.json refers to by http or https address"),
        Flag("labels", "stringToString", "labels for the release record; the value null removes one", short="l"),
        Flag("description", "string", "description to record"),
        Flag("dependency-update", "bool", "fetch missing dependencies first"),
        Flag("enable-dns", "bool", "let templates look up host names"),
        Flag("take-ownership", "bool", "adopt existing objects whoever they belong to"),
        dry_run_flag(),
        *chart_source_flags(),
        *value_flags(),
        output_flag(),
        *post_renderer_flags(),
        wait_flag(),
        recover_flag(),
        *tiller_tls_flags(),
    ]  # fmt: skip


def _run(context: Context) -> None:
    from charthouse.cli.cluster_flags import upgrade_options
    from charthouse.cli.dry_run import dry_run_strategy
    from charthouse.cli.registry_tls import check_registry_tls
    from charthouse.cli.wiring import painter, verbs

    check_registry_tls(context)
    strategy = dry_run_strategy(context)
    options = upgrade_options(context, context.words[0], dry_run=strategy)
    with painter(context, options.name) as progress:
        asked = verbs(context)
        if context["install"] and _install_instead(context, asked, options, progress):
            return
        _upgrade(context, asked, options, progress)


def _install_instead(
    context: Context, asked: Verbs, options: UpgradeOptions, progress: Callable[[Progress], None]
) -> bool:
    """Install when the release is not there; whether that was done."""
    from charthouse.cli.chart_source import load_installable, locate
    from charthouse.cli.output.status import write_release
    from charthouse.cli.values_options import user_values

    instead = asked.install_instead(options, progress=progress)
    if instead is None:
        return False
    if context["output"] == "table":
        from charthouse.cli.flag_kinds import quote

        context.out.write(f"Release {quote(options.name)} does not exist. Installing it now.\n")
    path = locate(context, context.words[1])
    values = user_values(context)
    chart = load_installable(context, path)
    try:
        release = asked.install(chart, values, instead, progress=progress)
    except KeyboardInterrupt as stop:
        raise UpgradeFailed("context canceled") from stop
    write_release(context, release, debug=context["debug"], hide_notes=context["hide-notes"])
    return True


def _upgrade(context: Context, asked: Verbs, options: UpgradeOptions, progress: Callable[[Progress], None]) -> None:
    from charthouse.cli.chart_source import load_upgradable, locate
    from charthouse.cli.output.status import write_release
    from charthouse.cli.values_options import user_values

    path = locate(context, context.words[1])
    values = user_values(context)
    chart = load_upgradable(context, path)
    try:
        release = asked.upgrade(chart, values, options, progress=progress)
    except CharthouseError as error:
        raise UpgradeFailed(f"UPGRADE FAILED: {error.message}") from error
    except KeyboardInterrupt as stop:
        raise UpgradeFailed("UPGRADE FAILED: context canceled") from stop
    if context["output"] == "table":
        from charthouse.cli.flag_kinds import quote

        context.out.write(f"Release {quote(options.name)} has been upgraded. Happy Helming!\n")
    write_release(context, release, debug=context["debug"], hide_notes=context["hide-notes"])


COMMAND = Command(
    "upgrade [RELEASE] [CHART]",
    "upgrade a release",
    long="""Render a chart with your values and bring the release's objects to that state, as a new revision.

--install installs a release that is not there yet. Of the last revision's values none are kept when any are given,
unless --reuse-values or --reset-then-reuse-values says so.
""",
    args="exact 2",
    flags=flags,
    exclusive=FORCE_GROUPS,
    run=_run,
)
