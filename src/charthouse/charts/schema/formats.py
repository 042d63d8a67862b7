"""The named formats of JSON Schema: santhosh-tekuri/jsonschema v6.0.3 `format.go`, its words included."""

from __future__ import annotations

from charthouse.charts.schema.moments import date, date_time, digits, prefixed, time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["complaint"]

_HEX = frozenset("0123456789abcdefABCDEF")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~")


def complaint(name: str, value: object) -> str:
    """What is wrong with a value under a format; "" when nothing is, when it is no string, or the format is unknown."""
    check = _FORMATS.get(name)
    return check(value) if check is not None and isinstance(value, str) else ""


def _rune(char: str) -> str:
    from charthouse.golang.strconv import quote_rune

    return quote_rune(ord(char))


def _json_pointer(text: str) -> str:
    if text and text[0] != "/":
        return "not starting with /"
    for at, char in enumerate(text):
        if char == "~" and text[at + 1 : at + 2] not in ("0", "1"):
            return "~ must be followed by 0 or 1"
    return ""


def _relative_json_pointer(text: str) -> str:
    count = digits(text)
    if not count:
        return "must start with non-negative integer"
    if count > 1 and text[0] == "0":
        return "starts with zero"
    rest = text[count:]
    return "" if rest == "#" else _json_pointer(rest)


def _uuid(text: str) -> str:
    sizes = (8, 4, 4, 4, 12)
    groups = text.split("-")
    if len(groups) != len(sizes):
        return "must have 5 elements"
    for index, (group, size) in enumerate(zip(groups, sizes, strict=True), 1):
        if len(group.encode("utf-8", "surrogateescape")) != size:
            return f"element {index} must be {size} characters long"
        for char in group:
            if char not in _HEX:
                return f"non-hex character {_rune(char)}"
    return ""


def _duration(text: str) -> str:
    if not text.startswith("P"):
        return "must start with P"
    body = text[1:]
    if not body:
        return "nothing after P"
    if body.endswith("W"):
        weeks = body[:-1]
        if not weeks:
            return "no number in week"
        return "" if digits(weeks) == len(weeks) else "invalid week"
    for index, part in enumerate(body.split("T")):
        if index and not part:
            return "no time elements"
        if index > 1:
            return "more than one T"
        words = _duration_part(part, ("YMD", "HMS")[index])
        if words:
            return words
    return ""


def _duration_part(text: str, units: str) -> str:
    known = units
    while text:
        count = digits(text)
        if not count:
            return "missing number"
        text = text[count:]
        if not text:
            return "missing unit"
        at = units.find(text[0])
        if at < 0:
            return f"{'unit' if text[0] in known else 'invalid unit'} {_rune(text[0])}" + (
                " out of order" if text[0] in known else ""
            )
        units = units[at + 1 :]
        text = text[1:]
    return ""


def _period(text: str) -> str:
    start, slash, end = text.partition("/")
    if not slash:
        return "missing slash"
    if start.startswith("P"):
        return prefixed("invalid start duration", _duration(start)) or prefixed("invalid end date-time", date_time(end))
    words = prefixed("invalid start date-time", date_time(start))
    if words:
        return words
    if end.startswith("P"):
        return prefixed("invalid end duration", _duration(end))
    return prefixed("invalid end date-time", date_time(end))


def _ipv4(text: str) -> str:
    groups = text.split(".")
    if len(groups) != 4:
        return "expected four decimals"
    for group in groups:
        if len(group) > 1 and group[0] == "0":
            return "leading zeros"
        body = group[1:] if group[:1] in ("+", "-") else group
        if not (body.isdecimal() and body.isascii()):
            from charthouse.golang.strconv import quote

            return f"strconv.Atoi: parsing {quote(group)}: invalid syntax"
        if not 0 <= int(group) <= 255:
            return "decimal must be between 0 and 255"
    return ""


def _ipv6(text: str) -> str:
    if ":" not in text:
        return "missing colon"
    from charthouse.golang.netip import complaint

    words = complaint(text)
    return words or ("zone id is not a part of ipv6 address" if "%" in text else "")


def _hostname(text: str) -> str:
    text = text.removesuffix(".")
    if len(text.encode("utf-8", "surrogateescape")) > 253:
        return "more than 253 characters long"
    for label in text.split("."):
        if not 1 <= len(label.encode("utf-8", "surrogateescape")) <= 63:
            return "label must be 1 to 63 characters long"
        if label.startswith("-"):
            return "label starts with hyphen"
        if label.endswith("-"):
            return "label ends with hyphen"
        for char in label:
            if char not in _HOST:
                return f"invalid character {_rune(char)}"
    return ""


def _email(text: str) -> str:
    if len(text.encode("utf-8", "surrogateescape")) > 254:
        return "more than 255 characters long"
    local, at, domain = text.rpartition("@")
    if not at:
        return "missing @"
    words = _local_part(local)
    if words:
        return words
    if domain.startswith("[") and domain.endswith("]"):
        literal = domain[1:-1]
        if literal.startswith("IPv6:"):
            return prefixed("invalid ipv6 address", _ipv6(literal.removeprefix("IPv6:")))
        return prefixed("invalid ipv4 address", _ipv4(literal))
    return prefixed("invalid domain", _hostname(domain))


def _local_part(local: str) -> str:
    if len(local.encode("utf-8", "surrogateescape")) > 64:
        return "local part more than 64 characters long"
    if len(local) > 1 and local[0] == '"' and local[-1] == '"':
        if "\\" in local[1:-1] or '"' in local[1:-1]:
            return "backslash and quote are not allowed within quoted local part"
        return ""
    if local.startswith("."):
        return "starts with dot"
    if local.endswith("."):
        return "ends with dot"
    if ".." in local:
        return "consecutive dots"
    for char in local:
        if char not in _LOCAL:
            return f"invalid character {_rune(char)}"
    return ""


def _url(text: str) -> str:
    """net/url.Parse's commonest complaints."""
    from charthouse.golang.strconv import quote

    head = f"parse {quote(text)}: "
    if any(char < " " or char == "\x7f" for char in text):
        return head + "net/url: invalid control character in URL"
    if text.startswith(":"):
        return head + "missing protocol scheme"
    for at, char in enumerate(text):
        if char == "%" and not (_HEX.issuperset(text[at + 1 : at + 3]) and len(text) >= at + 3):
            return head + f"invalid URL escape {quote(text[at : at + 3])}"
    scheme, colon, _ = text.partition(":")
    if colon and "/" not in scheme and not _is_scheme(scheme) and not text.startswith(("/", "?", "#")):
        return head + "first path segment in URL cannot contain colon"
    _, slashes, rest = text.partition("://")
    if slashes:
        host = rest.split("/")[0].split("?")[0].split("#")[0]
        for char in host.rpartition("@")[2]:
            if char in " \\^`{|}":
                return head + f"invalid character {quote(char)} in host name"
    return ""


def _is_scheme(text: str) -> bool:
    return text[:1].isalpha() and text.isascii() and all(char.isalnum() or char in "+-." for char in text)


def _uri(text: str) -> str:
    words = _url(text)
    if words:
        return words
    scheme, colon, _ = text.partition(":")
    return "" if colon and _is_scheme(scheme) else "relative url"


def _uri_reference(text: str) -> str:
    return "contains \\" if "\\" in text else _url(text)


def _uri_template(text: str) -> str:
    words = _url(text)
    if words:
        return words
    open_brace = False
    for char in text:
        if char in "{}":
            if (char == "{") == open_brace:
                return "nested curly braces"
            open_brace = not open_brace
    return "no matching closing brace" if open_brace else ""


def _regex(text: str) -> str:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.regexp import compile as compile_expression

    try:
        compile_expression(text)
    except GoError as error:
        return str(error)
    return ""


def _semver(text: str) -> str:
    text, plus, build = text.partition("+")
    if plus:
        words = _identifiers(build, "build", numbers=True) if build else "build is empty"
        if words:
            return words
    text, dash, release = text.partition("-")
    if dash:
        words = _identifiers(release, "pre-release", numbers=False)
        if words:
            return words
    parts = text.split(".")
    if len(parts) != 3:
        return "versionCore must have 3 numbers separated by dot"
    for name, part in zip(("major", "minor", "patch"), parts, strict=True):
        if not part:
            return f"{name} is empty"
        if len(part) > 1 and part[0] == "0":
            return f"{name} starts with zero"
        if digits(part) != len(part):
            return f"{name} contains non-digit"
    return ""


def _identifiers(text: str, noun: str, *, numbers: bool) -> str:
    for part in text.split("."):
        if not part:
            return f"{noun} identifier is empty"
        for char in part:
            if char not in _HOST:
                return f"invalid character {_rune(char)} in {noun} identifier"
        if not numbers and len(part) > 1 and part[0] == "0" and digits(part) == len(part):
            return "pre-release numeric identifier starts with zero"
    return ""


_FORMATS: dict[str, Callable[[str], str]] = {
    "json-pointer": _json_pointer,
    "relative-json-pointer": _relative_json_pointer,
    "uuid": _uuid,
    "duration": _duration,
    "period": _period,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "hostname": _hostname,
    "email": _email,
    "date": date,
    "time": time,
    "date-time": date_time,
    "uri": _uri,
    "iri": _uri,
    "uri-reference": _uri_reference,
    "iri-reference": _uri_reference,
    "uri-template": _uri_template,
    "semver": _semver,
    "regex": _regex,
}
