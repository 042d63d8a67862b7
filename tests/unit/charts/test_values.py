"""Coalescing, beyond what recorded charts show: warnings, and what stays untouched."""

from __future__ import annotations

import pytest

from charthouse.charts.chart import Chart, Metadata
from charthouse.charts.values import (
    NoTable,
    NoValue,
    coalesce,
    coalesce_tables,
    lookup_table,
    lookup_value,
    merge,
    merge_maps,
    merge_tables,
)
from charthouse.logs import LogRecord, silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def tree() -> Chart:
    top = Chart(Metadata("top"), values={"a": {"b": 1.0}, "c": 1.0, "n": None, "sub": {"k": "p", "z": None}})
    top.add_dependency(Chart(Metadata("sub"), values={"k": "c", "z": "c", "t": {"n": None}}))
    return top


def test_inputs_are_not_changed() -> None:
    chart = tree()
    user: dict[str, Any] = {"a": {"x": [1]}, "sub": {"t": {"u": 1}}}
    result = coalesce(chart, user, log=silent)
    assert result == {
        "a": {"x": [1], "b": 1.0},
        "c": 1.0,
        "sub": {"t": {"u": 1}, "k": "p", "global": {}},
    }
    result["a"]["x"].append(2)
    assert user == {"a": {"x": [1]}, "sub": {"t": {"u": 1}}}
    assert chart.values == tree().values


def test_merging_keeps_nulls() -> None:
    assert merge(tree(), {"c": None}, log=silent) == {
        "a": {"b": 1.0},
        "c": None,
        "n": None,
        "sub": {"k": "p", "z": None, "t": {"n": None}, "global": {}},
    }


def test_warnings() -> None:
    said: list[LogRecord] = []
    coalesce(tree(), {"a": 5, "c": {"x": 1}, "sub": {"k": {"y": 1}, "t": 1}, "global": {"g": {}}}, log=said.append)
    assert [record.message for record in said] == [
        "warning: skipped value for top.c: Not a table.",
        "warning: destination for top.sub.k is a table. Ignoring non-table value (p)",
        "warning: skipped value for top.sub.k: Not a table.",
    ]


def test_tables() -> None:
    said: list[LogRecord] = []
    into: dict[str, Any] = {"a": None, "b": {"c": None, "d": 1}, "e": None, "f": 1, "g": {}}
    other: dict[str, Any] = {"a": 1, "b": {"c": 2, "x": 3}, "e": None, "f": {"y": 1}, "g": 5}
    assert coalesce_tables(into, other, log=said.append) == {"b": {"d": 1, "x": 3}, "e": None, "f": 1, "g": {}}
    assert [record.message for record in said] == [
        "warning: cannot overwrite table with non table for f (map[y:1])",
        "warning: destination for g is a table. Ignoring non-table value (5)",
    ]
    assert merge_tables({"a": None}, {"a": 1, "b": 2}, log=silent) == {"a": None, "b": 2}
    assert merge_maps({"a": {"b": 1}, "c": 1}, {"a": {"d": 2}, "c": {"x": 1}}) == {"a": {"b": 1, "d": 2}, "c": {"x": 1}}


def test_lookup() -> None:
    values = {"a": {"b": {"c": True}}, "d": 1}
    assert lookup_table(values, "a.b") == {"c": True}
    assert lookup_value(values, "a.b.c") is True
    for path, key in (("d", '"d" is not a table'), ("a.x.y", '"x" is not a table')):
        with pytest.raises(NoTable) as table:
            lookup_table(values, path)
        assert str(table.value) == key
    for path in ("a.b", "a.nope", "nope.b", "d.x"):
        with pytest.raises(NoValue) as value:
            lookup_value(values, path)
        assert str(value.value) == f'"{path.rpartition(".")[2]}" is not a value'
