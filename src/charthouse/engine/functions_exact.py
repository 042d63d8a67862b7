"""Functions that read numbers, for exact numbers: integers stay integers (ours, docs/guides/exact-numbers.md).

`fromToml` needs no other form: TOML's integers are integers in Helm too.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError, NilMap, NilSlice
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["NAMES", "function"]


def _from_yaml(text: str) -> dict[str, Any]:
    from charthouse.formats.yaml import load_map

    try:
        return load_map(text, exact=True)
    except CharthouseError as error:
        return {"Error": str(error)}


def _from_yaml_array(text: str) -> list[Any]:
    from charthouse.formats.yaml import load_list

    try:
        return load_list(text, exact=True)
    except CharthouseError as error:
        return [str(error)]


def _must_from_json(text: str) -> Any:
    from charthouse.golang.json import decode_whole

    return decode_whole(text)


def _from_json(text: str) -> dict[str, Any]:
    from charthouse.engine.functions import cannot_unmarshal

    try:
        loaded = _must_from_json(text)
    except GoError as error:
        return {"Error": str(error)}
    if loaded is None:
        return NilMap()
    return loaded if type(loaded) is dict else {"Error": cannot_unmarshal(loaded, "map[string]interface {}")}


def _from_json_array(text: str) -> list[Any]:
    from charthouse.engine.functions import cannot_unmarshal

    try:
        loaded = _must_from_json(text)
    except GoError as error:
        return [str(error)]
    if loaded is None:
        return NilSlice()
    return loaded if type(loaded) is list else [cannot_unmarshal(loaded, "[]interface {}")]


_TABLE: dict[str, tuple[str, Callable[..., Any]]] = {
    "fromYaml": ("string->map", _from_yaml),
    "fromYamlArray": ("string->[]any", _from_yaml_array),
    "fromJson": ("string->map", _from_json),
    "fromJsonArray": ("string->[]any", _from_json_array),
    "mustFromJson": ("string->any", _must_from_json),
}
NAMES = frozenset(_TABLE)


def function(name: str) -> Function:
    """The function of a name in NAMES."""
    signature, implementation = _TABLE[name]
    return Function(name, signature, implementation)
