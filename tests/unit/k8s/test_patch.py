"""Patches against what Kubernetes' Go libraries make of the same documents (recorded: apimachinery v0.37.2,
evanphx/json-patch v5.9.11), and the properties a patch must have."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.k8s.patch import (
    PatchError,
    apply_json_patch,
    apply_merge_patch,
    apply_strategic_patch,
    create_merge_patch,
    create_strategic_patch,
    create_three_way_merge_patch,
    create_three_way_strategic_patch,
)

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("patches.json").read_text())


def perform(case: dict[str, Any]) -> Any:
    version, kind = case["api_version"], case["kind"]
    match case["op"]:
        case "three":
            return create_three_way_strategic_patch(version, kind, case["original"], case["modified"], case["current"])
        case "two":
            return create_strategic_patch(version, kind, case["original"], case["modified"])
        case "apply":
            return apply_strategic_patch(version, kind, case["original"], case["patch"])
        case "threejson":
            return create_three_way_merge_patch(case["original"], case["modified"], case["current"])
        case "json":
            return create_merge_patch(case["original"], case["modified"])
    return apply_merge_patch(case["original"], case["patch"])


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{c['op']}-{c['kind']}" for i, c in enumerate(CASES)])
def test_recorded(case: dict[str, Any]) -> None:
    before = copy.deepcopy(case)
    if case.get("fails"):
        with pytest.raises(PatchError):
            perform(case)
    else:
        assert perform(case) == case["expected"]
    assert case == before, "the inputs were changed"


def test_nothing_to_do_is_an_empty_patch() -> None:
    for case in CASES:
        body = case["original"]
        if case["op"] in ("json", "threejson"):
            assert create_merge_patch(body, body) == {}
            assert create_three_way_merge_patch(body, body, body) == {}


def test_a_kind_that_is_not_built_in_has_no_strategic_patch() -> None:
    with pytest.raises(PatchError, match="not built in"):
        create_strategic_patch("example.com/v1", "Foo", {}, {})


def test_an_unknown_field_that_changed_is_named() -> None:
    old = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"foo": {"a": 1}}}
    new = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"foo": {"a": 2}}}
    with pytest.raises(PatchError) as caught:
        create_strategic_patch("apps/v1", "Deployment", old, new)
    assert str(caught.value) == 'unable to find api field in struct DeploymentSpec for the json field "foo"'


JSON_PATCHES: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"a": 1}, [{"op": "add", "path": "/b", "value": [1]}], {"a": 1, "b": [1]}),
    ({"a": [1, 3]}, [{"op": "add", "path": "/a/1", "value": 2}], {"a": [1, 2, 3]}),
    ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]}),
    ({"a": [1, 2]}, [{"op": "remove", "path": "/a/0"}], {"a": [2]}),
    ({"a": {"b/c": 1, "d~e": 2}}, [{"op": "remove", "path": "/a/b~1c"}], {"a": {"d~e": 2}}),
    ({"a": {"d~e": 2}}, [{"op": "replace", "path": "/a/d~0e", "value": 3}], {"a": {"d~e": 3}}),
    ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
    ({"a": {"x": [1]}}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": {"x": [1]}, "b": {"x": [1]}}),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1}, {"op": "replace", "path": "", "value": 5}], 5),
    ({}, [{"op": "test", "path": "/a", "value": None}], {}),
]


@pytest.mark.parametrize(("document", "patch", "expected"), JSON_PATCHES)
def test_json_patch(document: Any, patch: list[dict[str, Any]], expected: Any) -> None:
    before = copy.deepcopy(document)
    assert apply_json_patch(document, patch) == expected
    assert document == before


BAD_JSON_PATCHES: list[tuple[Any, dict[str, Any], str]] = [
    ({}, {"op": "remove", "path": "/a"}, "remove operation does not apply: Unable to remove nonexistent key: a: "),
    ({}, {"op": "add", "path": "/a/b", "value": 1}, "add operation does not apply: doc is missing path: /a/b: missing"),
    ({"a": [1]}, {"op": "add", "path": "/a/5", "value": 1}, "add operation does not apply: doc is missing path: /a/5"),
    ({"a": [1]}, {"op": "remove", "path": "/a/x"}, "remove operation does not apply: doc is missing key: /a/x"),
    ({"a": 1}, {"op": "test", "path": "/a", "value": True}, "testing value /a failed: test failed"),
    ({"a": 1}, {"op": "nonsense", "path": "/a"}, "Unexpected kind: nonsense"),
    ({"a": 1}, {"op": "add", "value": 1}, "add operation does not apply: missing path"),
]


@pytest.mark.parametrize(("document", "operation", "message"), BAD_JSON_PATCHES)
def test_bad_json_patch(document: Any, operation: dict[str, Any], message: str) -> None:
    with pytest.raises(PatchError) as caught:
        apply_json_patch(document, [operation])
    assert str(caught.value).startswith(message)
