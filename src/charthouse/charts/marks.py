"""Values with a mark in the place of each scalar and list, which says what set it.

A mark is text (a `str` of its own class), so that Helm's merging takes it for an ordinary value. Maps hold the mark of
what names them under a key no file can have. Lists stay lists while the user's sources are merged, since ``--set
a[0]=x`` changes them in place; afterwards they are *sealed*, one mark for the whole, since Helm never merges lists.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.charts.origin import Path, ValuesSource

__all__ = ["MARK", "Leaf", "Marks"]

MARK = "\0origin"


class Leaf(str):
    """A mark: `source` sets `value` at `path` inside itself."""

    source: ValuesSource
    path: Path
    value: Any

    @classmethod
    def at(cls, source: ValuesSource, path: Path, value: Any) -> Leaf:
        leaf = cls()
        leaf.source = source
        leaf.path = path
        leaf.value = value
        return leaf


class Marks:
    """The marked values of sources, each read once."""

    def __init__(self) -> None:
        self.read: dict[int, dict[str, Any]] = {}
        self.lists: dict[int, tuple[list[Any], Leaf]] = {}
        self.places: dict[int, dict[Path, tuple[int, int]]] = {}

    def of(self, source: ValuesSource) -> dict[str, Any]:
        """What a file or a chart's defaults give; {} when it cannot be read."""
        found = self.read.get(id(source))
        if found is None:
            values = source.values if source.values is not None else _loaded(source)
            found = self.read[id(source)] = self._marked(values, source, ())
        return found

    def place(self, source: ValuesSource, path: Path) -> tuple[int, int, str]:
        """Line and column (from 1) and the line's text of a path in a source; (0, 0, its text) for a flag.

        Where the path itself has no place (a key only its parser knows), that of the nearest map around it.
        """
        if source.kind not in ("file", "default") or not source.text:
            return 0, 0, source.text
        places = self.places.get(id(source))
        if places is None:
            places = self.places[id(source)] = _places(source.text)
        for size in range(len(path), 0, -1):
            if path[:size] in places:
                line, column = places[path[:size]]
                return line, column, source.text.split("\n")[line - 1].strip()
        return 0, 0, ""

    def with_flag(self, merged: dict[str, Any], source: ValuesSource) -> dict[str, Any]:
        """`merged` with what a --set flag sets; what it sets before an error stays, as in Helm."""
        from contextlib import suppress

        from charthouse.charts.values import copy_values
        from charthouse.formats import strvals

        try:
            if source.kind == "set-json" and source.text.strip().startswith("{"):
                return self._with_json(merged, source)
        except (GoError, CharthouseError):
            return merged
        merged = self._copied(copy_values, merged)
        parse: Callable[[str, dict[str, Any]], None] = {
            "set": strvals.parse_into,
            "set-string": strvals.parse_string_into,
            "set-json": strvals.parse_json_into,
            "set-literal": strvals.parse_literal_into,
            "set-file": _parse_file,
        }[source.kind]
        with suppress(GoError, CharthouseError):  # the merge of the values themselves has reported it
            parse(source.text, merged)
        self._adopt(merged, source, ())
        return merged

    def visible(self, source: ValuesSource, hidden: set[tuple[int, Path]]) -> dict[str, Any]:
        """``of`` without what it sets at the hidden paths. hidden: (id of the source, path in it)."""
        tree = self.of(source)
        for owner, path in hidden:
            if owner == id(source):
                tree = _without(tree, path)
        return tree

    def inner(self, leaf: Leaf, path: Path) -> tuple[Leaf | None, Path]:
        """The innermost mark on a path that leads into a list's mark, and what of the path lies inside that one."""
        found, at, value = leaf, 0, leaf.value
        for number, step in enumerate(path, 1):
            if isinstance(value, list) and isinstance(step, int):
                if not 0 <= step < len(value):
                    return None, ()
            elif not isinstance(value, dict) or step not in value:
                return None, ()
            value = value[step]
            mark = value
            if isinstance(value, dict):
                mark = value.get(MARK)
            elif isinstance(value, list) and id(value) in self.lists:
                mark = self.lists[id(value)][1]
            if isinstance(mark, Leaf):
                found, at = mark, number
            if isinstance(value, Leaf):
                value = value.value
        return found, path[at:]

    def is_null(self, source: ValuesSource, path: Path) -> bool:
        """Whether a source sets exactly this path to null."""
        tree = self.of(source) if source.kind in ("file", "values", "default") else self.with_flag({}, source)
        node: Any = tree
        for step in path[:-1]:
            node = node.get(step) if isinstance(node, dict) else None
        return isinstance(node, dict) and path[-1] in node and node[path[-1]] is None

    def sealed(self, tree: dict[str, Any]) -> dict[str, Any]:
        """A copy with one mark for each list."""
        out: dict[str, Any] = {}
        for key, value in tree.items():
            if isinstance(value, dict):
                value = self.sealed(value)
            elif isinstance(value, list):
                value = self._list_mark(value)
            out[key] = value
        return out

    def _list_mark(self, value: list[Any]) -> Leaf:
        mark = self.lists[id(value)][1]
        return Leaf.at(mark.source, mark.path, value)

    def _marked(self, value: Any, source: ValuesSource, path: Path) -> Any:
        if isinstance(value, dict):
            out = {key: self._marked(entry, source, (*path, key)) for key, entry in value.items()}
            if path:
                out[MARK] = Leaf.at(source, path, value)
            return out
        if isinstance(value, list):
            items = [self._marked(entry, source, (*path, at)) for at, entry in enumerate(value)]
            self.lists[id(items)] = (items, Leaf.at(source, path, value))
            return items
        return None if value is None else Leaf.at(source, path, value)

    def _copied(self, copy: Any, merged: dict[str, Any]) -> dict[str, Any]:
        """A deep copy whose lists keep their marks."""
        out: dict[str, Any] = copy(merged)
        self._follow(merged, out)
        return out

    def _follow(self, old: Any, new: Any) -> None:
        if isinstance(old, dict):
            for key, entry in old.items():
                self._follow(entry, new[key])
        elif isinstance(old, list):
            self.lists[id(new)] = (new, self.lists[id(old)][1])
            for entry, twin in zip(old, new, strict=True):
                self._follow(entry, twin)

    def _with_json(self, merged: dict[str, Any], source: ValuesSource) -> dict[str, Any]:
        from charthouse.charts.values import merge_maps
        from charthouse.golang.json import decode

        loaded = decode(source.text.strip())
        return merge_maps(merged, self._marked(loaded, source, ())) if isinstance(loaded, dict) else merged

    def _adopt(self, node: Any, source: ValuesSource, path: Path) -> Any:
        """Mark what a flag has just put into a tree of marks."""
        if isinstance(node, dict):
            for key, entry in list(node.items()):
                if key != MARK:
                    node[key] = self._adopt(entry, source, (*path, key))
            if path and MARK not in node:
                node[MARK] = Leaf.at(source, path, node)
            return node
        if isinstance(node, list):
            if id(node) not in self.lists or self.lists[id(node)][0] is not node:
                self.lists[id(node)] = (node, Leaf.at(source, path, node))
            for at, entry in enumerate(node):
                node[at] = self._adopt(entry, source, (*path, at))
            return node
        return node if node is None or isinstance(node, Leaf) else Leaf.at(source, path, node)


def _without(tree: dict[str, Any], path: Path) -> dict[str, Any]:
    """A copy without the entry at a path; without the whole list where the path leads into one."""
    key = str(path[0])
    if key not in tree:
        return tree
    out = dict(tree)
    if len(path) == 1 or not isinstance(out[key], dict):
        del out[key]
    else:
        out[key] = _without(out[key], path[1:])
    return out


def _parse_file(text: str, target: dict[str, Any]) -> None:
    """``--set-file``, files left unread: their text is not needed to know who set it."""
    from charthouse.formats.strvals import parse_file_into

    parse_file_into(text, target, lambda path: path)


def _loaded(source: ValuesSource) -> dict[str, Any]:
    from charthouse.charts.loader import load_values

    try:
        return load_values(source.text.encode("utf-8", "surrogateescape")) or {}
    except (GoError, CharthouseError):
        return {}


def _places(text: str) -> dict[Path, tuple[int, int]]:
    from charthouse.formats.yaml import YamlError
    from charthouse.formats.yaml.positions import key_places

    try:
        return key_places(text)
    except YamlError:
        return {}
