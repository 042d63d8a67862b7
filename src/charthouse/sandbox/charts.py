"""A chart as a worker tells it, and how much of that the parent believes: each field is checked for its kind.

Files travel once, however often they are mentioned (a chart's `raw` holds all of them again). Values keep what JSON
cannot tell: maps are marked, so that nothing in a chart can look like a mark, and integers of exact profiles stay.
"""

from __future__ import annotations

import base64
import binascii

from charthouse.charts.chart import Chart, File
from charthouse.charts.metadata import Dependency, Lock, Maintainer, Metadata
from charthouse.golang import kinds
from charthouse.golang.kinds import SizedInt
from charthouse.golang.moment import from_text, to_text
from charthouse.sandbox.errors import BadFrame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = ["chart_form", "to_chart"]

_GROUPS = ("templates", "files", "raw")
_INTEGERS = {
    name: found
    for name in kinds.__all__
    if isinstance(found := getattr(kinds, name), type) and issubclass(found, SizedInt)
}
# What the fields of each record may hold: text, flag, texts (or nothing), pairs (or nothing), any (values), records.
_METADATA = {
    **dict.fromkeys(("api_version", "app_version", "condition", "description", "home", "icon", "kube_version"), "text"),
    **dict.fromkeys(("name", "tags", "type", "version"), "text"),
    **dict.fromkeys(("keywords", "sources"), "texts"),
    "annotations": "pairs", "deprecated": "flag", "dependencies": "dependencies", "maintainers": "maintainers",
}  # fmt: skip
_DEPENDENCY = {
    **dict.fromkeys(("alias", "condition", "name", "repository", "version"), "text"),
    "enabled": "flag", "import_values": "any", "tags": "texts",
}  # fmt: skip
_MAINTAINER = dict.fromkeys(("name", "email", "url"), "text")
_LOCK = {"generated": "text", "digest": "text", "dependencies": "dependencies"}
_RECORDS: dict[str, tuple[type[Any], dict[str, str]]] = {
    "dependencies": (Dependency, _DEPENDENCY), "maintainers": (Maintainer, _MAINTAINER),
}  # fmt: skip


# in the worker


def chart_form(chart: Chart) -> dict[str, Any]:
    """For JSON. Raises TypeError for values no chart has."""
    blobs: dict[bytes, int] = {}
    form = _chart(chart, blobs)
    form["blobs"] = [base64.b64encode(data).decode("ascii") for data in blobs]
    return form


def _chart(chart: Chart, blobs: dict[bytes, int]) -> dict[str, Any]:
    def files(group: list[File]) -> list[list[Any]]:
        return [[file.name, blobs.setdefault(file.data, len(blobs)), _time(file.modified)] for file in group]

    return {
        "metadata": _record(chart.metadata, _METADATA),
        "lock": _record(chart.lock, _LOCK) if chart.lock is not None else None,
        "values": _value(chart.values),
        "has_values": chart.has_values,
        "refused": chart.refused,
        "schema": None if chart.schema is None else blobs.setdefault(chart.schema, len(blobs)),
        "times": [_time(chart.modified), _time(chart.schema_modified)],
        "groups": [files(getattr(chart, group)) for group in _GROUPS],
        "dependencies": [_chart(inner, blobs) for inner in chart.dependencies],
    }


def _time(moment: datetime | None) -> str:
    return "" if moment is None else to_text(moment)


def _record(record: Any, fields: dict[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, kind in fields.items():
        value = getattr(record, name)
        if kind in _RECORDS and value is not None:
            value = [None if entry is None else _record(entry, _RECORDS[kind][1]) for entry in value]
        out[name] = _value(value) if kind == "any" else value
    return out


def _value(value: Any) -> Any:
    kind = type(value)
    if kind in (str, float, bool, type(None)):
        return value
    if kind is dict:
        return {"map": {key: _value(item) for key, item in value.items()}}
    if kind is list:
        return [_value(item) for item in value]
    if kind is int:
        return {"int": str(value)}
    if _INTEGERS.get(kind.__name__) is kind:
        return {kind.__name__: str(int(value))}
    raise TypeError(f"a {kind.__name__} is no value of a chart")


# in the parent


def to_chart(form: Any) -> Chart:
    """Raises BadFrame for what is no chart."""
    try:
        blobs = [base64.b64decode(text, validate=True) for text in _list(form["blobs"])]
        return _to_chart(form, blobs)
    except BadFrame:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, binascii.Error) as error:
        raise BadFrame(f"a worker's chart is none: {type(error).__name__}: {error}") from error


def _to_chart(form: dict[str, Any], blobs: list[bytes]) -> Chart:
    def files(group: Any) -> list[File]:
        return [File(_text(name), blobs[_index(at)], _moment(time)) for name, at, time in _list(group)]

    values = _to_value(form["values"])
    if type(values) is not dict:
        raise BadFrame("a chart's values are no map")
    schema = form["schema"]
    modified, schema_modified = (_moment(text) for text in _list(form["times"]))
    groups = dict(zip(_GROUPS, map(files, _list(form["groups"])), strict=True))
    chart = Chart(
        _to_record(Metadata, form["metadata"], _METADATA),
        values=values,
        schema=None if schema is None else blobs[_index(schema)],
        lock=None if form["lock"] is None else _to_record(Lock, form["lock"], _LOCK),
        modified=modified,
        schema_modified=schema_modified,
        **groups,
    )
    chart.has_values, chart.refused = _flag(form["has_values"]), _flag(form["refused"])
    chart.set_dependencies(_to_chart(inner, blobs) for inner in _list(form["dependencies"]))
    return chart


def _to_record(kind: type[Any], form: Any, fields: dict[str, str]) -> Any:
    made = object.__new__(kind)
    for name, what in fields.items():
        setattr(made, name, _checked(form[name], what))
    return made


def _checked(value: Any, what: str) -> Any:
    if what == "text":
        return _text(value)
    if what == "flag":
        return _flag(value)
    if value is None:
        return None
    if what == "texts":
        return [_text(item) for item in _list(value)]
    if what == "pairs":
        return {_text(key): _text(item) for key, item in value.items()}
    if what == "any":
        return [_to_value(item) for item in _list(value)]
    kind, fields = _RECORDS[what]
    return [None if item is None else _to_record(kind, item, fields) for item in _list(value)]


def _to_value(form: Any) -> Any:
    kind = type(form)
    if kind in (str, float, bool, type(None)):
        return form
    if kind is list:
        return [_to_value(item) for item in form]
    if kind is dict and len(form) == 1:
        ((name, inner),) = form.items()
        if name == "map":
            return {_text(key): _to_value(item) for key, item in inner.items()}
        if name == "int":
            return int(_digits(inner))
        return _INTEGERS[name](int(_digits(inner)))
    raise BadFrame(f"a {kind.__name__} is no value of a chart")


def _text(value: Any) -> str:
    if type(value) is not str:
        raise BadFrame(f"a text is wanted, not {type(value).__name__}")
    return value


def _digits(value: Any) -> str:
    text = _text(value)
    if len(text) > 64:
        raise BadFrame("an integer is too long")
    return text


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise BadFrame(f"a truth value is wanted, not {type(value).__name__}")
    return value


def _index(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise BadFrame("a file is not among those that were sent")
    return value


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise BadFrame(f"a list is wanted, not {type(value).__name__}")
    return value


def _moment(text: Any) -> datetime | None:
    return from_text(text) if _text(text) else None
