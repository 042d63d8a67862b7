"""WebSockets of the server and of the client, against each other and against nonsense."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from charthouse.devcluster import websocket as served
from charthouse.devcluster.failures import ApiFailure
from charthouse.devcluster.wire import Request
from charthouse.web import websocket as asked

Pair = tuple[asked.WebSocket, served.WebSocket, socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    yield asked.WebSocket(near), served.WebSocket(far), near, far
    near.close()
    far.close()


def handshake(protocol: str, **changed: str) -> tuple[str, Request]:
    key, headers = asked.handshake(protocol)
    return key, Request("GET", "/x", {**{name.lower(): value for name, value in headers}, **changed}, b"")


def test_the_handshake() -> None:
    key, request = handshake("b.k8s.io")
    assert served.asks_for_websocket(request)
    answer = served.upgrade(request, ("a.k8s.io", "b.k8s.io"), lambda ws, protocol: None)
    headers = {name.lower(): value for name, value in answer.headers}
    assert (answer.status, asked.accepted(headers, key, "b.k8s.io")) == (101, True)
    assert not asked.accepted(headers, key, "a.k8s.io")
    assert not asked.accepted({**headers, "sec-websocket-accept": "x"}, key, "b.k8s.io")
    assert not asked.accepted({}, key, "b.k8s.io")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"sec-websocket-version": "8"}, "not a WebSocket handshake"), ({"sec-websocket-key": ""}, "not a WebSocket"),
        ({"sec-websocket-protocol": "c.k8s.io"}, "unable to negotiate a protocol"),
    ],
)  # fmt: skip
def test_handshakes_that_are_none(changed: dict[str, str], text: str) -> None:
    with pytest.raises(ApiFailure, match=text):
        served.upgrade(handshake("b.k8s.io", **changed)[1], ("b.k8s.io",), lambda ws, protocol: None)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 1_000_000])
def test_messages_of_every_length_both_ways(pair: Pair, size: int) -> None:
    client, server, _, _ = pair
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    for sender, receiver in ((client, server), (server, client)):
        thread = threading.Thread(target=sender.send, args=(data,))
        thread.start()
        assert receiver.receive() == data
        thread.join()


def test_pieces_and_pings(pair: Pair) -> None:
    client, _, _, far = pair
    far.setblocking(True)
    far.sendall(b"\x02\x03abc" + b"\x89\x02hi" + b"\x00\x01d" + b"\x8a\x00" + b"\x80\x01e")
    assert client.receive() == b"abcde"
    assert far.recv(2)[0] == 0x8A  # the pong


def test_goodbyes(pair: Pair) -> None:
    client, server, _, _ = pair
    server.close()
    with pytest.raises(asked.WebSocketError) as bye:
        client.receive()
    assert bye.value.closed
    client.close()
    with pytest.raises(served.SocketClosed, match="closed by the client"):
        server.receive()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x82\x83mask" + b"abc", "must not be masked"), (b"\x82\x7f" + (1 << 40).to_bytes(8), "frame too large"),
        (b"\x82\x05ab", "unexpected EOF"), (b"\x8b\x00", "unknown frame 11"),
        (b"\x02\x7f" + (3 << 20).to_bytes(8) + bytes(3 << 20) + b"\x00\x7f" + (3 << 20).to_bytes(8) + bytes(3 << 20),
         "message too large"),
    ],
    ids=["masked", "large", "cut", "unknown", "sum"],
)  # fmt: skip
def test_a_client_refuses_nonsense(pair: Pair, data: bytes, text: str) -> None:
    client, _, _, far = pair
    far.setblocking(True)

    def send() -> None:
        with suppress(OSError):  # a client that refuses does not read to the end
            far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    with pytest.raises(asked.WebSocketError, match=text) as refused:
        client.receive()
    assert not refused.value.closed


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x82\x03abc", "must be masked"), (b"\x82\xff" + (1 << 40).to_bytes(8), "frame too large"),
        (b"\x82\x85mask" + b"ab", "cut off"),
    ],
    ids=["plain", "large", "cut"],
)  # fmt: skip
def test_a_server_refuses_nonsense(pair: Pair, data: bytes, text: str) -> None:
    _, server, near, _ = pair
    near.setblocking(True)
    near.sendall(data)
    near.shutdown(socket.SHUT_WR)
    with pytest.raises(served.SocketClosed, match=text):
        server.receive()


def test_a_writer_that_waits_does_not_keep_the_reader_back(pair: Pair) -> None:
    """Both sides send more than any buffer holds before either reads."""
    client, server, _, _ = pair
    data = b"x" * 3_000_000
    threads = [threading.Thread(target=side.send, args=(data,), daemon=True) for side in (client, server)]
    for thread in threads:
        thread.start()
    assert client.receive() == data
    assert server.receive() == data
    for thread in threads:
        thread.join(10)
