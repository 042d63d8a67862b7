"""An HTTP proxy on loopback: absolute requests and CONNECT, with a password or without, encrypted or not; names that
end in .test are this machine."""

from __future__ import annotations

import base64
import select
import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType


class Proxy:
    """ports: where requests to a name's port really go. seen: the first line of every request, and its
    Proxy-Authorization."""

    def __init__(self, ports: dict[str, int], *, pair: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self._ports = ports
        self._tls = tls
        self._wanted = "Basic " + base64.b64encode(pair.encode()).decode() if pair else ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, plain: socket.socket) -> None:
        with plain, suppress(OSError):
            client = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            first, _, rest = head.partition(b"\r\n")
            authorization = ""
            kept = []
            lines, _, body = rest.partition(b"\r\n\r\n")
            for line in lines.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() == b"proxy-authorization":
                    authorization = value.strip().decode()
                elif name.lower() not in (b"connection", b"proxy-connection"):
                    kept.append(line)
            self.seen.append((first.decode(), authorization))
            if authorization != self._wanted:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            self._forward(client, first.decode(), kept, body)

    def _forward(self, client: socket.socket, first: str, kept: list[bytes], body: bytes) -> None:
        method, target, _ = first.split(" ")
        if method == "CONNECT":
            with self._connect(target) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pump(client, server)
            return
        host, _, path = target.removeprefix("http://").partition("/")
        with self._connect(host if ":" in host else f"{host}:80") as server:
            head = b"\r\n".join([f"{method} /{path} HTTP/1.1".encode(), *kept, b"Connection: close", b"", b""])
            server.sendall(head + body)
            _pump(client, server)

    def _connect(self, place: str) -> socket.socket:
        port = self._ports.get(place) or int(place.rpartition(":")[2])
        return socket.create_connection(("127.0.0.1", port), 10)


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways until either side has said all."""
    while True:
        waiting = isinstance(one, ssl.SSLSocket) and one.pending()
        readable = [one] if waiting else select.select([one, other], [], [], 30)[0]
        if not readable:
            return
        for source in readable:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)
