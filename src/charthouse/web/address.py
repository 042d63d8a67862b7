"""Where a server is, and whether a proxy stands before it.

Rules: Go 1.26 ``net/http`` (``ProxyFromEnvironment``: ``golang.org/x/net/http/httpproxy``).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BadURL", "Endpoint", "endpoint", "proxy_for"]


class BadURL(CharthouseError):
    """An address that names no server."""


class Endpoint(Record):
    """A URL taken apart. prefix: the path the API lives under, "" or "/k8s/cluster" without a slash at the end."""

    scheme: str
    host: str
    port: int
    prefix: str
    userinfo: str = ""

    @property
    def authority(self) -> str:
        """Host and port as Go prints them in URLs: the port only when it was given, kept by the caller in
        `host_port`.
        """
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def endpoint(url: str) -> Endpoint:
    """Take a server or proxy URL apart. Raises BadURL when it is none."""
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadURL(f'parse "{url}": {error}') from error
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise BadURL(f'host must be a URL or a host:port pair: "{url}"')
    default = {"https": 443, "http": 80}.get(parts.scheme, 1080)
    user = ""
    if parts.username is not None:
        user = unquote(parts.username) + (f":{unquote(parts.password)}" if parts.password is not None else "")
    return Endpoint(parts.scheme, parts.hostname, port or default, parts.path.rstrip("/"), user)


def proxy_for(target: Endpoint, environ: Mapping[str, str]) -> str:
    """The proxy the environment wants for `target`, "" for none (HTTPS_PROXY, HTTP_PROXY, NO_PROXY; Go's rules)."""
    name = "HTTPS_PROXY" if target.scheme == "https" else "HTTP_PROXY"
    proxy = environ.get(name) or environ.get(name.lower()) or ""
    if not proxy or not _proxied(target, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxied(target: Endpoint, no_proxy: str) -> bool:
    host = target.host.lower().rstrip(".")
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return False
    for raw in no_proxy.split(","):
        rule = raw.strip().lower()
        if not rule:
            continue
        if rule == "*":
            return False
        if address is not None and _matches_address(rule, target):
            return False
        name, _, port = rule.partition(":") if rule.count(":") == 1 else (rule, "", "")
        if port and port != str(target.port):
            continue
        name = name.removeprefix("*")
        bare = name.removeprefix(".")
        if host == bare and not name.startswith("."):
            return False
        if host.endswith(f".{bare}"):
            return False
    return True


def _address(host: str):  # type: ignore[no-untyped-def]  # the ipaddress module is imported only where it is needed
    if not (host[:1].isdigit() or ":" in host):
        return None
    import ipaddress

    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _matches_address(rule: str, target: Endpoint) -> bool:
    import ipaddress

    try:
        if "/" in rule:
            return ipaddress.ip_address(target.host) in ipaddress.ip_network(rule, strict=False)
        return ipaddress.ip_address(target.host) == ipaddress.ip_address(rule)
    except ValueError:
        return False
