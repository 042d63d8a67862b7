"""Handing rendered documents to a post-renderer and taking them back, each to the template it came from.

Every document carries its template's path in an annotation while the post-renderer has it. A post-renderer is a
function from the text of all documents to the text of all documents.

Whose rules: Helm 4.3.1 pkg/action/action.go annotateAndMerge, splitAndDeannotate, renderResources (strategies).
Different: Helm writes every document anew through kyaml; here the annotation's lines are put into and taken out of
the text, so that the document keeps its own indentation and blank lines. A document whose metadata is not in block
style is written anew.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.manifests.sort import sort
from charthouse.manifests.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.logs import Log

    PostRenderer = Callable[[str], str]

__all__ = ["ANNOTATION", "PostRenderError", "annotate_and_merge", "post_render", "split_and_deannotate"]

ANNOTATION = "postrenderer.helm.sh/postrender-filename"


class PostRenderError(CharthouseError):
    """Documents could not be handed over or taken back."""


def post_render(files: dict[str, str], renderer: PostRenderer, strategy: str, *, log: Log) -> dict[str, str]:
    """`files` (template path → text) as the post-renderer returns them.

    strategy: "combined" (hooks and manifests in one text), "separate" (one text each), "nohooks" (hooks stay as they
    are). Raises PostRenderError, ManifestError, and what the renderer raises with Helm's text before it.
    """
    if strategy in ("combined", ""):
        return _pass_through(files, renderer, "manifests", "files", "", "")
    if strategy not in ("separate", "nohooks"):
        raise PostRenderError(f"unknown post-render strategy: '{strategy}'")
    hooks, manifests = sort(files, log=log)
    hook_files: dict[str, str] = {}
    for hook in hooks:
        _append(hook_files, hook.path, hook.manifest)
    manifest_files: dict[str, str] = {}
    for manifest in manifests:
        _append(manifest_files, manifest.name, manifest.content)
    out: dict[str, str] = {}
    for name, group in (("hooks", hook_files), ("manifests", manifest_files)):
        if group and (name == "manifests" or strategy == "separate"):
            group = _pass_through(group, renderer, name, name, f" for {name}", name)
        for path, text in group.items():
            _append(out, path, text)
    return out


def _append(files: dict[str, str], path: str, text: str) -> None:
    files[path] = f"{files[path]}\n---\n{text}" if path in files else text


def _pass_through(
    files: dict[str, str], renderer: PostRenderer, merged: str, run: str, parsed: str, prefix: str
) -> dict[str, str]:
    """One invocation. merged, run, parsed: what the three error texts call the group."""
    try:
        text = annotate_and_merge(files)
    except CharthouseError as error:
        raise PostRenderError(f"error merging {merged}: {error}", hint=error.hint) from error
    try:
        text = renderer(text)
    except CharthouseError as error:
        raise PostRenderError(f"error while running post render on {run}: {error}", hint=error.hint) from error
    try:
        return split_and_deannotate(text, prefix)
    except CharthouseError as error:
        text = f"error while parsing post rendered output{parsed}: {error}"
        raise PostRenderError(text, hint=error.hint) from error


def annotate_and_merge(files: dict[str, str]) -> str:
    """All documents of all files, by path, each with its path in an annotation. Raises PostRenderError."""
    documents = []
    for path in sorted(files):
        if path[path.rfind("/") + 1 :].startswith("_"):
            continue
        for document in split(files[path]):
            value = _parsed(document, f"parsing {path}")
            if value is None:
                continue
            if type(value) is not dict:
                raise PostRenderError(f"annotating {path}: wrong node kind: expected MappingNode")
            documents.append(_annotated(document.rstrip() + "\n", value, path))
    return "---\n".join(documents)


def split_and_deannotate(text: str, prefix: str = "") -> dict[str, str]:
    """Template path → text, from a post-renderer's output; a document without a path gets a generated name."""
    files: dict[str, list[str]] = {}
    number = 0
    for document in split(text):
        value = _parsed(document, "error parsing YAML")
        if value is None:
            continue
        path = _path_of(value)
        if path:
            document = _without_annotation(document.rstrip() + "\n", value)
        else:
            path = f"generated-by-postrender-{prefix and prefix + '-'}{number}.yaml"
        files.setdefault(path, []).append(document.rstrip() + "\n")
        number += 1
    return {path: "---\n".join(documents) for path, documents in files.items()}


def _parsed(document: str, doing: str) -> Any:
    from charthouse.formats.yaml import YamlError, load_object

    try:
        return load_object(document)
    except (CharthouseError, GoError) as error:
        text = (
            error.message.removeprefix("error converting YAML to JSON: ")
            if isinstance(error, YamlError)
            else str(error)
        )
        raise PostRenderError(f"{doing}: MalformedYAMLError: {text}") from error


def _path_of(value: Any) -> str:
    metadata = value.get("metadata") if type(value) is dict else None
    annotations = metadata.get("annotations") if type(metadata) is dict else None
    path = annotations.get(ANNOTATION) if type(annotations) is dict else None
    return path if type(path) is str else ""


def _annotated(document: str, value: dict[str, Any], path: str) -> str:
    lines = document.splitlines(keepends=True)
    entry = f"{ANNOTATION}: '{path}'\n"
    if value.get("metadata") is None and "metadata" not in value:
        return f"{document}metadata:\n  annotations:\n    {entry}"
    block = _block(lines, 0, len(lines), "", "metadata")
    if block is not None:
        start, end, indent = block
        metadata = value["metadata"]
        if "annotations" not in metadata:
            lines[end:end] = [f"{indent}annotations:\n", f"{indent}  {entry}"]
            return "".join(lines)
        inner = _block(lines, start, end, indent, "annotations")
        if inner is not None and ANNOTATION not in metadata["annotations"]:
            lines.insert(inner[1], inner[2] + entry)
            return "".join(lines)
    return _rewritten(value, path)


def _block(lines: list[str], start: int, end: int, indent: str, key: str) -> tuple[int, int, str] | None:
    """The lines of a block mapping under `key` at `indent`: first line, line after the last one with content, and the
    indentation of its entries. None when it is not such a block."""
    for at in range(start, end):
        if not lines[at].startswith(f"{indent}{key}:"):
            continue
        rest = lines[at][len(indent) + len(key) + 1 :].strip()
        if rest and not rest.startswith("#"):
            return None
        last, inner = at, ""
        for i in range(at + 1, end):
            body = lines[i].lstrip(" ")
            if not body.strip() or body.startswith("#"):
                continue
            width = len(lines[i]) - len(body)
            if width <= len(indent):
                break
            inner = inner or " " * width
            last = i
        return (at + 1, last + 1, inner) if inner else None
    return None


def _without_annotation(document: str, value: dict[str, Any]) -> str:
    """Take the annotation out again, and what is empty without it."""
    lines = document.splitlines(keepends=True)
    found = [i for i, line in enumerate(lines) if line.lstrip(" ").lstrip("'\"").startswith(ANNOTATION)]
    metadata = value["metadata"]
    alone = len(metadata["annotations"]) == 1
    heads = _heads(lines, found[0], alone, alone and len(metadata) == 1) if len(found) == 1 else None
    if heads is None:
        return _rewritten(value, "")
    return "".join(line for i, line in enumerate(lines) if i not in heads)


def _heads(lines: list[str], at: int, annotations: bool, metadata: bool) -> set[int] | None:
    """The lines to drop: the annotation's, and those of `annotations:` and `metadata:` when they end up empty."""
    drop = {at}
    for wanted, key in ((annotations, "annotations:"), (metadata, "metadata:")):
        if not wanted:
            continue
        above = next((i for i in range(at - 1, -1, -1) if lines[i].strip() == key), None)
        if above is None:
            return None
        drop.add(above)
    return drop


def _rewritten(value: dict[str, Any], path: str) -> str:
    """The document written anew, with the annotation (path) or without it ("")."""
    from charthouse.formats.yaml import dump

    metadata = dict(value.get("metadata") or {})
    annotations = dict(metadata.get("annotations") or {})
    annotations.pop(ANNOTATION, None)
    if path:
        annotations[ANNOTATION] = path
    metadata["annotations"] = annotations
    if not annotations:
        del metadata["annotations"]
    out = {**value, "metadata": metadata}
    if not metadata:
        del out["metadata"]
    return dump(out)
