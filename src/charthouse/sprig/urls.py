"""``urlParse`` and ``urlJoin``.

Rules: sprig url.go over Go 1.27 net/url ``Parse`` and ``URL.String``. Where it differs: the words about an address in
square brackets that is none are always the most general ones.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_bytes, go_string
from charthouse.sprig.types import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["url_join", "url_parse"]

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_PATH = _UNRESERVED | frozenset(b"$&+,/:;=@")
_HOST = _UNRESERVED | frozenset(b"!\"$&'()*+,:;<=>[]")
_USER = _UNRESERVED | frozenset(b"$&+,;=")
_FRAGMENT = _UNRESERVED | frozenset(b"$&+,/:;=?@!()*")
_USERINFO = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:~!$&'()*+,;=%@")
_HEX = frozenset(b"0123456789abcdefABCDEF")


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)


def _bad_escape(data: bytes) -> GoError:
    return GoError(f"invalid URL escape {_quote(go_string(data))}")


def _unescape(text: str, *, host: bool = False, zone: bool = False) -> str:
    """The text with its ``%xx`` replaced. `host`, `zone`: by the narrower rules of those parts. Raises GoError."""
    data = go_bytes(text)
    made = bytearray()
    at = 0
    while at < len(data):
        byte = data[at]
        if byte != 0x25:
            if (host or zone) and byte < 0x80 and byte not in _HOST:
                raise GoError(f"invalid character {_quote(chr(byte))} in host name")
            made.append(byte)
            at += 1
            continue
        digits = data[at + 1 : at + 3]
        if len(digits) < 2 or not _HEX.issuperset(digits):
            raise _bad_escape(data[at : at + 3])
        value = int(digits, 16)
        if host and value < 0x80 and digits != b"25":
            raise _bad_escape(data[at : at + 3])
        if zone and digits != b"25" and value != 0x20 and value not in _HOST:
            raise _bad_escape(data[at : at + 3])
        made.append(value)
        at += 3
    return go_string(bytes(made))


def _escape(text: str, plain: frozenset[int]) -> str:
    data = go_bytes(text)
    if plain.issuperset(data):
        return text
    return "".join([chr(byte) if byte in plain else f"%{byte:02X}" for byte in data])


def _scheme(text: str) -> tuple[str, str]:
    """The scheme and what follows it; no scheme where the text begins otherwise. Raises GoError."""
    for at, char in enumerate(text):
        if char.isascii() and char.isalpha():
            continue
        if char in "0123456789+-.":
            if at == 0:
                break
        elif char == ":":
            if at == 0:
                raise GoError("missing protocol scheme")
            return text[:at].lower(), text[at + 1 :]
        else:
            break
    return "", text


def _port_is_valid(port: str) -> bool:
    return not port or (port[0] == ":" and not port[1:].strip("0123456789"))


def _check_port(port: str) -> None:
    if not _port_is_valid(port):
        raise GoError(f"invalid port {_quote(port)} after host")


def _literal_host(host: str) -> str:
    """An address in square brackets, with a port perhaps."""
    end = host.rfind("]")
    if end < 0:
        raise GoError("missing ']' in host")
    port = host[end + 1 :]
    _check_port(port)
    name, mark, zone = host[1:end].partition("%25")
    address = _unescape(name, host=True) + (_unescape(mark + zone, zone=True) if mark else "")
    from charthouse.golang.netip import complaint

    words = complaint(address)
    if words:
        raise GoError(f"invalid host: {words}")
    if ":" not in address:
        raise GoError("invalid IP-literal")
    return f"[{address}]{_unescape(port, host=True)}"


def _host(scheme: str, host: str) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise GoError("invalid IP-literal")
    if bracket == 0:
        return _literal_host(host)
    colon = host.find(":") if scheme in ("http", "https") else host.rfind(":")
    if colon >= 0:
        _check_port(host[colon:])
    return _unescape(host, host=True)


def _authority(scheme: str, authority: str) -> tuple[str | None, str]:
    """The user information as it is written again, None without any, and the host."""
    info, mark, host = authority.rpartition("@")
    host = _host(scheme, host)
    if not mark:
        return None, host
    if not _USERINFO.issuperset(info):
        raise GoError("net/url: invalid userinfo")
    name, colon, password = info.partition(":")
    user = _escape(_unescape(name), _USER)
    return (user + ":" + _escape(_unescape(password), _USER) if colon else user), host


def _parse(text: str) -> dict[str, Any]:
    """What comes before the fragment. Raises GoError."""
    if any(char < " " or char == "\x7f" for char in text):
        raise GoError("net/url: invalid control character in URL")
    found: dict[str, Any] = {"scheme": "", "host": "", "path": "", "query": "", "opaque": "", "userinfo": ""}
    if text == "*":
        found["path"] = "*"
        return found
    scheme, rest = _scheme(text)
    found["scheme"] = scheme
    rest, _, found["query"] = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            found["opaque"] = rest
            return found
        if ":" in rest.partition("/")[0]:
            raise GoError("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        user, found["host"] = _authority(scheme, authority)
        found["userinfo"] = user or ""
        rest = slash + path
    found["path"] = _unescape(rest)
    return found


def _hostname(host: str) -> str:
    colon = host.rfind(":")
    if colon >= 0 and _port_is_valid(host[colon:]):
        host = host[:colon]
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _parse_whole(text: str) -> dict[str, Any]:
    before, _, fragment = text.partition("#")
    shown = before
    try:
        found = _parse(before)
        shown = text
        found["fragment"] = _unescape(fragment)
    except GoError as error:
        raise GoError(f"parse {_quote(shown)}: {error}") from None
    return found


def url_parse(text: str) -> dict[str, Any]:
    """The parts of a URL: scheme, host, hostname, path, query, opaque, fragment, userinfo. Raises GoError."""
    try:
        found = _parse_whole(text)
    except GoError as error:
        raise GoError(f"unable to parse url: {error}") from None
    found["hostname"] = _hostname(found["host"])
    return found


def _part(parts: dict[str, Any] | None, key: str) -> str:
    if not parts or key not in parts:
        return ""
    value = parts[key]
    if value is None:
        raise GoError("runtime error: invalid memory address or nil pointer dereference")
    if not isinstance(value, str):
        raise GoError(f"unable to parse {key} key, must be of type string, but {kind_of(value)} found")
    return value


def url_join(parts: dict[str, Any] | None) -> str:
    """The URL of its parts. Raises GoError for a part that is no string."""
    scheme, host, path = _part(parts, "scheme"), _part(parts, "host"), _part(parts, "path")
    query, opaque, fragment = _part(parts, "query"), _part(parts, "opaque"), _part(parts, "fragment")
    info = _part(parts, "userinfo")
    user: str | None = None
    if info:
        user = _user(info)
    made = scheme + ":" if scheme else ""
    if opaque:
        made += opaque
    else:
        made += _after_scheme(made, scheme, user, host, path)
    if query:
        made += "?" + query
    return made + "#" + _escape(fragment, _FRAGMENT) if fragment else made


def _user(info: str) -> str | None:
    """The user information as a URL would show it."""
    whole = f"proto://{info}@host"
    before, _, fragment = whole.partition("#")
    shown = before
    try:
        scheme, rest = _scheme(before)
        if any(char < " " or char == "\x7f" for char in before):
            raise GoError("net/url: invalid control character in URL")
        authority, slash, path = rest.partition("?")[0][2:].partition("/")
        user, _ = _authority(scheme, authority)
        _unescape(slash + path)
        shown = whole
        _unescape(fragment)
    except GoError as error:
        raise GoError(f"unable to parse userinfo in dict: parse {_quote(shown)}: {error}") from None
    return user


def _after_scheme(before: str, scheme: str, user: str | None, host: str, path: str) -> str:
    made = ""
    if scheme or host or user is not None:
        if host or path or user is not None:
            made += "//"
        if user is not None:
            made += user + "@"
        if host:
            made += _escape(host, _HOST)
    shown = "*" if path == "*" else _escape(path, _PATH)
    if shown and shown[0] != "/" and host:
        made += "/"
    if not before + made and ":" in shown.partition("/")[0]:
        made += "./"
    return made + shown
