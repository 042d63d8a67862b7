"""``history``: the revisions of a release. Rules: Helm 4.3.1 ``pkg/cmd/history.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import complete_release
from charthouse.cli.shared_flags import output_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.releases.release import Release

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("max", "int", "revisions to show", default=256),
        Flag("show-rollback-revision", "bool", "add a column with the revision that was rolled back to"),
        output_flag(),
        *tiller_tls_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.actions.options import HistoryOptions
    from charthouse.cli.output.encode import json_text, struct, yaml_text
    from charthouse.cli.wiring import verbs

    found = verbs(context).history(HistoryOptions(name=context.words[0], namespace=context.namespace))
    newest = sorted(found, key=lambda release: release.version, reverse=True)[: max(0, context["max"])]
    rows = newest[::-1]
    if context["output"] == "json":
        context.out.write(json_text([struct(_object(release)) for release in rows]))
    elif context["output"] == "yaml":
        context.out.write(yaml_text([_object(release) for release in rows]))
    else:
        context.out.write(_table(rows, context["show-rollback-revision"]))


def _object(release: Release) -> dict[str, Any]:
    from charthouse.golang.moment import to_text

    info = release.info
    out: dict[str, Any] = {"revision": release.version}
    if info.last_deployed is not None:
        out["updated"] = to_text(info.last_deployed)
    out["status"] = info.status
    out["chart"] = f"{release.chart.name}-{release.chart.metadata.version}"
    out["app_version"] = release.chart.metadata.app_version
    if info.rollback_revision:
        out["rollback_revision"] = info.rollback_revision
    out["description"] = info.description
    return out


def _table(rows: list[Release], with_rollback: bool) -> str:
    from charthouse.cli.output.moments import ansic
    from charthouse.cli.output.uitable import table

    lines = [["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"]]
    for release in rows:
        info, chart = release.info, release.chart.metadata
        name = f"{chart.name}-{chart.version}"
        updated = ansic(info.last_deployed)
        lines.append([str(release.version), updated, info.status, name, chart.app_version, info.description])
    if with_rollback:
        lines[0].insert(5, "ROLLBACK")
        for line, release in zip(lines[1:], rows, strict=True):
            revision = release.info.rollback_revision
            line.insert(5, str(revision) if revision > 0 else "")
    return table(lines) + "\n"


COMMAND = Command(
    "history RELEASE_NAME",
    "list the revisions of a release",
    long="List the revisions of a release, oldest first: at most --max of the newest ones.\n",
    aliases=("hist",),
    args="exact 1",
    flags=_flags,
    run=_run,
    complete=complete_release,
)
