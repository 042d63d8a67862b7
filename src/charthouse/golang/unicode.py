"""Characters as Go's unicode package sees them, and strings as ``for range`` walks them.

Rules: Go 1.27 unicode (ToUpper, ToLower and ToTitle map one character to one; IsSpace, IsPunct …) and strings.Map. The
data are Python's own (its Unicode version may be an older one than Go's 17.0). A byte that is no UTF-8 is U+FFFD.
"""

from __future__ import annotations

from unicodedata import category

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "is_letter",
    "is_lower",
    "is_number",
    "is_punct",
    "is_space",
    "is_title",
    "is_upper",
    "map_text",
    "runes",
    "to_lower",
    "to_title",
    "to_upper",
]

_SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    map(chr, range(0x2000, 0x200B))
)


def to_upper(char: str) -> str:
    """unicode.ToUpper."""
    mapped = char.upper()
    return mapped if len(mapped) == 1 else to_title(char)


def to_lower(char: str) -> str:
    """unicode.ToLower."""
    mapped = char.lower()
    return mapped if len(mapped) == 1 else "i"  # U+0130 is the only character with a longer one


def to_title(char: str) -> str:
    """unicode.ToTitle."""
    mapped = char.title()
    return mapped if len(mapped) == 1 else char


def is_space(char: str) -> bool:
    """unicode.IsSpace."""
    return char in _SPACES


def is_upper(char: str) -> bool:
    """unicode.IsUpper."""
    return category(char) == "Lu"


def is_lower(char: str) -> bool:
    """unicode.IsLower."""
    return category(char) == "Ll"


def is_title(char: str) -> bool:
    """unicode.IsTitle."""
    return category(char) == "Lt"


def is_letter(char: str) -> bool:
    """unicode.IsLetter."""
    return category(char)[0] == "L"


def is_number(char: str) -> bool:
    """unicode.IsNumber."""
    return category(char)[0] == "N"


def is_punct(char: str) -> bool:
    """unicode.IsPunct."""
    return category(char)[0] == "P"


def runes(text: str) -> str:
    """The text as Go's []rune has it: every byte that is no UTF-8 is U+FFFD."""
    if text.isascii():
        return text
    return "".join(["\ufffd" if "\udc80" <= char <= "\udcff" else char for char in text])


def map_text(mapping: Callable[[str], str], text: str) -> str:
    """strings.Map: every character replaced by its mapping, bytes that are no UTF-8 by U+FFFD."""
    return "".join([mapping(char) for char in runes(text)])
