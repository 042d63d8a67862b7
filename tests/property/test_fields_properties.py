"""Field sets for any object: what must hold whatever is applied."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from charthouse.k8s import fields
from charthouse.k8s.fields_shapes import builtin_shape

SHAPE = builtin_shape("apps.v1.Deployment")
NAMES = st.sampled_from(["a", "b", "c", "d"])
TEXTS = st.dictionaries(NAMES, NAMES, max_size=3)
ENV = st.lists(st.fixed_dictionaries({"name": NAMES, "value": NAMES}), max_size=3, unique_by=lambda e: str(e["name"]))
CONTAINERS = st.lists(
    st.fixed_dictionaries({"name": NAMES}, optional={"image": NAMES, "env": ENV, "args": st.lists(NAMES, max_size=2)}),
    max_size=3,
    unique_by=lambda c: str(c["name"]),
)
OBJECTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda labels, containers, replicas: {
        "metadata": {"labels": labels},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
    },
    TEXTS,
    CONTAINERS,
    st.integers(0, 3),
)


@given(OBJECTS)
@settings(max_examples=150)
def test_a_written_set_reads_back(obj: dict[str, Any]) -> None:
    paths = fields.field_set(obj, SHAPE)
    assert fields.from_v1(fields.to_v1(paths)) == paths


@given(OBJECTS, OBJECTS)
@settings(max_examples=150)
def test_what_is_applied_is_there_and_applying_again_changes_nothing(
    live: dict[str, Any], config: dict[str, Any]
) -> None:
    merged = fields.merge(live, config, SHAPE)
    assert fields.merge(merged, config, SHAPE) == merged
    difference = fields.compare(merged, fields.merge(merged, config, SHAPE), SHAPE)
    assert not (difference.added or difference.modified or difference.removed)
    empty = {("f:metadata", "f:labels")}  # an empty map is stated, but not there once it has keys
    assert fields.field_set(config, SHAPE) - empty <= fields.field_set(merged, SHAPE)


@given(OBJECTS, OBJECTS)
@settings(max_examples=150)
def test_comparison_is_the_same_from_both_sides(left: dict[str, Any], right: dict[str, Any]) -> None:
    there, back = fields.compare(left, right, SHAPE), fields.compare(right, left, SHAPE)
    assert (there.added, there.removed, there.modified) == (back.removed, back.added, back.modified)


@given(OBJECTS)
@settings(max_examples=100)
def test_removing_everything_leaves_nothing(obj: dict[str, Any]) -> None:
    paths = fields.field_set(obj, SHAPE)
    left = fields.remove(obj, fields.with_named(paths, SHAPE), SHAPE)
    assert left is None or fields.field_set(left, SHAPE) <= {("f:metadata", "f:labels")}
