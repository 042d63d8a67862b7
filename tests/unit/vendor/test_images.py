"""Which images rendered objects name: pods by their structure, custom resources by guessing."""

from __future__ import annotations

import time

import pytest

from charthouse.formats.yaml import load_documents
from charthouse.manifests.images import Image, images_of, is_image

PODS = """
apiVersion: v1
kind: Pod
spec:
  initContainers: [{name: i, image: init:1}]
  containers: [{name: a, image: a:1}, {image: b:2}, {name: none}, {name: e, image: ""}, null, {name: seven, image: 7}]
  ephemeralContainers: [{name: e, image: eph:1}]
  volumes: [{name: v, image: {reference: "quay.io/data@sha256:00"}}, {name: w, emptyDir: {}}]
---
apiVersion: batch/v1
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: "not an image"}]}}}}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{name: d, image: d}]}}}}
- {apiVersion: v1, kind: ReplicationController, spec: {template: {spec: {containers: [{name: r, image: r}]}}}}
- {apiVersion: v1, kind: PodTemplate, template: {spec: {containers: [{name: t, image: t}]}}}
---
apiVersion: v1
kind: ConfigMap
data: {image: nginx:1}
---
apiVersion: apps/v1
kind: DaemonSet
spec: {template: null}
---
text
"""
GUESSES = """
apiVersion: example.com/v1
kind: Database
metadata: {annotations: {image: "not:this"}}
spec:
  image: postgres:16
  backup: {image: {registry: quay.io, repository: team/backup, tag: 2}}
  driver: {repository: nvcr.io/nvidia, image: driver, version: "550"}
  pod: {spec: {containers: [{name: x, image: sidecar}]}}
  proxyImage: envoy/envoy:v1
  chart: {repository: "https://charts.example.com", version: 1.2.3}
  hashed: {repository: a/b, digest: "DIGEST"}
  title: not an image
  text: {image: a picture of a cat}
status: {image: old:1}
""".replace("DIGEST", "ab" * 32)


def found(text: str) -> list[tuple[str, str, bool]]:
    documents = [("c/t.yaml", document) for document in load_documents(text)]
    return [(image.reference, image.place.removeprefix("c/t.yaml "), image.certain) for image in images_of(documents)]


def test_pods_are_walked_by_their_structure() -> None:
    assert found(PODS) == [
        ("init:1", "Pod initContainers[i]", True),
        ("a:1", "Pod containers[a]", True),
        ("b:2", "Pod containers[1]", True),
        ("7", "Pod containers[seven]", True),
        ("eph:1", "Pod ephemeralContainers[e]", True),
        ("quay.io/data@sha256:00", "Pod volumes[v]", True),
        ("not an image", "CronJob containers[c]", True),
        ("d", "Deployment containers[d]", True),
        ("r", "ReplicationController containers[r]", True),
        ("t", "PodTemplate containers[t]", True),
    ]


def test_custom_resources_are_guessed_at() -> None:
    assert found(GUESSES) == [
        ("quay.io/team/backup:2", "Database spec.backup.image", False),
        ("nvcr.io/nvidia/driver:550", "Database spec.driver", False),
        (f"a/b@sha256:{'ab' * 32}", "Database spec.hashed", False),
        ("postgres:16", "Database spec.image", False),
        ("sidecar", "Database spec.pod.spec.containers[0].image", False),
        ("envoy/envoy:v1", "Database spec.proxyImage", False),
    ]


def test_a_mention_is_a_record() -> None:
    document = {"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"image": "a"}]}}
    assert images_of([("", document)]) == [Image("a", "Pod containers[0]")]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("nginx", True), ("nginx:1.27", True), ("a/b_c/d-e:V1.x_y-z", True), ("localhost:5000/x", True),
        (f"x@sha256:{'a' * 64}", True), (f"h.io/x:1@sha256:{'a' * 64}", True), ("", False), ("Nginx", False),
        ("a b", False), ("http://a/b", False), ("a:b:c", False), ("$(x)", False), ("a\nb", False), ("a\n", False),
        ("ä", False), ("-a", False), ("a/", False),
    ],
)  # fmt: skip
def test_what_an_image_looks_like(text: str, answer: bool) -> None:
    assert is_image(text) is answer


@pytest.mark.parametrize("text", ["a-" * 400 + "!", "a" * 999 + "!", "a." * 480 + "/", "a/" * 499 + "!", "x" * 10**6])
def test_long_texts_take_no_time(text: str) -> None:
    begun = time.process_time()
    assert not is_image(text)
    assert time.process_time() - begun < 0.5
