"""Manifests to resources; texts are helm 4.3.1's on a real cluster."""

from __future__ import annotations

import pytest

from charthouse.kube.build import build
from charthouse.kube.errors import BuildError
from tests.unit.kube.fakes import FakeClient

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def names(manifest: str, namespace: str = "ns") -> list[str]:
    return [str(r.ref) for r in build(manifest, namespace, FakeClient().resource_type, validate=True)]


def test_documents() -> None:
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n"
    assert names(f"---\n# a comment\n---\n{CM}---\n---\nnull\n---\n{space}") == ["ConfigMap/ns/a", "Namespace/one"]
    assert names("") == []


def test_namespaces() -> None:
    client = FakeClient()
    own = CM.replace("name: a", "name: a, namespace: mine")
    found = build(own, "ns", client.resource_type, validate=True)[0]
    assert (found.namespace, found.object["metadata"]["namespace"]) == ("mine", "mine")
    cluster = "apiVersion: v1\nkind: Namespace\nmetadata: {name: one, namespace: wrong}\n"
    wide = build(cluster, "ns", client.resource_type, validate=True)[0]
    assert (wide.namespace, wide.object["metadata"]) == ("", {"name": "one"})


def test_lists_are_flattened() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
        "- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n"
    )
    assert names(text) == ["ConfigMap/ns/a", "Pod/ns/b"]
    typed = "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n"
    assert names(typed) == ["ConfigMap/ns/a"]


BAD: list[tuple[str, bool, str]] = [
    (
        "apiVersion: foo.bar/v1\nkind: Foo\nmetadata: {name: x, namespace: z}\n",
        True,
        'resource mapping not found for name: "x" namespace: "z" from "": no matches for kind "Foo" in version '
        '"foo.bar/v1"\nensure CRDs are installed first',
    ),
    ("kind: ConfigMap\n", True, 'error validating "": error validating data: apiVersion not set'),
    ("apiVersion: v1\n", True, 'error validating "": error validating data: kind not set'),
    ("apiVersion: v1\nkind: 5\n", True, 'error validating "": error validating data: kind isn\'t string type'),
    (
        "apiVersion: v1\nmetadata: {name: x}\n",
        False,
        'unable to decode "": Object \'Kind\' is missing in \'{"apiVersion":"v1","metadata":{"name":"x"}}\'',
    ),
    (
        CM.replace("name: a", "name: y"),
        True,
        'unable to decode "": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string',
    ),
    (
        CM.replace("name: a", "name: a, labels: {b: 1}"),
        True,
        'unable to decode "": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type '
        "string",
    ),
    (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: foo.bar/v1, kind: Foo, metadata: {name: x}}\n",
        True,
        'unable to recognize no matches for kind "Foo" in version "foo.bar/v1"',
    ),
    (
        "apiVersion: a/v1\nkind: A\nmetadata: {name: x}\n---\napiVersion: a/v1\nkind: B\nmetadata: {name: z}\n",
        True,
        '[resource mapping not found for name: "x" namespace: "" from "": no matches for kind "A" in version "a/v1"\n'
        'ensure CRDs are installed first, resource mapping not found for name: "z" namespace: "" from "": no matches '
        'for kind "B" in version "a/v1"\nensure CRDs are installed first]',
    ),
]


@pytest.mark.parametrize(("manifest", "validate", "message"), BAD)
def test_refused(manifest: str, validate: bool, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        build(manifest, "ns", FakeClient().resource_type, validate=validate)
    assert str(caught.value) == message


def test_broken_yaml() -> None:
    with pytest.raises(BuildError, match="error parsing : error converting YAML to JSON: yaml: "):
        names("a: [\n")


def test_no_version_without_validation() -> None:
    found = build("kind: ConfigMap\nmetadata: {name: x}\n", "ns", FakeClient().resource_type, validate=False)
    assert [str(r.ref) for r in found] == ["ConfigMap/ns/x"]


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        (
            "a: b\n",
            "every document needs apiVersion, kind and metadata.name, and labels and annotations that are texts",
        ),
        ("apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: a}\n", "did you mean Deployment (apps/v1)?"),
        ("a: [\n", "the text is no YAML"),
    ],
)
def test_hints_name_the_template(document: str, hint: str) -> None:
    with pytest.raises(BuildError) as caught:
        build(f"---\n# Source: web/templates/a.yaml\n{document}", "ns", FakeClient().resource_type, validate=True)
    assert caught.value.hint == f"in a document of web/templates/a.yaml: {hint}"
