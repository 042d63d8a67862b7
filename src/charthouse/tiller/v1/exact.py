"""Values as JSON that keeps the kinds templates tell apart: ``3`` is an int64 (of `--set`), ``3.0`` a float64 (a file).

JSON has one kind of number and Go's templates have several, which print differently. Other kinds stand in objects with
one key that begins with a NUL, which no values file can hold: ``{"\\0int": "3"}`` is a Go int (exact numbers, values
from Python), ``{"\\0map": {…}}`` an object whose own only key begins so. Text that is not UTF-8 is written as lone
surrogates.
"""

from __future__ import annotations

import json

from charthouse.errors import CharthouseError
from charthouse.golang.kinds import Int64, SizedInt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["BadValues", "decode", "encode", "is_plain"]

MAX_DEPTH = 500  # of maps and lists; the same as the values of a record may have, and more than any chart needs
_DIGITS = 1000
_INT, _MAP = "\0int", "\0map"


class BadValues(CharthouseError):
    """Values that cannot be carried, or are not what they should be."""


def encode(value: Any) -> bytes:
    """The text of a value. Raises BadValues for a kind values cannot have."""
    return json.dumps(_out(value, 0), separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> Any:
    """The value of a text. Raises BadValues."""
    if _deeper(data):
        raise BadValues(f"values are nested more than {MAX_DEPTH} levels deep")
    try:
        return _in(json.loads(data.decode("utf-8"), parse_int=_integer))
    except (ValueError, RecursionError) as error:
        raise BadValues(f"values are not JSON: {error}") from error


def is_plain(value: Any) -> bool:
    """Whether a value reads the same from ordinary JSON whose numbers are all floats."""
    if isinstance(value, dict):
        return all(is_plain(entry) for entry in value.values())
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (str, bool)) or type(value) is float


def _out(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise BadValues(f"values are nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        out = {str(key): _out(entry, depth + 1) for key, entry in value.items()}
        return {_MAP: out} if len(out) == 1 and next(iter(out)).startswith("\0") else out
    if isinstance(value, (list, tuple)):
        return [_out(entry, depth + 1) for entry in value]
    if value is None or isinstance(value, (str, bool, float)):
        return value
    if isinstance(value, SizedInt):
        return int(value)
    if isinstance(value, int):
        return {_INT: str(value)}
    raise BadValues(f"values hold maps, lists, text, numbers, booleans and null, not {type(value).__name__}")


def _in(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key == _INT and isinstance(inner, str):
                return int(_digits(inner))
            if key == _MAP and isinstance(inner, dict):
                value = inner
        return {key: _in(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_in(entry) for entry in value]
    return value


def _integer(text: str) -> Any:
    number = int(_digits(text))
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(f"{text} is no int64")
    return Int64(number)


def _digits(text: str) -> str:
    if len(text) > _DIGITS:
        raise ValueError("an integer has too many digits")
    return text


def _deeper(data: bytes) -> bool:
    """Whether brackets are nested too deeply to be handed to a decoder that recurses."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    import re

    depth = 0
    for match in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data, re.DOTALL):
        sign = match[0][:1]
        if sign in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif sign != b'"':
            depth -= 1
    return False
