"""Tracing a chart: as ``engine.render``, statement by statement.

Whose rules: Helm 4.3.1 pkg/engine/engine.go render, sortTemplates, as in ``engine.render``.
"""

from __future__ import annotations

from charthouse.charts.values import copy_values
from charthouse.engine.functions import Functions
from charthouse.engine.scope import collect
from charthouse.engine.trace.activation import Activation
from charthouse.engine.trace.knowledge import Knowledge
from charthouse.engine.trace.statements import Statements, without_no_value
from charthouse.golang.kinds import GoError
from charthouse.golang.size import TooLarge
from charthouse.gotemplate import Function, Limits, TemplateSet, parse_text
from charthouse.gotemplate.deepstack import deep
from charthouse.gotemplate.errors import LimitError, TemplateError
from charthouse.gotemplate.limits import Budget
from charthouse.logs import silent
from charthouse.profile import HELM4
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from charthouse.charts.chart import Chart
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup
    from charthouse.engine.scope import Source
    from charthouse.engine.trace.segments import Frame, Text
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["Failure", "Trace", "trace"]


class Failure(Record):
    """Where a traced render failed. path: the file being rendered; frames: the statement that failed, then those that
    called its template, outwards; error: what was raised."""

    path: str
    frames: tuple[Frame, ...]
    error: Exception


class Trace(Record):
    """What a traced render gave. files: by path, as ``engine.render`` has them, those rendered before it failed;
    values: `.Values` as rendering began; failure: None when nothing failed."""

    files: dict[str, Text]
    values: dict[str, Any]
    failure: Failure | None = None


def trace(
    chart: Chart,
    values: dict[str, Any],
    *,
    log: Log = silent,
    lookup: Lookup | None = None,
    enable_dns: bool = False,
    cache: TreeCache | None = None,
    limits: Limits | None = None,
    profile: Profile = HELM4,
    only: Collection[str] = (),
) -> Trace:
    """Render with origins. Arguments as for ``engine.render``; values are not changed.

    only: paths of the files to run; all when empty. A file whose templates change values for those behind it (`set
    .Values …`) needs them all. Raises TemplateError for a template that cannot be parsed, LimitError.
    """
    top = {**values, "Values": copy_values(values["Values"])}
    sources = collect(chart, top, profile)
    knowledge = Knowledge(copy_values(values["Values"]))
    _learn(knowledge, chart, sources)
    functions = Functions(dict(_LATE), log=log, lookup=lookup, enable_dns=enable_dns, profile=profile)
    bounds = limits or Limits()
    templates = TemplateSet(functions, missing_key="zero", limits=bounds)
    paths = sorted(sources, key=lambda path: (path.count("/"), path), reverse=True)
    _parse(templates, paths, sources, cache)
    statements = Statements(knowledge, Budget(bounds))

    def run() -> Trace:
        try:
            return _run_all(statements, templates, paths, sources, frozenset(only))
        except RecursionError as error:
            raise LimitError("values or templates are nested too deeply", limit="depth") from error
        except TooLarge as error:
            raise LimitError(str(error), limit="size") from error
        except MemoryError as error:
            raise LimitError("template needs more memory than it may have", limit="memory") from error

    return deep(run, bounds)


def _never(*_: object) -> str:
    """`include` and `tpl` are the tracer's own."""
    raise GoError("called outside a template")


# Only their signatures count here: the tracer calls its own.
_LATE = {name: Function(name, "string,any->string", _never) for name in ("include", "tpl")}


def _learn(knowledge: Knowledge, chart: Chart, sources: dict[str, Source]) -> None:
    prefixes: dict[str, tuple[str, ...]] = {}

    def walk(chart: Chart, prefix: tuple[str, ...]) -> None:
        prefixes[f"{chart.full_path()}/templates"] = prefix
        for inner in chart.dependencies:
            walk(inner, (*prefix, inner.name))

    walk(chart, ())
    for source in sources.values():
        knowledge.learn(source, prefixes.get(source.base, ()))


def _parse(templates: TemplateSet, paths: list[str], sources: dict[str, Source], cache: TreeCache | None) -> None:
    """Put every template into the set, from the cache where it has them."""
    trees = None
    if cache is not None:
        trees = cache.load(cache.key([(path, sources[path].data) for path in paths]))
    for path in paths:
        tree = None if trees is None else trees.get(path)
        templates.add_tree(path, tree if tree is not None else parse_text(path, sources[path].text))


def _run_all(
    statements: Statements,
    templates: TemplateSet,
    paths: list[str],
    sources: dict[str, Source],
    only: frozenset[str],
) -> Trace:
    files: dict[str, Text] = {}
    values = statements.knowledge.values
    for path in paths:
        if path[path.rfind("/") + 1 :].startswith("_") or (only and path not in only):
            continue
        source = sources[path]
        source.scope.name_template(path, source.base)
        source.scope.pull()
        statements.knowledge.know_all(source.scope.data["Template"], ("Template",))
        template = templates.lookup(path)
        if template is None:
            continue
        data = source.scope.data
        try:
            files[path] = without_no_value(statements.run(Activation(template, templates, data, ((), ()))))
        except LimitError:
            raise
        except (TemplateError, GoError) as error:
            current = statements.current
            frames = tuple(current.chain()) if current is not None else ()
            return Trace(files, values, Failure(path, frames, error))
        source.scope.push()
    return Trace(files, values)
