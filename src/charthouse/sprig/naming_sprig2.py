"""``snakecase``, ``kebabcase``, ``camelcase`` of sprig 2.22.

Rules: github.com/huandu/xstrings@v1.2.0 convert.go: a connector goes before each run of capitals, before the last
capital of a longer run that a small letter follows, and between a letter and the number behind it. Bytes that are no
UTF-8 become U+FFFD.
"""

from __future__ import annotations

from charthouse.golang.unicode import is_number, is_upper, runes, to_lower, to_upper

__all__ = ["camelcase", "kebabcase", "snakecase"]

_INVALID = "\ufffd"
_BETWEEN = "_ -"


def camelcase(text: str) -> str:
    """Letters behind underscores as capitals, all others small; leading and repeated underscores stay."""
    text = runes(text)
    body = text.lstrip("_")
    out = [text[: len(text) - len(body)]]
    if len(body) < 2:
        return out[0]  # a single letter gets lost
    last = to_upper(body[0])
    for char in body[1:]:
        before = last
        if before == "_" and char == "_":
            out.append(before)
            last = char
            continue
        last = to_upper(char) if before == "_" else to_lower(char)
        if before != "_":
            out.append(before)
    return "".join([*out, last])


def snakecase(text: str) -> str:
    """Words in small letters, joined by underscores."""
    return _cased(runes(text), "_")


def kebabcase(text: str) -> str:
    """Words in small letters, joined by hyphens."""
    return _cased(runes(text), "-")


def _cased(text: str, connector: str) -> str:
    out: list[str] = []
    last, at = connector, 0
    while at < len(text):
        before, last = last, text[at]
        at += 1
        if last == _INVALID:
            out.append(last)
        elif is_upper(last):
            if before != connector and not is_number(before):
                out.append(connector)
            last, at = _capitals(text, at, last, connector, out)
        elif is_number(last):
            if before != connector and not is_number(before):
                out.append(connector)
            out.append(last)
        else:
            if last in _BETWEEN:
                last = connector
            out.append(last)
    return "".join(out)


def _capitals(text: str, at: int, last: str, connector: str, out: list[str]) -> tuple[str, int]:
    """A run of capitals that begins with `last`, and what ends it. Returns the last character and where it ends."""
    out.append(to_lower(last))
    if at == len(text):
        return last, at
    last = text[at]
    at += 1
    if not is_upper(last):
        out.append(last)
        return last, at
    while at < len(text):
        before, last = last, text[at]
        at += 1
        if is_upper(last) and last != _INVALID:
            out.append(to_lower(before))
            continue
        if last == _INVALID:
            out += [to_lower(before), last]
        elif last in _BETWEEN:
            last = connector
            out.append(to_lower(before))
        elif is_number(last):
            out += [to_lower(before), connector, last]
        else:
            out += [connector, to_lower(before), last]
        break
    if at == len(text) or last == connector:
        out.append(to_lower(last))
    return last, at
