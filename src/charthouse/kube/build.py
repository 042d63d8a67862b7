"""Manifest text to resources: split, parse, flatten lists, resolve kinds, set namespaces.

Rules: cli-runtime v0.37.1 ``pkg/resource`` (``StreamVisitor``, ``mapper.infoForData``, ``FlattenListVisitor``,
``SetNamespace``, ``FilterNamespace``) as Helm 4.3.1 ``pkg/kube/client.go`` (``buildResourceList``) sets it up; kubectl
v0.37 ``pkg/validation`` for what is checked before. Field names are checked by the server (fieldValidation=Strict), so
a server older than 1.27 is not helped by a schema here.
"""

from __future__ import annotations

from charthouse.formats.yaml import YamlError, load_object, split_documents
from charthouse.k8s.objects import ObjectRef, Resource
from charthouse.kube import jsontext
from charthouse.kube.errors import BuildError, UnknownKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.errors import CharthouseError
    from charthouse.k8s.objects import ResourceType

__all__ = ["build"]


def build(
    manifest: str,
    namespace: str,
    resolve: Callable[[str, str], ResourceType],
    *,
    validate: bool,
    old_texts: bool = False,
) -> list[Resource]:
    """The objects of a manifest in order.

    resolve: (api_version, kind) → its type; raises UnknownKind. validate: check apiVersion and kind first. old_texts:
    an unknown kind in the words of cli-runtime v0.16 (Helm 2).
    Raises BuildError with all problems, as Helm prints them; ApiError and Unreachable of `resolve` pass.
    """
    found: list[Resource] = []
    problems: list[CharthouseError] = []
    for text in split_documents(manifest):
        try:
            body = load_object(text)
        except YamlError as error:
            problems.append(BuildError(f"error parsing : {error.message}", hint=f"{_place(text)}the text is no YAML"))
            break
        if body is None:
            continue
        if validate:
            problem = _invalid(body)
            if problem:
                text = f"{_place(text)}{_WANTED}"
                problems.append(BuildError(f'error validating "": error validating data: {problem}', hint=text))
                break
        before = len(problems)
        try:
            _check_shape(body)
            _add(body, namespace, resolve, found, problems, old_texts=old_texts)
        except BuildError as error:
            problems.append(error)
        for each in problems[before:]:
            each.hint = f"{_place(text)}{each.hint or _WANTED}"
    if problems:
        raise _joined(problems)
    return found


_WANTED = "every document needs apiVersion, kind and metadata.name, and labels and annotations that are texts"


def _place(text: str) -> str:
    """The template a document came from, by the comment Helm writes above it; its first line when there is none."""
    for line in text.split("\n"):
        if line.startswith("# Source: "):
            return f"in a document of {line[10:].strip()}: "
    return ""


def _joined(problems: list[CharthouseError]) -> BuildError:
    texts = list(dict.fromkeys(problem.message for problem in problems))
    hints = list(dict.fromkeys(problem.hint for problem in problems if problem.hint))
    text = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    return BuildError(text, hint="\n".join(hints))


def _invalid(body: Any) -> str:
    """kubectl's ``getObjectKind``."""
    if not isinstance(body, dict):
        return f"invalid object doc: {body}"
    problems = []
    for field in ("apiVersion", "kind"):
        value = body.get(field)
        if value is None:
            problems.append(f"{field} not set")
        elif not isinstance(value, str):
            problems.append(f"{field} isn't string type")
    return problems[0] if len(problems) == 1 else "[" + ", ".join(problems) + "]" if problems else ""


_GO_KINDS = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def _check_shape(body: Any) -> None:
    """What Go's decoder of unstructured objects refuses."""
    if not isinstance(body, dict):
        found = _GO_KINDS.get(type(body), "value")
        raise _undecodable(f"json: cannot unmarshal {found} into Go value of type struct")
    kind = body.get("kind")
    if kind is None or kind == "":
        shown = jsontext.encode(dict(sorted(body.items()))).decode()
        raise _undecodable(f"Object 'Kind' is missing in '{shown}'")
    for field in ("kind", "apiVersion"):
        _check_text(body.get(field), f"TypeMeta.{field}" if field == "kind" else "TypeMeta.apiVersion")
    meta = body.get("metadata")
    if meta is None:
        return
    if not isinstance(meta, dict):
        found = _GO_KINDS.get(type(meta), "value")
        raise _undecodable(f"json: cannot unmarshal {found} into Go struct field .metadata of type v1.ObjectMeta")
    for field in ("name", "generateName", "namespace"):
        _check_text(meta.get(field), f"ObjectMeta.metadata.{field}")
    for field in ("labels", "annotations"):
        values = meta.get(field)
        if isinstance(values, dict):
            for value in values.values():
                _check_text(value, f"ObjectMeta.metadata.{field}")


def _check_text(value: Any, field: str) -> None:
    if value is not None and not isinstance(value, str):
        found = _GO_KINDS.get(type(value), "value")
        raise _undecodable(f"json: cannot unmarshal {found} into Go struct field {field} of type string")


def _undecodable(text: str) -> BuildError:
    return BuildError(f'unable to decode "": {text}')


def _add(
    body: dict[str, Any], namespace: str, resolve: Callable[[str, str], ResourceType],
    found: list[Resource], problems: list[CharthouseError], *, inside: bool = False, old_texts: bool = False,
) -> None:  # fmt: skip
    items = body.get("items")
    if isinstance(items, list) and not inside:
        for item in items:
            if isinstance(item, dict):
                if not item.get("kind") and body["kind"].endswith("List"):
                    item = {"apiVersion": body.get("apiVersion"), "kind": body["kind"][:-4], **item}
                _check_shape(item)
                _add(item, namespace, resolve, found, problems, inside=True, old_texts=old_texts)
        return
    meta = body.get("metadata") or {}
    name, own = meta.get("name") or "", meta.get("namespace") or ""
    try:
        kind = resolve(body.get("apiVersion") or "v1", body["kind"])
    except UnknownKind as error:
        text = (
            f'unable to recognize "": {error.message}'
            if old_texts
            else f"unable to recognize {error.message}"
            if inside
            else f'resource mapping not found for name: "{name}" namespace: "{own}" from "": {error.message}\n'
            "ensure CRDs are installed first"
        )
        problems.append(BuildError(text, hint=error.hint))
        return
    found.append(_resource(body, kind, name, own or namespace))


def _resource(body: dict[str, Any], kind: ResourceType, name: str, namespace: str) -> Resource:
    meta = dict(body.get("metadata") or {})
    if kind.namespaced:
        meta["namespace"] = namespace
    else:
        namespace = ""
        meta.pop("namespace", None)
    return Resource(ObjectRef(kind, namespace, name), {**body, "metadata": meta})
