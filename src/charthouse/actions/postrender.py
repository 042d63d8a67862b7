"""Handing rendered documents to a post-renderer and taking them back, each to the template it came from.

Every document carries its template's path in an annotation while the post-renderer has it. A post-renderer is a
function from the text of all documents to the text of all documents. On the way there and on the way back documents are
written anew: comments and styles stay, indentation and empty lines become the encoder's.

Whose rules: Helm 4.3.1 pkg/action/action.go annotateAndMerge, splitAndDeannotate, renderResources (strategies);
sigs.k8s.io/kustomize/kyaml v0.21.2 `yaml/kfns.go` (`AnnotationSetter`, `ClearEmptyAnnotations`).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.manifests.sort import sort
from charthouse.manifests.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.formats.yaml.commented_nodes import StyledNode
    from charthouse.logs import Log

    PostRenderer = Callable[[str], str]

__all__ = ["ANNOTATION", "PostRenderError", "annotate_and_merge", "post_render", "split_and_deannotate"]

ANNOTATION = "postrenderer.helm.sh/postrender-filename"
_SPACE = " \t\n\v\f\r"


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
    from charthouse.formats.yaml import YamlError
    from charthouse.formats.yaml.styled_documents import parse_all, root
    from charthouse.formats.yaml.styled_emitter import write_styled

    documents: list[StyledNode] = []
    for path in sorted(files):
        if path[path.rfind("/") + 1 :].startswith("_"):
            continue
        for document in split(files[path]):
            if not document.strip(_SPACE):
                continue
            try:
                found = parse_all(document)
            except YamlError as error:
                raise PostRenderError(f"parsing {path}: {error}") from error
            try:
                for node in found:
                    _annotate(root(node), path)
            except YamlError as error:
                raise PostRenderError(f"annotating {path}: {error}") from error
            documents += found
    try:
        return write_styled(documents)
    except YamlError as error:
        raise PostRenderError(f"writing merged docs: {error}") from error


def split_and_deannotate(text: str, prefix: str = "") -> dict[str, str]:
    """Template path → text, from a post-renderer's output; a document without a path gets a generated name."""
    from charthouse.formats.yaml import YamlError
    from charthouse.formats.yaml.styled_documents import clear, parse_all, root
    from charthouse.formats.yaml.styled_emitter import write_styled

    try:
        documents = parse_all(text)
    except YamlError as error:
        raise PostRenderError(f"error parsing YAML: {error}") from error
    files: dict[str, list[StyledNode]] = {}
    for number, document in enumerate(documents):
        try:
            annotations = _annotations(root(document))
        except YamlError as error:
            raise PostRenderError(f"getting metadata: {error}") from error
        path = _value(annotations, ANNOTATION) if annotations is not None else ""
        if annotations is not None:
            clear(annotations, ANNOTATION)
        name = path or f"generated-by-postrender-{prefix and prefix + '-'}{number}.yaml"
        _clear_empty(root(document))
        files.setdefault(name, []).append(document)
    return {path: write_styled(found) for path, found in files.items()}


def _annotate(node: StyledNode, path: str) -> None:
    """Raises YamlError for what is no map."""
    from charthouse.formats.yaml.commented_nodes import SCALAR, StyledNode
    from charthouse.formats.yaml.styled_documents import set_field

    _clear_empty(node)
    annotations = _created(_created(node, "metadata"), "annotations")
    set_field(annotations, ANNOTATION, StyledNode(SCALAR, path, "single"))


def _created(node: StyledNode, name: str) -> StyledNode:
    """The map under `name`, made when it is not there."""
    from charthouse.formats.yaml.commented_nodes import MAP, StyledNode
    from charthouse.formats.yaml.styled_documents import field, is_null, set_field

    found = field(node, name)
    return set_field(node, name, StyledNode(MAP)) if found is None or is_null(found) else found


def _clear_empty(node: StyledNode) -> None:
    """Take away annotations without entries, and then metadata without any. Raises YamlError for what is no map."""
    from charthouse.formats.yaml.styled_documents import clear, field, is_null

    metadata = field(node, "metadata")
    if metadata is not None and not is_null(metadata):
        clear(metadata, "annotations", if_empty=True)
    clear(node, "metadata", if_empty=True)


def _annotations(node: StyledNode) -> StyledNode | None:
    """A document's annotations, None without any. Raises YamlError for what is no object."""
    from charthouse.formats.yaml import YamlError
    from charthouse.formats.yaml.commented_nodes import MAP
    from charthouse.formats.yaml.styled_documents import field

    if node.kind != MAP:
        raise YamlError("missing Resource metadata")
    metadata = field(node, "metadata")
    known = [_value(node, name) for name in ("apiVersion", "kind")]
    if metadata is None or metadata.kind != MAP or not metadata.children:
        if not any(known):
            raise YamlError("missing Resource metadata")
        return None
    found = field(metadata, "annotations")
    return found if found is not None and found.kind == MAP and found.children else None


def _value(node: StyledNode, name: str) -> str:
    """The text of a scalar field, "" for what is missing or null."""
    from charthouse.formats.yaml.styled_documents import field, is_null

    found = field(node, name)
    return "" if found is None or is_null(found) else found.value
