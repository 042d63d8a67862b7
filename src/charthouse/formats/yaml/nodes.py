"""Tokens to a tree of nodes, with the errors go-yaml v2's parser gives (`parserc.go`, `decode.go` parser, v2.4.4).

go-yaml composes nodes from events that it pulls one by one, so an unknown alias is reported before a syntax error
behind it; recursive descent that peeks in the same places keeps that order.
"""

from __future__ import annotations

from charthouse.formats.yaml.scanner import MAX_DEPTH, Scanner, ScanProblem

__all__ = ["ALIAS", "MAP", "SCALAR", "SEQUENCE", "DocumentParser", "Node"]

MAP, SEQUENCE, SCALAR, ALIAS = "map", "sequence", "scalar", "alias"

_DEFAULT_TAGS = {"!": "!", "!!": "tag:yaml.org,2002:"}
_NEST_LIMIT = 200
"""Deeper nesting than this is refused with go-yaml's text for its own limit of 10000: Python's stack is smaller."""


class Node:
    """One node: kind, line (from 0), tag ("" when untagged), value of a scalar or name of an alias, plain (go-yaml's
    `implicit`: untagged and not quoted), children (a map's keys and values in turn), target of an alias."""

    __slots__ = ("children", "kind", "line", "plain", "tag", "target", "value")

    def __init__(self, kind: str, line: int, value: str = "", tag: str = "", *, plain: bool = False) -> None:
        self.kind = kind
        self.line = line
        self.value = value
        self.tag = tag
        self.plain = plain
        self.children: list[Node] = []
        self.target: Node | None = None


class UnknownAnchor(Exception):
    """An alias without an anchor before it."""


def _problem(text: str, line: int, context: int = 0) -> ScanProblem:
    return ScanProblem(text, line, context, scanner=False)


class DocumentParser:
    """The documents of a text, one call of ``document`` each."""

    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self.scanner.skip()  # STREAM-START
        self.tags: dict[str, str] = {}
        self.anchors: dict[str, Node] = {}
        self.first = True
        self.depth = 0

    def document(self) -> Node | None:
        """The root of the next document, None at the end of the stream."""
        scanner = self.scanner
        token = scanner.peek()
        if not self.first:
            while token[0] == "DOCUMENT-END":
                scanner.skip()
                token = scanner.peek()
        self.anchors = {}
        if token[0] == "STREAM-END":
            return None
        if not self.first or token[0] in ("VERSION-DIRECTIVE", "TAG-DIRECTIVE", "DOCUMENT-START"):
            self.directives()
            token = scanner.peek()
            if token[0] != "DOCUMENT-START":
                raise _problem("did not find expected <document start>", token[1])
            scanner.skip()
            token = scanner.peek()
            empty = token[0] in (
                "VERSION-DIRECTIVE",
                "TAG-DIRECTIVE",
                "DOCUMENT-START",
                "DOCUMENT-END",
                "STREAM-END",
            )
            root = self.empty(token[1]) if empty else self.node(block=True)
        else:
            self.tags = dict(_DEFAULT_TAGS)
            root = self.node(block=True)
        self.first = False
        if scanner.peek()[0] == "DOCUMENT-END":
            scanner.skip()
        return root

    def directives(self) -> None:
        scanner = self.scanner
        self.tags = {}
        version = False
        token = scanner.peek()
        while token[0] in ("VERSION-DIRECTIVE", "TAG-DIRECTIVE"):
            if token[0] == "VERSION-DIRECTIVE":
                if version:
                    raise _problem("found duplicate %YAML directive", token[1])
                if token[2] != (1, 1):
                    raise _problem("found incompatible YAML document", token[1])
                version = True
            else:
                handle, prefix = token[2]
                if handle in self.tags:
                    raise _problem("found duplicate %TAG directive", token[1])
                self.tags[handle] = prefix
            scanner.skip()
            token = scanner.peek()
        for handle, prefix in _DEFAULT_TAGS.items():
            self.tags.setdefault(handle, prefix)

    def empty(self, line: int) -> Node:
        return Node(SCALAR, line, plain=True)

    def node(self, *, block: bool, indentless: bool = False) -> Node:
        scanner = self.scanner
        token = scanner.peek()
        if token[0] == "ALIAS":
            return self.alias(token[2], token[1])
        line = token[1]
        anchor, tag = self.properties()
        token = scanner.peek()
        self.depth += 1
        if self.depth > _NEST_LIMIT:
            raise ScanProblem(f"exceeded max depth of {MAX_DEPTH}", token[1])
        found = self.content(token, line, anchor, tag, block=block, indentless=indentless)
        self.depth -= 1
        if found is not None:
            return found
        if anchor or tag:
            return self.anchored(Node(SCALAR, line, tag=tag, plain=not tag), anchor)
        raise _problem("did not find expected node content", token[1], line)

    def alias(self, name: str, line: int) -> Node:
        target = self.anchors.get(name)
        if target is None:
            raise UnknownAnchor(name, line)
        node = Node(ALIAS, line, name)
        node.target = target
        self.scanner.skip()
        return node

    def properties(self) -> tuple[str, str]:
        """An anchor and a tag before a node, in either order; the tag resolved."""
        scanner = self.scanner
        token = scanner.peek()
        start = token[1]
        anchor = tag = ""
        kinds = {"ANCHOR", "TAG"}
        while token[0] in kinds:
            kinds.discard(token[0])
            if token[0] == "ANCHOR":
                anchor = token[2]
            else:
                (handle, suffix), tag_line = token[2], token[1]
                if handle and handle not in self.tags:
                    scanner.skip()
                    if "ANCHOR" in kinds and scanner.peek()[0] == "ANCHOR":
                        scanner.skip()
                        scanner.peek()
                    raise _problem("found undefined tag handle", tag_line, start)
                tag = self.tags[handle] + suffix if handle else suffix
            scanner.skip()
            token = scanner.peek()
        return anchor, tag

    def anchored(self, node: Node, anchor: str) -> Node:
        if anchor:
            self.anchors[anchor] = node
        return node

    def content(
        self, token: tuple[str, int, object, str], line: int, anchor: str, tag: str, *, block: bool, indentless: bool
    ) -> Node | None:
        kind = token[0]
        if kind == "SCALAR":
            plain = (not tag and token[3] == "plain") or tag == "!"
            self.scanner.skip()
            return self.anchored(Node(SCALAR, line, str(token[2]), tag, plain=plain), anchor)
        if indentless and kind == "BLOCK-ENTRY":
            return self.indentless_sequence(self.anchored(Node(SEQUENCE, line, tag=tag), anchor))
        if kind == "FLOW-SEQUENCE-START":
            return self.flow_sequence(self.anchored(Node(SEQUENCE, line, tag=tag), anchor))
        if kind == "FLOW-MAPPING-START":
            return self.flow_mapping(self.anchored(Node(MAP, line, tag=tag), anchor))
        if block and kind == "BLOCK-SEQUENCE-START":
            return self.block_sequence(self.anchored(Node(SEQUENCE, line, tag=tag), anchor))
        if block and kind == "BLOCK-MAPPING-START":
            return self.block_mapping(self.anchored(Node(MAP, line, tag=tag), anchor))
        return None

    def block_sequence(self, node: Node) -> Node:
        scanner = self.scanner
        start = scanner.peek()[1]
        scanner.skip()
        while True:
            token = scanner.peek()
            if token[0] == "BLOCK-END":
                scanner.skip()
                return node
            if token[0] != "BLOCK-ENTRY":
                raise _problem("did not find expected '-' indicator", token[1], start)
            scanner.skip()
            if scanner.peek()[0] in ("BLOCK-ENTRY", "BLOCK-END"):
                node.children.append(self.empty(token[1]))
            else:
                node.children.append(self.node(block=True))

    def indentless_sequence(self, node: Node) -> Node:
        scanner = self.scanner
        while True:
            token = scanner.peek()
            if token[0] != "BLOCK-ENTRY":
                return node
            scanner.skip()
            if scanner.peek()[0] in ("BLOCK-ENTRY", "KEY", "VALUE", "BLOCK-END"):
                node.children.append(self.empty(token[1]))
            else:
                node.children.append(self.node(block=True))

    def block_mapping(self, node: Node) -> Node:
        scanner = self.scanner
        start = scanner.peek()[1]
        scanner.skip()
        while True:
            token = scanner.peek()
            if token[0] == "BLOCK-END":
                scanner.skip()
                return node
            if token[0] != "KEY":
                raise _problem("did not find expected key", token[1], start)
            scanner.skip()
            node.children.append(self.part(token[1]))
            token = scanner.peek()
            if token[0] == "VALUE":
                scanner.skip()
                node.children.append(self.part(token[1]))
            else:
                node.children.append(self.empty(token[1]))

    def part(self, line: int) -> Node:
        """A block mapping's key or value behind its indicator."""
        if self.scanner.peek()[0] in ("KEY", "VALUE", "BLOCK-END"):
            return self.empty(line)
        return self.node(block=True, indentless=True)

    def flow_sequence(self, node: Node) -> Node:
        scanner = self.scanner
        start = scanner.peek()[1]
        scanner.skip()
        first = True
        while True:
            token = scanner.peek()
            if token[0] != "FLOW-SEQUENCE-END" and not first:
                if token[0] != "FLOW-ENTRY":
                    raise _problem("did not find expected ',' or ']'", token[1], start)
                scanner.skip()
                token = scanner.peek()
            first = False
            if token[0] == "FLOW-SEQUENCE-END":
                scanner.skip()
                return node
            node.children.append(self.flow_pair(token[1]) if token[0] == "KEY" else self.node(block=False))

    def flow_pair(self, line: int) -> Node:
        """``[a: b]``: a mapping of one entry inside a sequence."""
        scanner = self.scanner
        node = Node(MAP, line)
        scanner.skip()
        token = scanner.peek()
        if token[0] in ("VALUE", "FLOW-ENTRY", "FLOW-SEQUENCE-END"):
            scanner.skip()  # go-yaml drops the token here
            node.children.append(self.empty(token[1]))
        else:
            node.children.append(self.node(block=False))
        token = scanner.peek()
        if token[0] == "VALUE":
            scanner.skip()
            token = scanner.peek()
            if token[0] not in ("FLOW-ENTRY", "FLOW-SEQUENCE-END"):
                node.children.append(self.node(block=False))
                scanner.peek()
                return node
        node.children.append(self.empty(token[1]))
        scanner.peek()
        return node

    def flow_mapping(self, node: Node) -> Node:
        scanner = self.scanner
        start = scanner.peek()[1]
        scanner.skip()
        first = True
        while True:
            token = scanner.peek()
            if token[0] != "FLOW-MAPPING-END" and not first:
                if token[0] != "FLOW-ENTRY":
                    raise _problem("did not find expected ',' or '}'", token[1], start)
                scanner.skip()
                token = scanner.peek()
            first = False
            if token[0] == "FLOW-MAPPING-END":
                scanner.skip()
                return node
            self.flow_entry(node, keyed=token[0] == "KEY")

    def flow_entry(self, node: Node, *, keyed: bool) -> None:
        scanner = self.scanner
        enders = ("FLOW-ENTRY", "FLOW-MAPPING-END")
        if not keyed:
            node.children.append(self.node(block=False))
            node.children.append(self.empty(scanner.peek()[1]))
            return
        scanner.skip()
        token = scanner.peek()
        if token[0] == "VALUE" or token[0] in enders:
            node.children.append(self.empty(token[1]))
        else:
            node.children.append(self.node(block=False))
        token = scanner.peek()
        if token[0] == "VALUE":
            scanner.skip()
            token = scanner.peek()
            if token[0] not in enders:
                node.children.append(self.node(block=False))
                return
        node.children.append(self.empty(token[1]))
