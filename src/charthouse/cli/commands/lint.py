"""``lint``: look for mistakes in charts. Rules: Helm 4.3.1 ``pkg/cmd/lint.go``, ``pkg/action/lint.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import value_flags
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.capabilities import KubeVersion
    from charthouse.cli.context import Context
    from charthouse.lint import Report

__all__ = ["COMMAND"]


class LintFailed(CharthouseError):
    """Charts have mistakes, or the command line has."""


def _flags() -> list[Flag]:
    return [
        Flag("strict", "bool", "warnings count as mistakes"),
        Flag("with-subcharts", "bool", "look at the charts inside as well"),
        Flag("quiet", "bool", "print warnings and errors only"),
        Flag("skip-schema-validation", "bool", "do not check values against JSON schemas"),
        Flag("allow-schema-urls", "bool", "fetch the schemas a values.schema.json refers to by http or https address"),
        Flag("kube-version", "string", "version of Kubernetes to check deprecations for"),
        *value_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.values_options import user_values

    kube_version = _kube_version(context)
    paths = list(context.words)
    if context["with-subcharts"]:
        for path in context.words:
            paths += _inner_charts(path)
    values = user_values(context)
    failed, noteworthy = 0, 0
    text: list[str] = []
    hints: list[str] = []
    for path in paths:
        found = _lint(context, path, values, kube_version)
        failed += bool(found.failures)
        noteworthy += found.has_warnings_or_errors
        if found.failures:
            hints += _hints(context, path, found)
        if found.has_warnings_or_errors or not context["quiet"]:
            text += [f"==> Linting {path}\n", *_lines(found, quiet=context["quiet"]), "\n"]
    context.out.write("".join(text))
    summary = f"{len(paths)} chart(s) linted, {failed} chart(s) failed"
    if failed:
        raise LintFailed(summary, hint="\n".join(dict.fromkeys(hints)))
    if not context["quiet"] or noteworthy:
        context.out.write(summary + "\n")


def _hints(context: Context, path: str, report: Report) -> list[str]:
    """What is known about why a chart failed."""
    from charthouse.advice import inputs_of
    from charthouse.advice.charts import chart_hint, no_chart_hint
    from charthouse.cli.value_sources import value_sources

    hints = [] if report.messages else [no_chart_hint(path)]
    for cause in report.causes:
        inputs = inputs_of(cause)
        if inputs is not None:
            inputs.sources = lambda: value_sources(context)
        hints.append(cause.hint or chart_hint(cause, path))
    return [hint for hint in hints if hint]


def _lint(context: Context, path: str, values: dict[str, Any], kube_version: KubeVersion | None) -> Report:
    from charthouse.cli.bounds import render_limits
    from charthouse.cli.rendering import tree_cache
    from charthouse.lint import run

    return run(
        path,
        values,
        namespace=context.namespace,
        kube_version=kube_version,
        skip_schema=context["skip-schema-validation"],
        strict=context["strict"],
        log=context.log,
        limits=render_limits(context),
        cache=tree_cache(context),
        profile=context.profile,
    )


def _lines(report: Report, *, quiet: bool) -> list[str]:
    from charthouse.lint import INFO

    if not report.messages:
        return [f"Error {text}\n" for text in report.failures]
    return [f"{message}\n" for message in report.messages if not quiet or message.severity > INFO]


def _kube_version(context: Context) -> KubeVersion | None:
    text = context["kube-version"]
    if not text:
        return None
    from charthouse.charts.capabilities import parse_kube_version

    try:
        return parse_kube_version(text, context.profile)
    except CharthouseError as error:
        raise LintFailed(f"invalid kube version '{text}': {error}", hint=error.hint) from error


def _inner_charts(path: str) -> list[str]:
    """Charts below charts/, at any depth: directories with a Chart.yaml, and archives."""
    import os

    found: list[str] = []

    def walk(folder: str) -> None:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            return
        for name in names:
            full = f"{folder}/{name}"
            if name == "Chart.yaml":
                found.append(folder)
            elif name.endswith((".tgz", ".tar.gz")):
                found.append(full)
            if os.path.isdir(full) and not os.path.islink(full):
                walk(full)

    walk(os.path.normpath(f"{path}/charts"))
    return found


COMMAND = Command(
    "lint PATH",
    "look for mistakes in a chart",
    long="Check charts against what Helm demands (errors), advises (warnings) and suggests (information).\n",
    args="min 1",
    flags=_flags,
    run=_run,
    bounded=True,
)
