"""Streams of documents as kyaml reads them: cut at separators, lists taken apart, each with its comments and styles.

Whose rules: sigs.k8s.io/kustomize/kyaml v0.21.2 `kio/byteio_reader.go` (`splitDocuments`, `Read`), `yaml/rnode.go`
(`GetMeta`), `yaml/fns.go` (`FieldClearer`, `FieldSetter`, `PathGetter`).
"""

from __future__ import annotations

from charthouse.formats.yaml.commented_nodes import DOCUMENT, MAP, SCALAR, SEQUENCE, StyledNode, read_styled
from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.styled_emitter import write_styled

__all__ = ["clear", "field", "is_null", "parse_all", "root", "set_field"]

_NULLS = ("", "~", "null", "Null", "NULL")
_LISTS = ("ResourceList", "List")
_KINDS = {MAP: "MappingNode", SEQUENCE: "SequenceNode", SCALAR: "ScalarNode"}


def parse_all(text: str) -> list[StyledNode]:
    """The documents that are not null; of a list that stands alone, its items. Raises YamlError."""
    parts = _parts(text.replace("\r\n", "\n"))
    out: list[StyledNode] = []
    for at, part in enumerate(parts):
        try:
            found = read_styled(part + "\n" if at < len(parts) - 1 else part)
        except YamlError as error:
            raise YamlError(f"MalformedYAMLError: {error.message}", line=error.line) from error
        if found is None or is_null(root(found)):
            continue
        kind = field(root(found), "kind") if root(found).kind == MAP else None
        if len(parts) == 1 and kind is not None and kind.value in _LISTS:
            items = field(root(found), "items")
            if items is not None or field(root(found), "functionConfig") is not None:
                out += items.children if items is not None else []
                continue
        out.append(found)
    return out


def _parts(text: str) -> list[str]:
    """The text cut at lines that begin with ``---``. Raises YamlError for one with more than a comment behind it."""
    lines = text.split("\n")
    out: list[str] = []
    part: list[str] = []
    for at, line in enumerate(lines):
        # the separator's own line break ends a separator, so one right below it is content, as in Go's expression
        if line.startswith("---") and 0 < at < len(lines) - 1 and (part or not out):
            behind = line[3:].strip()
            if behind and not behind.startswith("#"):
                raise YamlError(f"invalid document separator: {line.strip()}")
            out.append("\n".join(part))
            part = []
        else:
            part.append(line)
    out.append("\n".join(part))
    return out


def root(node: StyledNode) -> StyledNode:
    """What a document holds."""
    return node.children[0] if node.kind == DOCUMENT else node


def is_null(node: StyledNode) -> bool:
    """Whether a node is null, by its text or its tag."""
    if node.kind != SCALAR:
        return False
    return node.tag == "!!null" or (not node.tag and node.style in ("", "plain") and node.value in _NULLS)


def field(node: StyledNode, name: str) -> StyledNode | None:
    """A map's value, None when it is missing. Raises YamlError for what is no map."""
    _check_map(node)
    for at in range(0, len(node.children), 2):
        if node.children[at].value == name:
            return node.children[at + 1]
    return None


def clear(node: StyledNode, name: str, *, if_empty: bool = False) -> None:
    """Take a field out of a map. if_empty: only when nothing is in it. Raises YamlError for what is no map."""
    _check_map(node)
    for at in range(0, len(node.children), 2):
        if node.children[at].value == name and not (if_empty and node.children[at + 1].children):
            del node.children[at : at + 2]
            return


def set_field(node: StyledNode, name: str, value: StyledNode) -> StyledNode:
    """Put a field into a map; a value that is there keeps its style. The value. Raises YamlError for what is no map."""
    found = field(node, name)
    if found is None:
        node.children += (StyledNode(SCALAR, name, "plain"), value)
        return value
    value.style = found.style
    for slot in StyledNode.__slots__:
        setattr(found, slot, getattr(value, slot))
    return found


def _check_map(node: StyledNode) -> None:
    if node.kind != MAP and not is_null(node):
        text = write_styled([node])
        found = _KINDS.get(node.kind, "AliasNode")
        raise YamlError(f"wrong node kind: expected MappingNode but got {found}: node contents:\n{text}")
