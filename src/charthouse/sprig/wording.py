"""Words: ``title``, ``initials``, ``swapcase``, ``abbrev``, ``wrap`` …

Rules: sprig strings.go and functions.go over github.com/Masterminds/goutils@v1.1.1 (wordutils.go, stringutils.go) and
Go's strings.Title. goutils goes through some texts byte by byte as if each byte were a character (``initials``,
``nospace``), which garbles what is not ASCII; so do we.
"""

from __future__ import annotations

from charthouse.golang.kinds import go_bytes, go_string
from charthouse.golang.size import check_size
from charthouse.golang.unicode import (
    is_letter,
    is_lower,
    is_space,
    is_title,
    is_upper,
    runes,
    to_lower,
    to_title,
    to_upper,
)

__all__ = ["abbrev", "abbrevboth", "initials", "nospace", "swapcase", "title", "untitle", "wrap", "wrap_with"]

_BYTE_SPACES = frozenset("\t\n\v\f\r \x85\xa0")


def _separates(char: str) -> bool:
    """strings.isSeparator: where strings.Title begins a word."""
    if char < "\x80":
        return not (char.isalnum() or char == "_")
    if is_letter(char) or char.isdecimal():
        return False
    return is_space(char)


def title(text: str) -> str:
    """Every word with a capital; words end at what is no letter, digit or underscore."""
    made: list[str] = []
    fresh = True
    for char in runes(text):
        made.append(to_title(char) if fresh else char)
        fresh = _separates(char)
    return "".join(made)


def untitle(text: str) -> str:
    """Every word's first character in lower case; words end at white space."""
    made: list[str] = []
    fresh = True
    for char in runes(text):
        if is_space(char):
            fresh = True
        elif fresh:
            char = to_lower(char)
            fresh = False
        made.append(char)
    return "".join(made)


def swapcase(text: str) -> str:
    """Upper case becomes lower case and the other way round, title case at the beginning of a word."""
    made: list[str] = []
    fresh = True
    for char in runes(text):
        if is_upper(char) or is_title(char):
            char = to_lower(char)
            fresh = False
        elif is_lower(char):
            char = to_title(char) if fresh else to_upper(char)
            fresh = False
        else:
            fresh = is_space(char)
        made.append(char)
    return "".join(made)


def initials(text: str) -> str:
    """The first byte of every word, as a character."""
    made: list[str] = []
    fresh = True
    for char in go_bytes(text).decode("latin-1"):
        if char in _BYTE_SPACES:
            fresh = True
        elif fresh:
            made.append(char)
            fresh = False
    return "".join(made)


def nospace(text: str) -> str:
    """Without white space; a text that has any comes out with its bytes as characters."""
    letters = go_bytes(text).decode("latin-1")
    kept = "".join([char for char in letters if char not in _BYTE_SPACES])
    return text if len(kept) == len(letters) else kept


def _abbreviate(data: bytes, offset: int, width: int) -> bytes:
    """goutils AbbreviateFull on bytes; nothing where it refuses."""
    if not data or width < 4:
        return b""
    length = len(data)
    if length <= width:
        return data
    offset = min(offset, length)
    if length - offset < width - 3:
        offset = length - (width - 3)
    if offset <= 4:
        return data[: width - 3] + b"..."
    if width < 7:
        return b""
    if offset + width - 3 < length:
        return b"..." + _abbreviate(data[offset:], 0, width - 3)
    return b"..." + data[length - (width - 3) :]


def abbrev(width: int, text: str) -> str:
    """At most `width` bytes, an ellipsis at the end of what was longer."""
    return text if width < 4 else go_string(_abbreviate(go_bytes(text), 0, width))


def abbrevboth(left: int, right: int, text: str) -> str:
    """At most `right` bytes from about the offset `left`, ellipses where something was cut."""
    if right < 4 or (left > 0 and right < 7):
        return text
    return go_string(_abbreviate(go_bytes(text), left, right))


def _wrap(data: bytes, width: int, separator: bytes, *, break_words: bool) -> bytes:
    """goutils WrapCustom."""
    width = max(width, 1)
    separator = separator or b"\n"
    check_size(len(data) // width + 1, len(separator))
    length, offset = len(data), 0
    made: list[bytes] = []
    while length - offset > width:
        if data[offset] == 0x20:
            offset += 1
            continue
        end = width + offset
        space = data.rfind(b" ", offset, end + 1)
        if space >= offset:
            made += (data[offset:space], separator)
            offset = space + 1
        elif break_words:
            made += (data[offset:end], separator)
            offset = end
        else:
            space = data.find(b" ", end)
            if space < 0:
                made.append(data[offset:])
                offset = length
            else:
                made += (data[offset:space], separator)
                offset = space + 1
    made.append(data[offset:])
    return b"".join(made)


def wrap(width: int, text: str) -> str:
    """Lines of at most `width` bytes; longer words are left whole."""
    return go_string(_wrap(go_bytes(text), width, b"\n", break_words=False))


def wrap_with(width: int, separator: str, text: str) -> str:
    """Lines of at most `width` bytes with the separator between them; longer words are broken."""
    return go_string(_wrap(go_bytes(text), width, go_bytes(separator), break_words=True))
