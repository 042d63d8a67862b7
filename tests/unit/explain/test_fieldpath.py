"""Paths to fields: how they are written, what they lead to, where the field stands in the text."""

from __future__ import annotations

import pytest

from charthouse.formats.yaml import load_object
from charthouse.manifests.fieldpath import FieldNotFound, FieldSpans, WrongPath, leaves, parse, resolve

TEXT = """# head
kind: Pod
metadata:
  labels: {app.kubernetes.io/name: a, "b": 'c', list: [x, xx, {k: x}]}
  empty:
  quoted: "v: w"
spec:
  containers:
    - name: web
      image: r:t
    - name: side
      command: ["-c", "a, b"]
  text: |
    line: one
    two
  folded: >-
    three
    four
  none: {}
  ? odd
  : value
"""


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("spec.replicas", ["spec", "replicas"]),
        (".spec", ["spec"]),
        ("a[0].b", ["a", 0, "b"]),
        ("a[0][1]", ["a", 0, 1]),
        ("a[name=web].image", ["a", ("name", "web"), "image"]),
        ('a["b.c/d"].e', ["a", "b.c/d", "e"]),
        ("a['x]y']", ["a", "x]y"]),
        ("[0]", [0]),
        ("", []),
    ],
)
def test_parse(text: str, steps: list[object]) -> None:
    assert parse(text) == steps


@pytest.mark.parametrize("text", ["a..b", "a[", "a[b]", 'a["b', "a[=x]", "..a", "a[0", "a[-1]"])
def test_no_paths(text: str) -> None:
    with pytest.raises(WrongPath) as caught:
        parse(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("kind", ("kind",)),
        ("metadata.labels.app.kubernetes.io/name", ("metadata", "labels", "app.kubernetes.io/name")),
        ("metadata.labels.list.1", ("metadata", "labels", "list", 1)),
        ("spec.containers[name=side].command[1]", ("spec", "containers", 1, "command", 1)),
        ("", ()),
    ],
)
def test_resolve(text: str, path: tuple[str | int, ...]) -> None:
    assert resolve(load_object(TEXT), text) == path


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("spec.container", "did you mean spec.containers?\nspec has containers, text, folded, none, odd"),
        (
            "spec.containers[name=sid]",
            "did you mean spec.containers[name=side]?\nspec.containers has [name=web], [name=side]",
        ),
        ("spec.containers[7]", "spec.containers has [name=web], [name=side]"),
        ("kind.x", "kind has no fields"),
        ("zzz", "the object has kind, metadata, spec"),
        ("spec.none.x", "spec.none has no fields"),
        ("Kind", "did you mean kind?\nthe object has kind, metadata, spec"),
    ],
)
def test_what_is_not_there(text: str, hint: str) -> None:
    with pytest.raises(FieldNotFound, match="no field ") as caught:
        resolve(load_object(TEXT), text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("path", "shown", "line"),
    [
        (("kind",), "Pod", 2),
        (("metadata", "labels", "app.kubernetes.io/name"), "a", 4),
        (("metadata", "labels", "b"), "'c'", 4),
        (("metadata", "labels", "list", 0), "x", 4),
        (("metadata", "labels", "list", 1), "xx", 4),
        (("metadata", "labels", "list", 2, "k"), "x", 4),
        (("metadata", "empty"), "empty:", 5),
        (("metadata", "quoted"), '"v: w"', 6),
        (("spec", "containers", 0, "name"), "web", 9),
        (("spec", "containers", 0, "image"), "r:t", 10),
        (("spec", "containers", 1, "command", 1), '"a, b"', 12),
        (("spec", "text"), "|\n    line: one\n    two", 13),
        (("spec", "folded"), ">-\n    three\n    four", 16),
        (("spec", "none"), "{}", 19),
        (("nothing",), "", 0),
    ],
)
def test_spans(path: tuple[str | int, ...], shown: str, line: int) -> None:
    spans = FieldSpans(TEXT)
    start, end = spans.value(path)
    found = TEXT[start:end]
    assert (found if shown == "{}" else found.rstrip("]}")) == shown
    assert spans.line(path) == line


def test_leaves() -> None:
    value = {"a": [1, {"b": None}], "c": {}, "d": {"e": []}}
    assert list(leaves(value)) == [(("a", 0), 1), (("a", 1, "b"), None), (("c",), {}), (("d", "e"), [])]
