"""JSON functions of sprig. (Helm replaces ``toJson``, ``mustToJson`` and ``fromJson`` by its own; see the engine.)

Rules: sprig defaults.go over Go's encoding/json (charthouse.golang.json).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError
from charthouse.golang.size import TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "from_json",
    "must_from_json",
    "must_to_json",
    "must_to_pretty_json",
    "must_to_raw_json",
    "to_json",
    "to_pretty_json",
]


def must_from_json(text: str) -> Any:
    """The decoded value. Raises GoError with the decoder's text."""
    from charthouse.golang.json import decode

    return decode(text)


def from_json(text: str) -> Any:
    """The decoded value, nil for text that is no JSON."""
    try:
        return must_from_json(text)
    except GoError:
        return None


def must_to_json(value: Any) -> str:
    """Compact JSON, HTML characters escaped. Raises GoError with the encoder's text."""
    from charthouse.golang.json import encode

    return encode(value)


def to_json(value: Any) -> str:
    """Compact JSON, "" for what has none."""
    try:
        return must_to_json(value)
    except TooLarge:
        raise
    except GoError:
        return ""


def must_to_pretty_json(value: Any) -> str:
    """JSON indented by two spaces. Raises GoError with the encoder's text."""
    from charthouse.golang.json import encode

    return encode(value, indent="  ")


def to_pretty_json(value: Any) -> str:
    """JSON indented by two spaces, "" for what has none."""
    try:
        return must_to_pretty_json(value)
    except TooLarge:
        raise
    except GoError:
        return ""


def must_to_raw_json(value: Any) -> str:
    """Compact JSON with HTML characters as they are. Raises GoError with the encoder's text."""
    from charthouse.golang.json import encode

    return encode(value, escape_html=False)
