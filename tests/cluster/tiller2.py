"""The real Tiller 2.17 on a cluster, the real Helm 2.17 client that talks to it, and a recorder between them."""

from __future__ import annotations

import base64
import contextlib
import importlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cluster.interop import Tool

__all__ = ["Recorder", "free_port", "helm2_tool", "recording", "running_tiller"]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def running_tiller(
    binary: Path, kubeconfig: Path, namespace: str, *, storage: str = "configmap", port: int = 0
) -> Iterator[str]:
    """A Tiller whose records lie in `namespace`; gives its address while the block runs. port: where it listens."""
    port, probes = port or free_port(), free_port()
    process = subprocess.Popen(
        [str(binary), "-listen", f"127.0.0.1:{port}", "-probe-listen", f"127.0.0.1:{probes}", "-storage", storage],
        env={**os.environ, "KUBECONFIG": str(kubeconfig), "TILLER_NAMESPACE": namespace},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"Tiller did not come up (exit status {process.poll()})")


def helm2_tool(binary: Path, address: str, kubeconfig: Path, home: Path) -> Tool:
    """The Helm 2 client, its home made ready."""
    environment = {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "HELM_HOST": address,
        "HELM_HOME": str(home),
        "TZ": "UTC",
    }
    tool = Tool("helm2", [str(binary)], environment)
    if not (home / "repository").is_dir():
        tool.run("init", "--client-only", "--skip-repos")
    return tool


class Recorder:
    """A gRPC server that hands every call on to Tiller and keeps the bytes of both directions."""

    def __init__(self, target: str) -> None:
        self._grpc: Any = importlib.import_module("grpc")
        self._channel = self._grpc.insecure_channel(target, options=[("grpc.max_receive_message_length", -1)])
        self.calls: list[dict[str, Any]] = []

    def service(self, details: Any) -> Any:
        """What grpc asks of a generic handler: how to serve a method."""
        method = details.method
        return self._grpc.unary_stream_rpc_method_handler(lambda data, context: self._pass_on(method, data, context))

    def _pass_on(self, method: str, data: bytes, context: Any) -> Iterator[bytes]:
        headers = [(key, value) for key, value in context.invocation_metadata() if key == "x-helm-api-client"]
        entry: dict[str, Any] = {
            "method": method,
            "headers": dict(headers),
            "request": base64.b64encode(data).decode(),
            "responses": [],
            "code": 0,
            "message": "",
        }
        self.calls.append(entry)
        call = self._channel.unary_stream(method)(data, metadata=headers)
        try:
            for answer in call:
                entry["responses"].append(base64.b64encode(answer).decode())
                yield answer
        except self._grpc.RpcError as error:
            entry["code"], entry["message"] = error.code().value[0], error.details()
            context.abort(error.code(), error.details())


@contextlib.contextmanager
def recording(target: str) -> Iterator[tuple[str, Recorder]]:
    """An address to speak to in the place of `target`, and what is said there."""
    grpc: Any = importlib.import_module("grpc")
    futures: Any = importlib.import_module("concurrent.futures")
    recorder = Recorder(target)

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc carries no types
        def service(self, handler_call_details: Any) -> Any:
            return recorder.service(handler_call_details)

    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", recorder
    finally:
        server.stop(None).wait()
