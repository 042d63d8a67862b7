"""A server that answers badly: the first part of the path says how. Below /v2 it is a registry, and the first part of
the repository's name says what it does to manifests and, behind `blob-`, to blobs."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
REASONS = {
    200: "OK", 302: "Found", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


class Faults:
    """charts: a folder with index.yaml and archives. times: requests by path; seen: paths with Authorization."""

    def __init__(self, charts: Path) -> None:
        self.times: dict[str, int] = {}
        self.seen: list[tuple[str, str]] = []
        self._charts = charts
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.stop = threading.Event()

    def __enter__(self) -> Faults:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.stop.set()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            lines = head.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            authorization = next((line[15:] for line in lines if line.lower().startswith("authorization: ")), "")
            self.times[path] = self.times.get(path, 0) + 1
            self.seen.append((path, authorization))
            fault, body = self._found(path)
            self._send(client, fault, body)

    def _found(self, path: str) -> tuple[str, bytes | None]:
        """How to answer, and with what."""
        if path == "/v2/":
            return "good", b"{}"
        if not path.startswith("/v2/"):
            fault, _, name = path.lstrip("/").partition("/")
            file = self._charts / name.partition("?")[0]
            return fault, file.read_bytes() if file.is_file() else None
        repository, _, what = path[4:].partition("/apple/")
        archive = (self._charts / "apple-1.0.0.tgz").read_bytes()
        config = json.dumps({"name": "apple", "version": "1.0.0"}).encode()
        blobs = {_digest(archive): archive, _digest(config): config}
        ofblob = repository.removeprefix("blob-")
        if what.startswith("blobs/"):
            fault = ofblob if repository.startswith("blob-") and what[6:] == _digest(archive) else "good"
            return fault, blobs.get(what[6:])
        if what.startswith("tags/"):
            return "good" if repository.startswith("blob-") else repository, b'{"tags": ["1.0.0"]}'
        size = len(archive) + (1 if repository == "blob-size" else 0)
        layers = [{"mediaType": CHART, "digest": _digest(archive), "size": size}]
        described = {"mediaType": CONFIG, "digest": _digest(config), "size": len(config)}
        manifest = json.dumps({"schemaVersion": 2, "config": described, "layers": layers}).encode()
        return "manifest" if repository.startswith("blob-") else repository, manifest

    def _send(self, client: socket.socket, fault: str, body: bytes | None) -> None:
        if fault.isdigit():
            more = "Retry-After: 1\r\n" if fault == "429" else ""
            client.sendall(_head(int(fault), 3, more) + b"no\n")
            return
        if body is None:
            client.sendall(_head(404, 3) + b"no\n")
            return
        if fault == "manifest":
            kind = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n"
            client.sendall(_head(200, len(body), kind) + body)
            return
        if fault == "other":  # the same length, another byte
            body = body[:-1] + bytes([body[-1] ^ 1])
        plain = {
            "cut": _head(200, len(body) + 100) + body,
            "half": _head(200, len(body)) + body[: len(body) // 2],
            "badlength": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + body,
            "huge": _head(200, 1 << 50) + body,
            "garbage": b"\x15\x03\x01 hello\r\n\r\n",
            "headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n" + body,
            "interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 5000,
            "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
            "cutchunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + body,
            "nothing": b"",
            "loop": f"HTTP/1.1 302 Found\r\nLocation: {'/loop/apple-1.0.0.tgz'}\r\nContent-Length: 0\r\n\r\n".encode(),
            "file": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
            "nowhere": b"HTTP/1.1 302 Found\r\nLocation: http://[::1/x\r\nContent-Length: 0\r\n\r\n",
        }
        if fault in plain:
            client.sendall(plain[fault])
        elif fault == "endless":
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.stop.is_set():
                client.sendall(b"x" * 65536)
        elif fault == "stall":
            client.sendall(_head(200, len(body)) + body[:9])
            self.stop.wait(30)
        elif fault == "drip":
            client.sendall(_head(200, len(body)))
            for byte in body:
                if self.stop.is_set():
                    return
                client.sendall(bytes([byte]))
                time.sleep(0.02)
        else:
            client.sendall(_head(200, len(body)) + body)


def _head(status: int, length: int, more: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n".encode()
    )


def _digest(data: bytes) -> str:
    return "sha256:" + sha256(data).hexdigest()
