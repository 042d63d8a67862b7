"""``explain`` (ours): which template line, helpers and values made a field of a rendered object, and what set them."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag, UsageError
from charthouse.cli.shared_flags import chart_source_flags, output_flag, value_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.explanation import Explanation
    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart
    from charthouse.charts.origin import ValuesSource
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]

_NO_FILES = 4


def _flags() -> list[Flag]:
    return [
        Flag("name", "string", "name of the release to render", default="release-name"),
        Flag("show-secrets", "bool", "show the data of Secrets"),
        output_flag(),
        Flag("kube-version", "string", "version of Kubernetes to render for"),
        Flag("api-versions", "stringSlice", "API versions the cluster is said to have (may be repeated)", short="a"),
        Flag("is-upgrade", "bool", "set .Release.IsUpgrade instead of .Release.IsInstall"),
        Flag("enable-dns", "bool", "let templates look up host names"),
        Flag("skip-schema-validation", "bool", "do not check values against JSON schemas"),
        Flag("allow-schema-urls", "bool", "fetch the schemas a values.schema.json refers to by http or https address"),
        Flag("dependency-update", "bool", "fetch missing dependencies first"),
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        *value_flags(),
        *chart_source_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.actions.explanation import without_secrets
    from charthouse.cli.output.explanation import write_explanation

    if len(context.words) > 3:
        extra = ", ".join(context.words[3:])
        raise UsageError(f"expected a chart, KIND/NAME and at most one path, unexpected arguments: {extra}")
    context.words += [""] * (3 - len(context.words))
    explanation = _explained(context)
    if not context["show-secrets"]:
        explanation = without_secrets(explanation)
    write_explanation(context, explanation)
    if explanation.same:
        context.hint(f"this is the one of {explanation.file}; others of this name: {', '.join(explanation.same)}")


def _explained(context: Context) -> Explanation:
    from charthouse.actions.explain import explain
    from charthouse.cli.bounds import render_limits
    from charthouse.cli.rendering import tree_cache
    from charthouse.cli.values_options import user_values

    _, wanted, path = context.words
    sources = _sources(context)
    values = user_values(context)
    return explain(
        _chart(context, values),
        values,
        wanted,
        path,
        sources=sources,
        name=context["name"],
        namespace=context.namespace,
        capabilities=_capabilities(context),
        log=context.log,
        is_upgrade=context["is-upgrade"],
        enable_dns=context["enable-dns"],
        skip_schema=context["skip-schema-validation"],
        cache=tree_cache(context),
        limits=render_limits(context),
        profile=context.profile,
    )


def _sources(context: Context) -> list[ValuesSource]:
    """What gives values; standard input is read once for this and for the values themselves."""
    from charthouse.charts.origin import ValuesSource
    from charthouse.cli.value_sources import value_sources

    sources = value_sources(context)
    if "-" in context["values"]:
        data = context.stdin()
        context.stdin = lambda: data
        given = {source.name: source for source in sources if source.kind == "file"}
        given["-"] = ValuesSource("file", "standard input", data.decode("utf-8", "surrogateescape"))
        files = [given[path] for path in context["values"] if path in given]
        sources = files + [source for source in sources if source.kind != "file"]
    return sources


def _chart(context: Context, values: dict[str, object]) -> Chart:
    from charthouse.actions.render import process_dependencies
    from charthouse.cli.chart_source import load_installable, locate
    from charthouse.cli.registry_tls import check_registry_tls

    check_registry_tls(context)
    chart = load_installable(context, locate(context, context.words[0]))
    process_dependencies(chart, values, log=context.log, profile=context.profile)
    return chart


def _capabilities(context: Context) -> Capabilities:
    from charthouse.charts.capabilities import default_capabilities
    from charthouse.cli.rendering import wanted_kube_version

    known = default_capabilities(context.profile)
    return known.copy(kube_version=wanted_kube_version(context), more=context["api-versions"])


def _complete(context: Context, typed: str) -> tuple[list[str], int]:
    """The chart's objects, then the fields of the one named."""
    from charthouse.errors import CharthouseError

    if not context.words:
        return [], 0
    if len(context.words) > 2:
        return [], _NO_FILES
    find: Callable[[Context], list[str]] = _objects if len(context.words) == 1 else _paths
    context.words += [""] * (3 - len(context.words))
    try:
        return [word for word in find(context) if word.startswith(typed)], _NO_FILES
    except CharthouseError:
        return [], _NO_FILES


def _objects(context: Context) -> list[str]:
    from charthouse.actions.explain import ObjectNotFound

    try:
        _explained(context)
    except ObjectNotFound as error:
        return error.names
    return []


def _paths(context: Context) -> list[str]:
    return [field.path for field in _explained(context).fields]


COMMAND = Command(
    "explain [CHART] [KIND/NAME] [PATH]",
    "show where a field of a rendered object comes from",
    long="""Show where a field of a rendered object comes from.

The chart is rendered as by template, without a cluster. For the field PATH of the object KIND/NAME this prints the
template line that wrote it, the helpers on the way there, the values it was made of, and which values file, flag or
chart default set each of them, and what that overrode. Without PATH, or where PATH is a map or list: a line a field.

PATH is written spec.replicas, spec.template.spec.containers[0].image, containers[name=web].image or
metadata.annotations["helm.sh/hook"]. The data of Secrets are hidden unless asked for.
""",
    args="min 2",
    flags=_flags,
    run=_run,
    bounded=True,
    complete=_complete,
)
