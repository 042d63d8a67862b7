"""Where things stand in a YAML text, as data for hints."""

from __future__ import annotations

from charthouse.formats.yaml.nodes import MAP, SEQUENCE, Node
from charthouse.formats.yaml.reader import parse

__all__ = ["key_lines"]

_MAX_DEPTH = 60


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
