"""Sockets to servers: addresses, proxies, TLS, and Go's words for what goes wrong.

Rules: Go 1.26 ``net`` (``OpError``: `dial tcp 127.0.0.1:8080: connect: connection refused`), ``crypto/tls`` and
``crypto/x509`` (certificate texts). Differs: the list of names of a wrong certificate is not repeated.
"""

from __future__ import annotations

from charthouse.web.address import endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable
    from typing import TypeVar

    from charthouse.web.address import Endpoint

    T = TypeVar("T")

__all__ = ["DialError", "connect"]

_DIAL_TIMEOUT = 30.0


class DialError(Exception):
    """No connection; str() is Go's text without the `Get "…": ` in front. refused: a proxy answered, and said no."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


def connect(
    target: Endpoint, *, proxy: str, context: ssl.SSLContext | None, server_name: str, timeout: float = _DIAL_TIMEOUT,
    proxy_context: ssl.SSLContext | None = None,
) -> socket.socket:  # fmt: skip
    """A connected socket to `target`, through `proxy` when given, encrypted when `context` is given.

    proxy_context: for a proxy that is reached by https, `context` when not given. timeout: seconds for the whole of it.
    Raises DialError in Go's words.
    """
    if proxy:
        via = endpoint(proxy)
        try:
            sock = _tcp(via, timeout)
            if via.scheme == "https":
                sock = _encrypt(sock, _proxy_context(proxy_context or context), via.host)
        except DialError as error:
            socks = f"socks connect tcp {via.authority}->{target.authority}"
            raise DialError(f"{socks if via.scheme.startswith('socks5') else 'proxyconnect tcp'}: {error}") from error
        if via.scheme.startswith("socks5"):
            _socks5(sock, via, target)
        elif context is not None:
            _tunnel(sock, via, target)
    else:
        sock = _tcp(target, timeout)
    if context is None:
        return sock
    if proxy and via.scheme == "https":
        return _encrypt_inside(sock, context, server_name or target.host)
    return _encrypt(sock, context, server_name or target.host)


def _tcp(target: Endpoint, timeout: float) -> socket.socket:
    import socket

    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DialError(f"dial tcp: lookup {target.host}{_name_server()}: no such host") from error
    first: DialError | None = None
    for family, kind, protocol, _, where in found:
        address: tuple[str, int] = (str(where[0]), int(where[1]))
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(timeout)
        try:
            sock.connect(where)
        except OSError as error:
            sock.close()
            shown = f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"
            first = first or DialError(f"dial tcp {shown}: {_go_text(error)}")
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise first or DialError(f"dial tcp: lookup {target.host}: no such host")


def _name_server() -> str:
    """Go's own resolver names the server it asked."""
    try:
        with open("/etc/resolv.conf", encoding="utf-8", errors="replace") as file:
            for line in file:
                parts = line.split()
                if len(parts) > 1 and parts[0] == "nameserver":
                    return f" on {parts[1]}:53"
    except OSError:
        return ""
    return ""


def _go_text(error: OSError) -> str:
    if isinstance(error, TimeoutError) and error.errno is None:
        return "i/o timeout"
    return f"connect: {(error.strerror or str(error)).lower()}"


def _tunnel(sock: socket.socket, via: Endpoint, target: Endpoint) -> None:
    """CONNECT (RFC 9110 §9.3.6)."""
    from charthouse.web.http1 import Connection, ProtocolError

    headers = [("Host", target.authority)]
    if via.userinfo:
        import binascii

        token = binascii.b2a_base64(via.userinfo.encode(), newline=False).decode()
        headers.append(("Proxy-Authorization", f"Basic {token}"))
    try:
        connection = Connection(sock)
        connection.send("CONNECT", target.authority, headers, None)
        answer = connection.receive("HEAD")
    except (ProtocolError, OSError) as error:
        sock.close()
        raise DialError(f"proxyconnect tcp: {error}") from error
    if answer.status != 200:
        sock.close()
        raise DialError(answer.reason or f"proxyconnect tcp: status {answer.status}", refused=answer.status < 500)


def _socks5(sock: socket.socket, via: Endpoint, target: Endpoint) -> None:
    """RFC 1928 with user name and password (RFC 1929); names are resolved by the proxy."""
    name = target.host.encode("idna" if not target.host.isascii() else "ascii")[:255]
    try:
        methods = b"\x00\x02" if via.userinfo else b"\x00"
        sock.sendall(b"\x05" + bytes([len(methods)]) + methods)
        chosen = _exactly(sock, 2)[1]
        if chosen == 2:
            user, _, password = via.userinfo.partition(":")
            sock.sendall(b"\x01" + _counted(user) + _counted(password))
            if _exactly(sock, 2)[1] != 0:
                raise OSError("username/password authentication failed")
        elif chosen != 0:
            raise OSError("no acceptable authentication methods")
        sock.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + target.port.to_bytes(2, "big"))
        head = _exactly(sock, 4)
        if head[1] != 0:
            raise OSError(f"unknown error {_SOCKS_ERRORS.get(head[1], str(head[1]))}")
        length = {1: 4, 4: 16}.get(head[3]) or _exactly(sock, 1)[0]
        _exactly(sock, length + 2)
    except OSError as error:
        sock.close()
        raise DialError(f"socks connect tcp {via.authority}->{target.authority}: {error}") from error


_SOCKS_ERRORS = {
    1: "general SOCKS server failure", 2: "connection not allowed by ruleset", 3: "network unreachable",
    4: "host unreachable", 5: "connection refused", 6: "TTL expired", 7: "command not supported",
    8: "address type not supported",
}  # fmt: skip


def _counted(text: str) -> bytes:
    data = text.encode()[:255]
    return bytes([len(data)]) + data


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise OSError("unexpected EOF")
        data += piece
    return data


def _proxy_context(context: ssl.SSLContext | None) -> ssl.SSLContext:
    from charthouse.web.tls import client_context

    return context if context is not None else client_context()


def _encrypt_inside(sock: socket.socket, context: ssl.SSLContext, server_name: str) -> socket.socket:
    from typing import cast

    from charthouse.web.nested import NestedSocket

    nested = _handshake(sock, lambda: NestedSocket(sock, context, server_name), server_name)
    return cast("socket.socket", nested)  # as much of one as is used


def _encrypt(sock: socket.socket, context: ssl.SSLContext, server_name: str) -> socket.socket:
    return _handshake(sock, lambda: context.wrap_socket(sock, server_hostname=server_name), server_name)


def _handshake(sock: socket.socket, begin: Callable[[], T], server_name: str) -> T:
    """What `begin` makes, or DialError in Go's words; `sock` is then closed."""
    import ssl

    try:
        return begin()
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise DialError(f"tls: failed to verify certificate: x509: {_x509(error, server_name)}") from error
    except TimeoutError as error:
        sock.close()
        raise DialError("net/http: TLS handshake timeout") from error
    except ssl.SSLError as error:
        sock.close()
        if "WRONG_VERSION_NUMBER" in str(error):
            raise DialError("http: server gave HTTP response to HTTPS client") from error
        reason = (error.reason or str(error)).lower().replace("_", " ")
        raise DialError(f"remote error: tls: {reason}" if "alert" in reason else f"tls: {reason}") from error
    except OSError as error:
        sock.close()
        raise DialError("EOF" if not error.errno else f"read: {(error.strerror or '').lower()}") from error


def _x509(error: ssl.SSLCertVerificationError, server_name: str) -> str:
    text = error.verify_message or ""
    if "ostname mismatch" in text or "IP address mismatch" in text:
        return f"certificate is not valid for {server_name}"
    if "expired" in text:
        return "certificate has expired or is not yet valid"
    return "certificate signed by unknown authority"
