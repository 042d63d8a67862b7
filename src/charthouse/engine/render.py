"""Rendering a chart: parse every template of the tree into one set, run each that is not a partial.

Whose rules: Helm 4.3.1 pkg/engine/engine.go render, includeFun, tplFun, sortTemplates. Templates are parsed and run
from the deepest path to the shallowest, and backwards by name, so that of two definitions the shallowest, first one
wins.
"""

from __future__ import annotations

from charthouse.engine.errors import RenderError, execution_error, parse_error
from charthouse.engine.functions import Functions
from charthouse.engine.scope import collect
from charthouse.golang.kinds import GoError
from charthouse.gotemplate import TemplateSet
from charthouse.gotemplate.errors import LimitError, ParseError, TemplateError
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup
    from charthouse.engine.scope import Source
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log

__all__ = ["RenderError", "render"]

_ROOT = "gotpl"
_MAX_NESTED = 1000
_NO_VALUE = "<no value>"


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
) -> dict[str, str]:
    """The text of every template that is not a partial, by path.

    values: what `charts.values.to_render_values` returned. lookup: how to read objects of the cluster, None = there are
    none. strict: a missing map key is an error. lint_mode: `required` and `fail` only log. cache: where parsed
    templates are kept between runs. Raises RenderError for the first template that cannot be parsed or run.
    """
    sources = collect(chart, values)
    paths = sorted(sources, key=_depth_first, reverse=True)
    own: dict[str, Function] = {}
    functions = Functions(own, log=log, lookup=lookup, lint_mode=lint_mode, enable_dns=enable_dns)
    missing_key = "error" if strict else "zero"
    templates = TemplateSet(functions, missing_key=missing_key, limits=limits, late=("include", "tpl"))
    nested: dict[str, int] = {}
    functions.add(_late_functions(templates, nested))
    _parse(templates, paths, sources, cache)
    mutable = any(b"set " in source.data or b"merge" in source.data for source in sources.values())
    rendered: dict[str, str] = {}
    for path in paths:
        if path[path.rfind("/") + 1 :].startswith("_"):
            continue
        rendered[path] = _run(templates, path, sources[path], mutable)
    return rendered


def _depth_first(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _parse(templates: TemplateSet, paths: list[str], sources: dict[str, Source], cache: TreeCache | None) -> None:
    """Put every template into the set, from the cache where it has them."""
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
            raise parse_error(path, _known_first(templates, error)) from error
    if cache is not None and fresh:
        cache.store(key, dict(fresh))


def _known_first(templates: TemplateSet, error: ParseError) -> ParseError:
    """An unknown function before the error is what Go reports."""
    try:
        templates.family.check(error.name, error.functions)
    except ParseError as unknown:
        return unknown
    return error


def _run(templates: TemplateSet, path: str, source: Source, mutable: bool) -> str:
    scope = source.scope
    scope.name_template(path, source.base)
    if mutable:
        scope.pull()
    try:
        text = templates.execute(path, scope.data)
    except TemplateError as error:
        raise execution_error(path, error) from error
    if mutable:
        scope.push()
    return text.replace(_NO_VALUE, "") if _NO_VALUE in text else text


def _late_functions(templates: TemplateSet, nested: dict[str, int]) -> dict[str, Function]:
    """`include` and `tpl` as templates of this set see them. nested: how often each name is being included."""
    return {
        "include": Function("include", "string,any->string", _include(templates, nested)),
        "tpl": Function("tpl", "string,any->string", _tpl(templates, nested)),
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


def _tpl(templates: TemplateSet, nested: dict[str, int]) -> Callable[[str, Any], str]:
    def tpl(text: str, data: Any) -> str:
        if "{{" not in text:
            return text.replace(_NO_VALUE, "")
        inner = templates.clone()
        inner.own = _late_functions(inner, nested)
        try:
            template = inner.parse(_ROOT, text)
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


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)
