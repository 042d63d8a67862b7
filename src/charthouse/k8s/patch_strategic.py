"""Strategic merge patches, made and applied.

Rules: apimachinery v0.37.1 ``pkg/util/strategicpatch/patch.go`` (``CreateThreeWayMergePatch`` with overwrite, as Helm's
client-side apply calls it; ``CreateTwoWayMergePatch``; ``StrategicMergePatch``), with the field tables of
``k8s.tables`` in place of Go's struct tags. The order Go's sorts give to list items with equal merge keys is kept for
short lists.
"""

from __future__ import annotations

from charthouse.k8s import tables
from charthouse.k8s.patch_error import PatchError, same
from charthouse.k8s.patch_order import index_of, merge_order, normalized, partition, sorted_by_text, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["apply_strategic_patch", "create_strategic_patch", "create_three_way_strategic_patch"]

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"


def create_three_way_strategic_patch(
    api_version: str, kind: str, original: dict[str, Any], modified: dict[str, Any], current: dict[str, Any]
) -> dict[str, Any]:
    """Changes from `current` to `modified`, deletions from `original` to `modified`; {} when there is nothing to do.

    Raises PatchError: the kind is not built in, a list misses its merge key, a changed field is unknown.
    """
    code = _root(api_version, kind)
    delta = _Diff(deletions=False).maps(current, modified, code)
    deletions = _Diff(changes=False).maps(original, modified, code)
    return _Merge(final=False).maps(_copy(deletions), _copy(delta), code)


def create_strategic_patch(
    api_version: str, kind: str, original: dict[str, Any], modified: dict[str, Any]
) -> dict[str, Any]:
    """The patch that makes `modified` of `original`. Raises PatchError."""
    return _Diff().maps(original, modified, _root(api_version, kind))


def apply_strategic_patch(
    api_version: str, kind: str, document: dict[str, Any], patch: dict[str, Any]
) -> dict[str, Any]:
    """The patched document. Raises PatchError."""
    return _Merge(final=True).maps(_copy(document), _copy(patch), _root(api_version, kind))


def _root(api_version: str, kind: str) -> str:
    name = tables.kind_type(api_version, kind)
    if name is None:
        raise PatchError(f'no strategic merge patch for kind "{kind}" in version "{api_version}": it is not built in')
    return name


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


class _Field:
    """How one field is patched. code: the type below it; retain: $retainKeys; merge: strategy `merge`."""

    __slots__ = ("code", "key", "merge", "replace", "retain")

    def __init__(self, code: str, strategy: str, key: str) -> None:
        parts = strategy.split(",")
        self.code = code
        self.key = key
        self.retain = "retainKeys" in parts
        self.merge = "merge" in parts
        self.replace = "replace" in parts


def _lookup(code: str, key: str, *, list_items: bool) -> _Field | None:
    """The field `key` of the type `code`, None when there is none."""
    if code.startswith("{"):
        inner = code[1:]
        return _Field(inner.lstrip("[") if list_items else inner, "", "")
    if code in ("o", ""):
        return _Field("o", "", "")
    found = tables.field(code, key)
    if found is None:
        return None
    inner = found.type[1:] if list_items and found.type.startswith("[") else found.type
    return _Field(inner, found.strategy, found.merge_key)


def _unknown(code: str, key: str) -> PatchError:
    return PatchError(
        f'unable to find api field in struct {code.rpartition(".")[2]} for the json field "{key}"',
        hint=f"Kubernetes knows no field `{key}` there; is it misspelt, or of a newer Kubernetes?",
    )


class _Diff:
    """``diffMaps`` and below. changes/deletions: whether they are wanted in the patch."""

    def __init__(self, *, changes: bool = True, deletions: bool = True) -> None:
        self._changes = changes
        self._deletions = deletions

    def maps(
        self, original: dict[str, Any], modified: dict[str, Any], code: str, *, retain: bool = False
    ) -> dict[str, Any]:
        patch: dict[str, Any] = {}
        for key, new in modified.items():
            if key not in original:
                if self._changes:
                    patch[key] = new
                continue
            old = original[key]
            if key == _DIRECTIVE:
                if old != new:
                    patch[key] = new
            elif type(old) is not type(new):
                if self._changes:
                    patch[key] = new
            elif isinstance(new, dict):
                self._map_field(key, old, new, patch, code)
            elif isinstance(new, list):
                self._list_field(key, old, new, patch, code)
            elif self._changes and not same(old, new):
                patch[key] = new
        if self._deletions:
            for key in original:
                if key not in modified:
                    patch[key] = None
        kept = [key for key, value in modified.items() if value is not None] if retain else []
        if kept and (patch or any(v is not None and k not in modified for k, v in original.items())):
            patch[_RETAIN] = sorted(kept)
        return patch

    def _map_field(self, key: str, old: dict[str, Any], new: dict[str, Any], patch: dict[str, Any], code: str) -> None:
        field = _lookup(code, key, list_items=False)
        if field is None:
            if same(old, new):
                return
            raise _unknown(code, key)
        if field.replace:
            if self._changes:
                patch[key] = new
            return
        inner = self.maps(old, new, field.code, retain=field.retain)
        if inner:
            patch[key] = inner

    def _list_field(self, key: str, old: list[Any], new: list[Any], patch: dict[str, Any], code: str) -> None:
        field = _lookup(code, key, list_items=True)
        if field is None:
            if same(old, new):
                return
            raise _unknown(code, key)
        if not field.merge:
            if self._changes and not same(old, new):
                patch[key] = new
            return
        added, deleted, order = self._lists(old, new, field)
        if added:
            patch[key] = added
        if deleted:
            patch[_DELETE + key] = deleted
        if order:
            patch[_ORDER + key] = order

    def _lists(self, old: list[Any], new: list[Any], field: _Field) -> tuple[list[Any], list[Any], list[Any]]:
        if not old:
            return (new, [], []) if new and self._changes else ([], [], [])
        if _items_are_maps(old, new):
            return self._lists_of_maps(old, new, field)
        return self._lists_of_scalars(old, new)

    def _lists_of_maps(self, old: list[Any], new: list[Any], field: _Field) -> tuple[list[Any], list[Any], list[Any]]:
        key = field.key
        patch: list[Any] = []
        deleted: list[Any] = []
        olds = sorted_by_text(old, key)
        news = sorted_by_text(new, key)
        i = j = 0
        while i < len(olds) or j < len(news):
            left = text_of(_key(olds[i], key)) if i < len(olds) else None
            right = text_of(_key(news[j], key)) if j < len(news) else None
            if left == right:
                inner = self.maps(olds[i], news[j], field.code, retain=field.retain)
                if inner:
                    inner[key] = news[j][key]
                    patch.append(inner)
                i, j = i + 1, j + 1
            elif left is None or (right is not None and left > right):
                if self._changes:
                    patch.append(news[j])
                j += 1
            else:
                if self._deletions:
                    deleted.append({key: olds[i][key], _DIRECTIVE: "delete"})
                i += 1
        patch = normalized(patch, new, key) + deleted
        moved = len(old) != len(new) or any(not same(_key(a, key), _key(b, key)) for a, b in zip(old, new, strict=True))
        ordered = (self._changes and (bool(patch) or moved)) or (self._deletions and bool(patch))
        return patch, [], [{key: item[key]} for item in new] if ordered else []

    def _lists_of_scalars(self, old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        olds = sorted(old, key=text_of)
        news = sorted(new, key=text_of)
        added: list[Any] = []
        deleted: list[Any] = []
        i = j = 0
        while i < len(olds) or j < len(news):
            left = text_of(olds[i]) if i < len(olds) else None
            right = text_of(news[j]) if j < len(news) else None
            if left == right:
                i, j = i + 1, j + 1
            elif left is None or (right is not None and left > right):
                if self._changes:
                    added.append(news[j])
                j += 1
            else:
                if self._deletions and olds[i] not in deleted:
                    deleted.append(olds[i])
                i += 1
        # Go sorts the old list in place before it compares: a new list that is not sorted counts as changed
        changed = self._changes and not same(olds, new)
        return normalized(added, new, ""), deleted, new if changed or (self._deletions and deleted) else []


def _items_are_maps(*lists: list[Any]) -> bool:
    kinds = {type(item) for items in lists for item in items}
    if list in kinds:
        raise PatchError("lists of lists are not supported")
    if len(kinds) > 1:
        raise PatchError(f"list element types are not identical: {list(lists)}")
    return dict in kinds


def _key(item: dict[str, Any], key: str) -> Any:
    if key not in item:
        raise PatchError(f"map: {item} does not contain declared merge key: {key}")
    return item[key]


class _Merge:
    """``mergeMap`` and below. final: apply to a document; otherwise join two patches, keeping nulls and directives.

    Changes its arguments.
    """

    def __init__(self, *, final: bool) -> None:
        self._final = final

    def maps(self, original: dict[str, Any], patch: dict[str, Any], code: str) -> dict[str, Any]:
        if _DIRECTIVE in patch:
            return self._directive(patch)
        self._retain(original, patch)
        self._orders(original, patch, code)
        for key, value in patch.items():
            self._field(original, key, value, code)
        return original

    def _directive(self, patch: dict[str, Any]) -> dict[str, Any]:
        if patch[_DIRECTIVE] == "replace":
            return {key: value for key, value in patch.items() if key != _DIRECTIVE}
        if patch[_DIRECTIVE] == "delete":
            return {}
        raise PatchError(f"unknown patch type: {patch[_DIRECTIVE]} in map: {patch}")

    def _field(self, original: dict[str, Any], key: str, value: Any, code: str) -> None:
        deleting = key.startswith(_DELETE)
        if deleting:
            if not self._final:
                original[key] = value
                return
            key = key[len(_DELETE) :]
        if value is None:
            original.pop(key, None)
            if self._final:
                return
        if key not in original or type(original[key]) is not type(value):
            if not deleting:
                self._set(original, key, value)
            return
        if isinstance(value, dict):
            field = _lookup(code, key, list_items=False)
            if field is None:
                raise _unknown(code, key)
            original[key] = value if field.replace else self.maps(original[key], value, field.code)
        elif isinstance(value, list):
            field = _lookup(code, key, list_items=True)
            if field is None:
                raise _unknown(code, key)
            if field.merge or deleting:
                original[key] = self._lists(original[key], value, field, deleting=deleting)
            else:
                original[key] = value
        else:
            original[key] = value

    def _set(self, original: dict[str, Any], key: str, value: Any) -> None:
        kept, keep = _without_directives(_without_nulls(value) if self._final else value)
        if keep:
            original[key] = kept
        else:
            original.pop(key, None)

    def _lists(
        self,
        original: list[Any],
        patch: list[Any],
        field: _Field,
        *,
        deleting: bool = False,
        server: list[Any] | None = None,
    ) -> list[Any]:
        """server: changed as Go changes the original list in place, which later decides about the order."""
        if not original and not patch:
            return original
        key = field.key
        if not _items_are_maps(original, patch):
            if self._final and deleting:
                return [item for item in original if not any(same(item, gone) for gone in patch)]
            merged: list[Any] = []
            for item in original + patch:
                if not any(same(item, held) for held in merged):
                    merged.append(item)
            mine, theirs = partition(merged, patch, "")
            return merge_order(mine, theirs, patch, original, "")
        if not key:
            raise PatchError("cannot merge lists without merge key for struct")
        slots = list(original) if server is None else server
        original, patch = _special(original, patch, key, slots)
        merged = list(original)
        for item in patch:
            at = index_of(merged, _key(item, key), key)
            if at < 0:
                merged.append(item)
            else:
                merged[at] = self.maps(merged[at], item, field.code)
        for item in merged:
            _key(item, key)
        slots[: len(merged)] = merged[: len(slots)]
        mine, theirs = partition(merged, patch, key)
        return merge_order(mine, theirs, patch, merged[: len(original)], key)

    def _retain(self, original: dict[str, Any], patch: dict[str, Any]) -> None:
        if _RETAIN not in patch:
            return
        kept = patch.pop(_RETAIN)
        if not self._final:
            held = original.setdefault(_RETAIN, kept)
            if not same(held, kept):
                raise PatchError(
                    f"{held} and {kept} are not deep equal: this may happen when calculating the 3-way diff patch"
                )
            return
        if not isinstance(kept, list):
            raise PatchError("invalid patch format of retainKeys")
        for key, value in patch.items():
            if value is not None and not key.startswith((_DELETE, _ORDER)) and key not in kept:
                raise PatchError("invalid patch format of retainKeys")
        for key in [key for key in original if key not in kept]:
            del original[key]

    def _orders(self, original: dict[str, Any], patch: dict[str, Any], code: str) -> None:
        """$setElementOrder: merge the lists it speaks of and bring them into its order."""
        for name in [name for name in patch if name.startswith(_ORDER)]:
            order = patch.pop(name)
            if not self._final:
                held = original.setdefault(name, order)
                if not same(held, order):
                    raise PatchError("invalid patch format of setElementOrder list")
            key = name[len(_ORDER) :]
            field = _lookup(code, key, list_items=True)
            if field is None:
                raise _unknown(code, key)
            mine, theirs = original.get(key), patch.get(key)
            for value in (order, mine, theirs):
                if value is not None and not isinstance(value, list):
                    raise PatchError(f"expected a list, but received a {type(value).__name__}")
            _check_order(theirs or [], order, field.key)
            if mine is None and theirs is None:
                continue
            server = mine or []
            if theirs is None:
                merged = server
            elif mine is None:
                merged = _without_directives(theirs)[0]
            elif field.merge:
                server = list(mine)
                merged = self._lists(mine, theirs, field, server=server)
            else:
                merged = theirs
            if not mine and not theirs:
                raise PatchError("no elements in any of the given slices")
            if _items_are_maps(mine or [], theirs or []):
                for item in merged:
                    _key(item, field.key)
            ours, others = partition(merged, order, field.key)
            original[key] = merge_order(ours, others, order, server, field.key)
            patch.pop(key, None)


def _special(original: list[Any], patch: list[Any], key: str, slots: list[Any]) -> tuple[list[Any], list[Any]]:
    """Items of the patch that are directives: `$patch: delete` of one item, `$patch: replace` of the list.

    slots: a copy of the original list, shifted by deletions as Go shifts a slice in place.
    """
    plain = []
    replace = False
    kept = list(original)
    for item in patch:
        directive = item.get(_DIRECTIVE)
        if directive is None:
            plain.append(item)
        elif directive == "delete":
            gone = _key(item, key)
            while (at := index_of(kept, gone, key)) >= 0:
                slots[at : len(kept) - 1] = slots[at + 1 : len(kept)]
                del kept[at]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise PatchError("merging lists cannot yet be specified in the patch")
        else:
            raise PatchError(f"unknown patch type: {directive} in map: {item}")
    return (plain, []) if replace else (kept, plain)


def _check_order(patch: list[Any], order: list[Any], key: str) -> None:
    """The items of the patch must stand in the order list in the same order."""
    items = [item for item in patch if not (isinstance(item, dict) and _DIRECTIVE in item)]
    if not items or not order:
        return
    at = 0
    for item in order:
        if at == len(items):
            return
        left, right = (_key(items[at], key), _key(item, key)) if key else (items[at], item)
        if same(left, right):
            at += 1
    if at < len(items):
        raise PatchError(f"The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _without_directives(value: Any) -> tuple[Any, bool]:
    """The value without what only patches say, and whether anything is left."""
    if isinstance(value, dict):
        if _DIRECTIVE in value:
            return None, False
        found = {key: _without_directives(item) for key, item in value.items()}
        return {key: item for key, (item, keep) in found.items() if keep}, True
    if isinstance(value, list):
        return [item for item, keep in map(_without_directives, value) if keep], True
    return value, True
