"""A release for people: what install, upgrade, status, test and `get all` print.

Rules: Helm 4.3.1 ``pkg/cmd/status.go`` (``statusPrinter``).
"""

from __future__ import annotations

from charthouse.cli.output.moments import ansic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.cli.output.colours import Palette
    from charthouse.releases.release import Release

__all__ = ["release_object", "status_text", "write_release"]


def release_object(release: Release, *, chart: bool) -> dict[str, Any]:
    """The record as JSON, fields in Helm's order; without the chart for `status`."""
    from charthouse.releases.codec import to_json

    out = to_json(release)
    if not chart:
        out.pop("chart", None)
    resources = out["info"].get("resources")
    if resources:
        out["info"]["resources"] = _sorted(resources)
    return out


def _sorted(value: Any) -> Any:
    """Live objects are maps to Go, so their keys are sorted."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def write_release(
    context: Context, release: Release, *, chart: bool = True, debug: bool = False, hide_notes: bool = False
) -> None:
    """Print in the format ``--output`` asks for."""
    from charthouse.cli.output.encode import json_text, struct, yaml_text

    form = context["output"]
    if form == "json":
        context.out.write(json_text(struct(release_object(release, chart=chart))))
    elif form == "yaml":
        context.out.write(yaml_text(release_object(release, chart=chart)))
    else:
        context.out.write(status_text(context, release, debug=debug, hide_notes=hide_notes))


def status_text(
    context: Context,
    release: Release,
    *,
    debug: bool = False,
    hide_notes: bool = False,
    metadata: bool = False,
    stored: bool = False,
) -> str:
    """The table form. debug: values, hooks and manifest too; metadata: chart, version and app version; stored: read
    from its record, where no values are no map (`null`, not `{}`)."""
    from charthouse.cli.output.colours import Palette

    info = release.info
    parts = [_head(release, Palette(context.colour), metadata)]
    if info.resources:
        from charthouse.cli.output.resources import resource_tables

        parts.append(f"RESOURCES:\n{resource_tables(info.resources)}\n")
    parts.append(_tests(release))
    if debug:
        parts.append(_values(context, release, stored))
    if debug or info.description.lower() == "dry run complete":
        parts.append("HOOKS:\n")
        parts += [f"---\n# Source: {hook.path}\n{hook.manifest}\n" for hook in release.hooks]
        parts.append(f"MANIFEST:\n{release.manifest}\n")
    if not hide_notes and info.notes:
        parts.append(f"NOTES:\n{info.notes.strip()}\n")
    return "".join(parts)


def _head(release: Release, palette: Palette, metadata: bool) -> str:
    info = release.info
    lines = [f"NAME: {release.name}"]
    if info.last_deployed is not None:
        lines.append(f"LAST DEPLOYED: {ansic(info.last_deployed)}")
    lines.append(f"NAMESPACE: {palette.namespace(release.namespace)}")
    lines.append(f"STATUS: {palette.status(info.status)}")
    lines.append(f"REVISION: {release.version}")
    if metadata:
        chart = release.chart.metadata
        lines += [f"CHART: {chart.name}", f"VERSION: {chart.version}", f"APP_VERSION: {chart.app_version}"]
    lines.append(f"DESCRIPTION: {info.description}")
    return "\n".join(lines) + "\n"


def _tests(release: Release) -> str:
    tests = [hook for hook in release.hooks for event in hook.events if event == "test"]
    if not tests:
        return "TEST SUITE: None\n"
    return "".join(
        f"TEST SUITE:     {hook.name}\n"
        f"Last Started:   {ansic(hook.last_run.started)}\n"
        f"Last Completed: {ansic(hook.last_run.completed)}\n"
        f"Phase:          {hook.last_run.phase}\n"
        for hook in tests
        if hook.last_run.started is not None
    )


def _values(context: Context, release: Release, stored: bool) -> str:
    from charthouse.charts.values import coalesce
    from charthouse.cli.output.encode import yaml_text

    computed = coalesce(release.chart, release.config, log=context.log)
    given = yaml_text(release.config or (None if stored else {}))
    return f"USER-SUPPLIED VALUES:\n{given}\nCOMPUTED VALUES:\n{yaml_text(computed)}\n"
