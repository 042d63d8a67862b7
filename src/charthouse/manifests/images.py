"""The container images that rendered objects name.

What Kubernetes itself runs is known for certain: the pod specs in its own kinds are walked by their structure
(Kubernetes 1.37 ``core/v1`` PodSpec: containers of every sort, image volumes). What a custom resource's controller
will run nobody can know, so in objects of other groups whatever looks like an image is taken, and marked as a guess;
images that a controller brings by itself are found in neither.
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

__all__ = ["Image", "images_of", "is_image"]

_BUILT_IN = frozenset((
    "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
    "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io",
    "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "extensions", "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io",
    "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io",
))  # fmt: skip
_TEMPLATED = ("template", "spec")
_PODS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "PodTemplate"): _TEMPLATED,
    ("", "ReplicationController"): ("spec", *_TEMPLATED),
    ("batch", "Job"): ("spec", *_TEMPLATED),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", *_TEMPLATED),
    **{(group, kind): ("spec", *_TEMPLATED) for group in ("apps", "extensions")
       for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
}  # fmt: skip
_SORTS = ("initContainers", "containers", "ephemeralContainers")
_TAGS = ("tag", "version", "imageTag")
_LONGEST = 1000


class Image(Record):
    """One mention of an image. reference: as written; place: template, kind and field (no names, which may be random);
    certain: whether it is a pod's."""

    reference: str
    place: str
    certain: bool = True


def images_of(documents: Iterable[tuple[str, Any]]) -> list[Image]:
    """Every mention of an image, in the order of the objects.

    documents: decoded objects, each behind the path of its template; what is no object is passed by.
    """
    return [image for path, document in documents for image in _of(path, document)]


def _of(template: str, document: Any) -> Iterator[Image]:
    if type(document) is not dict:
        return
    kind = str(document.get("kind") or "")
    listed = document.get("items")
    if kind.endswith("List") and type(listed) is list:
        for entry in listed:
            yield from _of(template, entry)
        return
    group = _group(document)
    shown = f"{template} {kind}".lstrip()
    path = _PODS.get((group, kind))
    if path is not None:
        yield from _in_pod(_at(document, path), shown)
    elif group not in _BUILT_IN:
        for key in sorted(document, key=str):
            if key not in ("metadata", "status", "apiVersion", "kind"):
                yield from _guessed(document[key], str(key), shown)


def _group(document: dict[str, Any]) -> str:
    version = str(document.get("apiVersion") or "")
    return version.rpartition("/")[0]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if type(value) is dict else None
    return value


def _in_pod(spec: Any, shown: str) -> Iterator[Image]:
    if type(spec) is not dict:
        return
    for sort in _SORTS:
        for at, container in enumerate(_list(spec.get(sort))):
            if type(container) is dict and (text := _text(container.get("image"))):
                yield Image(text, f"{shown} {sort}[{_text(container.get('name')) or at}]")
    for at, volume in enumerate(_list(spec.get("volumes"))):
        text = _text(_at(volume, ("image", "reference")))
        if text:
            yield Image(text, f"{shown} volumes[{_text(volume.get('name')) or at}]")


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _guessed(value: Any, path: str, shown: str) -> Iterator[Image]:
    """Whatever looks like an image below a field of a custom resource."""
    if type(value) is list:
        for at, entry in enumerate(value):
            yield from _guessed(entry, f"{path}[{at}]", shown)
    if type(value) is not dict:
        return
    joined, used = _joined(value)
    if joined:
        yield Image(joined, f"{shown} {path}", certain=False)
    for key in sorted(value, key=str):
        entry, below = value[key], f"{path}.{key}"
        if type(entry) is str:
            named = key == "image" or key.endswith(("Image", "_image"))
            if named and key not in used and is_image(entry):
                yield Image(entry, f"{shown} {below}", certain=False)
        else:
            yield from _guessed(entry, below, shown)


def _joined(value: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """An image whose parts stand beside each other (registry, repository, image, tag, digest), and the fields used."""
    repository, name = _text(value.get("repository")), _text(value.get("image"))
    tag = next((text for key in _TAGS if (text := _text(value.get(key)))), "")
    digest = _text(value.get("digest") or value.get("sha"))
    if not repository or "://" in repository or not (tag or digest):
        return "", ()
    parts = [part for part in (_text(value.get("registry")), repository.rstrip("/"), name) if part]
    text = "/".join(parts) + (f":{tag}" if tag else "")
    if digest:
        text += f"@{digest if ':' in digest else f'sha256:{digest}'}"
    return (text, ("image",)) if is_image(text) else ("", ())


def _text(value: Any) -> str:
    if type(value) is str:
        return value.strip()
    if value is None or type(value) in (dict, list, bool):
        return ""
    from charthouse.charts.scalars import scalar_text

    return scalar_text(value)


def is_image(text: str) -> bool:
    """Whether `text` could be an image: HOST[:PORT]/PATH[:TAG][@DIGEST], most of which may be missing."""
    import re

    if not text or len(text) > _LONGEST:
        return False
    host = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/"
    part = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
    pattern = rf"(?:{host})?{part}(?:/{part})*(?::\w[\w.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,128}})?"
    return re.fullmatch(pattern, text, re.ASCII) is not None
