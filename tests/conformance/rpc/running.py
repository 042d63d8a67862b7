"""A server with a method of every kind, and the peers that call it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.logs import LogRecord
from charthouse.rpc.call import Call, HttpAnswer, HttpRequest, Method
from charthouse.rpc.health import Health
from charthouse.rpc.server import Server
from charthouse.rpc.status import Code, RpcError

__all__ = ["Service", "grpcio", "peer", "run"]

PEERS = Path(os.environ.get("CHARTHOUSE_PEERS") or ".peers/bin")
WAIT = 60.0


def grpcio() -> Any:
    """grpc's own Python package, which judges the transport."""
    return pytest.importorskip("grpc")


def peer(name: str) -> str:
    """The path of a program; skips the test where it is missing, fails it in CI."""
    path = PEERS / name
    found = str(path) if path.is_file() else shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing peer: {name}")
        pytest.skip(f"missing peer: {name}")
    return found


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A program, with what it prints."""
    return subprocess.run(arguments, capture_output=True, text=True, timeout=2 * WAIT, check=False, **options)


def _plain(data: bytes) -> bytes:
    return data


class Service:
    """told: what handlers saw happen; log: what the server logged."""

    def __init__(self) -> None:
        self.log: list[LogRecord] = []
        self.cancelled, self.closed, self.waiting = threading.Event(), threading.Event(), threading.Event()
        self.metadata: dict[str, str] = {}
        self.target: tuple[str, str] = "", ""

    def methods(self) -> list[Method]:
        handlers = {"Echo": self.echo, "Fail": self.fail, "Wait": self.wait, "Break": self.break_}
        made = [Method(f"/test.Service/{name}", handler, _plain, _plain) for name, handler in handlers.items()]
        return [*made, Method("/test.Service/Count", self.count, _plain, _plain, streams=True), *Health().methods()]

    def echo(self, request: bytes, call: Call) -> bytes:
        self.metadata = dict(call.metadata)
        call.trailers["x-size"] = str(len(request))
        call.trailers["x-raw-bin"] = "AAH/"
        return request

    def fail(self, request: bytes, call: Call) -> bytes:
        code, _, text = request.decode().partition(" ")
        if code == "plain":
            raise CharthouseError(text)
        raise RpcError(Code(int(code)), text, details=b"\x08\x05\x12\x02no")

    def wait(self, request: bytes, call: Call) -> bytes:
        call.on_cancel(self.cancelled.set)
        self.waiting.set()
        self.cancelled.wait(WAIT)
        return b""

    def break_(self, request: bytes, call: Call) -> bytes:
        raise KeyError("a secret")

    def count(self, request: bytes, call: Call) -> Iterator[bytes]:
        try:
            for number in range(int(request)):
                yield b"%d" % number
        finally:
            self.closed.set()

    def gateway(self, request: HttpRequest) -> HttpAnswer:
        text = f"{request.method} {request.target} {len(request.body)} {request.peer.authority}"
        return HttpAnswer(200, (("content-type", "text/plain"),), text.encode())


@contextlib.contextmanager
def serving(service: Service, **options: Any) -> Iterator[Server]:
    """A running server of it, on a port of 127.0.0.1."""
    with Server(service.methods(), gateway=service.gateway, log=service.log.append, **options) as server:
        server.listen("127.0.0.1")
        server.start()
        yield server
