"""Functions that answer otherwise under Helm 2: sprig 2.22, semver 1.5, `toYaml` with its line end, plain errors.

Whose rules: helm v2.17.0 pkg/engine/engine.go FuncMap, alterFuncMap, pkg/chartutil/files.go; Masterminds/sprig 2.22
(numeric.go: a text is a number only if strconv takes all of it as a decimal one). What sprig 3 and Helm 4 added is not
there (`REMOVED`). Everything else is one function for all (engine/functions.py, sprig).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError, Int64
from charthouse.golang.size import TooLarge
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["NAMES", "function"]


def _whole(value: Any) -> Any:
    """A text as sprig 2 takes it for an integer; anything else as it is."""
    if not isinstance(value, str):
        return value
    from charthouse.golang.strconv import parse_int

    try:
        return Int64(parse_int(value))
    except GoError:
        return Int64(0)


def _real(value: Any) -> Any:
    """A text as sprig 2 takes it for a float; anything else as it is."""
    if not isinstance(value, str):
        return value
    from charthouse.golang.strconv import parse_float

    try:
        return parse_float(value)
    except GoError:
        return 0.0


def _sprig(name: str) -> Callable[..., Any]:
    """What sprig 3 does."""
    from charthouse.sprig import function

    found = function(name)
    assert found is not None
    return found.implementation


def _wrapped(name: str, read: Callable[[Any], Any]) -> Callable[..., Any]:
    """sprig's function over arguments read as sprig 2 reads them."""

    def call(*values: Any) -> Any:
        return _sprig(name)(*map(read, values))

    return call


def _first_real(name: str) -> Callable[..., Any]:
    def call(value: Any, *rest: Any) -> Any:
        return _sprig(name)(_real(value), *rest)

    return call


def _to_yaml(value: Any) -> str:
    from charthouse.formats.yaml import dump

    try:
        return dump(value)
    except TooLarge:
        raise
    except (GoError, CharthouseError):
        return ""


def _required(text: str, value: Any) -> Any:
    if value is None or (value == "" and type(value) is str):
        from charthouse.golang.fmt import sprintf

        raise GoError(sprintf(text, []))
    return value


def _fail(text: str) -> str:
    raise GoError(text)


def _trunc(length: int, text: str) -> str:
    if length < 0:
        raise GoError(f"runtime error: slice bounds out of range [:{length}]")
    cut: str = _sprig("trunc")(length, text)
    return cut


def _semver(text: str) -> Any:
    from charthouse.sprig.versions_sprig2 import semver

    return semver(text)


def _semver_compare(constraint: str, version: str) -> bool:
    from charthouse.sprig.versions_sprig2 import semver_compare

    return semver_compare(constraint, version)


def _merge(target: Any, *sources: Any) -> Any:
    from charthouse.sprig.merging_sprig2 import merge

    return merge(target, *sources)


def _merge_overwrite(target: Any, *sources: Any) -> Any:
    from charthouse.sprig.merging_sprig2 import merge_overwrite

    return merge_overwrite(target, *sources)


def _named(name: str) -> Callable[[str], str]:
    def call(text: str) -> str:
        from charthouse.sprig import naming_sprig2

        made: str = getattr(naming_sprig2, name)(text)
        return made

    return call


_TABLE: dict[str, tuple[str, Callable[..., Any]]] = {
    "toYaml": ("any->string", _to_yaml),
    "merge": ("map,...map->any", _merge),
    "mergeOverwrite": ("map,...map->any", _merge_overwrite),
    "required": ("string,any->any", _required),
    "fail": ("string->string", _fail),
    **{name: ("string->string", _named(name)) for name in ("snakecase", "kebabcase", "camelcase")},
    "trunc": ("int,string->string", _trunc),
    "semver": ("string->*semver.Version", _semver),
    "semverCompare": ("string,string->bool", _semver_compare),
    "int": ("any->int", _wrapped("int", _whole)),
    "int64": ("any->int64", _wrapped("int64", _whole)),
    "float64": ("any->float64", _wrapped("float64", _real)),
    "add1": ("any->int64", _wrapped("add1", _whole)),
    "add": ("...any->int64", _wrapped("add", _whole)),
    "sub": ("any,any->int64", _wrapped("sub", _whole)),
    "div": ("any,any->int64", _wrapped("div", _whole)),
    "mod": ("any,any->int64", _wrapped("mod", _whole)),
    "mul": ("any,...any->int64", _wrapped("mul", _whole)),
    "biggest": ("any,...any->int64", _wrapped("biggest", _whole)),
    "max": ("any,...any->int64", _wrapped("max", _whole)),
    "min": ("any,...any->int64", _wrapped("min", _whole)),
    "ceil": ("any->float64", _first_real("ceil")),
    "floor": ("any->float64", _first_real("floor")),
    "round": ("any,int,...float64->float64", _first_real("round")),
}
NAMES = frozenset(_TABLE)


def function(name: str) -> Function:
    """The function of a name in NAMES."""
    signature, implementation = _TABLE[name]
    return Function(name, signature, implementation)
