"""Functions that answer otherwise under Helm 3: its libraries are older.

Whose rules: Masterminds/semver 3.3.0, encoding/json of Go 1.23, BurntSushi/toml 1.4.0. Everything else is one function
for both (engine/functions.py, sprig).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import GoError
from charthouse.golang.size import TooLarge
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["NAMES", "function"]

# Stands for a byte that is no UTF-8 while JSON is written; no text has this code point.
_BROKEN = "\U0010ffff"


def _semver(text: str) -> Any:
    from charthouse.formats.semver import SemverError, Version
    from charthouse.formats.semver_helm3 import old_text
    from charthouse.sprig.versions import VersionPointer

    try:
        return VersionPointer(Version.parse(text))
    except SemverError as error:
        raise GoError(old_text(error)) from None


def _semver_compare(constraint: str, version: str) -> bool:
    from charthouse.formats.semver import Constraint, SemverError, Version
    from charthouse.formats.semver_helm3 import check, old_text

    try:
        return check(Constraint.parse(constraint), Version.parse(version))
    except SemverError as error:
        raise GoError(old_text(error)) from None


def _marked(value: Any) -> Any:
    """The value with every broken byte marked."""
    if isinstance(value, str):
        return "".join([_BROKEN if "\ud800" <= char <= "\udfff" else char for char in value])
    if isinstance(value, dict):
        return type(value)({_marked(key): _marked(item) for key, item in value.items()})
    if isinstance(value, list):
        return type(value)([_marked(item) for item in value])
    return value


def _encoded(value: Any, **options: Any) -> str:
    """JSON, where a broken byte is the escape `\\ufffd`. Raises GoError."""
    from charthouse.golang.json import encode

    text = encode(value, **options)
    if "\ufffd" in text:
        text = encode(_marked(value), **options).replace(_BROKEN, "\\ufffd")
    return text


def _quiet(**options: Any) -> Callable[[Any], str]:
    def encoded(value: Any) -> str:
        try:
            return _encoded(value, **options)
        except TooLarge:
            raise
        except GoError:
            return ""

    return encoded


def _loud(**options: Any) -> Callable[[Any], str]:
    def encoded(value: Any) -> str:
        return _encoded(value, **options)

    return encoded


def _problem(text: str) -> tuple[str, bool]:
    """Why a text cannot be decoded, in the old words, and whether it is no JSON at all; ("", False) when it can."""
    from charthouse.golang.json import decode

    try:
        decode(text)
    except GoError as error:
        from charthouse.golang.json_errors import syntax_error

        syntax = syntax_error(text)
        if syntax:
            return syntax, True
        head, into, _ = str(error).partition(" into ")
        return f"{head}{into}Go value of type float64", False  # a number out of range, which names its field since
    return "", False


def _decoded(text: str) -> Any:
    """json.Unmarshal into an interface. Raises GoError with the old text."""
    from charthouse.golang.json import decode

    problem, _ = _problem(text)
    if problem:
        raise GoError(problem)
    return decode(text)


def _from_json(text: str) -> dict[str, Any]:
    from charthouse.engine.functions import from_json

    problem, broken = _problem(text)
    if broken:
        return {"Error": problem}
    found = from_json(text)
    if problem and text.lstrip(" \t\r\n")[:1] == "{":
        found["Error"] = problem
    return found


def _from_json_array(text: str) -> list[Any]:
    from charthouse.engine.functions import from_json_array

    problem, broken = _problem(text)
    if broken or (problem and text.lstrip(" \t\r\n")[:1] == "["):
        return [problem]
    return from_json_array(text)


def _to_toml(value: Any) -> str:
    from charthouse.formats.toml import TomlPanic, dump

    try:
        return dump(value, exponents=False)
    except (TooLarge, TomlPanic):
        raise
    except (GoError, CharthouseError) as error:
        return str(error)


def _from_toml(text: str) -> dict[str, Any]:
    import charthouse.sprig.moments  # noqa: F401  # dates in the text become time.Time, whose methods stand there
    from charthouse.formats.toml import load

    try:
        return load(text)
    except (GoError, CharthouseError) as error:
        return {"Error": _old_toml_error(str(error), text)}


def _old_toml_error(message: str, text: str) -> str:
    """BurntSushi/toml 1.4 counts a text's unfinished last line as the one before."""
    head, found, rest = message.partition("toml: line ")
    place, colon, words = rest.partition(": ")
    number, space, key = place.partition(" ")
    if not found or not number.isdigit() or not words.startswith("unexpected EOF") or text.endswith("\n"):
        return message
    return f"{head}{found}{int(number) - 1}{space}{key}{colon}{words}"


_TABLE: dict[str, tuple[str, Callable[..., Any]]] = {
    "semver": ("string->*semver.Version", _semver),
    "semverCompare": ("string,string->bool", _semver_compare),
    "toJson": ("any->string", _quiet()),
    "mustToJson": ("any->string", _loud()),
    "toPrettyJson": ("any->string", _quiet(indent="  ")),
    "mustToPrettyJson": ("any->string", _loud(indent="  ")),
    "toRawJson": ("any->string", _loud(escape_html=False)),
    "mustToRawJson": ("any->string", _loud(escape_html=False)),
    "fromJson": ("string->map", _from_json),
    "fromJsonArray": ("string->[]any", _from_json_array),
    "mustFromJson": ("string->any", _decoded),
    "toToml": ("any->string", _to_toml),
    "fromToml": ("string->map", _from_toml),
}
NAMES = frozenset(_TABLE)


def function(name: str) -> Function:
    """The function of a name in NAMES."""
    signature, implementation = _TABLE[name]
    return Function(name, signature, implementation)
