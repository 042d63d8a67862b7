"""A chart rendered for `template`: from the command line to a ``Rendered``, offline or with a cluster to ask.

Rules: Helm 4.3.1 ``pkg/cmd/template.go`` and ``pkg/action/install.go`` (``RunWithContext`` up to the dry run's end).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, ERROR, WARN, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.render import Rendered
    from charthouse.charts.capabilities import Capabilities, KubeVersion
    from charthouse.charts.chart import Chart
    from charthouse.cli.context import Context
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup as LookupFunction
    from charthouse.profile import Profile

__all__ = [
    "RenderRefused",
    "check_template_line",
    "render_offline",
    "render_with_server",
    "tree_cache",
    "wanted_kube_version",
]

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class RenderRefused(CharthouseError):
    """The command line asks for something no chart can be rendered with."""


def check_template_line(context: Context) -> None:
    """What Helm looks at before all else: the version given, then certificates. Raises RenderRefused, TLSRefused."""
    from charthouse.cli.registry_tls import check_registry_tls

    wanted_kube_version(context)
    check_registry_tls(context)


def render_offline(context: Context) -> Rendered:
    """Render without a cluster. Raises ChartError, ValuesError, RenderRefused; see ``Rendered.error`` for the rest."""
    from charthouse.charts.capabilities import default_capabilities

    kube_version = wanted_kube_version(context)
    known = default_capabilities(context.profile)
    capabilities = known.copy(kube_version=kube_version, more=context["api-versions"])
    return _render(context, lambda: (capabilities, None))


def render_with_server(context: Context) -> Rendered:
    """Render with the cluster's version, APIs and objects (``--dry-run=server``)."""
    from charthouse.actions.errors import wrapped
    from charthouse.actions.lookup import Lookup
    from charthouse.actions.preparation import cluster_capabilities
    from charthouse.cli.wiring import environment

    env = environment(context)

    def reach() -> tuple[Capabilities, LookupFunction]:
        try:
            env.cluster.reachable()
        except CharthouseError as error:
            context.log(LogRecord(ERROR, f"cluster reachability check failed: {error}"))
            raise wrapped("cluster reachability check failed: ", error) from error
        if context["api-versions"]:
            text = "API Version list given outside of client only mode, this list will be ignored"
            context.log(LogRecord(DEBUG, text))
        return cluster_capabilities(env), Lookup(env)

    rendered = _render(context, reach)
    if rendered.error is None:
        _check_objects(context, env, rendered)
    return rendered


def _check_objects(context: Context, env: Environment, rendered: Rendered) -> None:
    """The objects must be known to the cluster and free to be installed."""
    from charthouse.actions.errors import wrapped
    from charthouse.actions.ports import ApplyOptions

    validate = not context["disable-openapi-validation"]
    try:
        resources = env.cluster.build(rendered.manifest, context.namespace, validate=validate)
    except CharthouseError as error:
        raise wrapped("unable to build kubernetes objects from release manifest: ", error) from error
    if context["is-upgrade"] or not resources:
        return
    options = ApplyOptions(
        release=rendered.name, release_namespace=context.namespace, take_ownership=context["take-ownership"]
    )
    try:
        env.cluster.check_ownership(resources, options)
    except CharthouseError as error:
        raise wrapped("unable to continue with install: ", error) from error


def wanted_kube_version(context: Context) -> KubeVersion | None:
    """What --kube-version says, None without it. Raises RenderRefused."""
    text = context["kube-version"]
    if not text:
        return None
    from charthouse.charts.capabilities import parse_kube_version

    try:
        return parse_kube_version(text, context.profile)
    except CharthouseError as error:
        raise RenderRefused(f"invalid kube version '{text}': {error}", hint=error.hint) from error


def _render(context: Context, reach: Callable[[], tuple[Capabilities, LookupFunction | None]]) -> Rendered:
    """reach: called once the chart is loaded; what is known of the cluster, and how to look things up in it."""
    from charthouse.actions.render import process_dependencies, render_release
    from charthouse.cli.bounds import render_limits
    from charthouse.cli.chart_source import load_installable, locate, log_path, log_version, name_and_chart
    from charthouse.cli.values_options import user_values

    profile = context.profile
    log_version(context)
    name, reference = name_and_chart(context, context.words, default_name="release-name")
    path = locate(context, reference)
    log_path(context, path)
    values = user_values(context)
    chart = load_installable(context, path)
    capabilities, lookup = reach()
    _check_name(context, name)
    try:
        process_dependencies(chart, values, log=context.log, profile=profile)
    except CharthouseError as error:
        if profile.capital_errors:
            raise
        text = error.message.removeprefix("chart dependencies processing failed: ")
        context.log(LogRecord(ERROR, "chart dependencies processing failed", error=text))
        raise
    if lookup is not None and not context["skip-crds"] and chart.crds():
        text = "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies."
        context.log(LogRecord(WARN, text))
    _check_labels(context)
    if profile.exact_numbers:
        _report_exact(context, path, name, capabilities, lookup)
    return render_release(
        chart,
        values,
        name=name,
        namespace=context.namespace,
        capabilities=capabilities,
        log=context.log,
        is_upgrade=context["is-upgrade"],
        lookup=lookup,
        include_crds=context["include-crds"],
        enable_dns=context["enable-dns"],
        skip_schema=context["skip-schema-validation"],
        post_renderer=_post_renderer(context),
        cache=tree_cache(context),
        limits=render_limits(context),
        profile=profile,
    )


def _post_renderer(context: Context) -> Callable[[str], str] | None:
    if not context["post-renderer"]:
        return None
    from charthouse.cli.post_renderer import post_renderer

    return post_renderer(context)


def _report_exact(
    context: Context, path: str, name: str, capabilities: Capabilities, lookup: LookupFunction | None
) -> None:
    """Tell where exact numbers make the output differ from Helm's; a chart that cannot be rendered is told of later."""
    from charthouse.actions.exactness import exact_differences
    from charthouse.actions.render import process_dependencies
    from charthouse.charts.loader import load
    from charthouse.cli.bounds import render_limits
    from charthouse.cli.exact_report import report
    from charthouse.cli.values_options import user_values
    from charthouse.logs import silent

    def load_anew(profile: Profile) -> tuple[Chart, dict[str, Any]]:
        values = user_values(context, profile)
        chart = load(path, log=silent, profile=profile)
        process_dependencies(chart, values, log=silent, profile=profile)
        return chart, values

    try:
        found = exact_differences(
            load_anew,
            profile=context.profile,
            name=name,
            namespace=context.namespace,
            capabilities=capabilities,
            is_upgrade=context["is-upgrade"],
            lookup=lookup,
            enable_dns=context["enable-dns"],
            skip_schema=context["skip-schema-validation"],
            limits=render_limits(context),
        )
    except CharthouseError:
        return  # the render that follows fails in the same way, and says so
    report(context, found)


def tree_cache(context: Context) -> TreeCache | None:
    """Where parsed templates are kept between runs; None when caches are off (HELM_NO_TEMPLATE_CACHE, no directory)."""
    directory = context.settings.own_cache
    if not directory or context.environ.get("HELM_NO_TEMPLATE_CACHE"):
        return None
    from charthouse.engine.cache import TreeCache

    return TreeCache(f"{directory}/templates")


def _check_name(context: Context, name: str) -> None:
    """Raises RenderRefused for a name no release can have (``availableName``)."""
    if 0 < len(name) <= 53 and _NAME.issuperset(name.replace("-", "")) and name[0] != "-" and name[-1] != "-":
        return
    from charthouse.cli.flag_kinds import quote
    from charthouse.releases.errors import InvalidName
    from charthouse.releases.release import validate_name

    try:
        validate_name(name)
    except InvalidName as error:
        text = f"release name {quote(name)}: {error}"
        if context.profile.capital_errors:
            raise RenderRefused(text, hint=error.hint) from error
        context.log(LogRecord(ERROR, "release name check failed", error=text))
        raise RenderRefused(f"release name check failed: {text}", hint=error.hint) from error


def _check_labels(context: Context) -> None:
    if context["labels"]:
        from charthouse.actions.install import check_labels

        check_labels(context["labels"])
