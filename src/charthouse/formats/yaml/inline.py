"""Pieces of a line for the fast YAML reader: keys, quoted scalars, flow collections (see ``block``).

Whatever is not surely right raises ``Unusual``.
"""

from __future__ import annotations

from charthouse.formats.yaml.resolve import HINTS, WORDS, resolve_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Plain = Callable[[str], Any]

__all__ = [
    "KEYS",
    "MAX_KEY",
    "SPECIAL",
    "Unusual",
    "closing",
    "flow_node",
    "key_text",
    "nesting",
    "nothing_follows",
    "plain_text",
    "unescaped_end",
    "unquoted",
]

SPECIAL = frozenset("-?:,[]{}#&*!|>'\"%@`")
MAX_KEY = 1000
_SURROGATES = chr(0xD800)  # not written as a literal: the compiler of the accelerator knows none


class Unusual(Exception):
    """The text may well be right, but it is not in the subset read here."""


def plain_text(text: str) -> bool:
    """Whether every character is one the line reader may meet (and none is a line break it does not know)."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return True
    return all(
        c in "\n\t"
        or " " <= c <= "~"
        or ("\xa0" <= c < _SURROGATES and c not in "\u2028\u2029")
        or ("\ue000" <= c <= "\ufffd" and c != "\ufeff")
        or c >= "\U00010000"
        for c in set(text)
    )


def flow_node(text: str, at: int, depth: int, plain: Plain) -> tuple[Any, int]:
    """The value at a place inside a flow collection, and the place behind it."""
    if depth > 20 or at >= len(text):
        raise Unusual
    first = text[at]
    if first == "[":
        return _flow_sequence(text, at + 1, depth + 1, plain)
    if first == "{":
        return _flow_mapping(text, at + 1, depth + 1, plain)
    if first == '"' or first == "'":
        close = closing(text, first, at)
        if close < 0:
            raise Unusual
        return unquoted(text[at + 1 : close], first), close + 1
    raw, at = _flow_plain(text, at)
    return plain(raw), at


def _flow_sequence(text: str, at: int, depth: int, plain: Plain) -> tuple[list[Any], int]:
    out: list[Any] = []
    at = _skip(text, at)
    while text[at] != "]":
        value, at = flow_node(text, at, depth, plain)
        out.append(value)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise Unusual
    return out, at + 1


def _flow_mapping(text: str, at: int, depth: int, plain: Plain) -> tuple[dict[str, Any], int]:
    out: dict[str, Any] = {}
    at = _skip(text, at)
    while text[at] != "}":
        quoted = text[at] in "\"'"
        if quoted:
            close = closing(text, text[at], at)
            if close < 0:
                raise Unusual
            key, at = unquoted(text[at + 1 : close], text[at]), close + 1
        else:
            raw, at = _flow_plain(text, at)
            key = key_text(raw)
        at = _skip(text, at)
        if text[at] != ":" or (text[at + 1 : at + 2] != " " and not quoted):
            raise Unusual
        if key in out:
            raise Unusual  # an error for strict readers
        at = _skip(text, at + 1)
        out[key], at = flow_node(text, at, depth, plain)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "}":
            raise Unusual
    return out, at + 1


KEYS: dict[str, str] = {}


def key_text(raw: str) -> str:
    """A plain key as sigs.k8s.io/yaml names it: booleans and numbers become their text; null and `<<` are unusual."""
    text = raw.rstrip(" ")
    if not text or "\t" in text or len(text) > MAX_KEY or text == "<<":
        raise Unusual
    if text[0] in HINTS:
        if text in WORDS:
            word = WORDS[text]
            if word is None or type(word) is float:
                raise Unusual
            text = "true" if word else "false"
        else:
            number = resolve_number(text)
            if type(number) is float:
                raise Unusual
            if number is not None:
                if number >= 1 << 63:
                    raise Unusual
                text = str(number)
    if len(KEYS) > 30000:
        KEYS.clear()
    KEYS[raw] = text
    return text


def closing(text: str, quote: str, at: int = 0) -> int:
    """The place of the quote that closes the one at `at`, -1 when it is not on this line."""
    end = text.find(quote, at + 1)
    if quote == "'":
        while end >= 0 and text[end + 1 : end + 2] == "'":
            end = text.find("'", end + 2)
        return end
    while end >= 0:
        slashes = end
        while slashes > 0 and text[slashes - 1] == "\\":
            slashes -= 1
        if (end - slashes) % 2 == 0:
            return end
        end = text.find('"', end + 1)
    return -1


_HEX = frozenset("0123456789abcdefABCDEF")
_SIMPLE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "'": "'", " ": " ", "r": "\r", "0": "\0", "b": "\b"}


def unquoted(body: str, quote: str) -> str:
    if quote == "'":
        return body.replace("''", "'") if "'" in body else body
    if "\\" not in body:
        return body
    out: list[str] = []
    parts = iter(body.split("\\"))
    out.append(next(parts))
    for part in parts:
        if part:
            simple = _SIMPLE.get(part[0])
            out.append(simple + part[1:] if simple is not None else _code(part))
        else:
            out.append("\\")
            out.append(next(parts))
    return "".join(out)


def _code(part: str) -> str:
    """A character written as \\xXX, \\uXXXX or \\UXXXXXXXX, and the text behind it."""
    size = {"x": 2, "u": 4, "U": 8}.get(part[0], 0)
    digits = part[1 : 1 + size]
    if not size or len(digits) < size or not _HEX.issuperset(digits):
        raise Unusual
    code = int(digits, 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise Unusual
    return chr(code) + part[1 + size :]


def unescaped_end(piece: str) -> str:
    """A line of a quoted scalar that must not end in an escape, whose blank or break would count."""
    if piece[-1:] == "\\":
        raise Unusual
    return piece


def nesting(text: str) -> int:
    return text.count("[") + text.count("{") - text.count("]") - text.count("}")


def nothing_follows(text: str, at: int) -> bool:
    """Whether only blanks and a comment follow."""
    rest = text[at:]
    body = rest.lstrip(" ")
    return not body or (body[0] == "#" and body is not rest and len(body) < len(rest))


def _skip(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] == " ":
        at += 1
    if at >= size:
        raise Unusual
    return at


def _flow_plain(text: str, at: int) -> tuple[str, int]:
    """A plain scalar inside a flow collection, and the place behind it."""
    if text[at] in SPECIAL and (text[at] != "-" or text[at + 1 : at + 2] in ("", " ", ",", "]", "}", "[", "{")):
        raise Unusual
    end = at
    size = len(text)
    while end < size:
        char = text[end]
        if char in ",[]{}?#\t" or (char == ":" and (end + 1 == size or text[end + 1] in " ,[]{}")):
            break
        end += 1
    if end >= size or text[end] in "?#\t[{":
        raise Unusual
    return text[at:end].rstrip(" "), end
