"""Dictionaries: ``dict``, ``get``, ``set``, ``keys``, ``pick``, ``omit``, ``dig`` …

Rules: sprig dict.go. Go's maps have no order: where its results come in random order (``keys``, ``values``), ours come
sorted by key. A nil map (nil handed to a map parameter) arrives as None.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, NilMap, StringSlice, go_type
from charthouse.golang.map_view import as_plain_map
from charthouse.sprig.panics import conversion, nil_map
from charthouse.sprig.strval import strval

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Map = dict[str, Any]

_MAP = "map[string]interface {}"

__all__ = ["dictionary", "dig", "get", "has_key", "keys", "omit", "pick", "pluck", "put", "unset", "values"]


def dictionary(*pairs: Any) -> Map:
    """Keys and values in turn; a last key without a value gets an empty string."""
    made: Map = {}
    length = len(pairs)
    for i in range(0, length - 1, 2):
        key = pairs[i]
        made[key if type(key) is str else strval(key)] = pairs[i + 1]
    if length % 2:
        made[strval(pairs[-1])] = ""
    return made


def get(source: Map | None, key: str) -> Any:
    """The value of the key, an empty string if there is none."""
    return source.get(key, "") if source else ""


def put(target: Map | None, key: str, value: Any) -> Map:
    """The same dictionary with the key set. Raises GoError for a nil map."""
    if target is None:
        raise nil_map()
    target[key] = value
    return target if type(target) is dict else as_plain_map(target)


def unset(target: Map | None, key: str) -> Map:
    """The same dictionary without the key."""
    if target is None:
        return NilMap()
    target.pop(key, None)
    return target if type(target) is dict else as_plain_map(target)


def has_key(source: Map | None, key: str) -> bool:
    """Whether the key is there."""
    return source is not None and key in source


def pluck(key: str, *sources: Map | None) -> list[Any]:
    """The values of the key in those dictionaries that have it."""
    return [source[key] for source in sources if source and key in source]


def keys(*sources: Map | None) -> StringSlice:
    """The keys of all dictionaries, each one's sorted."""
    found: list[str] = []
    for source in sources:
        if source:
            found += sorted(source)
    return StringSlice(found)


def values(source: Map | None) -> list[Any]:
    """The values, in the order of their keys."""
    return [source[key] for key in sorted(source)] if source else []


def pick(source: Map | None, *wanted: str) -> Map:
    """A new dictionary with only those keys."""
    return {key: source[key] for key in wanted if key in source} if source else {}


def omit(source: Map | None, *unwanted: str) -> Map:
    """A new dictionary without those keys."""
    return {key: value for key, value in source.items() if key not in unwanted} if source else {}


def _check_map(value: Any) -> None:
    if type(value) is not dict and (value is None or go_type(value) != _MAP):
        raise conversion(value, _MAP)


def dig(*arguments: Any) -> Any:
    """The value under the keys, one below the other, in the last argument; the argument before it is the default.

    Raises GoError when there are too few arguments, a key is no string, or something on the way is no
    map[string]interface {} (the named type of ``.Values`` is another one).
    """
    if len(arguments) < 3:
        raise GoError("dig needs at least three arguments")
    step = arguments[-1]
    _check_map(step)
    path = arguments[:-2]
    for key in path:
        if type(key) is not str:
            raise conversion(key, "string")
    last = len(path) - 1
    for depth, key in enumerate(path):
        if key not in step:
            return arguments[-2]
        step = step[key]
        if depth < last:
            _check_map(step)
    return step
