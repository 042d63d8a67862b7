"""Text: cutting, trimming, joining, quoting, indenting.

Rules: sprig strings.go and functions.go over Go's strings package. Go counts bytes where Python counts characters, so
what cuts text works on the bytes unless the text is ASCII. Case mapping is Go's simple (one to one) mapping: ``ß`` and
``ŉ`` have no upper case.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, StringMap, StringSlice, go_bytes, go_string
from charthouse.golang.size import ENTRY, check_size, joined
from charthouse.sprig.panics import bounds
from charthouse.sprig.strval import strval

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "SPACES",
    "cat",
    "contains",
    "has_prefix",
    "has_suffix",
    "indent",
    "join",
    "lower",
    "nindent",
    "plural",
    "quote",
    "repeat",
    "replace",
    "sort_alpha",
    "split",
    "split_list",
    "splitn",
    "squote",
    "substr",
    "to_strings",
    "trim",
    "trim_all",
    "trim_prefix",
    "trim_suffix",
    "trunc",
    "upper",
]

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters unicode.IsSpace accepts (str.strip without arguments takes more)."""


def trunc(count: int, text: str) -> str:
    """The first `count` bytes, or the last ``-count``."""
    if text.isascii():
        if count >= 0:
            return text[:count]
        return text[count:] if len(text) + count > 0 else text
    data = go_bytes(text)
    if count >= 0:
        return go_string(data[:count])
    return go_string(data[count:]) if len(data) + count > 0 else text


def trim(text: str) -> str:
    """Without the white space around it."""
    return text.strip(SPACES)


def upper(text: str) -> str:
    """In upper case."""
    if text.isascii():
        return text.upper()
    from charthouse.golang.unicode import map_text, to_upper

    return map_text(to_upper, text)


def lower(text: str) -> str:
    """In lower case."""
    if text.isascii():
        return text.lower()
    from charthouse.golang.unicode import map_text, to_lower

    return map_text(to_lower, text)


def substr(start: int, end: int, text: str) -> str:
    """The bytes from `start` to `end`; a negative `start` means from the beginning, an `end` out of range to the end.

    Raises GoError with Go's slice bounds panic.
    """
    data = go_bytes(text)
    if start < 0:
        low, high = None, end
    elif end < 0 or end > len(data):
        low, high = start, None
    else:
        low, high = start, end
    panic = bounds(low, high, len(data))
    if panic is not None:
        raise panic
    return go_string(data[low:high])


def repeat(count: int, text: str) -> str:
    """The text `count` times. Raises GoError for a negative count."""
    if count < 0:
        raise GoError("strings: negative Repeat count")
    if count * len(text) >= 1 << 63:
        raise GoError("strings: Repeat output length overflow")
    check_size(count, len(text))
    return text * count


def trim_all(cutset: str, text: str) -> str:
    """Without the characters of `cutset` at both ends."""
    return text.strip(cutset)


def trim_suffix(suffix: str, text: str) -> str:
    """Without that suffix."""
    return text.removesuffix(suffix)


def trim_prefix(prefix: str, text: str) -> str:
    """Without that prefix."""
    return text.removeprefix(prefix)


def contains(part: str, text: str) -> bool:
    """Whether the text contains the part."""
    return part in text


def has_prefix(part: str, text: str) -> bool:
    """Whether the text begins with the part."""
    return text.startswith(part)


def has_suffix(part: str, text: str) -> bool:
    """Whether the text ends with the part."""
    return text.endswith(part)


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    from charthouse.golang.strconv import quote as go_quote

    return go_quote(text)


def quote(*values: Any) -> str:
    """Each value but nil as a Go string literal, a space between them."""
    if len(values) == 1:
        value = values[0]
        return "" if value is None else _quoted(value if type(value) is str else strval(value))
    return joined([_quoted(strval(v)) for v in values if v is not None], " ")


def _plain(value: Any) -> str:
    """The value as ``%v`` prints it (bytes as numbers, unlike strval)."""
    if type(value) is str:
        return value
    from charthouse.golang.fmt import format_value

    return format_value(value)


def squote(*values: Any) -> str:
    """Each value but nil between single quotes, a space between them."""
    return joined([f"'{_plain(v)}'" for v in values if v is not None], " ")


def cat(*values: Any) -> str:
    """The values but nil, a space between them."""
    return joined([_plain(v) for v in values if v is not None], " ")


def indent(spaces: int, text: str) -> str:
    """Every line behind that many spaces. Raises GoError for a negative number."""
    if spaces < 0:
        raise GoError("strings: negative Repeat count")
    check_size(spaces, 1 + text.count("\n"))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def nindent(spaces: int, text: str) -> str:
    """A newline, then the text as ``indent`` has it."""
    if spaces < 0:
        raise GoError("strings: negative Repeat count")
    check_size(spaces, 1 + text.count("\n"))
    pad = "\n" + " " * spaces
    return pad + text.replace("\n", pad)


def replace(old: str, new: str, text: str) -> str:
    """Every `old` replaced by `new`."""
    if len(new) > len(old):
        check_size(text.count(old), len(new))
    return text.replace(old, new)


def plural(one: str, many: str, count: int) -> str:
    """`one` for 1, `many` for any other number."""
    return one if count == 1 else many


def to_strings(value: Any) -> StringSlice:
    """The items but nil as text; a value that is no list as the only item, nil as none."""
    cls = type(value)
    if isinstance(value, StringSlice):
        return value  # the very same slice, as in Go
    if cls is list:
        return StringSlice([v if type(v) is str else strval(v) for v in value if v is not None])
    if isinstance(value, list):
        return StringSlice([strval(v) for v in value if v is not None])
    if isinstance(value, bytes):
        return StringSlice([str(byte) for byte in value])
    return StringSlice() if value is None else StringSlice([strval(value)])


def join(separator: str, value: Any) -> str:
    """The items as text with the separator between them."""
    return joined(to_strings(value), separator)


def sort_alpha(value: Any) -> StringSlice:
    """The items as text, in byte order. A list of strings is sorted in place, as sprig does."""
    if not isinstance(value, (list, bytes)):
        return StringSlice([strval(value)])
    items = to_strings(value)
    items.sort(key=None if all(map(str.isascii, items)) else go_bytes)
    return items


def _pieces(separator: str, text: str, limit: int) -> list[str]:
    """strings.SplitN: at most `limit` pieces, all of them when negative, none for 0."""
    if limit == 0:
        return []
    check_size(text.count(separator) + 1 if limit < 0 else min(limit, len(text)), ENTRY)
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if limit < 0 or limit > len(text):
        return list(text)
    return [*text[: limit - 1], text[limit - 1 :]] if text else []


def split(separator: str, text: str) -> StringMap:
    """The pieces under the keys ``_0``, ``_1`` …"""
    return StringMap({f"_{i}": piece for i, piece in enumerate(_pieces(separator, text, -1))})


def splitn(separator: str, limit: int, text: str) -> StringMap:
    """At most `limit` pieces under the keys ``_0``, ``_1`` …"""
    return StringMap({f"_{i}": piece for i, piece in enumerate(_pieces(separator, text, limit))})


def split_list(separator: str, text: str) -> StringSlice:
    """The pieces as a list."""
    return StringSlice(_pieces(separator, text, -1))
