"""E-mail addresses and URLs as github.com/asaskevich/govalidator v11 accepts them (IsEmail, IsURL, IsRequestURL)."""

from __future__ import annotations

__all__ = ["is_email", "is_request_url", "is_url"]

_MARKS = "!#$%&'*+-/=?^_`{|}~"
_URL_MAX, _URL_MIN = 2083, 3
_WIDE = r"\x{00a1}-\x{ffff}"
_IP4 = (
    r"([1-9]\d?|1\d\d|2[01]\d|22[0-3]|24\d|25[0-5])(\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){2}"
    r"(?:\.([0-9]\d?|1\d\d|2[0-4]\d|25[0-4]))"
)
_SUBDOMAIN = r"((www\.)|([a-zA-Z0-9]+([-_\.]?[a-zA-Z0-9])*[a-zA-Z0-9]\.[a-zA-Z0-9]+))"
_URL = (
    r"^((ftp|tcp|udp|wss?|https?):\/\/)?(\S+(:\S*)?@)?"
    rf"(({_IP4}|(\[[0-9a-fA-F:.]+\])|(([a-zA-Z0-9]([a-zA-Z0-9-_]+)?[a-zA-Z0-9]([-\.][a-zA-Z0-9]+)*)|({_SUBDOMAIN}?))?"
    rf"(([a-zA-Z{_WIDE}0-9]+-?-?)*[a-zA-Z{_WIDE}0-9]+)(?:\.([a-zA-Z{_WIDE}]{{1,}}))?))"
    r"\.?(:(\d{1,5}))?((\/|\?|#)[^\s]*)?$"
)


def _wide(char: str) -> bool:
    return "\xa0" <= char <= "\ud7ff" or "\uf900" <= char <= "\ufdcf" or "\ufdf0" <= char <= "\uffef"


def _letter(char: str) -> bool:
    return (char.isascii() and char.isalpha()) or _wide(char)


def _word(char: str) -> bool:
    return (char.isascii() and char.isalnum()) or _wide(char)


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address: a dotted or quoted name, an at sign, a domain of two or more parts."""
    local, at, domain = text.rpartition("@")
    return bool(at) and (_dotted_name(local) or _quoted_name(local)) and _domain(domain)


def _dotted_name(text: str) -> bool:
    return all(part and all(_word(char) or char in _MARKS for char in part) for part in text.split("."))


def _quoted_name(text: str) -> bool:
    """One character, or one behind a backslash, in double quotes, with blanks around it: govalidator's rule."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return False
    body = text[1:-1].strip(" \t")
    if len(body) == 2 and body[0] == "\\":
        return True
    return len(body) == 1 and body not in '"\\\0\n\r'


def _domain(text: str) -> bool:
    body = text.removesuffix(".")
    head, dot, last = body.rpartition(".")
    if not dot or not head or not last:
        return False
    if not (_letter(last[0]) and _letter(last[-1]) and all(_word(char) or char in "-_~" for char in last)):
        return False
    return _word(head[0]) and _word(head[-1]) and all(_word(char) or char in "-._~" for char in head)


def is_url(text: str) -> bool:
    """Whether a text looks like the address of a site, with or without a scheme."""
    size = len(text.encode("utf-8", "surrogateescape"))
    if not text or len(text) >= _URL_MAX or size <= _URL_MIN or text.startswith("."):
        return False
    parsed = "http://" + text if ":" in text and "://" not in text else text
    if not _parses(parsed):
        return False
    host, path = _host_and_path(parsed)
    if host.startswith(".") or (not host and path and "." not in path):
        return False
    from charthouse.golang.regexp import compile as compile_expression

    return compile_expression(_URL).match(text)


def _host_and_path(text: str) -> tuple[str, str]:
    body = text.split("#")[0].split("?")[0]
    _, slashes, rest = body.partition("://")
    if not slashes:
        return "", body
    host, slash, path = rest.partition("/")
    return host.rpartition("@")[2], slash + path


def is_request_url(text: str) -> bool:
    """Whether a text is an absolute URI or path a request could be made with, and has a scheme."""
    scheme, colon, rest = text.partition(":")
    if not colon or not scheme[:1].isalpha() or not scheme.isascii():
        return False
    if not all(char.isalnum() or char in "+-." for char in scheme):
        return False
    return _parses(text) and bool(rest)


def _parses(text: str) -> bool:
    """What net/url.Parse refuses of what charts write: control characters, bad escapes, odd hosts and ports."""
    if any(char < " " or char == "\x7f" for char in text):
        return False
    digits = frozenset("0123456789abcdefABCDEF")
    body = text.split("#")[0].split("?")[0]
    for at, char in enumerate(body):
        if char == "%" and not (len(body) >= at + 3 and digits.issuperset(body[at + 1 : at + 3])):
            return False
    _, slashes, rest = body.partition("://")
    if not slashes:
        return True
    host = rest.partition("/")[0].rpartition("@")[2]
    if any(char in host for char in " \\^`{|}"):
        return False
    if host.count(":") > 1 and "[" not in host:
        return False
    port = "" if host.endswith("]") else host.rpartition(":")[2] if ":" in host else ""
    return not port or (port.isdecimal() and port.isascii())
