"""Field sets: written, compared, merged and removed as structured-merge-diff does."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.k8s import fields
from charthouse.k8s.fields_shapes import builtin_shape, custom_shape

DEPLOYMENT = builtin_shape("apps.v1.Deployment")
SERVICE = builtin_shape("core.v1.Service")


def pod(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(containers)}}}}


def test_a_set_is_written_and_read_back() -> None:
    obj = {**pod({"name": "c", "image": "x"}), "metadata": {"labels": {"a": "b"}, "finalizers": ["f"]}}
    paths = fields.field_set(obj, DEPLOYMENT)
    written = fields.to_v1(paths)
    assert written == {
        "f:metadata": {"f:finalizers": {'v:"f"': {}}, "f:labels": {"f:a": {}}},
        "f:spec": {
            "f:template": {"f:spec": {"f:containers": {'k:{"name":"c"}': {".": {}, "f:image": {}, "f:name": {}}}}}
        },
    }
    assert fields.from_v1(written) == paths


def test_paths_are_printed_as_conflicts_print_them() -> None:
    paths = fields.field_set(pod({"name": "c", "image": "x"}), DEPLOYMENT)
    assert sorted(map(fields.path_text, paths)) == [
        '.spec.template.spec.containers[name="c"]',
        '.spec.template.spec.containers[name="c"].image',
        '.spec.template.spec.containers[name="c"].name',
    ]
    ports = fields.field_set({"spec": {"ports": [{"port": 80}]}}, SERVICE)
    assert '.spec.ports[port=80,protocol="TCP"].port' in set(map(fields.path_text, ports))
    assert fields.path_text(("f:a", 'v:"x"', "i:3")) == '.a[="x"][3]'


def test_comparison() -> None:
    old = pod({"name": "c", "image": "x", "args": ["a"]}, {"name": "d"})
    new = pod({"name": "c", "image": "y", "args": ["a", "b"]}, {"name": "e"})
    difference = fields.compare(old, new, DEPLOYMENT)
    prefix = ".spec.template.spec.containers"
    assert set(map(fields.path_text, difference.modified)) == {
        f'{prefix}[name="c"].image',
        f'{prefix}[name="c"].args',
    }
    assert set(map(fields.path_text, difference.added)) == {f'{prefix}[name="e"]', f'{prefix}[name="e"].name'}
    assert set(map(fields.path_text, difference.removed)) == {f'{prefix}[name="d"]', f'{prefix}[name="d"].name'}


@pytest.mark.parametrize(
    ("live", "config", "merged"),
    [
        (["a", "b", "c"], ["b"], ["a", "b", "c"]),
        (["a", "b"], ["c"], ["a", "b", "c"]),
        (["a", "b"], ["b", "a"], ["b", "a"]),
        (["a", "x", "b"], ["b", "c", "a"], ["x", "b", "c", "a"]),
        ([], ["a"], ["a"]),
    ],
)
def test_items_merge_in_the_applied_order(live: list[str], config: list[str], merged: list[str]) -> None:
    before, after = (pod(*({"name": name} for name in names)) for names in (live, config))
    out = fields.merge(before, after, DEPLOYMENT)
    assert [c["name"] for c in out["spec"]["template"]["spec"]["containers"]] == merged


def test_what_is_removed_and_what_stays() -> None:
    obj = {**pod({"name": "c", "image": "x"}), "metadata": {"labels": {"a": "b", "c": "d"}}}
    gone = {("f:metadata", "f:labels", "f:a"), ("f:spec", "f:template")}
    assert fields.remove(obj, gone, DEPLOYMENT) == {"metadata": {"labels": {"c": "d"}}, "spec": None}


def test_duplicates_are_refused() -> None:
    with pytest.raises(fields.DuplicateKey, match=r'containers: duplicate entries for key \[name="a"\]'):
        fields.field_set(pod({"name": "a"}, {"name": "a"}), DEPLOYMENT)


def test_custom_shapes() -> None:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "atomic": {"type": "array", "items": {"type": "string"}},
                    "keyed": {
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
                        "items": {"type": "object", "properties": {"id": {"type": "string"}}},
                    },
                    "whole": {"type": "object", "x-kubernetes-map-type": "atomic"},
                },
            }
        },
    }  # fmt: skip
    obj = {"spec": {"atomic": ["x"], "keyed": [{"id": "1"}], "whole": {"a": 1}}}
    assert fields.to_v1(fields.field_set(obj, custom_shape(schema, root=True))) == {
        "f:spec": {"f:atomic": {}, "f:keyed": {'k:{"id":"1"}': {".": {}, "f:id": {}}}, "f:whole": {}}
    }
