"""Named formats as gojsonschema checks them (format_checkers.go); an unknown one holds for everything."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fits"]

_LAYOUTS = ("15:04:05", "15:04:05Z07:00", "2006-01-02", "2006-01-02T15:04:05Z07:00")
_HOSTNAME = (
    r"^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])"
    r"(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]{0,61}[a-zA-Z0-9]))*$"
)
_PATTERNS = {
    "uuid": "^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$",
    "json-pointer": "^(?:/(?:[^~/]|~0|~1)*)*$",
    "relative-json-pointer": "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$",
}
_ATOM = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\x{80}-\x{10FFFF}-]+"
# net/mail.ParseAddress, comments and folding left out: a name before <…> is allowed, as there.
_ADDRESS = rf'({_ATOM}(\.{_ATOM})*|"(\\.|[^"\\])*")@({_ATOM}(\.{_ATOM})*|\[[^\]]*\])'
_MAIL = rf"^[ \t]*({_ADDRESS}|((\"(\\.|[^\"\\])*\"|[^<>@,;:\"\[\]()\\])*)<{_ADDRESS}>)[ \t]*$"


def fits(name: str, value: object) -> bool:
    """Whether a value has a format; numbers have none that is known."""
    check = _CHECKS.get(name)
    if check is None:
        return True
    return type(value) is str and check(value)


def _matches(pattern: str, text: str) -> bool:
    from charthouse.golang.regexp import compile as compile_expression

    return compile_expression(pattern).match(text)


def _moment(text: str, layouts: tuple[str, ...]) -> bool:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.time import UTC
    from charthouse.golang.time_parse import parse_time

    for layout in layouts:
        try:
            parse_time(layout, text, UTC, UTC)
        except GoError:
            continue
        return True
    return False


def _address(text: str, mark: str) -> bool:
    from ipaddress import ip_address

    if mark not in text or "%" in text:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _parses(text: str) -> bool:
    from charthouse.charts.schema.formats import complaint

    return "\\" not in text and not complaint("uri-reference", text)


def _uri(text: str) -> bool:
    from charthouse.charts.schema.formats import complaint

    return "\\" not in text and not complaint("uri", text)


def _template(text: str) -> bool:
    path = text.partition("#")[0].partition("?")[0]
    return _parses(text) and _matches("^([^{]*({[^}]*})?)*$", path)


def _regex(text: str) -> bool:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.regexp import compile as compile_expression

    try:
        compile_expression(text)
    except GoError:
        return False
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date": lambda text: _moment(text, ("2006-01-02",)),
    "time": lambda text: _moment(text, _LAYOUTS[:2]),
    "date-time": lambda text: _moment(text, _LAYOUTS),
    "hostname": lambda text: _matches(_HOSTNAME, text) and len(text.encode("utf-8", "surrogateescape")) < 256,
    "email": lambda text: _matches(_MAIL, text),
    "idn-email": lambda text: _matches(_MAIL, text),
    "ipv4": lambda text: _address(text, "."),
    "ipv6": lambda text: _address(text, ":"),
    "uri": _uri,
    "uri-reference": _parses,
    "iri": _uri,
    "iri-reference": _parses,
    "uri-template": _template,
    "uuid": lambda text: _matches(_PATTERNS["uuid"], text),
    "regex": _regex,
    "json-pointer": lambda text: _matches(_PATTERNS["json-pointer"], text),
    "relative-json-pointer": lambda text: _matches(_PATTERNS["relative-json-pointer"], text),
}
