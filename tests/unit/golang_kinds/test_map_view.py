"""A map under a second type name is the same map."""

from __future__ import annotations

from typing import Any

from charthouse.engine.scope import Values
from charthouse.golang.fmt import sprintf
from charthouse.golang.json import encode
from charthouse.golang.kinds import StringMap, go_type
from charthouse.golang.map_view import MapView, as_plain_map


def test_plain_maps_stay_what_they_are() -> None:
    plain: dict[str, Any] = {"a": 1}
    texts = StringMap({"a": "x"})
    view = MapView(plain)
    assert as_plain_map(plain) is plain
    assert as_plain_map(texts) is texts
    assert as_plain_map(view) is view


def test_what_is_written_through_one_name_is_seen_through_the_other() -> None:
    values = Values({"a": 1, "b": {"c": 2}})
    view = as_plain_map(values)
    assert go_type(view) == "map[string]interface {}"
    view["d"] = 3
    del view["a"]
    values["e"] = 4
    view.update({"f": 5})
    assert view.pop("f") == 5
    assert view.pop("f", None) is None
    assert dict(values) == {"b": {"c": 2}, "d": 3, "e": 4}
    assert (sorted(view), len(view), "a" in view, view.get("a"), view["e"]) == (["b", "d", "e"], 3, False, None, 4)
    assert (list(view.keys()), list(view.values()), list(view.items())[1]) == (
        ["b", "d", "e"],
        [{"c": 2}, 3, 4],
        ("d", 3),
    )
    view.clear()
    assert not values
    assert not view


def test_a_view_is_printed_and_compared_by_its_entries() -> None:
    view = as_plain_map(Values({"b": 1, "a": None}))
    assert sprintf("%v %T", [view, view]) == "map[a:<nil> b:1] map[string]interface {}"
    assert encode(view) == '{"a":null,"b":1}'
    assert view == as_plain_map(Values({"b": 1, "a": None}))
    assert view == {"b": 1, "a": None}
    assert view != {"b": 1}
    assert view.copy() == {"b": 1, "a": None}
    assert dict(view) == {**view}
