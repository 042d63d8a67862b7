"""``lint``: look for mistakes in charts. Rules: Helm 4.3.1 ``pkg/cmd/lint.go``, ``pkg/action/lint.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import value_flags
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.capabilities import KubeVersion
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


class LintFailed(CharthouseError):
    """Charts have mistakes, or the command line has."""


def _flags() -> list[Flag]:
    return [
        Flag("strict", "bool", "warnings count as mistakes"),
        Flag("with-subcharts", "bool", "look at the charts inside as well"),
        Flag("quiet", "bool", "print warnings and errors only"),
        Flag("skip-schema-validation", "bool", "do not check values against JSON schemas"),
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
    report: list[str] = []
    for path in paths:
        lines, has_errors, is_noteworthy = _lint(context, path, values, kube_version)
        failed += has_errors
        noteworthy += is_noteworthy
        if is_noteworthy or not context["quiet"]:
            report += [f"==> Linting {path}\n", *lines, "\n"]
    context.out.write("".join(report))
    summary = f"{len(paths)} chart(s) linted, {failed} chart(s) failed"
    if failed:
        raise LintFailed(summary)
    if not context["quiet"] or noteworthy:
        context.out.write(summary + "\n")


def _lint(
    context: Context, path: str, values: dict[str, object], kube_version: KubeVersion | None
) -> tuple[list[str], bool, bool]:
    """The lines about one chart, whether it failed, and whether it has warnings or errors."""
    from charthouse.lint import INFO, WARNING, LintError, lint_chart

    try:
        messages = lint_chart(
            path,
            values,
            namespace=context.namespace,
            kube_version=kube_version,
            skip_schema=context["skip-schema-validation"],
            log=context.log,
        )
    except LintError as error:
        return [f"Error {error}\n"], True, True
    limit = WARNING if context["strict"] else WARNING + 1
    shown = [message for message in messages if not context["quiet"] or message.severity > INFO]
    return (
        [f"{message}\n" for message in shown],
        any(message.severity >= limit for message in messages),
        any(message.severity > INFO for message in messages),
    )


def _kube_version(context: Context) -> KubeVersion | None:
    text = context["kube-version"]
    if not text:
        return None
    from charthouse.charts.capabilities import parse_kube_version

    try:
        return parse_kube_version(text)
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
)
