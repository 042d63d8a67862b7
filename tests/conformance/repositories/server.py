"""A chart repository on loopback: the folder it is given below /plain, and the same with faults below other paths."""

from __future__ import annotations

import base64
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

INDEXES = {
    "numbers": b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, appVersion: 7, urls: [a.tgz]}\n",
    "digests": b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, digest: 7, urls: [1]}\n",
    "broken": b"apiVersion: v1\nentries: {\n",
    "unknown": b"apiVersion: v1\nentries: {}\nsurprise: 1\n",
    "innerunknown": b"apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n    surprise: 1\n",
    "empty": b"",
    "noversion": b"entries: {}\n",
    "text": b"hello\n",
    "list": b"[]\n",
    "wrongkind": b"apiVersion: v1\nentries:\n  a:\n  - name: [a]\n    version: 1.0.0\n",
    "duplicate": b"apiVersion: v1\napiVersion: v1\nentries: {}\n",
    "nulls": b"apiVersion: v1\nentries:\n  a: null\n  c:\n  - null\n  - name: c\n    version: 1.0.0\n    urls: []\n",
    "invalid": b"apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: x\n",
    "badname": b"apiVersion: v1\nentries:\n  a:\n  - name: ../b\n    version: 1.0.0\n",
    "odd": (
        b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0-rc1, created: '2020-01-01T00:00:00Z'}\n"
        b"  - {name: a, version: 0.9.0, appVersion: '7', description: An a, keywords: [k, l], urls: [a.tgz]}\n"
        b"  - {name: a, version: 0.10.0, urls: [a.tgz]}\n  - {name: a, version: v0.9.1+b2, urls: [a.tgz]}\n"
    ),
    "json": b'{"apiVersion":"v1","entries":{"j":[{"name":"j","version":"1.0.0","urls":["j.tgz"],"surprise":1}]}}',
    "wrongdigest": b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: [a.tgz], digest: zz}\n",
    "shortdigest": b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: [a.tgz], digest: abcd}\n",
    "badtime": b"apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n    created: yesterday\n",
    "othername": b"apiVersion: v1\nentries:\n  a:\n  - name: b\n    version: 1.0.0\n    urls:\n    - a.tgz\n",
    "badkey": (
        b"apiVersion: v1\nentries:\n  ../c:\n  - name: a\n    version: 1.0.0\n"
        b"  a$$b:\n  - name: a\n    version: 1.0.1\n"
    ),
    "realversion": b"apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0\n",
    "windows": (
        b"apiVersion: v1\r\nentries:\r\n  a:\r\n  - name: a\r\n    version: 1.0.0\r\n"
        b"    description: One\r\n      two\r\n"
    ),
    "anchored": (
        b"apiVersion: v1\nentries:\n  a:\n  - &x\n    name: a\n    version: 1.0.0\n"
        b"  b:\n  - <<: *x\n    version: 2.0.0\n"
    ),
    "jsonnumber": b'{"apiVersion":"v1","entries":{"j":[{"name":"j","version":"1.0.0","appVersion":7}]}}',
    "jsonurl": b'{"apiVersion":"v1","entries":{"j":[{"name":"j","version":"1.0.0","urls":[7]}]}}',
    "jsonkeys": b'{"apiVersion":"v1","publicKeys":1}',
    "notes": b"apiVersion: v1\nannotations: [a]\n",
    "jsonodd": (
        b'{"apiVersion":"v1","entries":{"j":[{"Name":"j","version":"1.0.0"},null,{"name":"j","version":"2"}],"k":null}}'
    ),
    "nourl": b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0}\n",
    "scheme": b"apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: ['ftp://x/a.tgz']}\n",
}
HUB = b"""{"data": [
 {"id": "x/web", "artifactHub": {"packageUrl": "https://hub/x/web"},
  "attributes": {"description": "A <web> server", "repo": {"name": "x", "url": "https://x"}},
  "relationships": {"latestChartVersion": {"data": {"version": "1.0.0", "app_version": "7"}}}},
 {"id": "y/web", "attributes": {"repo": {"url": "https://y"}}}
]}"""
PAIR = "Basic " + base64.b64encode(b"anna:secret").decode()


class Repository:
    """The server; use as a context manager. tls: what it encrypts with. seen: (path, Authorization) of requests."""

    def __init__(self, folder: Path, elsewhere: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self.times: dict[str, int] = {}
        self.indexes = dict(INDEXES)
        repository = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                repository.seen.append((self.path, self.headers.get("Authorization", "")))
                repository.times[self.path] = repository.times.get(self.path, 0) + 1
                status, headers, body = repository.answer(self.path, self.headers.get("Authorization", ""))
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                if "Content-Length" in headers:
                    self.close_connection = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (ConnectionResetError, ssl.SSLError):
                    self.close_connection = True  # the client had heard enough

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told."""

        self._folder = folder
        self._elsewhere = elsewhere
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.address = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    def __enter__(self) -> Repository:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a request."""
        kind, _, rest = path.lstrip("/").partition("/")
        name = rest.partition("?")[0]
        if kind in self.indexes and name == "index.yaml":
            return 200, {}, self.indexes[kind]
        if kind == "hub":
            return 200, {}, HUB if path.endswith("?q=web+server") else b'{"data": []}'
        if kind == "auth" and authorization != PAIR:
            return 401, {"WWW-Authenticate": "Basic"}, b"no\n"
        if kind == "redirect":
            return 302, {"Location": f"/plain/{rest}"}, b""
        if kind == "away":
            return 302, {"Location": f"{self._elsewhere}/plain/{rest}"}, b""
        if kind == "loop":
            return 302, {"Location": path}, b""
        if kind.isdigit():
            return int(kind), {}, b"no\n"
        if kind == "flaky" and self.times[path] == 1:
            return 503, {}, b"not now\n"
        file = self._folder / name
        if kind not in ("plain", "auth", "flaky", "cut") or not file.is_file():
            return 404, {}, b"no\n"
        body = file.read_bytes()
        if kind == "cut":
            return 200, {"Content-Length": str(len(body) + 100)}, body
        return 200, {}, body
