"""Where things stand in a YAML text, as data for hints and for telling where a value came from.

Nothing here is on the way of a render: the text is read anew, by the complete reader, when somebody asks.
"""

from __future__ import annotations

from charthouse.formats.yaml.nodes import ALIAS, MAP, SCALAR, SEQUENCE, Node
from charthouse.formats.yaml.reader import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    Path = tuple[str | int, ...]

__all__ = ["key_lines", "key_places"]

_MAX_DEPTH = 60
_MAX_VISITS = 200_000
"""Aliases can lead to more places than any time suffices for."""


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Path of keys and indexes → line of the key (or item), from 1. Aliases are not followed. Raises YamlError."""
    out: dict[tuple[str | int, ...], int] = {}
    root = parse(text)
    if root is not None:
        _walk(root, (), out)
    return out


def _walk(node: Node, path: tuple[str | int, ...], out: dict[tuple[str | int, ...], int]) -> None:
    if len(path) > _MAX_DEPTH:
        return
    if node.kind == MAP:
        for at in range(0, len(node.children), 2):
            key = node.children[at]
            below = (*path, key.value)
            out[below] = key.line + 1
            _walk(node.children[at + 1], below, out)
    elif node.kind == SEQUENCE:
        for index, child in enumerate(node.children):
            below = (*path, index)
            out[below] = child.line + 1
            _walk(child, below, out)


def key_places(text: str) -> dict[tuple[str | int, ...], tuple[int, int]]:
    """Path → (line, column) of its key or list item, both from 1, in all `---` documents of a values file.

    Later documents and later keys win, as they do when the file is loaded. Aliases and merge keys lead to where the
    anchor's map stands. Keys are named as they load (`yes:` is "true"). Raises YamlError.
    """
    from charthouse.formats.yaml.documents import split

    out: dict[Path, tuple[int, int]] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    for document in split(text):
        size = document.count("\n")
        while start < len(lines) and lines[start].startswith("---") and not document.startswith("---"):
            start += 1
        root = parse(document)
        if root is not None:
            _Places(lines[start : start + size], start, out).walk(root, (), 0)
        start += size
    return out


class _Places:
    """One document being searched: its lines, and how many stand before them."""

    def __init__(self, lines: list[str], start: int, out: dict[Path, tuple[int, int]]) -> None:
        self.lines = lines
        self.start = start
        self.out = out
        self.reached: dict[int, int] = {}
        self.visits = 0

    def walk(self, node: Node, path: Path, depth: int) -> None:
        self.visits += 1
        if depth > _MAX_DEPTH or self.visits > _MAX_VISITS:
            return
        if node.kind == ALIAS and node.target is not None:
            self.walk(node.target, path, depth + 1)
        elif node.kind == SEQUENCE:
            for index, child in enumerate(node.children):
                below = (*path, index)
                self.out[below] = self.place(child.line, child.value if child.kind == SCALAR else "")
                self.walk(child, below, depth + 1)
        elif node.kind == MAP:
            self.entries(node, path, depth)

    def entries(self, node: Node, path: Path, depth: int) -> None:
        pairs = [(node.children[at], node.children[at + 1]) for at in range(0, len(node.children), 2)]
        for key, value in pairs:
            # What a merge key brings loses against the map's own keys, wherever they stand.
            if key.kind == SCALAR and key.value == "<<" and key.plain:
                for source in reversed(value.children) if value.kind == SEQUENCE else (value,):
                    self.walk(source, path, depth + 1)
        for key, value in pairs:
            if key.kind == SCALAR and key.value == "<<" and key.plain:
                continue
            below = (*path, _name(key))
            self.out[below] = self.place(key.line, key.value)
            if value.kind == SCALAR:
                self.place(value.line, value.value)  # what follows on the line is not looked for in it
            self.walk(value, below, depth + 1)

    def place(self, line: int, word: str) -> tuple[int, int]:
        """The scanner knows lines; the column is where the word next stands on its line."""
        text = self.lines[line] if 0 <= line < len(self.lines) else ""
        indent = len(text) - len(text.lstrip(" -"))
        reached = self.reached.get(line, 0)
        at = text.find(word, max(indent, reached)) if word else -1
        if at < 0 and word:
            # A word in an anchor's map that an alias leads to again, or one that is written with escapes.
            at = text.find(word, indent)
        elif at >= 0:
            self.reached[line] = at + len(word)
        if at < 0:
            at = indent if indent < len(text) else len(text) - len(text.lstrip())
            at = max(at, reached)
        elif at > indent and text[at - 1] in "\"'":
            at -= 1
        return self.start + line + 1, at + 1


def _name(key: Node) -> str:
    """A key as JSON writes it."""
    if key.kind != SCALAR:
        return ""
    from charthouse.formats.yaml.decode import Decoder
    from charthouse.formats.yaml.errors import YamlError

    try:
        value = Decoder().scalar(key)
    except YamlError:
        return key.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return key.value if value is None else str(value)
