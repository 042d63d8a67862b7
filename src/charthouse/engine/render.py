"""Rendering a chart: parse every template of the tree into one set, run each that is not a partial.

Whose rules: Helm 4.3.1 pkg/engine/engine.go render, includeFun, tplFun, sortTemplates. Templates are parsed and run
from the deepest path to the shallowest, and backwards by name, so that of two definitions the shallowest, first one
wins.
"""

from __future__ import annotations

from charthouse.engine.errors import Evidence, RenderError, execution_error, parse_error, point_at
from charthouse.engine.functions import Functions
from charthouse.engine.scope import collect
from charthouse.golang.kinds import GoError
from charthouse.gotemplate import TemplateSet
from charthouse.gotemplate.deepstack import deep
from charthouse.gotemplate.errors import LimitError, ParseError, TemplateError
from charthouse.gotemplate.functions import Function
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup
    from charthouse.engine.scope import Source
    from charthouse.gotemplate.limits import Limits
    from charthouse.gotemplate.nodes import Tree
    from charthouse.gotemplate.program import Template
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["RenderError", "render"]

_ROOT = "gotpl"
_MAX_NESTED = 1000
_NO_VALUE = "<no value>"
_TPL = b"tpl"
_MAX_TPL_TREES = 500
_MAX_TPL_TEXT = 20_000


def render(
    chart: Chart,
    values: dict[str, Any],
    *,
    log: Log,
    lookup: Lookup | None = None,
    strict: bool = False,
    lint_mode: bool = False,
    enable_dns: bool = False,
    cache: TreeCache | None = None,
    limits: Limits | None = None,
    profile: Profile = HELM4,
) -> dict[str, str]:
    """The text of every template that is not a partial, by path.

    values: what `charts.values.to_render_values` returned. lookup: how to read objects of the cluster, None = there are
    none. strict: a missing map key is an error. lint_mode: `required` and `fail` only log. cache: where parsed
    templates are kept between runs. Raises RenderError for the first template that cannot be parsed or run.
    """
    sources = collect(chart, values, profile)
    paths = sorted(sources, key=_depth_first, reverse=True)
    own: dict[str, Function] = {}
    functions = Functions(own, log=log, lookup=lookup, lint_mode=lint_mode, enable_dns=enable_dns, profile=profile)
    missing_key = "error" if strict else "zero"
    templates = TemplateSet(functions, missing_key=missing_key, limits=limits, late=("include", "tpl"))
    shared = _Shared()
    functions.add(_late_functions(templates, shared))
    key = _parse(templates, paths, sources, cache)
    if cache is not None and key:
        shared.trees = cache.load(key + _TPL) or {}
    mutable = any(b"set " in source.data or b"merge" in source.data for source in sources.values())
    try:
        rendered = deep(
            lambda: _run_all(templates, paths, sources, mutable, profile),
            seconds=limits.seconds if limits is not None else 0.0,
            slow=limits.slow if limits is not None else None,
        )
    except LimitError as error:
        raise point_at(RenderError(error.message), Evidence(sources, templates)) from error
    if cache is not None and key and shared.parsed and len(shared.seen) + len(shared.trees) < _MAX_TPL_TREES:
        cache.store(key + _TPL, {**shared.trees, **shared.seen})
    return rendered


def _run_all(
    templates: TemplateSet, paths: list[str], sources: Mapping[str, Source], mutable: bool, profile: Profile
) -> dict[str, str]:
    rendered: dict[str, str] = {}
    for path in paths:
        if path[path.rfind("/") + 1 :].startswith("_"):
            continue
        try:
            rendered[path] = _run(templates, path, sources[path], mutable, profile)
        except RenderError as error:
            raise point_at(error, Evidence(sources, templates)) from error.__cause__
    return rendered


class _Shared:
    """What `include` and `tpl` of a set and its clones share.

    nested: how often each template is being included; trees: parsed texts of `tpl` from the cache, not used yet; seen:
    those of this run; parsed: how many of them the cache did not have.
    """

    __slots__ = ("nested", "parsed", "seen", "trees")

    def __init__(self) -> None:
        self.nested: dict[str, int] = {}
        self.trees: dict[str, Tree] = {}
        self.seen: dict[str, Tree] = {}
        self.parsed = 0


def _depth_first(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _parse(templates: TemplateSet, paths: list[str], sources: dict[str, Source], cache: TreeCache | None) -> bytes:
    """Put every template into the set, from the cache where it has them. Returns the cache's key."""
    trees = None
    key = b""
    if cache is not None:
        key = cache.key([(path, sources[path].data) for path in paths])
        trees = cache.load(key)
    fresh = []
    for path in paths:
        try:
            tree = None if trees is None else trees.get(path)
            if tree is None:
                from charthouse.gotemplate import parse_text

                tree = parse_text(path, sources[path].text)
                fresh.append((path, tree))
            templates.add_tree(path, tree)
        except ParseError as error:
            known = _known_first(templates, error)
            raise point_at(parse_error(path, known), Evidence(sources, templates)) from known
    if cache is not None and fresh:
        cache.store(key, dict(fresh))
    return key


def _known_first(templates: TemplateSet, error: ParseError) -> ParseError:
    """An unknown function before the error is what Go reports."""
    try:
        templates.family.check(error.name, error.functions)
    except ParseError as unknown:
        return unknown
    return error


def _run(templates: TemplateSet, path: str, source: Source, mutable: bool, profile: Profile) -> str:
    scope = source.scope
    scope.name_template(path, source.base)
    if mutable:
        scope.pull()
    try:
        text = templates.execute(path, scope.data)
    except TemplateError as error:
        raise execution_error(path, error, profile) from error
    if mutable:
        scope.push()
    return text.replace(_NO_VALUE, "") if _NO_VALUE in text else text


def _late_functions(templates: TemplateSet, shared: _Shared) -> dict[str, Function]:
    """`include` and `tpl` as templates of this set see them."""
    return {
        "include": Function("include", "string,any->string", _include(templates, shared.nested)),
        "tpl": Function("tpl", "string,any->string", _tpl(templates, shared)),
    }


def _include(templates: TemplateSet, nested: dict[str, int]) -> Callable[[str, Any], str]:
    execute = templates.execute

    def include(name: str, data: Any) -> str:
        count = nested.get(name, 0)
        if count > _MAX_NESTED:
            raise GoError(f"rendering template has a nested reference name: {name}: unable to execute template")
        nested[name] = count + 1
        try:
            return execute(name, data)
        finally:
            nested[name] -= 1

    return include


def _tpl(templates: TemplateSet, shared: _Shared) -> Callable[[str, Any], str]:
    def tpl(text: str, data: Any) -> str:
        if "{{" not in text:
            return text.replace(_NO_VALUE, "")
        inner = templates.clone()
        inner.own = _late_functions(inner, shared)
        try:
            template = _parsed(inner, text, shared)
        except ParseError as error:
            raise GoError(f"cannot parse template {_quote(text)}: {error}") from error
        try:
            out = inner.run(template, data)
        except LimitError:
            raise
        except TemplateError as error:
            raise GoError(f"error during tpl function execution for {_quote(text)}: {error}") from error
        return out.replace(_NO_VALUE, "")

    return tpl


def _parsed(templates: TemplateSet, text: str, shared: _Shared) -> Template:
    """The template a text of `tpl` is, put into the set. Raises ParseError."""
    if text in shared.seen or len(text) > _MAX_TPL_TEXT:
        return templates.parse(_ROOT, text)
    tree = shared.trees.pop(text, None)
    if tree is None:
        from charthouse.gotemplate import parse_text

        try:
            tree = parse_text(_ROOT, text)
        except ParseError:
            return templates.parse(_ROOT, text)
        shared.parsed += 1
    shared.seen[text] = tree
    return templates.add_tree(_ROOT, tree)


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)
