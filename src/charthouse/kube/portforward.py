"""Port-forward: a pod's port as a socket on this machine, through the API server.

    with PortForward(client, "kube-system", "tiller-0", 44134) as forward:
        grpc.insecure_channel(forward.target)          # 127.0.0.1:PORT, or unix:PATH

Each local connection is a WebSocket of its own (`v4.channel.k8s.io`: channel 0 carries data, channel 1 errors, each
opens with the port in two bytes, little end first), made with the client's credentials and proxy. Rules: cri-streaming
v0.36.1 ``pkg/streaming/portforward/websocket.go`` (the server's side), client-go v0.37.1 ``tools/portforward`` (which
pod, what is said). Every Kubernetes since 1.5 serves it; SPDY is not needed.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from urllib.parse import quote

from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import KubeError
from charthouse.web.duplex import Duplex
from charthouse.web.websocket import WebSocketError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.kube.client import Client
    from charthouse.web.websocket import WebSocket

__all__ = ["PortForward", "PortForwardError", "Tunnel", "ready_pod"]

PROTOCOL = "v4.channel.k8s.io"
_CHUNK = 32 * 1024
_MAX_CONNECTIONS = 64
_SPARE_SECONDS = 10.0  # how long the connection made at the start may wait for its first user


class PortForwardError(KubeError):
    """The pod's port cannot be reached: no such pod, or nothing behind its port."""


def ready_pod(client: Client, namespace: str, selector: str) -> str:
    """The name of a running, ready pod with these labels, the oldest first. Raises PortForwardError, ApiError."""
    found = client.list(client.resource_type("v1", "Pod"), namespace, label_selector=selector)
    if not found:
        raise PortForwardError(f'no pod with the labels {selector} in the namespace "{namespace}"')
    for pod in sorted(found, key=lambda one: (one["metadata"].get("creationTimestamp", ""), one["metadata"]["name"])):
        if _is_ready(pod):
            return str(pod["metadata"]["name"])
    names = ", ".join(pod["metadata"]["name"] for pod in found[:5])
    raise PortForwardError(f'no pod with the labels {selector} is ready in the namespace "{namespace}": {names}')


def _is_ready(pod: dict[str, Any]) -> bool:
    status = pod.get("status") or {}
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in status.get("conditions") or ())
    return status.get("phase") == "Running" and ready and not pod["metadata"].get("deletionTimestamp")


class Tunnel:
    """A byte stream to a pod's port. `recv` is for one thread, `sendall` and `close` for any."""

    def __init__(self, client: Client, namespace: str, pod: str, port: int) -> None:
        """Opens it. Raises ApiError when the server refuses, Unreachable, CredentialError, PortForwardError."""
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}/portforward?ports={port}"
        self._where = f"port {port} of pod {pod}"
        self._mark = port.to_bytes(2, "little")
        self._opened = [False, False]
        self._closing = False
        self.born = time.monotonic()
        self._ws: WebSocket = client.websocket(path, PROTOCOL)

    def recv(self) -> bytes:
        """What has arrived, b"" at the end. Raises PortForwardError and OSError."""
        while True:
            try:
                message = self._ws.receive()
            except WebSocketError as error:
                if error.closed or self._closing:
                    return b""
                raise PortForwardError(f"{self._where}: {error}") from error
            if not message or message[0] > 1:
                raise PortForwardError(f"{self._where}: the server sent something that is no channel of ours")
            channel, data = message[0], message[1:]
            if not self._opened[channel]:
                if data[:2] != self._mark:
                    raise PortForwardError(f"{self._where}: the server opened another port")
                self._opened[channel] = True
                data = data[2:]
            if data and channel == 1:
                raise PortForwardError(f"{self._where}: {data.decode('utf-8', 'replace').strip()}")
            if data:
                return data

    def sendall(self, data: bytes) -> None:
        """Raises OSError."""
        for start in range(0, len(data), _CHUNK):
            self._ws.send(b"\x00" + data[start : start + _CHUNK])

    def close(self) -> None:
        """End it; wakes a thread in `recv`."""
        self._closing = True
        self._ws.close()

    def release(self) -> None:
        """Give the socket back, once no thread uses the tunnel."""
        self._ws.release()


class PortForward:
    """A listening socket on this machine; every connection to it is a tunnel of its own. A context manager.

    path: listen on a Unix socket there instead of 127.0.0.1 (its folder decides who may connect). problem: what the
    last tunnel failed with, None as long as all went well: a connection that cannot be tunnelled is closed at once.
    """

    def __init__(self, client: Client, namespace: str, pod: str, port: int, *, path: str = "") -> None:
        """Listens. The first tunnel is opened here, so that what is wrong is said at once.

        Raises what `Tunnel` raises, and OSError.
        """
        self._client = client
        self._to = (namespace, pod, port)
        self._spare: Tunnel | None = Tunnel(client, *self._to)
        self._lock = threading.Lock()
        self._open: set[Tunnel] = set()
        self._closed = False
        self.problem: KubeError | ApiError | OSError | None = None
        self.path = path
        if path:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(path)
            self._listener.listen(16)
        else:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        threading.Thread(target=self._accept, name="port-forward", daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, for connections over TCP."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    @property
    def target(self) -> str:
        """Where it listens, as gRPC names it."""
        return f"unix:{self.path}" if self.path else "{}:{}".format(*self.address)

    def _accept(self) -> None:
        while True:
            try:
                local, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(local,), name="port-forward", daemon=True).start()

    def _serve(self, local: socket.socket) -> None:
        try:
            tunnel = self._tunnel()
        except (KubeError, ApiError, OSError) as error:
            self.problem = error
            local.close()
            return
        wire = Duplex(local)
        back = threading.Thread(target=self._back, args=(tunnel, wire), daemon=True)
        back.start()
        with suppress(OSError):
            # either side is gone: both are ended below
            while data := wire.recv(_CHUNK):
                tunnel.sendall(data)
        tunnel.close()
        back.join()
        with self._lock:
            self._open.discard(tunnel)
        tunnel.release()
        local.close()

    def _tunnel(self) -> Tunnel:
        with self._lock:
            if self._closed or len(self._open) >= _MAX_CONNECTIONS:
                raise PortForwardError("too many connections are forwarded at once" if not self._closed else "closed")
            found, self._spare = self._spare, None
        if found is None or time.monotonic() - found.born > _SPARE_SECONDS:
            if found is not None:
                found.close()
                found.release()
            found = Tunnel(self._client, *self._to)
        with self._lock:
            self._open.add(found)
        return found

    def _back(self, tunnel: Tunnel, wire: Duplex) -> None:
        """From the pod."""
        with suppress(OSError):
            # either side is gone: both are ended below
            try:
                while data := tunnel.recv():
                    wire.sendall(data)
            except PortForwardError as error:
                if not self._closed:
                    self.problem = error
        wire.close()

    def close(self) -> None:
        """Stop listening and end every connection."""
        with self._lock:
            self._closed = True
            left = [*self._open, *([self._spare] if self._spare is not None else [])]
        with suppress(OSError):
            # an error means that nobody listens any more
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for tunnel in left:
            tunnel.close()
        if self.path:
            import os

            with suppress(FileNotFoundError):
                # somebody tidied up already
                os.unlink(self.path)

    def __enter__(self) -> PortForward:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
