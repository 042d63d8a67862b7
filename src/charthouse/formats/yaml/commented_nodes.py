"""Documents as trees that keep their comments and styles: what go-yaml v3 decodes into a ``Node``.

Whose rules: go.yaml.in/yaml/v3 v3.0.5 `parserc.go` (which event a comment goes with), `decode.go` parser (which node a
foot ends up at). Comments are told to nodes in the order the events of go-yaml come in, so the steps here follow them.
"""

from __future__ import annotations

from charthouse.formats.yaml.commented_scanner import CommentScanner
from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.scanner import ScanProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ALIAS", "DOCUMENT", "MAP", "SCALAR", "SEQUENCE", "StyledNode", "read_styled"]

DOCUMENT, MAP, SEQUENCE, SCALAR, ALIAS = "document", "map", "sequence", "scalar", "alias"
_PREFIX = "tag:yaml.org,2002:"
_DEPTH = 200
_DEFAULT_TAGS = {"!": "!", "!!": _PREFIX}


class StyledNode:
    """One node. value: of a scalar, or an alias' name; style: "plain", "single", "double", "literal", "folded", or
    "flow" for a collection in brackets ("" else); tag: as written ("!!str", "" = none); children: of a map keys and
    values in turn; head, line, foot: comments with their `#`."""

    __slots__ = ("anchor", "children", "foot", "head", "kind", "line", "style", "tag", "value")

    def __init__(self, kind: str, value: str = "", style: str = "", tag: str = "", anchor: str = "") -> None:
        self.kind, self.value, self.style, self.tag, self.anchor = kind, value, style, tag, anchor
        self.children: list[StyledNode] = []
        self.head = self.line = self.foot = ""


def read_styled(text: str) -> StyledNode | None:
    """The first document, None when there is none. Raises YamlError in go-yaml's words (as v2 says them)."""
    from charthouse.formats.yaml.inline import plain_text
    from charthouse.formats.yaml.reader import parse

    if not plain_text(text):
        parse(text)  # refuses characters YAML does not allow
    try:
        return _Reader(text).document()
    except ScanProblem as problem:
        parse(text)  # says what is wrong, in the words and the order of the reader of values
        raise YamlError(f"yaml: {problem.problem}", line=problem.line + 1) from None


class _Reader:
    def __init__(self, text: str) -> None:
        self.scanner = CommentScanner(text)
        self.head = self.line = self.foot = self.stem = ""
        self.tags = dict(_DEFAULT_TAGS)
        self.anchors: set[str] = set()
        self.depth = 0
        self.scanner.skip()

    # --- tokens and comments -------------------------------------------------------------------------------------

    def peek(self) -> Any:
        token: Any = self.scanner.peek()
        scanner = self.scanner
        while scanner.first < len(scanner.comments):
            comment = scanner.comments[scanner.first]
            if token[4] < comment.token:
                break
            if comment.head:
                if token[0] == "BLOCK-END":
                    break  # kept for what follows
                self.head = f"{self.head}\n{comment.head}" if self.head else comment.head
            if comment.foot:
                self.foot = f"{self.foot}\n{comment.foot}" if self.foot else comment.foot
            if comment.line:
                self.line = f"{self.line}\n{comment.line}" if self.line else comment.line
            comment.head = comment.foot = comment.line = ""
            comment.start = comment.scan = comment.end = (0, 0, 0)
            comment.token = 0
            scanner.first += 1
        return token

    def take(self) -> tuple[str, str, str]:
        found = self.head, self.line, self.foot
        self.head = self.line = self.foot = self.stem = ""
        return found

    def problem(self, text: str, token: Any) -> ScanProblem:
        return ScanProblem(text, token[1], scanner=False)

    # --- productions ---------------------------------------------------------------------------------------------

    def document(self) -> StyledNode | None:
        token = self.peek()
        if token[0] == "STREAM-END":
            return None
        found = StyledNode(DOCUMENT)
        if token[0] in ("VERSION-DIRECTIVE", "TAG-DIRECTIVE", "DOCUMENT-START"):
            self._directives()
            token = self.peek()
            if token[0] in ("DOCUMENT-START", "DOCUMENT-END", "STREAM-END"):
                found.children.append(StyledNode(SCALAR, style="plain"))
            else:
                found.children.append(self.node(block=True))
        else:
            found.head = self._split_head()
            found.children.append(self.node(block=True))
        if self.peek()[0] == "DOCUMENT-END":
            self.scanner.skip()
        head, _, foot = self.take()
        found.foot = foot or head
        return found

    def _split_head(self) -> str:
        """The part of the first comment above its last empty line, which is the document's own."""
        text = self.head
        for at in range(len(text) - 1, 0, -1):
            if text[at] != "\n":
                continue
            if at == len(text) - 1:
                self.head = ""
                return text[:at]
            if text[at - 1] == "\n":
                self.head = text[at + 1 :]
                return text[: at - 1]
        return ""

    def _directives(self) -> None:
        token = self.peek()
        while token[0] in ("VERSION-DIRECTIVE", "TAG-DIRECTIVE"):
            if token[0] == "TAG-DIRECTIVE":
                handle, prefix = token[2]
                self.tags[handle] = prefix
            self.scanner.skip()
            token = self.peek()
        if token[0] != "DOCUMENT-START":
            raise self.problem("did not find expected <document start>", token)
        self.scanner.skip()

    def node(self, *, block: bool, indentless: bool = False) -> StyledNode:
        token = self.peek()
        if token[0] == "ALIAS":
            if token[2] not in self.anchors:
                raise self.problem(f"unknown anchor '{token[2]}' referenced", token)
            found = StyledNode(ALIAS, token[2])
            found.head, found.line, found.foot = self.take()
            self.scanner.skip()
            return found
        anchor, tag = self._properties()
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.problem("exceeded max depth of 10000", token)
        found_or_none = self._content(self.peek(), anchor, tag, block=block, indentless=indentless)
        self.depth -= 1
        if found_or_none is None:
            if not (anchor or tag):
                raise self.problem("did not find expected node content", self.peek())
            found_or_none = StyledNode(SCALAR, "", "plain", tag, anchor)
        return found_or_none

    def _properties(self) -> tuple[str, str]:
        anchor = tag = ""
        token = self.peek()
        kinds = {"ANCHOR", "TAG"}
        while token[0] in kinds:
            kinds.discard(token[0])
            if token[0] == "ANCHOR":
                anchor = token[2]
                self.anchors.add(anchor)
            else:
                handle, suffix = token[2]
                if handle and handle not in self.tags:
                    raise self.problem("found undefined tag handle", token)
                tag = self.tags[handle] + suffix if handle else suffix
            self.scanner.skip()
            token = self.peek()
        if tag.startswith(_PREFIX):
            tag = "!!" + tag[len(_PREFIX) :]
        return anchor, "" if tag == "!" else tag

    def _content(self, token: Any, anchor: str, tag: str, *, block: bool, indentless: bool) -> StyledNode | None:
        kind = token[0]
        if indentless and kind == "BLOCK-ENTRY":
            return self._entries(StyledNode(SEQUENCE, "", "", tag, anchor), ends=False)
        if kind == "SCALAR":
            found = StyledNode(SCALAR, str(token[2]), token[3], tag, anchor)
            found.head, found.line, found.foot = self.take()
            self.scanner.skip()
            return found
        if kind in ("FLOW-SEQUENCE-START", "FLOW-MAPPING-START"):
            maps = kind == "FLOW-MAPPING-START"
            found = StyledNode(MAP if maps else SEQUENCE, "", "flow", tag, anchor)
            found.head = self.take()[0]
            self.scanner.skip()
            return self._flow_mapping(found) if maps else self._flow_sequence(found)
        if block and kind in ("BLOCK-SEQUENCE-START", "BLOCK-MAPPING-START"):
            maps = kind == "BLOCK-MAPPING-START"
            found = StyledNode(MAP if maps else SEQUENCE, "", "", tag, anchor)
            found.head, self.stem = self.stem, ""
            self.peek()
            self.scanner.skip()
            return self._mapping(found) if maps else self._entries(found, ends=True)
        return None

    def _entries(self, found: StyledNode, *, ends: bool) -> StyledNode:
        """Entries behind dashes. ends: the sequence has an indentation of its own, and so an end."""
        after = ("BLOCK-ENTRY", "BLOCK-END") if ends else ("BLOCK-ENTRY", "KEY", "VALUE", "BLOCK-END")
        while True:
            token = self.peek()
            if token[0] != "BLOCK-ENTRY":
                if ends:
                    if token[0] != "BLOCK-END":
                        raise self.problem("did not find expected '-' indicator", token)
                    self.scanner.skip()
                return found
            before = len(self.head)
            self.scanner.skip()
            self._split_stem(before)
            if self.peek()[0] in after:
                found.children.append(StyledNode(SCALAR, style="plain"))
            else:
                found.children.append(self.node(block=True))

    def _split_stem(self, length: int) -> None:
        """A head above the dash is the head of the collection behind it, not of that collection's first part."""
        if not length or self.peek()[0] not in ("BLOCK-SEQUENCE-START", "BLOCK-MAPPING-START"):
            return
        self.stem = self.head[:length]
        self.head = self.head[length + 1 :]

    def _mapping(self, found: StyledNode) -> StyledNode:
        children = found.children
        while True:
            token = self.peek()
            if token[0] == "BLOCK-END":
                _, found.line, foot = self.take()
                self.scanner.skip()
                if foot and children:
                    children[-2].foot = foot
                else:
                    found.foot = foot
                return found
            if token[0] != "KEY":
                raise self.problem("did not find expected key", token)
            self.scanner.skip()
            key = self._part()
            children.append(key)
            if key.foot and len(children) > 2:
                children[-3].foot, key.foot = key.foot, ""
            value = StyledNode(SCALAR, style="plain")
            if self.peek()[0] == "VALUE":
                self.scanner.skip()
                value = self._part()
            children.append(value)
            if not key.foot and value.foot:
                key.foot, value.foot = value.foot, ""

    def _part(self) -> StyledNode:
        if self.peek()[0] in ("KEY", "VALUE", "BLOCK-END"):
            return StyledNode(SCALAR, style="plain")
        return self.node(block=True, indentless=True)

    def _separated(self, end: str, first: bool) -> bool:
        """Whether another entry of a flow collection follows."""
        token = self.peek()
        if token[0] != end and not first:
            if token[0] != "FLOW-ENTRY":
                mark = "]" if end == "FLOW-SEQUENCE-END" else "}"
                raise self.problem(f"did not find expected ',' or '{mark}'", token)
            self.scanner.skip()
            token = self.peek()
        return bool(token[0] != end)

    def _flow_end(self, found: StyledNode) -> StyledNode:
        _, found.line, found.foot = self.take()
        self.scanner.skip()
        return found

    def _flow_sequence(self, found: StyledNode) -> StyledNode:
        end = "FLOW-SEQUENCE-END"
        first = True
        while self._separated(end, first):
            first = False
            if self.peek()[0] != "KEY":
                found.children.append(self.node(block=False))
                continue
            self.scanner.skip()
            pair = StyledNode(MAP, "", "flow")
            pair.children.append(self._flow_part(("VALUE", "FLOW-ENTRY", end)))
            pair.children.append(self._flow_value(("FLOW-ENTRY", end)))
            found.children.append(pair)
        return self._flow_end(found)

    def _flow_mapping(self, found: StyledNode) -> StyledNode:
        end = "FLOW-MAPPING-END"
        first = True
        while self._separated(end, first):
            first = False
            if self.peek()[0] == "KEY":
                self.scanner.skip()
                found.children.append(self._flow_part(("VALUE", "FLOW-ENTRY", end)))
                found.children.append(self._flow_value(("FLOW-ENTRY", end)))
            else:
                found.children.append(self.node(block=False))
                found.children.append(StyledNode(SCALAR, style="plain"))
            key, value = found.children[-2:]
            if not key.foot and value.foot:
                key.foot, value.foot = value.foot, ""
        return self._flow_end(found)

    def _flow_part(self, enders: tuple[str, ...]) -> StyledNode:
        if self.peek()[0] in enders:
            return StyledNode(SCALAR, style="plain")
        return self.node(block=False)

    def _flow_value(self, enders: tuple[str, ...]) -> StyledNode:
        if self.peek()[0] != "VALUE":
            return StyledNode(SCALAR, style="plain")
        self.scanner.skip()
        return self._flow_part(enders)
