"""The functions Helm adds to sprig's: file formats, `required`, `fail`, `lookup`; and the table of all of them.

Whose rules: Helm 4.3.1 pkg/engine/funcs.go, engine.go initFunMap. `include` and `tpl` need the running template set and
stand in engine/render.py.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError, NilMap, NilSlice
from charthouse.golang.size import TooLarge
from charthouse.gotemplate.functions import Function
from charthouse.logs import INFO, WARN, LogRecord
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.logs import Log
    from charthouse.profile import Profile

    # apiVersion, kind, namespace, name → the object, a List when name is "", {} when there is none.
    Lookup = Callable[[str, str, str, str], dict[str, Any]]

__all__ = [
    "WARN_END",
    "WARN_START",
    "Functions",
    "cannot_unmarshal",
    "from_json",
    "from_json_array",
    "names",
    "to_yaml",
]

# A failing `required` or `fail` hands its text through the chain of errors between these marks.
WARN_START = "HELM_ERR_START"
WARN_END = "HELM_ERR_END"


def to_yaml(value: Any) -> str:
    """YAML without its last newline, "" for what has none."""
    from charthouse.formats.yaml import dump

    try:
        return dump(value).removesuffix("\n")
    except TooLarge:
        raise
    except (GoError, CharthouseError):
        return ""


def _must_to_yaml(value: Any) -> str:
    from charthouse.formats.yaml import dump

    return dump(value).removesuffix("\n")


def _to_yaml_pretty(value: Any) -> str:
    from charthouse.formats.yaml import dump_pretty

    try:
        return dump_pretty(value).removesuffix("\n")
    except CharthouseError:
        return ""


def _from_yaml(text: str) -> dict[str, Any]:
    from charthouse.formats.yaml import load_map

    try:
        return load_map(text)
    except CharthouseError as error:
        return {"Error": str(error)}


def _from_yaml_array(text: str) -> list[Any]:
    from charthouse.formats.yaml import load_list

    try:
        return load_list(text)
    except CharthouseError as error:
        return [str(error)]


def cannot_unmarshal(value: Any, go_type: str) -> str:
    """What encoding/json says of a value of the wrong kind."""
    name = {bool: "bool", str: "string", dict: "object", list: "array"}.get(type(value), "number")
    return f"json: cannot unmarshal {name} into Go value of type {go_type}"


def _to_json(value: Any) -> str:
    from charthouse.golang.json import encode

    try:
        return encode(value)
    except TooLarge:
        raise
    except GoError:
        return ""


def _must_to_json(value: Any) -> str:
    from charthouse.golang.json import encode

    return encode(value)


def _wrong_kind(text: str, error: GoError, wanted: str, go_type: str) -> str:
    """The text of an error: that a number is too large is seen only inside a value of the right kind."""
    first = text.lstrip(" \t\r\n")[:1]
    if first == wanted or not str(error).startswith("json: cannot unmarshal number "):
        return str(error)
    return cannot_unmarshal({"{": {}, "[": []}.get(first, 0), go_type)


def from_json(text: str) -> dict[str, Any]:
    """`fromJson`: the object of a text, or a map with the reason under `Error`."""
    from charthouse.golang.json import decode

    try:
        loaded = decode(text)
    except GoError as error:
        stored = getattr(error, "value", None)  # of a json_syntax.NumberOverflow
        told = {"Error": _wrong_kind(text, error, "{", "map[string]interface {}")}
        return {**stored, **told} if type(stored) is dict else told
    if loaded is None:
        # `null` sets the map to nil.
        return NilMap()
    if type(loaded) is not dict:
        return {"Error": cannot_unmarshal(loaded, "map[string]interface {}")}
    return loaded


def from_json_array(text: str) -> list[Any]:
    """`fromJsonArray`: the array of a text, or a list of the reason."""
    from charthouse.golang.json import decode

    try:
        loaded = decode(text)
    except GoError as error:
        return [_wrong_kind(text, error, "[", "[]interface {}")]
    if loaded is None:
        return NilSlice()
    if type(loaded) is not list:
        return [cannot_unmarshal(loaded, "[]interface {}")]
    return loaded


def _to_toml(value: Any) -> str:
    from charthouse.formats.toml import TomlPanic, dump

    try:
        return dump(value)
    except (TooLarge, TomlPanic):
        raise
    except (GoError, CharthouseError) as error:
        return str(error)


def _must_to_toml(value: Any) -> str:
    from charthouse.formats.toml import dump

    return dump(value)


def _from_toml(text: str) -> dict[str, Any]:
    import charthouse.sprig.moments  # noqa: F401  # dates in the text become time.Time, whose methods stand there
    from charthouse.formats.toml import load

    try:
        return load(text)
    except (GoError, CharthouseError) as error:
        return {"Error": str(error)}


def _go_error(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Turns the errors of a format into what a Go function panics with."""

    def call(value: Any) -> Any:
        try:
            return implementation(value)
        except CharthouseError as error:
            raise GoError(str(error)) from error

    return call


def _no_lookup(version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
    return {}


def _no_host(name: str) -> str:
    return ""


_FORMATS: dict[str, tuple[str, Callable[..., Any]]] = {
    "toToml": ("any->string", _to_toml),
    "mustToToml": ("any->string", _go_error(_must_to_toml)),
    "fromToml": ("string->map", _from_toml),
    "toYaml": ("any->string", to_yaml),
    "mustToYaml": ("any->string", _go_error(_must_to_yaml)),
    "toYamlPretty": ("any->string", _to_yaml_pretty),
    "fromYaml": ("string->map", _from_yaml),
    "fromYamlArray": ("string->[]any", _from_yaml_array),
    "toJson": ("any->string", _to_json),
    "mustToJson": ("any->string", _must_to_json),
    "fromJson": ("string->map", from_json),
    "fromJsonArray": ("string->[]any", from_json_array),
}

_OWN = frozenset(["fail", "getHostByName", "lookup", "required"])


def names() -> list[str]:
    """The functions charts have beside text/template's own."""
    from charthouse.sprig import TABLE

    return [*TABLE, *_FORMATS, *sorted(_OWN), "include", "tpl"]


class Functions:
    """Every function a chart's templates may call, found by name when first asked for.

    A mapping as far as templates need one: `get(name)` and `in`. own: functions that win over all others (`include`).
    """

    __slots__ = ("_exact", "_found", "_helm2", "_lint", "_log", "_lookup", "_old", "_removed", "enable_dns")

    def __init__(
        self,
        own: dict[str, Function],
        *,
        log: Log,
        lookup: Lookup | None = None,
        lint_mode: bool = False,
        enable_dns: bool = False,
        profile: Profile = HELM4,
    ) -> None:
        self._found = dict(own)
        self._removed = profile.removed_functions
        self._old = profile.old_go
        self._exact = profile.exact_numbers
        self._helm2 = profile.helm2
        self._lint = lint_mode
        self.enable_dns = enable_dns
        self.bind(log, lookup)

    def bind(self, log: Log, lookup: Lookup | None) -> None:
        """Log there and look objects up there from now on."""
        self._log = log
        self._lookup = lookup if lookup is not None and not self._lint else _no_lookup

    def get(self, name: str, default: Function | None = None) -> Function | None:
        """The function, or `default`."""
        found = self._found.get(name)
        if found is None:
            found = self._find(name)
            if found is None:
                return default
            self._found[name] = found
        return found

    def add(self, functions: dict[str, Function]) -> None:
        """Let these win over all others."""
        self._found.update(functions)

    def __getitem__(self, name: str) -> Function:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        if name in self._removed:
            return False
        if name in self._found or name in _FORMATS or name in _OWN:
            return True
        from charthouse.sprig import TABLE

        return name in TABLE

    def _find(self, name: str) -> Function | None:
        if name in self._removed:
            return None
        if self._exact:
            from charthouse.engine import functions_exact

            if name in functions_exact.NAMES:
                return functions_exact.function(name)
        if self._helm2:
            from charthouse.engine import functions_helm2

            if name in functions_helm2.NAMES:
                return functions_helm2.function(name)
        if self._old:
            from charthouse.engine.functions_helm3 import NAMES
            from charthouse.engine.functions_helm3 import function as old_function

            if name in NAMES:
                return old_function(name)
        row = _FORMATS.get(name)
        if row is not None:
            return Function(name, row[0], row[1])
        if name == "required":
            return Function(name, "string,any->any", self._required)
        if name == "fail":
            return Function(name, "string->string", self._fail)
        if name == "lookup":
            return Function(name, "string,string,string,string->map", self._look_up)
        if name == "getHostByName" and not self.enable_dns:
            return Function(name, "string->string", _no_host)
        from charthouse.sprig import TABLE, function

        return function(name) if name in TABLE else None

    def _required(self, text: str, value: Any) -> Any:
        if value is None or (value == "" and type(value) is str):
            if not self._lint:
                raise GoError(f"{WARN_START}{text}{WARN_END}")
            message = "missing required value" if value is None else "missing required values"
            self._log(LogRecord(WARN, message, message=text))
            return ""
        return value

    def _fail(self, text: str) -> str:
        if not self._lint:
            raise GoError(f"{WARN_START}{text}{WARN_END}")
        self._log(LogRecord(INFO, "funcMap fail", message=text))
        return ""

    def _look_up(self, version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        try:
            return self._lookup(version, kind, namespace, name)
        except CharthouseError as error:
            raise GoError(str(error)) from error
