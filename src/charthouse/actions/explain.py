"""`explain`: which template line, helpers and values made a field of a rendered object, and what set those values.

Nothing of Helm's: ours. The chart is rendered as `template` does; the one file that holds the object is then rendered
again by ``engine.trace``, and ``charts.origins`` says where its values come from.
"""

from __future__ import annotations

from charthouse.actions.explainer import Explainer, ObjectNotFound, is_object
from charthouse.actions.render import render_release
from charthouse.charts.origins import Origins
from charthouse.charts.values import to_render_values
from charthouse.engine.trace import trace
from charthouse.logs import silent
from charthouse.profile import HELM4
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.actions.explanation import Explanation
    from charthouse.actions.render import Rendered
    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart
    from charthouse.charts.origins import ValuesSource
    from charthouse.engine.cache import TreeCache
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["ObjectNotFound", "explain", "object_names"]


def explain(
    chart: Chart,
    values: dict[str, Any],
    wanted: str,
    path: str = "",
    *,
    sources: Sequence[ValuesSource],
    name: str,
    namespace: str,
    capabilities: Capabilities,
    log: Log,
    is_upgrade: bool = False,
    enable_dns: bool = False,
    skip_schema: bool = False,
    cache: TreeCache | None = None,
    limits: Limits | None = None,
    profile: Profile = HELM4,
) -> Explanation:
    """Explain a field, or all fields below a path, of the object `wanted` (KIND/NAME; case of the kind is ignored).

    chart: its dependencies processed. values: the user's, sources: where they came from. Of several objects of one kind
    and name the first is meant. Raises ObjectNotFound, FieldNotFound, WrongPath; what rendering raises.
    """
    release: dict[str, Any] = {"name": name, "namespace": namespace, "capabilities": capabilities, "profile": profile}
    bounds: dict[str, Any] = {"enable_dns": enable_dns, "cache": cache, "limits": limits}
    rendered = render_release(
        chart, values, log=log, is_upgrade=is_upgrade, skip_schema=skip_schema, **release, **bounds
    )
    if rendered.error is not None:
        raise rendered.error
    found_in = _find(rendered, wanted)
    if not found_in:
        raise ObjectNotFound(wanted, object_names(rendered), _crd_files(chart, wanted))
    file, content = found_in[0]
    top = to_render_values(
        chart,
        values,
        revision=1,
        is_install=not is_upgrade,
        is_upgrade=is_upgrade,
        log=silent,
        skip_schema=True,
        **release,
    )
    found = trace(chart, top, profile=profile, only=(file,), **bounds)
    if file not in found.files or content.strip() not in found.files[file].text:
        # Templates before this one change values for it (or it is random, which tracing all does not cure).
        found = trace(chart, top, profile=profile, **bounds)
    explainer = Explainer(chart, found, Origins(chart, sources, profile=profile), top["Release"])
    told = explainer.explanation(file, wanted, path)
    return replace(told, same=tuple(other for other, _ in found_in[1:]))


def object_names(rendered: Rendered) -> list[str]:
    """The objects a chart renders, as KIND/NAME, each once."""
    found = [(document.head.kind, document.head.name) for document in rendered.documents]
    found += [(hook.kind, hook.name) for hook in rendered.hooks]
    return list(dict.fromkeys(f"{kind}/{name}" for kind, name in found if kind and name))


def _find(rendered: Rendered, wanted: str) -> list[tuple[str, str]]:
    """The files and texts of the objects of a kind and name."""
    found = [(d.name, d.content) for d in rendered.documents if is_object(d.head.kind, d.head.name, wanted)]
    return found + [(hook.path, hook.manifest) for hook in rendered.hooks if is_object(hook.kind, hook.name, wanted)]


def _crd_files(chart: Chart, wanted: str) -> list[str]:
    """Where the chart's own definitions stand that were meant instead of rendered ones."""
    kind, _, name = wanted.partition("/")
    if kind.lower() != "customresourcedefinition":
        return []
    return [crd.path for crd in chart.crds() if name.encode() in crd.file.data]
