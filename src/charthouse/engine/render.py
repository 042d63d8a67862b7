"""Rendering a chart: parse every template of the tree into one set, run each that is not a partial.

Whose rules: Helm 4.3.1 pkg/engine/engine.go render, includeFun, tplFun, sortTemplates. Templates are parsed and run
from the deepest path to the shallowest, and backwards by name, so that of two definitions the shallowest, first one
wins.
"""

from __future__ import annotations

from charthouse.engine.errors import Evidence, RenderError, execution_error, parse_error, point_at
from charthouse.engine.functions import Functions
from charthouse.engine.programs import Program, Shared
from charthouse.engine.scope import collect
from charthouse.golang.kinds import GoError
from charthouse.gotemplate.deepstack import deep
from charthouse.gotemplate.errors import LimitError, ParseError, TemplateError
from charthouse.gotemplate.functions import Function
from charthouse.gotemplate.limits import Limits
from charthouse.gotemplate.program import TemplateSet
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup
    from charthouse.engine.programs import Programs
    from charthouse.engine.scope import Source
    from charthouse.gotemplate.program import Template
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["RenderError", "render"]

_ROOT = "gotpl"
_MAX_NESTED = 1000
_NO_VALUE = "<no value>"
_TPL = b"tpl"
_MAX_TPL_TREES = 500
_MAX_TPL_TEXT = 1 << 20


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
    programs: Programs | None = None,
) -> dict[str, str]:
    """The text of every template that is not a partial, by path.

    values: what `charts.values.to_render_values` returned. lookup: how to read objects of the cluster, None = there are
    none. strict: a missing map key is an error. lint_mode: `required` and `fail` only log. cache: where parsed
    templates are kept between runs; programs: where those of one process wait between renders. Raises RenderError for
    the first template that cannot be parsed or run.
    """
    sources = collect(chart, values, profile)
    paths = sorted(sources, key=_depth_first, reverse=True)
    identity = (tuple([(path, sources[path].data) for path in paths]), strict, lint_mode, enable_dns, profile)
    program = programs.take(identity) if programs is not None else None
    if program is None:
        functions = Functions({}, log=log, lookup=lookup, lint_mode=lint_mode, enable_dns=enable_dns, profile=profile)
        program = _program(functions, paths, sources, "error" if strict else "zero", cache, profile)
    else:
        program.functions.bind(log, lookup)
    bounds = limits or Limits()
    program.templates.bind(bounds)
    try:
        rendered = deep(lambda: _run_all(program.templates, paths, sources, program.mutable, profile), bounds)
    except LimitError as error:
        raise point_at(RenderError(error.message, hint=error.hint), Evidence(sources, program.templates)) from error
    if cache is not None and program.key:
        _keep_texts(cache, program)
    if programs is not None:
        programs.give_back(identity, program)
    return rendered


def _program(
    functions: Functions,
    paths: list[str],
    sources: dict[str, Source],
    missing_key: str,
    cache: TreeCache | None,
    profile: Profile,
) -> Program:
    """Every template parsed, or taken from the cache. Raises RenderError."""
    templates = TemplateSet(functions, missing_key=missing_key, late=("include", "tpl"))
    templates.family.integer_ranges = not profile.old_go
    shared = Shared()
    if profile.helm2:
        from charthouse.engine.tpl_helm2 import late_functions_helm2

        functions.add(late_functions_helm2(templates, {path: sources[path].data for path in paths}, _include))
    else:
        functions.add(_late_functions(templates, shared))
    key = _parse(templates, paths, sources, cache, profile)
    if cache is not None and key:
        shared.trees = cache.load(key + _TPL) or {}
    mutable = any(b"set " in source.data or b"merge" in source.data for source in sources.values())
    return Program(templates, functions, shared, key=key, mutable=mutable)


def _keep_texts(cache: TreeCache, program: Program) -> None:
    """Put the trees of texts given to `tpl` into the cache, if there are new ones and not too many."""
    shared = program.shared
    if shared.parsed and len(shared.seen) + len(shared.trees) < _MAX_TPL_TREES:
        cache.store(program.key + _TPL, {**shared.trees, **shared.seen})
        shared.parsed = 0


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


def _depth_first(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _parse(
    templates: TemplateSet, paths: list[str], sources: dict[str, Source], cache: TreeCache | None, profile: Profile
) -> bytes:
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
                from charthouse.gotemplate.scanner import parse_text

                tree = parse_text(path, sources[path].text)
                fresh.append((path, tree))
            templates.add_tree(path, tree)
        except ParseError as error:
            known = _known_first(templates, error)
            raise point_at(parse_error(path, known, profile), Evidence(sources, templates)) from known
    if cache is not None and fresh:
        cache.store(key, dict(fresh))
    return key


def _known_first(templates: TemplateSet, error: ParseError) -> ParseError:
    """An unknown function before the error is what Go reports."""
    try:
        templates.family.check(error.name, error.functions, error.text)
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


def _late_functions(templates: TemplateSet, shared: Shared) -> dict[str, Function]:
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


def _tpl(templates: TemplateSet, shared: Shared) -> Callable[[str, Any], str]:
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


def _parsed(templates: TemplateSet, text: str, shared: Shared) -> Template:
    """The template a text of `tpl` is, put into the set. Raises ParseError."""
    if text in shared.seen or len(text) > _MAX_TPL_TEXT:
        return templates.parse(_ROOT, text)
    tree = shared.trees.pop(text, None)
    if tree is None:
        from charthouse.gotemplate.scanner import parse_text

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
