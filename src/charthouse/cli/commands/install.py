"""``install``: install a chart as a release. Rules: Helm 4.3.1 ``pkg/cmd/install.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.shared_flags import (
    FORCE_GROUPS,
    dry_run_flag,
    install_flags,
    output_flag,
    post_renderer_flags,
    recover_flag,
)
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.releases.release import Release

__all__ = ["COMMAND"]


class InstallFailed(CharthouseError):
    """The installation did not come to its end."""


def _flags() -> list[Flag]:
    return [
        *install_flags(),
        Flag("hide-secret", "bool", "with --dry-run, do not show Secrets"),
        dry_run_flag(),
        output_flag(),
        *post_renderer_flags(),
        recover_flag(),
        *tiller_tls_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.dry_run import dry_run_strategy
    from charthouse.cli.output.status import write_release
    from charthouse.cli.registry_tls import check_registry_tls

    check_registry_tls(context)
    strategy = dry_run_strategy(context)
    try:
        release = _install(context, strategy)
    except CharthouseError as error:
        raise InstallFailed(f"INSTALLATION FAILED: {error.message}") from error
    except KeyboardInterrupt as stop:
        raise InstallFailed("INSTALLATION FAILED: context canceled") from stop
    write_release(context, release, debug=context["debug"], hide_notes=context["hide-notes"])


def _install(context: Context, strategy: str) -> Release:
    from charthouse.cli.chart_source import load_installable, locate, log_path, log_version, name_and_chart
    from charthouse.cli.cluster_flags import install_options
    from charthouse.cli.values_options import user_values
    from charthouse.cli.wiring import painter, verbs

    log_version(context)
    name, reference = name_and_chart(context, context.words)
    path = locate(context, reference)
    log_path(context, path)
    values = user_values(context)
    chart = load_installable(context, path)
    options = install_options(context, name, dry_run=strategy)
    with painter(context, name) as progress:
        return verbs(context, offline=strategy == "client").install(chart, values, options, progress=progress)


COMMAND = Command(
    "install [NAME] [CHART]",
    "install a chart as a release",
    long="""Render a chart with your values, create its objects in the cluster and record the release.

CHART is a directory or an archive; values come from -f files and --set, --set-string, --set-json, --set-file and
--set-literal. --wait waits until everything is ready; --dry-run=client or server only shows what would be done.
""",
    args="min 1",
    flags=_flags,
    exclusive=FORCE_GROUPS,
    run=_run,
)
