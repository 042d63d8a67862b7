"""Whole texts to documents: the fast line reader first, the complete one for all it leaves and for every error.

Whose rules: go.yaml.in/yaml/v2 `yaml.go` unmarshal and `readerc.go` (encodings, characters that are not allowed).
"""

from __future__ import annotations

from charthouse.formats.yaml.block import BlockReader
from charthouse.formats.yaml.errors import YamlError
from charthouse.formats.yaml.inline import Unusual, plain_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.formats.yaml.nodes import DocumentParser, Node

__all__ = ["parse", "read"]

_CHUNK = 512
_INCOMPLETE = "incomplete UTF-8 octet sequence"


def read(
    text: str, scalars: dict[str, Any], number: Callable[[Any], Any], *, strict: bool = False, unbounded: bool = False
) -> Any:
    """The first document's value. scalars: the memo of plain scalars that goes with `number`; strict: duplicate keys
    are an error; unbounded: infinities are none."""
    if plain_text(text):
        try:
            return BlockReader(text.split("\n"), scalars, number, strict).document()
        except (Unusual, IndexError, RecursionError):
            pass  # not for the fast reader; the complete one decides whether it is wrong
    return read_fully(text, number, strict=strict, unbounded=unbounded)


def read_fully(text: str, number: Callable[[Any], Any], *, strict: bool = False, unbounded: bool = False) -> Any:
    """As `read`, by the complete reader. strict: duplicate keys are an error."""
    from charthouse.formats.yaml.decode import Decoder, to_json

    root = parse(text)
    if root is None:
        return None
    decoder = Decoder(strict=strict)
    value = decoder.decode(root)
    if decoder.problems:
        raise YamlError("yaml: unmarshal errors:\n  " + "\n  ".join(decoder.problems))
    return to_json(value, number, unbounded=unbounded)


def parse(text: str) -> Node | None:
    """The root node of the first document. Raises YamlError with go-yaml's text and the true line."""
    from charthouse.formats.yaml.nodes import DocumentParser, UnknownAnchor
    from charthouse.formats.yaml.scanner import ScanProblem

    marked = text[:1] == "\ufeff"
    text = _decoded(text)
    limit, refused = _unreadable(text, _CHUNK - 3 if marked else _CHUNK)
    body = text if limit < 0 else text[:limit]
    parser = None
    try:
        parser = DocumentParser(body)
        root = parser.document()
    except ScanProblem as problem:
        told = (
            problem.at <= limit - problem.ahead if problem.at >= 0 else parser is not None and not _past(parser, limit)
        )
        if limit >= 0 and not told:
            raise YamlError("yaml: " + refused) from None
        raise YamlError(_worded(problem), line=problem.line + 1) from None
    except UnknownAnchor as unknown:
        if parser is not None and _past(parser, limit):
            raise YamlError("yaml: " + refused) from None
        name, line = unknown.args
        raise YamlError(f"yaml: unknown anchor '{name}' referenced", line=line + 1) from None
    if _past(parser, limit):
        raise YamlError("yaml: " + refused)
    return root


def _past(parser: DocumentParser, limit: int) -> bool:
    """Whether go-yaml had to look behind `limit` for the tokens read: four characters of each, and one behind it."""
    scanner = parser.scanner
    return limit >= 0 and (scanner.begun > limit - 4 or scanner.at > limit - 1)


def _worded(problem: Any) -> str:
    """decode.go parser.fail: the line is left out on the first line, and one too small for the parser's own errors."""
    line = 0
    if problem.line:
        line = problem.line + (1 if problem.scanner else 0)
    elif problem.context:
        line = problem.context
    return f"yaml: line {line}: {problem.problem}" if line else f"yaml: {problem.problem}"


def _decoded(text: str) -> str:
    """Drops a byte order mark; reads UTF-16 where the mark says so."""
    if text[:1] == "\ufeff":
        return text[1:]
    if text[:2] in ("\udcff\udcfe", "\udcfe\udcff"):
        data = text.encode("utf-8", "surrogateescape")
        try:
            return data[2:].decode("utf-16-le" if data[0] == 0xFF else "utf-16-be")
        except UnicodeDecodeError:
            raise YamlError("yaml: incomplete UTF-16 character") from None
    return text


def _unreadable(text: str, end: int) -> tuple[int, str]:
    """Where reading must stop for a character YAML does not allow, and go-yaml's words for it; (-1, "") when nowhere.

    go-yaml reads 512 bytes at a time, so what is wrong before that block is reported first; of a character cut in two
    it keeps the first part, and reads as many bytes less. end: where the first block ends.
    """
    bad = {c for c in set(text) if not _allowed(c)}
    if not bad:
        return -1, ""
    at = min(text.index(c) for c in bad)
    data = text[:at].encode("utf-8", "surrogateescape")
    start = 0
    while end <= len(data):
        start = end
        while data[start - 1 : start] and start < len(data) and data[start] & 0xC0 == 0x80:
            start -= 1
        end = start + _CHUNK
    limit = len(data[:start].decode("utf-8", "surrogateescape"))
    rest = text[at : at + 4].encode("utf-8", "surrogateescape")
    problem = _utf8_problem(rest) if "\udc80" <= text[at] <= "\udcff" else "control characters are not allowed"
    if problem == _INCOMPLETE or len(data) + _width(rest[0]) > end:
        # Of a character cut short, by the end or by the block's, what stands before it is used up first.
        limit = at
    return limit, problem


def _allowed(char: str) -> bool:
    return (
        char in "\t\n\r\x85"
        or " " <= char <= "~"
        or "\xa0" <= char <= "\ud7ff"
        or "\ue000" <= char <= "\ufffd"
        or char >= "\U00010000"
    )


def _width(first: int) -> int:
    """How many bytes a character has by its first one, 0 when none begins so."""
    if first < 0x80:
        return 1
    return 2 if first & 0xE0 == 0xC0 else 3 if first & 0xF0 == 0xE0 else 4 if first & 0xF8 == 0xF0 else 0


def _utf8_problem(data: bytes) -> str:
    """What go-yaml says about bytes that are not UTF-8."""
    first = data[0]
    width = _width(first)
    if not width:
        return "invalid leading UTF-8 octet"
    if len(data) < width:
        return _INCOMPLETE
    value = first & (0x7F >> width)
    for octet in data[1:width]:
        if octet & 0xC0 != 0x80:
            return "invalid trailing UTF-8 octet"
        value = value << 6 | octet & 0x3F
    if value < (0x80, 0x800, 0x10000)[width - 2]:
        return "invalid length of a UTF-8 sequence"
    return "invalid Unicode character"
