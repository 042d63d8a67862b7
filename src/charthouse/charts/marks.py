"""Values with a mark in the place of each scalar and list, which says what set it.

A mark is text (a `str` of its own class), so that Helm's merging takes it for an ordinary value. Maps hold the mark of
what names them under a key no file can have. Lists stay lists while the user's sources are merged, since ``--set
a[0]=x`` changes them in place; afterwards they are *sealed*, one mark for the whole, since Helm never merges lists.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from typing import Any

    from charthouse.charts.origin import Path, ValuesSource
    from charthouse.profile import Profile

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
    """The marked values of sources, each read once. profile: the Helm whose rules they are read by."""

    def __init__(self, profile: Profile = HELM4) -> None:
        self.profile = profile
        self.read: dict[int, dict[str, Any]] = {}
        self.lists: dict[int, tuple[list[Any], Leaf]] = {}
        self.texts: dict[int, list[str]] = {}
        self.null_paths: dict[int, frozenset[Path]] = {}
        self.places: dict[int, dict[Path, tuple[int, int]]] = {}

    def of(self, source: ValuesSource) -> dict[str, Any]:
        """What a file or a chart's defaults give; {} when it cannot be read."""
        found = self.read.get(id(source))
        if found is None:
            values = source.values if source.values is not None else _loaded(source, self.profile)
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
            self.texts[id(source)] = source.text.split("\n")
        for size in range(len(path), 0, -1):
            if path[:size] in places:
                line, column = places[path[:size]]
                return line, column, self.texts[id(source)][line - 1].strip()
        return 0, 0, ""

    def with_flag(
        self, merged: dict[str, Any], source: ValuesSource, hidden: Container[tuple[int, Path]] = ()
    ) -> dict[str, Any]:
        """`merged` with what a --set flag sets, but for the hidden paths; what it sets before an error stays."""
        from contextlib import suppress

        from charthouse.formats import strvals

        out: dict[str, Any] = self._copied(merged)
        parse: Callable[[str, dict[str, Any]], None] = {
            "set": strvals.parse_into,
            "set-string": strvals.parse_string_into,
            "set-json": _parse_json,
            "set-literal": strvals.parse_literal_into,
            "set-file": _parse_file,
        }[source.kind]
        with suppress(GoError, CharthouseError):  # the merge of the values themselves has reported it
            parse(source.text, out)
        self._adopt(out, source, ())
        if hidden:
            self._restore(out, merged, source, hidden)
        return out

    def visible(self, source: ValuesSource, hidden: Container[tuple[int, Path]]) -> dict[str, Any]:
        """``of`` without what it sets at the hidden paths. hidden: (id of the source, path in it)."""
        tree = self.of(source)
        return _filtered(tree, id(source), (), hidden) if hidden else tree

    def nulls(self, source: ValuesSource) -> frozenset[Path]:
        """The paths a source sets to null."""
        found = self.null_paths.get(id(source))
        if found is None:
            tree = self.of(source) if source.kind in ("file", "values", "default") else self.with_flag({}, source)
            found = self.null_paths[id(source)] = frozenset(_null_paths(tree, ()))
        return found

    def winners(self, tree: dict[str, Any]) -> set[tuple[int, Path]]:
        """The marks of a merged tree, those of maps left out: a map goes when all in it is gone.

        Of a list that a flag changed in places, only those places: what they overrode stands in the list.
        """
        out: set[tuple[int, Path]] = set()
        for key, entry in tree.items():
            if key == MARK and len(tree) > 1:
                continue
            if isinstance(entry, Leaf):
                inner = _inner_marks(entry.value) if isinstance(entry.value, list) else ()
                changed = {place for place in inner if place[0] != id(entry.source)}
                out |= changed or {(id(entry.source), entry.path)}
            elif isinstance(entry, dict):
                out |= self.winners(entry)
        return out

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

    def _copied(self, node: Any) -> Any:
        """A deep copy whose lists keep their marks."""
        if isinstance(node, dict):
            return {key: self._copied(entry) for key, entry in node.items()}
        if isinstance(node, list):
            items = [self._copied(entry) for entry in node]
            self.lists[id(items)] = (items, self.lists[id(node)][1])
            return items
        return node

    def _restore(self, out: Any, before: Any, source: ValuesSource, hidden: Container[tuple[int, Path]]) -> None:
        """Put back what a flag replaced at hidden paths."""
        for key, entry in list(out.items() if isinstance(out, dict) else enumerate(out)):
            old = before.get(key) if isinstance(before, dict) else None
            if isinstance(before, list) and key < len(before):
                old = before[key]
            mark = self.lists[id(entry)][1] if isinstance(entry, list) else entry
            gone = isinstance(mark, Leaf) and mark.source is source and (id(source), mark.path) in hidden
            if not gone and isinstance(entry, (dict, list)):
                self._restore(entry, old, source, hidden)
                gone = isinstance(entry, dict) and set(entry) <= {MARK}
            if gone and old is None and isinstance(out, dict):
                del out[key]
            elif gone:
                out[key] = old

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


def _filtered(tree: dict[str, Any], owner: int, path: Path, hidden: Container[tuple[int, Path]]) -> dict[str, Any]:
    """A copy without the hidden entries, and without the maps nothing is left of."""
    out: dict[str, Any] = {}
    for key, entry in tree.items():
        below = (*path, key)
        if (owner, below) in hidden:
            continue
        if isinstance(entry, dict):
            left = _filtered(entry, owner, below, hidden)
            if set(left) <= {MARK} and len(left) < len(entry):
                continue
            entry = left
        out[key] = entry
    return out


def _inner_marks(value: Any) -> Iterator[tuple[int, Path]]:
    """What set the parts of a list."""
    if isinstance(value, Leaf):
        yield id(value.source), value.path
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key != MARK:
                yield from _inner_marks(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _inner_marks(entry)


def _null_paths(tree: Any, path: Path) -> Iterator[Path]:
    for key, entry in tree.items():
        if entry is None:
            yield (*path, key)
        elif isinstance(entry, dict):
            yield from _null_paths(entry, (*path, key))


def _parse_json(text: str, target: dict[str, Any]) -> None:
    """``--set-json`` in both its forms."""
    if not text.strip().startswith("{"):
        from charthouse.formats.strvals import parse_json_into

        parse_json_into(text, target)
        return
    from charthouse.charts.values import merge_maps
    from charthouse.golang.json import decode

    loaded = decode(text.strip())
    if isinstance(loaded, dict):
        target.update(merge_maps(target, loaded))


def _parse_file(text: str, target: dict[str, Any]) -> None:
    """``--set-file``, files left unread: their text is not needed to know who set it."""
    from charthouse.formats.strvals import parse_file_into

    parse_file_into(text, target, lambda path: path)


def _loaded(source: ValuesSource, profile: Profile) -> dict[str, Any]:
    from charthouse.charts.loader import load_values

    try:
        return load_values(source.text.encode("utf-8", "surrogateescape"), profile) or {}
    except (GoError, CharthouseError):
        return {}


def _places(text: str) -> dict[Path, tuple[int, int]]:
    from charthouse.formats.yaml import YamlError
    from charthouse.formats.yaml.positions import key_places

    try:
        return key_places(text)
    except YamlError:
        return {}
