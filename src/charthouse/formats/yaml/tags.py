"""Anchors, aliases, tags and directives at the place a scanner has reached (go-yaml v2 `scannerc.go`, v2.4.4)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.formats.yaml.scanner import Scanner

__all__ = ["anchor", "directive", "tag"]

_BREAKS = "\n\r\x85\u2028\u2029"
_BREAKZ = _BREAKS + "\0"
_BLANKZ = " \t" + _BREAKZ
_ALPHA = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_URI = _ALPHA | frozenset(";/?:@&=+$,.!~*'()[]%")
_HEX = frozenset("0123456789abcdefABCDEF")


def _word(scanner: Scanner) -> str:
    text, start = scanner.text, scanner.at
    at = start
    while text[at] in _ALPHA:
        at += 1
    scanner.advance(at - start)
    return text[start:at]


def _blanks(scanner: Scanner) -> None:
    while scanner.text[scanner.at] in " \t":
        scanner.advance(1)


def anchor(scanner: Scanner) -> None:
    """Adds an ANCHOR or ALIAS token."""
    line = scanner.line
    kind = "ANCHOR" if scanner.text[scanner.at] == "&" else "ALIAS"
    scanner.advance(1)
    name = _word(scanner)
    follows = scanner.text[scanner.at]
    if not name or (follows not in _BLANKZ and follows not in "?:,]}%@`"):
        raise scanner.error("did not find expected alphabetic or numeric character", line)
    scanner.put(kind, line, name)


def tag(scanner: Scanner) -> None:
    """Adds a TAG token whose value is (handle, suffix)."""
    line = scanner.line
    text = scanner.text
    if text[scanner.at + 1] == "<":
        scanner.advance(2)
        handle, suffix = "", _uri(scanner, "", line)
        if text[scanner.at] != ">":
            raise scanner.error("did not find the expected '>'", line)
        scanner.advance(1)
    else:
        handle = _handle(scanner, line, directive=False)
        if len(handle) > 1 and handle[-1] == "!":
            suffix = _uri(scanner, "", line)
        else:
            suffix = _uri(scanner, handle, line)
            handle = "!"
            if not suffix:
                handle, suffix = "", "!"
    if text[scanner.at] not in _BLANKZ:
        raise scanner.error("did not find expected whitespace or line break", line)
    scanner.put("TAG", line, (handle, suffix))


def _handle(scanner: Scanner, line: int, *, directive: bool) -> str:
    text = scanner.text
    if text[scanner.at] != "!":
        raise scanner.error("did not find expected '!'", line)
    scanner.advance(1)
    out = "!" + _word(scanner)
    if text[scanner.at] == "!":
        scanner.advance(1)
        return out + "!"
    if directive and out != "!":
        raise scanner.error("did not find expected '!'", line)
    return out


def _uri(scanner: Scanner, head: str, line: int) -> str:
    """A tag's URI behind a head whose `!` does not count."""
    out = [head[1:]]
    found = bool(head)
    while scanner.text[scanner.at] in _URI:
        if scanner.text[scanner.at] == "%":
            out.append(_escapes(scanner, line))
        else:
            out.append(scanner.text[scanner.at])
            scanner.advance(1)
        found = True
    if not found:
        raise scanner.error("did not find expected tag URI", line)
    return "".join(out)


def _escapes(scanner: Scanner, line: int) -> str:
    """One character written as %XX octets of its UTF-8 form."""
    octets = bytearray()
    width = 0
    while not octets or len(octets) < width:
        text, at = scanner.text, scanner.at
        if text[at] != "%" or len(text) < at + 3 or not _HEX.issuperset(text[at + 1 : at + 3]):
            raise scanner.error("did not find URI escaped octet", line)
        octet = int(text[at + 1 : at + 3], 16)
        if not octets:
            width = _width(octet)
            if not width:
                raise scanner.error("found an incorrect leading UTF-8 octet", line)
        elif octet & 0xC0 != 0x80:
            raise scanner.error("found an incorrect trailing UTF-8 octet", line)
        octets.append(octet)
        scanner.advance(3)
    return octets.decode("utf-8", "surrogateescape")


def _width(octet: int) -> int:
    if octet < 0x80:
        return 1
    if octet & 0xE0 == 0xC0:
        return 2
    if octet & 0xF0 == 0xE0:
        return 3
    return 4 if octet & 0xF8 == 0xF0 else 0


def directive(scanner: Scanner) -> None:
    """Adds a VERSION-DIRECTIVE token, value (major, minor), or a TAG-DIRECTIVE token, value (handle, prefix)."""
    line = scanner.line
    text = scanner.text
    scanner.advance(1)
    name = _word(scanner)
    if not name:
        raise scanner.error("could not find expected directive name", line)
    if text[scanner.at] not in _BLANKZ:
        raise scanner.error("found unexpected non-alphabetical character", line)
    if name == "YAML":
        token: tuple[str, object] = ("VERSION-DIRECTIVE", _version(scanner, line))
    elif name == "TAG":
        token = ("TAG-DIRECTIVE", _prefix(scanner, line))
    else:
        raise scanner.error("found unknown directive name", line)
    _blanks(scanner)
    if text[scanner.at] == "#":
        while text[scanner.at] not in _BREAKZ:
            scanner.advance(1)
    if text[scanner.at] not in _BREAKZ:
        raise scanner.error("did not find expected comment or line break", line)
    if text[scanner.at] in _BREAKS:
        scanner.break_line()
    scanner.put(token[0], line, token[1])


def _version(scanner: Scanner, line: int) -> tuple[int, int]:
    _blanks(scanner)
    major = _number(scanner, line)
    if scanner.text[scanner.at] != ".":
        raise scanner.error("did not find expected digit or '.' character", line)
    scanner.advance(1)
    return major, _number(scanner, line)


def _number(scanner: Scanner, line: int) -> int:
    digits = ""
    while scanner.text[scanner.at] in "0123456789":
        if len(digits) == 2:
            raise scanner.error("found extremely long version number", line)
        digits += scanner.text[scanner.at]
        scanner.advance(1)
    if not digits:
        raise scanner.error("did not find expected version number", line)
    return int(digits)


def _prefix(scanner: Scanner, line: int) -> tuple[str, str]:
    _blanks(scanner)
    handle = _handle(scanner, line, directive=True)
    if scanner.text[scanner.at] not in " \t":
        raise scanner.error("did not find expected whitespace", line)
    _blanks(scanner)
    prefix = _uri(scanner, "", line)
    if scanner.text[scanner.at] not in _BLANKZ:
        raise scanner.error("did not find expected whitespace or line break", line)
    return handle, prefix
