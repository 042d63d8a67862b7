"""What the verbs of ``vendor`` share: the collector, rendering a chart to list its images, the folder's lock."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.render import Rendered
    from charthouse.actions.vendor import Change
    from charthouse.charts.chart import Chart
    from charthouse.cli.context import Context
    from charthouse.distribution.access import Access
    from charthouse.distribution.atomic import FileLock
    from charthouse.distribution.collecting import Collector
    from charthouse.distribution.fetch import Fetcher
    from charthouse.distribution.registry.charts import Registries

__all__ = ["collector", "images_renderer", "lock", "print_changes"]

_LOCK = ".vendor.lock"


def collector(context: Context, client: Fetcher, references: Sequence[str]) -> Collector:
    """references: the charts asked for; only their registries are told the password of the command line."""
    from charthouse.cli.dependency_update import source_date_epoch
    from charthouse.cli.fetching import access, places
    from charthouse.distribution.collecting import Collector
    from charthouse.logs import DEBUG, LogRecord

    given = access(context)

    def say(text: str) -> None:
        if context.err.isatty():
            context.err.write(text)
        else:
            context.log(LogRecord(DEBUG, text.strip()))

    named, others = _registries(context, client, given, references)
    return Collector(
        places(context), client, named, others, given, epoch=source_date_epoch(context.environ), say=say,
        log=context.log,
    )  # fmt: skip


def _registries(
    context: Context, client: Fetcher, given: Access, references: Sequence[str]
) -> tuple[Registries, Registries]:
    """Sessions for what was asked for, and for what that needs."""
    from charthouse.cli.registries import sessions
    from charthouse.records import replace

    plain = context["plain-http"]
    named = sessions(context, client, given, plain_http=plain)
    unnamed = sessions(context, client, replace(given, username="", password=""), plain_http=plain)
    hosts = {reference.removeprefix("oci://").partition("/")[0] for reference in references}
    return named, lambda host: named(host) if host in hosts else unnamed(host)


def images_renderer(context: Context) -> tuple[Callable[[Chart], Rendered] | None, str]:
    """How to render a chart with the values of the command line, None for --skip-images; and their digest, "" when
    there are none. Raises ValuesError, RenderRefused."""
    from hashlib import sha256

    from charthouse.charts.capabilities import default_capabilities
    from charthouse.cli.bounds import bounded
    from charthouse.cli.rendering import wanted_kube_version
    from charthouse.cli.values_options import user_values
    from charthouse.golang.json import encode

    if context["skip-images"]:
        return None, ""
    values = user_values(context)
    digest = ""
    if values:
        digest = "sha256:" + sha256(encode(values).encode("utf-8", "surrogateescape")).hexdigest()
    capabilities = default_capabilities(context.profile).copy(
        kube_version=wanted_kube_version(context), more=context["api-versions"]
    )

    def render(chart: Chart) -> Rendered:
        from charthouse.actions.preparation import prepared_chart
        from charthouse.actions.render import render_release
        from charthouse.cli.bounds import render_limits

        def work() -> Rendered:
            ready = prepared_chart(chart, values, log=context.log, profile=context.profile)
            return render_release(
                ready, values, name=context["name"], namespace=context.namespace, capabilities=capabilities,
                log=context.log, limits=render_limits(context), profile=context.profile,
            )  # fmt: skip

        return bounded(work)

    return render, digest


def lock(folder: str) -> FileLock:
    """One writer at a time."""
    import os
    import time

    from charthouse.distribution.atomic import FileLock

    return FileLock(os.path.join(folder, _LOCK), sleep=time.sleep, monotonic=time.monotonic)


def print_changes(context: Context, changes: Sequence[Change]) -> None:
    """A line a chart; with -o the charts as the lock has them."""
    from charthouse.distribution.pins import to_object

    if context["output"] != "table":
        from charthouse.cli.output.encode import json_text, yaml_text

        value = to_object(tuple(change.after for change in changes))["charts"]
        context.out.write(json_text(value) if context["output"] == "json" else yaml_text(value))
        return
    from charthouse.cli.output.uitable import table

    rows = [("NAME", "VERSION", "BEFORE", "CHARTS INSIDE", "IMAGES", "DIGEST")]
    for change in changes:
        after, before = change.after, change.before
        images = len({image.reference for image in after.images})
        was = "-" if before is None else "same" if before.digest == after.digest else before.version
        count = str(len(after.dependencies))
        rows.append((after.name, after.version, was, count, str(images), after.digest[:19]))
    context.out.write(table(rows) + "\n")
