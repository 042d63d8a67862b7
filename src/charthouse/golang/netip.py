"""Addresses of IP as Go reads them, for its complaints.

Rules: Go 1.27 ``net/netip`` (``ParseAddr``, ``parseIPv4Fields``, ``parseIPv6``).
"""

from __future__ import annotations

__all__ = ["complaint"]

_HEX = frozenset("0123456789abcdefABCDEF")


def complaint(text: str) -> str:
    """What ParseAddr has against `text`, "" when it is an address."""
    for char in text:
        if char == ".":
            return _said(text, *_ipv4(text))
        if char == ":":
            return _said(text, *_ipv6(text))
        if char == "%":
            return _said(text, "missing IPv6 address")
    return _said(text, "unable to parse IP")


def _said(text: str, message: str, at: str = "") -> str:
    from charthouse.golang.strconv import quote

    if not message:
        return ""
    return f"ParseAddr({quote(text)}): {message}" + (f" (at {quote(at)})" if at else "")


def _ipv4(text: str) -> tuple[str, str]:
    value = fields = digits = 0
    for i, char in enumerate(text):
        if char in "0123456789":
            if digits == 1 and value == 0:
                return "IPv4 field has octet with leading zero", ""
            value = value * 10 + int(char)
            digits += 1
            if value > 255:
                return "IPv4 field has value >255", ""
        elif char == ".":
            if i == 0 or i == len(text) - 1 or text[i - 1] == ".":
                return "IPv4 field must have at least one digit", text[i:]
            if fields == 3:
                return "IPv4 address too long", ""
            fields += 1
            value = digits = 0
        else:
            return "unexpected character", text[i:]
    return ("IPv4 address too short", "") if fields < 3 else ("", "")


def _ipv6(text: str) -> tuple[str, str]:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        return "zone must be a non-empty string", ""
    size, ellipsis = 0, -1
    if rest.startswith("::"):
        ellipsis, rest = 0, rest[2:]
        if not rest:
            return "", ""
    while size < 16:
        message, at, size, rest, ellipsis = _field(rest, size, ellipsis)
        if message or at:
            return message, at
        if not rest:
            break
    if rest:
        return "trailing garbage after address", rest
    if size < 16 and ellipsis < 0:
        return "address string too short", ""
    if size == 16 and ellipsis >= 0:
        return "the :: must expand to at least one field of zeros", ""
    return "", ""


def _field(rest: str, size: int, ellipsis: int) -> tuple[str, str, int, str, int]:
    """One group, and the colons behind it: complaint, where, bytes so far, what is left, where the :: was."""
    end = 0
    while end < len(rest) and rest[end] in _HEX:
        if end > 3:
            return "each group must have 4 or less digits", rest, size, rest, ellipsis
        end += 1
    if end == 0:
        return "each colon-separated field must have at least one digit", rest, size, rest, ellipsis
    if rest[end : end + 1] == ".":
        if ellipsis < 0 and size != 12:
            message = "embedded IPv4 address must replace the final 2 fields of the address"
            return message, rest, size, rest, ellipsis
        if size + 4 > 16:
            message = "too many hex fields to fit an embedded IPv4 at the end of the address"
            return message, rest, size, rest, ellipsis
        return (*_ipv4(rest), size + 4, "", ellipsis)
    size, rest = size + 2, rest[end:]
    if not rest:
        return "", "", size, "", ellipsis
    if rest[0] != ":":
        return "unexpected character, want colon", rest, size, rest, ellipsis
    if len(rest) == 1:
        return "colon must be followed by more characters", rest, size, rest, ellipsis
    rest = rest[1:]
    if rest[0] == ":":
        if ellipsis >= 0:
            return "multiple :: in address", rest, size, rest, ellipsis
        ellipsis, rest = size, rest[1:]
    return "", "", size, rest, ellipsis
