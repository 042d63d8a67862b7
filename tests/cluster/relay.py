"""A server between a client and the API server that loses, delays and refuses what a test tells it to."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

__all__ = ["Fault", "Relay", "relay"]

Fault = tuple[str, int, str]
"""("before" | "after" the server has seen the request, status or 0 to cut the connection, message)."""


class Relay:
    """url: where it listens. faults: asked for each (method, path); pops the first that applies. seen: what came.

    writes: (method, path, content type, body with sorted keys) of every request that is no GET.
    """

    def __init__(self, server: str, token: str) -> None:
        self.target = urlsplit(server)
        self.token = token
        self.url = ""
        self.seen: list[tuple[str, str]] = []
        self.writes: list[tuple[str, str, str, str]] = []
        self.faults: list[tuple[Callable[[str, str], bool], Fault]] = []
        self.lock = threading.Lock()

    def once(self, method: str, fault: Fault, part: str = "") -> None:
        """Let the next such request fail."""
        self.faults.append((lambda m, path: m == method and part in path, fault))

    def take(self, method: str, path: str) -> Fault | None:
        with self.lock:
            self.seen.append((method, path))
            for at, (applies, fault) in enumerate(self.faults):
                if applies(method, path):
                    del self.faults[at]
                    return fault
        return None


def _sorted(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"))
    except ValueError:
        return body.decode("utf-8", "replace")


def _handler(state: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _fail(self, status: int, message: str) -> None:
            if not status:
                self.close_connection = True
                self.connection.close()
                return
            body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message}
            self._answer(status, json.dumps(body).encode())

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            fault = state.take(self.command, self.path)
            if self.command != "GET":
                kind = self.headers.get("Content-Type") or ""
                with state.lock:
                    state.writes.append((self.command, self.path, kind, _sorted(body or b"")))
            if fault is not None and fault[0] == "before":
                self._fail(fault[1], fault[2])
                return
            if "watch=true" in self.path or "watch=1" in self.path:
                self._fail(504, "the relay does not pass watches on")
                return
            status, data, kind = self._forward(body)
            if fault is not None:
                self._fail(fault[1], fault[2])
                return
            self._answer(status, data, kind)

        def _forward(self, body: bytes | None) -> tuple[int, bytes, str]:
            host, port = state.target.hostname, state.target.port
            assert host is not None
            if state.target.scheme == "https":
                context = ssl._create_unverified_context()
                connection: http.client.HTTPConnection = http.client.HTTPSConnection(host, port, context=context)
            else:
                connection = http.client.HTTPConnection(host, port)
            headers = {name: self.headers[name] for name in ("Content-Type", "Accept") if self.headers[name]}
            if state.token:
                headers["Authorization"] = f"Bearer {state.token}"
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers.get("Content-Type", "")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def relay(server: str, token: str) -> Iterator[Relay]:
    """Runs until the block ends."""
    state = Relay(server, token)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    httpd.daemon_threads = True
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        httpd.shutdown()
        httpd.server_close()
