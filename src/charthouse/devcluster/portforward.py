"""Port-forward: a client's connection carried to the process behind a pod's port.

Three ways, as a kubelet and the API server have them: `v4.channel.k8s.io` over a WebSocket (channel 2i data, 2i+1
errors of the i-th port; each opens with the port in two bytes, little end first), SPDY/3.1 by an HTTP upgrade, and the
same SPDY bytes in the messages of a WebSocket (`SPDY/3.1+portforward.k8s.io`, what kubectl 1.37 asks for first).
Rules: cri-streaming/pkg/streaming/portforward v0.36.1, apimachinery/pkg/util/portforward v0.37.2.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import parse_qsl

from charthouse.devcluster.failures import bad_request
from charthouse.devcluster.forwarding import ForwardError
from charthouse.devcluster.spdy import Session, SpdyError
from charthouse.devcluster.websocket import SocketClosed, asks_for_websocket, upgrade
from charthouse.devcluster.wire import Response
from charthouse.web.duplex import Duplex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.forwarding import Forwards
    from charthouse.devcluster.spdy import Stream
    from charthouse.devcluster.websocket import WebSocket
    from charthouse.devcluster.wire import Request

    Object = dict[str, Any]

__all__ = ["port_forward"]

CHANNELS, SPDY_PROTOCOL = "v4.channel.k8s.io", "portforward.k8s.io"
TUNNEL = "SPDY/3.1+" + SPDY_PROTOCOL
MAX_PORTS = 16
CHUNK = 32 * 1024
DIAL_SECONDS = 10.0


def port_forward(request: Request, pod: Object, forwards: Forwards) -> Response:
    """The answer to a request for pods/portforward. Raises ApiFailure (400)."""
    name = pod["metadata"]["name"]
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    if asks_for_websocket(request):
        offered = request.header("sec-websocket-protocol")
        if TUNNEL in offered:
            return upgrade(request, (TUNNEL,), lambda ws, _: _serve_spdy(_Messages(ws), pod, forwards))
        ports = _ports(request)
        return upgrade(request, (CHANNELS,), lambda ws, _: _Channels(ws, pod, ports, forwards).run())
    if request.header("upgrade").upper() == "SPDY/3.1":
        offered = request.header("x-stream-protocol-version")
        if offered and SPDY_PROTOCOL not in [one.strip() for one in offered.split(",")]:
            raise bad_request(f"unable to upgrade: unable to negotiate protocol: client supports '{offered}'")
        headers = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", SPDY_PROTOCOL)]
        return Response(101, headers=headers, upgrade=lambda sock: _serve_spdy(_Plain(sock), pod, forwards))
    raise bad_request("Upgrade request required")


def _ports(request: Request) -> list[int]:
    texts = [part for key, value in parse_qsl(request.raw_query) if key == "ports" for part in value.split(",")]
    if not texts:
        raise bad_request('query parameter "port" is required')
    if len(texts) > MAX_PORTS:
        raise bad_request(f"at most {MAX_PORTS} ports may be forwarded at once")
    for text in texts:
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise bad_request(f'unable to parse "{text}" as a port')
    return [int(text) for text in texts]


def _dial(pod: Object, port: int, forwards: Forwards) -> socket.socket:
    """Raises ForwardError: how a kubelet tells that nothing listens."""
    uid, name = pod["metadata"]["uid"], pod["metadata"]["name"]
    try:
        found = socket.create_connection(forwards.of_pod(pod, port), DIAL_SECONDS)
    except (ForwardError, OSError) as error:
        why = error.message if isinstance(error, ForwardError) else (error.strerror or str(error)).lower()
        raise ForwardError(f"error forwarding port {port} to pod {name}, uid {uid}: {why}") from error
    found.settimeout(None)
    return found


# channels ------------------------------------------------------------------------------------------------------------


class _Channels:
    """One WebSocket of `v4.channel.k8s.io`."""

    def __init__(self, ws: WebSocket, pod: Object, ports: list[int], forwards: Forwards) -> None:
        self.ws = ws
        self.pod = pod
        self.ports = ports
        self.forwards = forwards
        self.local: dict[int, socket.socket] = {}

    def run(self) -> None:
        """Serve until the client goes or every port's connection has ended."""
        threads = []
        try:
            for place, port in enumerate(self.ports):
                for channel in (2 * place, 2 * place + 1):
                    self.ws.send(bytes((channel,)) + port.to_bytes(2, "little"))
            for place, port in enumerate(self.ports):
                thread = self._open(2 * place, port)
                if thread is not None:
                    threads.append(thread)
            if not threads:
                self.ws.close()
                return
            threading.Thread(target=self._finish, args=(threads,), daemon=True).start()
            while True:
                message = self.ws.receive()
                found = self.local.get(message[0]) if message else None
                if found is not None and len(message) > 1:
                    with suppress(OSError):
                        # the process behind the pod closed: its thread tells the client
                        found.sendall(message[1:])
        except (SocketClosed, OSError):
            return  # the client went away
        finally:
            for found in self.local.values():
                _shut(found)

    def _open(self, channel: int, port: int) -> threading.Thread | None:
        try:
            self.local[channel] = _dial(self.pod, port, self.forwards)
        except ForwardError as error:
            self.ws.send(bytes((channel + 1,)) + error.message.encode())
            return None
        thread = threading.Thread(target=self._back, args=(channel,), daemon=True)
        thread.start()
        return thread

    def _back(self, channel: int) -> None:
        """From the process to the client."""
        mark = bytes((channel,))
        with suppress(OSError):
            # either side is gone: the connection of this port is over
            while data := self.local[channel].recv(CHUNK):
                self.ws.send(mark + data)

    def _finish(self, threads: list[threading.Thread]) -> None:
        for thread in threads:
            thread.join()
        self.ws.close()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        # an error means that it is closed already
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


# SPDY ----------------------------------------------------------------------------------------------------------------


class _Plain:
    """SPDY's bytes on the connection itself."""

    def __init__(self, sock: socket.socket) -> None:
        self.wire = Duplex(sock)

    def send(self, data: bytes) -> None:
        self.wire.sendall(data)

    def receive(self) -> bytes:
        return self.wire.recv(CHUNK)


class _Messages:
    """SPDY's bytes in the messages of a WebSocket."""

    def __init__(self, ws: WebSocket) -> None:
        self.ws = ws

    def send(self, data: bytes) -> None:
        self.ws.send(data)

    def receive(self) -> bytes:
        while True:
            data = self.ws.receive()
            if data:
                return data


def _serve_spdy(carrier: _Plain | _Messages, pod: Object, forwards: Forwards) -> None:
    pairs = _Pairs(pod, forwards)
    session = Session(carrier, pairs.opened)
    try:
        session.run()
    except (SpdyError, SocketClosed, OSError):
        return  # the client went away, or broke the protocol
    finally:
        pairs.close()


class _Pairs:
    """The streams of one session, paired by request: an error stream comes first, then its data stream."""

    def __init__(self, pod: Object, forwards: Forwards) -> None:
        self.pod = pod
        self.forwards = forwards
        self.waiting: dict[str, Stream] = {}
        self.local: list[socket.socket] = []

    def opened(self, stream: Stream) -> None:
        request = stream.headers.get("requestid", "")
        kind, port = stream.headers.get("streamtype", ""), stream.headers.get("port", "")
        if kind not in ("data", "error") or not port.isdigit() or len(self.waiting) > MAX_PORTS:
            stream.reset()
            return
        stream.reply()
        if kind == "error":
            self.waiting[request] = stream
            return
        stream.keeps = True
        errors = self.waiting.pop(request, None)
        threading.Thread(target=self._carry, args=(stream, errors, int(port)), daemon=True).start()

    def _carry(self, stream: Stream, errors: Stream | None, port: int) -> None:
        try:
            found = _dial(self.pod, port, self.forwards)
        except ForwardError as error:
            if errors is not None:
                errors.send(error.message.encode())
                errors.finish()
            stream.finish()
            return
        self.local.append(found)
        threading.Thread(target=_into, args=(stream, found), daemon=True).start()
        with suppress(OSError):
            # either side is gone: the stream is over
            while data := found.recv(CHUNK):
                stream.send(data)
            if errors is not None:
                errors.finish()
            stream.finish()

    def close(self) -> None:
        for found in self.local:
            _shut(found)


def _into(stream: Stream, found: socket.socket) -> None:
    """From the client to the process; when that is gone, what still comes is read and dropped."""
    alive = True
    while (data := stream.receive()) is not None:
        if alive:
            try:
                found.sendall(data)
            except OSError:
                alive = False
    with suppress(OSError):
        # the process is gone: the other direction tells the client
        found.shutdown(socket.SHUT_WR)
