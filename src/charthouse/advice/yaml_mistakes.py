"""What is wrong with a line of YAML, guessed from the line and its neighbours, and how to write it.

YAML parsers say where they gave up; the mistake is often on the line above. ``mistake`` moves the line to where the
mistake is seen.
"""

from __future__ import annotations

import re

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Mistake", "mistake"]

_KEY = re.compile(r"^(\s*)(?:- +)*[\"']?[^\s\"'#:{}\[\],&*!|>%@`][^:#]*?[\"']?:(?:\s|$)")
_VALUE = re.compile(r"^\s*(?:- +)*[\"']?[A-Za-z0-9_.\-/]+[\"']?:\s+(\S.*)$")
_ITEM = re.compile(r"^\s*- +(\S.*)$")
_SIGNS = {
    "%": "begins a directive", "@": "is reserved", "`": "is reserved", "*": "begins an alias", "&": "begins an anchor",
    "!": "begins a tag", ",": "separates items", "]": "ends a list", "}": "ends a map",
}  # fmt: skip


class Mistake(Record):
    """line: where the mistake is, from 1 (0: unknown); said: what is wrong, what to do; template: how to do it in a
    template."""

    line: int
    said: str
    template: str = ""


def mistake(text: str, line: int, reason: str) -> Mistake:
    """What is wrong near a line of a YAML text. reason: the parser's words."""
    lines = text.split("\n")
    for rule in _RULES:
        found = rule(lines, line, reason)
        if found is not None:
            return found
    return Mistake(line, "YAML is indented with spaces, and a text with : or # or quotes in it stands in quotes")


def _near(line: int, lines: list[str], back: int = 1) -> list[int]:
    """The line and those before it, as far as they are there."""
    return [number for number in range(line, line - back - 1, -1) if 0 < number <= len(lines)]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _tab(lines: list[str], line: int, reason: str) -> Mistake | None:
    for number in [*_near(line, lines), line + 1]:
        if 0 < number <= len(lines):
            text = lines[number - 1]
            if "\t" in text[: len(text) - len(text.lstrip())] or ("tab" in reason and "\t" in text):
                return Mistake(number, "this line has a tab in its indentation: YAML allows spaces only")
    return None


def _control(lines: list[str], line: int, reason: str) -> Mistake | None:
    if "control characters are not allowed" not in reason:
        return None
    for number, text in enumerate(lines, 1):
        bad = next((char for char in text if ord(char) < 32 and char not in "\t\r"), "")
        if bad:
            return Mistake(number, f"this line has the character U+{ord(bad):04X}, which YAML does not allow")
    return Mistake(line, "the text has characters YAML does not allow", "; is a binary file meant, as with b64enc?")


def _braces(lines: list[str], line: int, reason: str) -> Mistake | None:
    for number in _near(line, lines, 2):
        if "{{" in lines[number - 1]:
            return Mistake(
                number,
                "what stands in {{ }} in a values file is not run: quote it, and let the template give it to tpl",
                " ({{ tpl .Values.x . }}), which then runs it",
            )
    return None


def _no_space(lines: list[str], line: int, reason: str) -> Mistake | None:
    if "mapping values" not in reason and "could not find expected ':'" not in reason:
        return None
    for number in _near(line, lines, 2):
        near = re.match(r"^\s*(?:- +)*([A-Za-z0-9_.\-/]+):([^\s/].*)$", lines[number - 1])
        if near and not _KEY.match(lines[number - 1]):
            return Mistake(number, f"a space is missing behind the colon: `{near[1]}: …`")
    return None


def _anchor(lines: list[str], line: int, reason: str) -> Mistake | None:
    found = re.search(r"unknown anchor '(.*)' referenced", reason)
    if found is None:
        return None
    return Mistake(
        line,
        f"no &{found[1]} stands before it in this document: anchors end with their document (---) and file; if the * "
        "is part of a text, the text needs quotes",
    )


def _colon(lines: list[str], line: int, reason: str) -> Mistake | None:
    if "mapping values are not allowed" not in reason:
        return None
    for number in _near(line, lines):
        found = _VALUE.match(lines[number - 1])
        if found and found[1][:1] not in "\"'|>{[" and (": " in found[1] or found[1].endswith(":")):
            return Mistake(number, 'a text with ": " in it needs quotes', ": {{ … | quote }}")
    for number in _near(line, lines)[:1]:
        above = lines[number - 2] if number > 1 else ""
        if _indent(lines[number - 1]) > _indent(above) and _VALUE.match(above):
            return Mistake(
                number,
                "this line is indented below one that has a value already: indent both alike",
                " (mind the number of nindent)",
            )
    return None


def _no_key(lines: list[str], line: int, reason: str) -> Mistake | None:
    """A line that is neither a key nor an item: it lost its indentation, its colon, or the space behind it."""
    if "could not find expected ':'" not in reason:
        return None
    for number in _near(line, lines, 2):
        text = lines[number - 1]
        if not text.strip() or text.lstrip().startswith(("#", "- ")) or _KEY.match(text):
            continue
        if number > 1 and lines[number - 2].rstrip().endswith(("|", "|-", ">", ">-", "|+")):
            return Mistake(number, "the lines of a | block are indented more than its key", ": {{ … | nindent N }}")
        return Mistake(
            number,
            "this line is no `key: value`: a text of several lines belongs into a | block, indented more than its key",
            " ({{ … | nindent N }}), and a {{- eats the line break before it",
        )
    return None


def _collection(lines: list[str], line: int, reason: str) -> Mistake | None:
    """`did not find expected key`, `… '-' indicator`: the indentation changes where it must not."""
    if "did not find expected key" not in reason and "expected '-' indicator" not in reason:
        return None
    for number in _near(line, lines, 2):
        found = _VALUE.match(lines[number - 1])
        if found and re.match(r"^([\"'])(?:(?!\1).)*\1\s*[^\s#,}\]]", found[1]):
            return Mistake(
                number, "text goes on behind a closing quote: quote all of it, or none", ": {{ printf … | quote }}"
            )
        if found and found[1][0] in "\"'" and found[1].count(found[1][0]) % 2:
            return Mistake(number, "a quote is opened and not closed here")
    number = next((each for each in _near(line, lines, 2) if lines[each - 1].strip()), line)
    return Mistake(
        number,
        "the indentation does not fit the lines around it: entries of one map or list stand in one column",
        " (with toYaml and include, nindent N sets it)",
    )


def _quote(lines: list[str], line: int, reason: str) -> Mistake | None:
    if "found unexpected end of stream" not in reason and "quoted scalar" not in reason:
        return None
    for number in range(len(lines), 0, -1):
        found = _VALUE.match(lines[number - 1])
        if found and found[1][0] in "\"'" and found[1].rstrip().count(found[1][0]) % 2:
            return Mistake(number, "this quote is not closed", "; {{ … | quote }} writes both and escapes those inside")
    return Mistake(line, "a quote is opened and not closed", "; {{ … | quote }} writes both")


def _special(lines: list[str], line: int, reason: str) -> Mistake | None:
    """A value that begins with what YAML reads as a sign."""
    if not any(word in reason for word in ("cannot start any token", "alias", "anchor", "did not find")):
        return None
    for number in _near(line, lines):
        found = _VALUE.match(lines[number - 1]) or _ITEM.match(lines[number - 1])
        sign = found[1][0] if found else ""
        if sign in _SIGNS:
            return Mistake(
                number,
                f"a text that begins with {sign} needs quotes: in YAML {sign} {_SIGNS[sign]}",
                "; {{ … | quote }}",
            )
    return None


def _flow(lines: list[str], line: int, reason: str) -> Mistake | None:
    if "',' or ']'" not in reason and "',' or '}'" not in reason:
        return None
    number = next((each for each in _near(line, lines, 2) if re.search(r"[\[{]", lines[each - 1])), line)
    return Mistake(
        number, "[ ] or { } is not closed, or a comma is missing; a text with these signs in it needs quotes"
    )


def _duplicate(lines: list[str], line: int, reason: str) -> Mistake | None:
    found = re.search(r'(?:key|mapping key) "?([^"]+)"? already (?:set|defined)', reason)
    if found is None:
        return None
    return Mistake(line, f"the key {found[1]} stands twice in one map; YAML allows it once: remove or merge one")


_KINDS = {"object": "a map", "array": "a list", "string": "a text", "number": "a number", "bool": "true or false"}


def _kinds(lines: list[str], line: int, reason: str) -> Mistake | None:
    """YAML, but not of the form that is wanted."""
    found = re.search(r"cannot unmarshal (\w+) into (?:Go value|(?:Go struct field )?(\S+)) of type (.+)$", reason)
    if found is None:
        return None
    have = _KINDS.get(found[1], found[1])
    if found[2] is None and found[3].startswith("map"):
        return Mistake(line or 1, f"the file is {have}, not a map: it begins with lines of `key: value`")
    if found[2] is None:
        said = f"the document is {have}, not a map with apiVersion, kind and metadata"
        more = {"string": ": is text written outside any key?", "array": ": write its items as documents, with ---"}
        return Mistake(line or 1, said + more.get(found[1], ""))
    path = found[2].rpartition("SimpleHead.")[2].lstrip(".")
    wanted = "a text" if found[3] == "string" else "a list" if found[3].startswith("[]") else "a map"
    wanted = "true or false" if found[3] == "bool" else "a map of texts" if found[3].startswith("map") else wanted
    key = next((part for part in reversed(path.split(".")) if not part.isdigit()), path)
    number = next(
        (at for at, text in enumerate(lines, 1) if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*:", text)), line
    )
    quoting = "; {{ … | quote }} makes a text of any value" if wanted == "a text" else ""
    return Mistake(number, f"{path} is {have}, where {wanted} is wanted", quoting)


_RULES: tuple[Callable[[list[str], int, str], Mistake | None], ...] = (
    _kinds,
    _duplicate,
    _control,
    _tab,
    _braces,
    _anchor,
    _no_space,
    _colon,
    _quote,
    _special,
    _flow,
    _no_key,
    _collection,
)
