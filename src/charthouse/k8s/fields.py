"""Sets of fields and what server-side apply does with them: collect, compare, merge, remove. No I/O.

A path is a tuple of elements as ``FieldsV1`` writes them: ``f:NAME`` a field or map key, ``k:{"name":"x"}`` the item of
a list by its keys (JSON, keys sorted), ``v:JSON`` the item of a set, ``i:N`` by index. A field set is a Python set of
paths.

Rules: structured-merge-diff v6.4 (``typed/{tofieldset,compare,merge,remove}.go``,
``fieldpath/{element,set,serialize}.go``).
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from charthouse.k8s.fields_shapes import Shape

    Path = tuple[str, ...]
    FieldSet = set[Path]
    Tree = dict[str, "Tree | None"]

__all__ = [
    "Comparison",
    "DuplicateKey",
    "compare",
    "field_set",
    "from_v1",
    "merge",
    "path_text",
    "remove",
    "to_v1",
    "with_named",
]

MISSING: Any = object()


class DuplicateKey(ValueError):
    """A list that is merged by keys holds two items with the same keys; str() is structured-merge-diff's text."""


class Comparison:
    """What differs between two objects: three field sets."""

    __slots__ = ("added", "modified", "removed")

    def __init__(self) -> None:
        self.removed: FieldSet = set()
        self.modified: FieldSet = set()
        self.added: FieldSet = set()


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def item_element(shape: Shape, item: Any, index: int) -> str:
    """The path element of an item of a set or map list (an item that lacks its keys is taken by index)."""
    if shape.relation == "set":
        return "v:" + _compact(item)
    if not isinstance(item, dict):
        return f"i:{index}"
    keys = {}
    for key in shape.keys:
        value = item.get(key)
        if value is None:
            value = shape.key_defaults.get(key)
        if value is not None:
            keys[key] = value
    return "k:" + _compact(keys) if keys else f"i:{index}"


# FieldsV1 ------------------------------------------------------------------------------------------------------------


def from_v1(tree: dict[str, Any] | None) -> FieldSet:
    """The field set a `fieldsV1` object describes."""
    out: FieldSet = set()
    _read(tree or {}, (), out)
    return out


def _read(tree: dict[str, Any], path: Path, out: FieldSet) -> None:
    for element, below in tree.items():
        if element == ".":
            out.add(path)
        elif below:
            _read(below, (*path, element), out)
        else:
            out.add((*path, element))


def to_v1(paths: FieldSet) -> dict[str, Any]:
    """The `fieldsV1` object of a field set, in the API server's order."""
    root: dict[str, Any] = {}
    for path in sorted(paths, key=_order):
        node = root
        for element in path[:-1]:
            node = node.setdefault(element, {})
        if path:
            node.setdefault(path[-1], {})
    for path in paths:
        node = root
        for element in path:
            node = node[element]
        if node and "." not in node:
            rest = dict(node)
            node.clear()
            node["."] = {}
            node.update(rest)
    return root


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple(("fkvi".index(e[0]), e) for e in path)


def path_text(path: Path) -> str:
    """The path as conflicts print it: `.spec.template.spec.containers[name="c"].image`."""
    out = []
    for element in path:
        kind, rest = element[0], element[2:]
        if kind == "f":
            out.append("." + rest)
        elif kind == "k":
            pairs = sorted(json.loads(rest).items())
            out.append("[" + ",".join(f"{k}={_compact(v)}" for k, v in pairs) + "]")
        elif kind == "v":
            out.append(f"[={rest}]")
        else:
            out.append(f"[{rest}]")
    return "".join(out)


def with_named(paths: Iterable[Path], shape: Shape) -> FieldSet:
    """The set and every structure field on the way to one of its paths (Set.EnsureNamedFieldsAreMembers)."""
    out = set(paths)
    for path in list(out):
        at: Shape | None = shape
        for depth, element in enumerate(path[:-1]):
            if at is None:
                break
            if element[0] == "f":
                if at.is_named(element[2:]):
                    out.add(path[: depth + 1])
                at = at.child(element[2:]) if at.kind in ("struct", "map") else None
            else:
                at = at.element
    return out


# collect -------------------------------------------------------------------------------------------------------------


def field_set(value: Any, shape: Shape) -> FieldSet:
    """Every field an applied object states (TypedValue.ToFieldSet)."""
    out: FieldSet = set()
    _collect(value, shape, (), out)
    return out


def _collect(value: Any, shape: Shape, path: Path, out: FieldSet) -> None:
    shape = shape.resolve(value)
    if shape.kind == "scalar" or shape.relation == "atomic" or value is None:
        if path:
            out.add(path)
    elif shape.kind == "list":
        seen = set()
        for index, item in enumerate(value if isinstance(value, list) else ()):
            element = item_element(shape, item, index)
            if element in seen:
                raise DuplicateKey(f"{path_text(path)}: duplicate entries for key {path_text((element,))}")
            seen.add(element)
            below = (*path, element)
            if shape.element is not None:
                _collect(item, shape.element, below, out)
            out.add(below)
    elif isinstance(value, dict):
        for name, item in value.items():
            below = (*path, "f:" + name)
            _collect(item, shape.child(name), below, out)
            if item is None or item == {} or not shape.is_named(name):
                out.add(below)
    elif path:
        out.add(path)


# compare -------------------------------------------------------------------------------------------------------------


def compare(old: Any, new: Any, shape: Shape) -> Comparison:
    """What was removed, modified and added between two objects (TypedValue.Compare)."""
    out = Comparison()
    _compare(old, new, shape, (), out)
    out.removed.discard(())
    out.added.discard(())
    return out


def _compare(old: Any, new: Any, shape: Shape, path: Path, out: Comparison) -> None:
    if old is new:
        return
    shape = shape.resolve(old if new is MISSING or new is None else new)
    leaf = (
        shape.kind == "scalar"
        or shape.relation == "atomic"
        or ((old is MISSING or not old) and (new is MISSING or not new))
    )
    if leaf:
        if old is not MISSING and new is not MISSING and old != new:
            out.modified.add(path)
    elif shape.kind == "list":
        _compare_items(old, new, shape, path, out)
    else:
        before = old if isinstance(old, dict) else {}
        after = new if isinstance(new, dict) else {}
        for name in before.keys() | after.keys():
            _compare(before.get(name, MISSING), after.get(name, MISSING), shape.child(name), (*path, "f:" + name), out)
    if old is MISSING:
        out.added.add(path)
    elif new is MISSING:
        out.removed.add(path)


def _index(items: Any, shape: Shape) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        out.setdefault(item_element(shape, item, index), []).append(item)
    return out


def _compare_items(old: Any, new: Any, shape: Shape, path: Path, out: Comparison) -> None:
    before, after = _index(old, shape), _index(new, shape)
    element_shape = shape.element
    assert element_shape is not None
    for element in [*before, *(e for e in after if e not in before)]:
        left, right = before.get(element, []), after.get(element, [])
        below = (*path, element)
        if len(left) <= 1 and len(right) <= 1:
            _compare(left[0] if left else MISSING, right[0] if right else MISSING, element_shape, below, out)
        elif len(left) > 1 and len(right) > 1:
            if left != right:
                out.modified.add(below)
        elif len(left) > 1:
            if right:
                _compare(MISSING, right[0], element_shape, below, out)
            out.removed.add(below)
        else:
            if left:
                _compare(left[0], MISSING, element_shape, below, out)
            out.added.add(below)


# merge ---------------------------------------------------------------------------------------------------------------


def merge(live: Any, config: Any, shape: Shape) -> Any:
    """`live` with what `config` states laid over it (TypedValue.Merge); neither argument is changed."""
    if config is MISSING:
        return live
    shape = shape.resolve(config if config is not None else live)
    if live is MISSING or shape.kind == "scalar" or shape.relation == "atomic" or not (live or config):
        return config
    if shape.kind == "list":
        return _merge_items(live or [], config or [], shape)
    before = live if isinstance(live, dict) else {}
    after = config if isinstance(config, dict) else {}
    out = dict(before)
    for name, value in after.items():
        out[name] = merge(before.get(name, MISSING), value, shape.child(name))
    return out


def _merge_items(live: list[Any], config: list[Any], shape: Shape) -> list[Any]:
    """The order of structured-merge-diff: shared items in the applied order, others where they stood."""
    left = [item_element(shape, item, i) for i, item in enumerate(live)]
    right = [item_element(shape, item, i) for i, item in enumerate(config)]
    by_left = dict(zip(left, live, strict=True))
    by_right = dict(zip(right, config, strict=True))
    shared = iter([e for e in right if e in by_left])
    wanted = next(shared, None)
    element_shape = shape.element or shape
    done: set[str] = set()
    out: list[Any] = []
    at_left = at_right = 0
    while at_left < len(left) or at_right < len(right):
        if at_left < len(left) and at_right < len(right):
            element = left[at_left]
            if element == right[at_right]:
                done.add(element)
                out.append(merge(by_left[element], by_right[element], element_shape))
                at_left, at_right = at_left + 1, at_right + 1
                wanted = next(shared, None)
                continue
            if element in by_right and wanted is not None and wanted != element:
                at_left += 1
                continue
        if at_left < len(left):
            element = left[at_left]
            if element not in by_right:
                out.append(live[at_left])
                at_left += 1
                continue
            if element in done:
                at_left += 1
        if at_right < len(right):
            element = right[at_right]
            done.add(element)
            out.append(merge(by_left.get(element, MISSING), by_right[element], element_shape))
            at_right += 1
            if wanted == element:
                wanted = next(shared, None)
    return out


# remove --------------------------------------------------------------------------------------------------------------


def _tree(paths: Iterable[Path]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for path in paths:
        node = root
        for element in path:
            node = node.setdefault(element, {})
        node[""] = True
    return root


def remove(value: Any, paths: Iterable[Path], shape: Shape) -> Any:
    """`value` without the fields of a set (TypedValue.RemoveItems); what becomes empty becomes None."""
    return _remove(value, _tree(paths), shape)


def _remove(value: Any, tree: dict[str, Any], shape: Shape) -> Any:
    shape = shape.resolve(value)
    if shape.kind == "scalar" or not value:
        return value
    if shape.relation == "atomic":
        return None
    if shape.kind == "list":
        return list(_kept_items(value, tree, shape)) or None
    out = {}
    for name, item in value.items():
        below = tree.get("f:" + name)
        if below is None:
            out[name] = item
        elif "" not in below:
            out[name] = _remove(item, below, shape.child(name))
    return out or None


def _kept_items(items: list[Any], tree: dict[str, Any], shape: Shape) -> Iterator[Any]:
    element_shape = shape.element
    assert element_shape is not None
    for index, item in enumerate(items):
        below = tree.get(item_element(shape, item, index))
        if below is None:
            yield item
        elif "" not in below:
            yield _remove(item, below, element_shape)
