"""From a chart and the user's values to a release's text: manifest, hooks, notes.

Whose rules: Helm 4.3.1 pkg/action/action.go renderResources, pkg/action/install.go (order of checks).
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.charts.values import SchemaError, to_render_values
from charthouse.engine.render import render
from charthouse.errors import CharthouseError
from charthouse.manifests.hooks import Hook, Manifest
from charthouse.manifests.sort import ManifestError, sort
from charthouse.profile import HELM4
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import CRD, Chart
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup
    from charthouse.engine.programs import Programs
    from charthouse.golang.moment import Moment
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log
    from charthouse.profile import Profile

    # Text of all documents in, text of all documents out.
    PostRenderer = Callable[[str], str]
    # Something with the parameters of `render_release` below.
    Renderer = Callable[..., "Rendered"]

__all__ = ["Rendered", "process_dependencies", "render_release"]

_NOTES = "NOTES.txt"
_WORTH_KNOWING = 30_000  # characters rendered; less is read faster than what was kept
_HIDDEN = "# HIDDEN: The Secret output has been suppressed"


class Rendered(Record):
    """What a chart renders to.

    manifest: the text a release stores (CRDs first when asked for); hooks; notes: of NOTES.txt; documents: the plain
    documents in the manifest's order; crds: those in `manifest`, or to be written, when asked for; error: what went
    wrong while rendering (the rest is then what there is to look at), None when all is well.
    """

    name: str
    manifest: str
    hooks: tuple[Hook, ...] = ()
    notes: str = ""
    documents: tuple[Manifest, ...] = ()
    crds: tuple[CRD, ...] = ()
    error: CharthouseError | None = None


def process_dependencies(chart: Chart, values: dict[str, Any], *, log: Log, profile: Profile = HELM4) -> None:
    """Apply conditions, tags, aliases and import-values, in place. Raises ChartError with install's prefix."""
    from charthouse.charts.dependencies import process

    try:
        process(chart, values, log=log, profile=profile)
    except ChartError as error:
        if profile.capital_errors:  # Helm 3 does not wrap it
            raise
        raise ChartError(f"chart dependencies processing failed: {error}", hint=error.hint) from error


def render_release(
    chart: Chart,
    values: dict[str, Any],
    *,
    name: str,
    namespace: str,
    capabilities: Capabilities,
    log: Log,
    revision: int = 1,
    is_upgrade: bool = False,
    lookup: Lookup | None = None,
    include_crds: bool = False,
    sub_notes: bool = False,
    post_renderer: PostRenderer | None = None,
    post_render_strategy: str = "combined",
    hide_secret: bool = False,
    enable_dns: bool = False,
    skip_schema: bool = False,
    cache: TreeCache | None = None,
    limits: Limits | None = None,
    profile: Profile = HELM4,
    programs: Programs | None = None,
    time: Moment | None = None,
) -> Rendered:
    """Render a chart whose dependencies are processed (`process_dependencies`).

    values: the user's. lookup: None without a cluster. time: of the operation, for Helm 2's templates. Raises
    ChartError when values and chart do not fit or break a schema; what goes wrong later is `Rendered.error`, since
    Helm then still shows what it has.
    """
    try:
        top = to_render_values(
            chart,
            values,
            name=name,
            namespace=namespace,
            revision=revision,
            is_install=not is_upgrade,
            is_upgrade=is_upgrade,
            capabilities=capabilities,
            log=log,
            skip_schema=skip_schema,
            fetch_schema=limits.fetch_schema if limits is not None else None,
            profile=profile,
            time=time,
        )
    except SchemaError as error:
        raise _explained(error, chart, {"Values": error.values}, values) from None
    try:
        _check_kube_version(chart, capabilities, profile)
        files = render(
            chart, top, log=log, lookup=lookup, enable_dns=enable_dns, cache=cache, limits=limits, profile=profile,
            programs=programs,
        )  # fmt: skip
    except CharthouseError as error:
        return Rendered(name, "", error=_explained(error, chart, top, values))
    notes = _take_notes(chart, files, sub_notes)
    try:
        if post_renderer is not None and not profile.renders_text:
            from charthouse.actions.postrender import post_render

            files = post_render(files, post_renderer, post_render_strategy, log=log)
        hooks, documents = _sorted(files, chart, cache, programs, log, profile)
    except ManifestError as error:
        again = {
            "lookup": lookup, "enable_dns": enable_dns, "cache": cache, "limits": limits, "profile": profile
        }  # fmt: skip
        hooks = list(error.hooks) if post_renderer is None else []
        return Rendered(
            name, _everything(files, profile), tuple(hooks), error=_explained(error, chart, top, values, again)
        )
    except CharthouseError as error:
        return Rendered(name, "", notes=notes, error=error)
    crds = chart.crds() if include_crds else []
    manifest = _manifest(crds, documents, hide_secret, profile)
    done = Rendered(name, manifest, tuple(hooks), notes, tuple(documents), tuple(crds))
    return _text_rendered(done, post_renderer) if post_renderer is not None and profile.renders_text else done


def _text_rendered(rendered: Rendered, post_renderer: PostRenderer) -> Rendered:
    """What a post-renderer makes of the manifest's text, as Helm 3 has it."""
    try:
        return replace(rendered, manifest=post_renderer(rendered.manifest))
    except CharthouseError as error:
        from charthouse.actions.postrender import PostRenderError

        text = f"error while running post render on files: {error}"
        return replace(rendered, documents=(), crds=(), error=PostRenderError(text, hint=error.hint))


def _manifest(crds: list[CRD], documents: list[Manifest], hide_secret: bool, profile: Profile) -> str:
    """The text a release stores."""
    if profile.helm2:
        from charthouse.manifests.helm2 import aggregated

        return aggregated(documents)
    parts = [f"---\n# Source: {crd.path}\n{crd.file.data.decode('utf-8', 'surrogateescape')}\n" for crd in crds]
    return "".join([*parts, *(_shown(document, hide_secret) for document in documents)])


def _explained(
    error: CharthouseError,
    chart: Chart,
    top: dict[str, Any],
    values: dict[str, Any],
    options: dict[str, Any] | None = None,
) -> CharthouseError:
    """`error` with what an explanation needs to know."""
    from charthouse.advice import Inputs, attach

    return attach(error, Inputs(chart, top, values, options=options))


def _check_kube_version(chart: Chart, capabilities: Capabilities, profile: Profile) -> None:
    if profile.helm2:
        from charthouse.charts.constraints_helm2 import check_constraints

        check_constraints(chart, capabilities)
        return
    wanted = chart.metadata.kube_version
    if not wanted:
        return
    from charthouse.charts.dependencies import compatible

    kube = capabilities.kube_version
    if not compatible(wanted, str(kube), profile):
        text = f"chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {kube.version}"
        raise ChartError(text, hint=_kube_hint(chart, wanted, str(kube)))


def _kube_hint(chart: Chart, wanted: str, kube: str) -> str:
    hint = (
        f"kubeVersion in the Chart.yaml of {chart.name} allows {wanted}; without a cluster --kube-version says which "
        "Kubernetes to render for"
    )
    if "-" in kube and "-0" not in wanted:
        hint += f"\n{kube} counts as a pre-release, which a constraint allows only if it has one itself: >=1.27.0-0"
    return hint


def _sorted(
    files: dict[str, str], chart: Chart, cache: TreeCache | None, programs: Programs | None, log: Log, profile: Profile
) -> tuple[list[Hook], list[Manifest]]:
    """Hooks and documents, their heads known from before where they are many. Raises ManifestError."""
    if (cache is None and programs is None) or sum(map(len, files.values())) < _WORTH_KNOWING:
        return sort(files, log=log, profile=profile)
    from charthouse.manifests.known import KnownHeads

    if programs is not None:
        if programs.heads is None:
            programs.heads = KnownHeads()
        return sort(files, log=log, profile=profile, known=programs.heads)
    assert cache is not None
    key = cache.heads_key(f"{chart.name} {chart.metadata.version}")
    stored = cache.load(key)
    known = KnownHeads(stored)
    found = sort(files, log=log, profile=profile, known=known)
    if known.fresh > len(stored or ()) // 20:  # random passwords make a few documents new each time
        cache.store(key, known.rows())
    return found


def _take_notes(chart: Chart, files: dict[str, str], sub_notes: bool) -> str:
    """Remove every NOTES.txt from `files`; the chart's own, or all with `sub_notes`, joined (Helm's order is
    random)."""
    main = f"{chart.name}/templates/{_NOTES}"
    paths = sorted((path for path in files if path.endswith(_NOTES)), key=lambda path: (path != main, path))
    notes = ""
    for path in paths:
        text = files.pop(path)
        if sub_notes or path == main:
            notes += "\n" + text if notes else text
    return notes


def _everything(files: dict[str, str], profile: Profile) -> str:
    """All rendered files, to look for the mistake in."""
    if profile.helm2:
        return "".join(f"\n---\n# Source: {path}\n{files[path]}" for path in sorted(files) if files[path].strip())
    return "".join(f"---\n# Source: {path}\n{files[path]}\n" for path in sorted(files) if files[path].strip())


def _shown(document: Manifest, hide_secret: bool) -> str:
    head = document.head
    content = document.content
    if hide_secret and head.kind == "Secret" and head.api_version == "v1":
        content = _HIDDEN
    return f"---\n# Source: {document.name}\n{content}\n"
