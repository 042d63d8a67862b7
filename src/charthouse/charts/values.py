"""Coalescing: chart defaults, the parent chart's block for a sub-chart, globals and the user's values become one tree.

Whose rules: Helm 4.3.1 pkg/chart/common/util/{coalesce,values}.go, pkg/chart/common/values.go. Warnings come in the
order of the maps (Go's is random).

Two modes. *Coalescing* makes what templates see: nulls delete. *Merging* keeps nulls, for the passes in between
(import-values), so that a later coalescing can still see them.
"""

from __future__ import annotations

from charthouse.charts.metadata import ChartError
from charthouse.golang.kinds import TypedMap
from charthouse.logs import DEBUG, INFO, LogRecord
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.capabilities import Capabilities
    from charthouse.charts.chart import Chart
    from charthouse.golang.moment import Moment
    from charthouse.logs import Log
    from charthouse.profile import Profile

    Fetch = Callable[[str], bytes]
    Tables = Callable[[dict[str, Any], dict[str, Any] | None, str, bool, Log], dict[str, Any]]
    NullRules = tuple[Callable[[Chart, dict[str, Any], str, bool, Log], None], Tables]

__all__ = [
    "NoTable",
    "NoValue",
    "SchemaError",
    "coalesce",
    "coalesce_tables",
    "copy_values",
    "lookup_table",
    "lookup_value",
    "merge",
    "merge_maps",
    "merge_tables",
    "table_warning",
    "to_render_values",
]

_GLOBAL = "global"
_SCALARS = frozenset((str, float, bool, int))


class NoTable(ChartError):
    """There is no map under `key`."""

    def __init__(self, key: str) -> None:
        from charthouse.golang.strconv import quote

        super().__init__(f"{quote(key)} is not a table")


class NoValue(ChartError):
    """There is no value, or a map, under `key`."""

    def __init__(self, key: str) -> None:
        from charthouse.golang.strconv import quote

        super().__init__(f"{quote(key)} is not a value")


_ALLOW = (
    "the schema refers to an address; Helm would fetch it, and so make requests the chart's author chose: "
    "--allow-schema-urls allows that, --skip-schema-validation goes without the schema"
)


class SchemaError(ChartError):
    """Values break the values.schema.json of a chart. values: the merged values that do."""

    def __init__(self, message: str, *, values: dict[str, Any], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.values = values


def coalesce(chart: Chart, values: dict[str, Any] | None, *, log: Log, profile: Profile = HELM4) -> dict[str, Any]:
    """The values templates see, from the user's (not changed). Raises ChartError when a sub-chart's block is no map."""
    tree = copy_values(values) if values else {}
    return _coalesce(chart, tree, "", False, log, _null_rules(profile))


def merge(chart: Chart, values: dict[str, Any] | None, *, log: Log, profile: Profile = HELM4) -> dict[str, Any]:
    """As `coalesce`, nulls kept (MergeValues)."""
    tree = copy_values(values) if values else {}
    return _coalesce(chart, tree, "", True, log, _null_rules(profile))


def coalesce_tables(
    into: dict[str, Any], other: dict[str, Any] | None, *, log: Log, profile: Profile = HELM4
) -> dict[str, Any]:
    """Merge `other` below `into`, in place; what `into` has wins, its nulls delete (CoalesceTables)."""
    return _null_rules(profile)[1](into, other, "", False, log)


def merge_tables(
    into: dict[str, Any], other: dict[str, Any] | None, *, log: Log, profile: Profile = HELM4
) -> dict[str, Any]:
    """As `coalesce_tables`, nulls kept (MergeTables). `other` is changed too, as Helm changes it."""
    return _null_rules(profile)[1](into, other, "", True, log)


def merge_maps(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """A new map with `second` over `first`, maps merged to any depth (loader.MergeMaps)."""
    out = dict(first)
    for key, value in second.items():
        if type(value) is dict:
            held = out.get(key)
            if type(held) is dict:
                out[key] = merge_maps(held, value)
                continue
        out[key] = value
    return out


def copy_values(value: Any) -> Any:
    """A deep copy of maps and lists; scalars are shared (copystructure.Copy)."""
    if isinstance(value, dict):
        return _copy_map(value)
    if isinstance(value, list):
        return _copy_list(value)
    return value


def _copy_map(value: dict[str, Any]) -> dict[str, Any]:
    if type(value) is dict:
        out = value.copy()
    else:
        out = type(value)()
        out.update(value)
    for key, entry in value.items():
        kind = type(entry)
        if kind in _SCALARS:
            continue
        if kind is dict or isinstance(entry, dict):
            out[key] = _copy_map(entry)
        elif isinstance(entry, list):
            out[key] = _copy_list(entry)
    return out


def _copy_list(value: list[Any]) -> list[Any]:
    out = [entry if type(entry) in _SCALARS else copy_values(entry) for entry in value]
    return out if type(value) is list else type(value)(out)


def lookup_table(values: dict[str, Any], path: str) -> dict[str, Any]:
    """The map at a dotted path. Raises NoTable (Values.Table)."""
    table: Any = values
    for name in path.split("."):
        table = table.get(name)
        if not _is_table(table):
            raise NoTable(name)
    return table  # type: ignore[no-any-return]  # _is_table says it is a dict


def lookup_value(values: dict[str, Any], path: str) -> Any:
    """The value, not a map, at a dotted path. Raises NoValue (Values.PathValue)."""
    if not path:
        raise ChartError("YAML path cannot be empty")
    table_path, dot, key = path.rpartition(".")
    if dot:
        try:
            values = lookup_table(values, table_path)
        except NoTable:
            raise NoValue(key) from None
    if key not in values or type(values[key]) is dict:
        raise NoValue(key)
    return values[key]


def _is_table(value: object) -> bool:
    return type(value) is dict or (
        isinstance(value, TypedMap) and value.go_type in ("common.Values", "chartutil.Values")
    )


def _prefixed(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _null_rules(profile: Profile) -> NullRules:
    """What puts a chart's defaults below values, and one table below another."""
    if not profile.keeps_default_nulls:
        return _defaults, _tables
    from charthouse.charts import values_helm3

    return values_helm3.defaults, values_helm3.tables


def _coalesce(
    chart: Chart, tree: dict[str, Any], prefix: str, merging: bool, log: Log, rules: NullRules
) -> dict[str, Any]:
    rules[0](chart, tree, prefix, merging, log)
    below = _prefixed(prefix, chart.name)
    for inner in chart.dependencies:
        name = inner.name
        if name not in tree:
            tree[name] = {}
        block = tree[name]
        if type(block) is not dict:
            raise ChartError(f"type mismatch on {name}: {_percent_t(block)}")
        _globals(block, tree, below, log, rules[1])
        tree[name] = _coalesce(inner, block, below, merging, log, rules)
    return tree


def _percent_t(value: object) -> str:
    from charthouse.golang.fmt import sprintf

    return sprintf("%t", [value])


def _globals(into: dict[str, Any], source: dict[str, Any], prefix: str, log: Log, tables: Tables) -> None:
    """The parent's `global` over the sub-chart's (coalesceGlobals)."""
    inner = into.get(_GLOBAL, {})
    outer = source.get(_GLOBAL, {})
    for table, which in ((inner, "destination"), (outer, "source")):
        if type(table) is not dict:
            log(LogRecord(INFO, f"warning: skipping globals because {which} global is not a table."))
            return
    for key, value in outer.items():
        if type(value) is dict:
            table = dict(value)
            held = inner.get(key)
            if key not in inner:
                inner[key] = table
            elif type(held) is not dict:
                from charthouse.golang.strconv import quote

                log(LogRecord(INFO, f"Conflict: cannot merge map onto non-map for {quote(key)}. Skipping."))
            else:
                inner[key] = tables(table, held, _prefixed(prefix, key), True, log)
        elif type(inner.get(key)) is dict:
            log(LogRecord(INFO, f"key {key} is table. Skipping"))
        else:
            inner[key] = value
    into[_GLOBAL] = inner


def _defaults(chart: Chart, tree: dict[str, Any], prefix: str, merging: bool, log: Log) -> None:
    """The chart's own values below what is in `tree` (coalesceValues)."""
    below = _prefixed(prefix, chart.name)
    names = {inner.name for inner in chart.dependencies}
    for key, value in chart.values.items():
        if key not in tree:
            if merging:
                tree[key] = copy_values(value)
            elif value is not None:
                tree[key] = _without_nulls(value) if type(value) is dict else copy_values(value)
            continue
        held = tree[key]
        if held is None and not merging:
            del tree[key]
        elif type(held) is dict:
            if type(value) is dict:
                keep = merging or key in names
                table = copy_values(value) if keep else _without_nulls(value)
                _tables(held, table, _prefixed(below, key), keep, log)
            elif value is not None:
                log(LogRecord(INFO, f"warning: skipped value for {below}.{key}: Not a table."))


def _without_nulls(table: dict[str, Any]) -> dict[str, Any]:
    """A deep copy without the null entries of maps (lists keep theirs) (cleanNilValues)."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        if type(value) not in _SCALARS:
            if value is None:
                continue
            value = _without_nulls(value) if type(value) is dict else copy_values(value)
        out[key] = value
    return out


def _tables(into: dict[str, Any], other: dict[str, Any] | None, prefix: str, merging: bool, log: Log) -> dict[str, Any]:
    """coalesceTablesFullKey: `other` below `into`, in place."""
    if other is None:
        return into
    gone = []
    for key in [key for key, value in into.items() if value is None]:
        if not merging and other.get(key) is not None:
            # The user takes a default away; null over null, or over nothing, stays.
            del into[key]
            gone.append(key)
        other[key] = None
    # A copy: with import-values a table may be merged into a part of itself, which grows on the way.
    for key, value in list(other.items()):
        if key not in into:
            if key not in gone:
                into[key] = value
            continue
        held = into[key]
        if type(value) is dict:
            if type(held) is dict:
                _tables(held, value, _prefixed(prefix, key), merging, log)
            else:
                text = f"warning: cannot overwrite table with non table for {_prefixed(prefix, key)}"
                log(LogRecord(INFO, table_warning(text, value)))
        elif type(held) is dict and value is not None:
            text = f"warning: destination for {_prefixed(prefix, key)} is a table. Ignoring non-table value"
            log(LogRecord(INFO, table_warning(text, value)))
    return into


def table_warning(text: str, value: object) -> str:
    """A warning with the value it is about, as Go prints it."""
    from charthouse.golang.fmt import sprintf

    return f"{text} ({sprintf('%v', [value])})"


def to_render_values(
    chart: Chart,
    values: dict[str, Any] | None,
    *,
    name: str,
    namespace: str,
    revision: int,
    is_install: bool,
    is_upgrade: bool,
    capabilities: Capabilities,
    log: Log,
    skip_schema: bool = False,
    fetch_schema: Fetch | None = None,
    profile: Profile = HELM4,
    time: Moment | None = None,
) -> dict[str, Any]:
    """The root of what templates see: Chart, Capabilities, Release, Values (ToRenderValuesWithSchemaValidation).

    fetch_schema: reads the address a schema refers to, None when no address may be read. time: of the operation, which
    only Helm 2 shows; None = now.

    Raises ChartError when values and charts do not fit, SchemaError when values break a schema.
    """
    if profile.helm2:
        from charthouse.charts import values_helm2

        return values_helm2.to_render_values(
            chart, values, name=name, namespace=namespace, revision=revision, is_install=is_install,
            is_upgrade=is_upgrade, capabilities=capabilities, time=time, log=log,
        )  # fmt: skip
    tree = coalesce(chart, values, log=log, profile=profile)
    if not skip_schema:
        _validate(chart, tree, log, profile, fetch_schema)
    return {
        "Chart": None,
        "Capabilities": capabilities,
        "Release": {
            "Name": name,
            "Namespace": namespace,
            "IsUpgrade": is_upgrade,
            "IsInstall": is_install,
            "Revision": revision,
            "Service": "Helm",
        },
        "Values": tree,
    }


def _validate(chart: Chart, values: dict[str, Any], log: Log, profile: Profile, fetch: Fetch | None) -> None:
    if profile.gojsonschema:
        from charthouse.charts.values_helm3 import violations

        texts = violations(chart, values)
    else:
        texts = _violations(chart, values, log, fetch)
    if texts:
        head = "values don't meet the specifications of the schema(s) in the following chart(s):\n"
        remote = fetch is None and any("remote schemas are not fetched" in text for text in texts)
        raise SchemaError(head + "".join(texts), values=values, hint=_ALLOW if remote else "")


def _violations(chart: Chart, values: dict[str, Any], log: Log, fetch: Fetch | None) -> list[str]:
    """ValidateAgainstSchema: this chart's schema, then each sub-chart's on its own block."""
    texts: list[str] = []
    if chart.schema is not None:
        from charthouse.charts.schema import validate_values

        log(LogRecord(DEBUG, "chart name", **{"chart-name": chart.name}))
        problem = validate_values(values, chart.schema, log=log, fetch=fetch)
        if problem:
            texts.append(f"{chart.name}:\n{problem}")
    count = len(chart.dependencies)
    log(LogRecord(DEBUG, "number of dependencies in the chart", chart=chart.name, dependencies=count))
    for inner in chart.dependencies:
        block = values.get(inner.name)
        if block is None:
            continue
        if type(block) is not dict:
            from charthouse.golang.kinds import go_type

            text = f"{inner.name}:\ninvalid type for values: expected object (map), got {go_type(block)}\n"
            texts.append(text)
            continue
        texts += _violations(inner, block, log, fetch)
    return texts
