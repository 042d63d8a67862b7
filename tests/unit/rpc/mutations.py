"""Sessions as hostile peers would have them: valid ones damaged, frames that make no sense together, and noise.

``endure`` plays one to a server in memory and says what is wrong with how it took it: for tests/property/test_rpc.py
and tools/fuzz_rpc.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from random import Random

from h2.config import H2Configuration
from h2.connection import H2Connection

from charthouse.rpc.budget import Budget
from charthouse.rpc.call import Call, HttpAnswer, HttpRequest
from charthouse.rpc.limits import Limits
from charthouse.rpc.status import Code, RpcError
from tests.unit.rpc.memory import DONE, ECHO, PEER, Loop, Session, Wire, framed, method

__all__ = ["LIMITS", "endure", "http1_noise", "http2_noise"]

LIMITS = Limits(receive=20_000, body=20_000, streams=8, connection_bytes=60_000, process_bytes=100_000, turn_frames=16)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_MOST_OUT = 300_000


def _count(request: bytes, call: Call) -> Iterator[bytes]:
    for number in range(min(len(request), 20)):
        call.check()
        yield b"%d" % number


def _refuse(request: bytes, call: Call) -> bytes:
    raise RpcError(Code.NOT_FOUND, "no " + request[:50].decode("latin-1"))


def _gateway(request: HttpRequest) -> HttpAnswer:
    body = iter([b"a", b"b"]) if request.target.endswith("s") else request.body[:100]
    return HttpAnswer(200, (("x-target", request.target.encode("latin-1").hex()[:50]),), body)


METHODS = [ECHO, method("/test.Service/Count", _count, streams=True), method("/test.Service/Refuse", _refuse)]
PATHS = [
    "/test.Service/Echo",
    "/test.Service/Count",
    "/test.Service/Refuse",
    "/test.Service/Nope",
    "/",
    "",
    "/x/y/z",
    "/s",
]


def valid_frames(random: Random) -> list[bytes]:
    """What an honest client sends, cut at its frames."""
    client = H2Connection(H2Configuration(client_side=True))
    client.initiate_connection()
    for _ in range(random.randrange(1, 8)):
        number = client.get_next_available_stream_id()
        kind = random.choice(["application/grpc", "application/grpc+proto", "application/json", "application/grpc-web"])
        headers = [(":method", random.choice(["POST", "GET", "HEAD"])), (":scheme", "http"), (":authority", "tiller")]
        headers += [(":path", random.choice(PATHS) or "/"), ("content-type", kind)]
        for name, value in (
            ("grpc-timeout", "1S"),
            ("grpc-encoding", "gzip"),
            ("x-long", "y" * 3000),
            ("te", "trailers"),
        ):
            if random.random() < 0.2:
                headers.append((name, value))
        client.send_headers(number, headers)
        body = framed(b"x" * random.choice([0, 1, 100, 8000])) * random.choice([1, 1, 1, 0, 2])
        body = body[: client.local_flow_control_window(number)]
        client.send_data(number, body, end_stream=random.random() < 0.9)
        if random.random() < 0.2:
            client.reset_stream(number, 8)
        if random.random() < 0.2:
            client.ping(b"12345678")
    data = client.data_to_send()
    frames, at = [data[: len(PREFACE)]], len(PREFACE)
    while at < len(data):
        end = at + 9 + int.from_bytes(data[at : at + 3], "big")
        frames.append(data[at:end])
        at = end
    return frames


def odd_frame(random: Random) -> bytes:
    """A frame of any kind, with a payload that may suit it."""
    kind = random.choice([0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 99])
    payload = random.choice(
        [
            b"", bytes(4), bytes(8), struct.pack(">I", random.choice([1, 65535, 0x7FFFFFFF, 0xFFFFFFFF])),
            struct.pack(">HI", random.randrange(8), random.choice([0, 1, 16384, 0x7FFFFFFF, 0xFFFFFFFF])),
            random.randbytes(random.randrange(40)), b"\x82\x86\x84\x41\x01x", b"\x00" * 300, framed(b"abc"),
        ]
    )  # fmt: skip
    stream = random.choice([0, 1, 1, 3, 5, 7, 2, 0x7FFFFFFF, 0x80000001])
    head = struct.pack(">I", len(payload))[1:] + bytes((kind, random.choice([0, 1, 4, 5, 8, 0x20, 0x25, 0xFF])))
    return head + struct.pack(">I", stream) + payload


def _damaged(frames: list[bytes], random: Random) -> list[bytes]:
    frames = list(frames)
    for _ in range(random.choice([0, 1, 1, 2, 5])):
        at = random.randrange(len(frames))
        how = random.randrange(7)
        if how == 0:
            frames.insert(at, odd_frame(random))
        elif how == 1:
            again = frames[random.randrange(len(frames))]
            frames.insert(at, again * random.choice([1, 1, 30, 300 if len(again) < 20_000 else 1]))
        elif how == 2 and len(frames) > 1:
            del frames[at]
        elif how == 3:
            other = random.randrange(len(frames))
            frames[at], frames[other] = frames[other], frames[at]
        elif frames[at]:
            one = bytearray(frames[at])
            where = random.randrange(len(one))
            if how == 4:
                one[where] ^= 1 << random.randrange(8)
            elif how == 5:
                del one[where : where + random.randrange(1, 9)]
            else:
                one[where:where] = random.randbytes(random.randrange(1, 9))
            frames[at] = bytes(one)
    return frames


def http2_noise(random: Random) -> list[bytes]:
    """Bytes in the pieces in which they arrive."""
    how = random.random()
    if how < 0.7:
        frames = _damaged(valid_frames(random), random)
    elif how < 0.9:
        frames = [PREFACE, *(odd_frame(random) for _ in range(random.randrange(1, 60)))]
    else:
        frames = [PREFACE, random.randbytes(random.randrange(2000))]
    return _cut(b"".join(frames), random)


def http1_noise(random: Random) -> list[bytes]:
    """The same for HTTP/1.1."""
    text = b""
    for _ in range(random.randrange(1, 5)):
        name = random.choice([b"GET", b"POST", b"HEAD", b"PUT", b"CONNECT", b"x"])
        text += (
            name
            + b" "
            + random.choice([b"/", b"/s", b"http://a/b", b"*", b"//", b"/\xff"])
            + b" HTTP/1.1\r\nHost: x\r\n"
        )
        body = b"y" * random.choice([0, 1, 50, 30_000])
        how = random.randrange(4)
        if how == 0:
            text += b"Content-Length: %d\r\n\r\n" % len(body) + body
        elif how == 1:
            text += b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        elif how == 2:
            text += b"Content-Length: %s\r\nExpect: 100-continue\r\n\r\n" % random.choice(
                [b"5", b"-1", b"9" * 30, b"x"]
            )
        else:
            text += b"Connection: %s\r\n\r\n" % random.choice([b"close", b"keep-alive", b"upgrade"])
    return _cut(b"".join(_damaged([text[at : at + 40] for at in range(0, len(text), 40)], random)), random)


def _cut(data: bytes, random: Random) -> list[bytes]:
    pieces, at = [], 0
    largest = random.choice([1, 10, 100, 5000, 100_000])
    if len(data) > 3000 * largest:
        largest = 5000
    while at < len(data):
        end = at + random.randrange(1, largest + 1)
        pieces.append(data[at:end])
        at = end
    return pieces


def endure(pieces: list[bytes], random: Random, *, http1: bool = False) -> list[str]:
    """What is wrong with how a server took this; [] is right."""
    budget = Budget(LIMITS.process_bytes)
    other = Session(METHODS, limits=LIMITS, shared=budget)
    talk = _Http1(budget) if http1 else _Http2(budget)
    size = 0
    for piece in pieces:
        if talk.wire.closed or talk.wire.aborted:
            break
        size += len(piece)
        talk.core.receive(piece)
        talk.loop.hold = random.random() < 0.3
        talk.loop.run()
        if random.random() < 0.02:
            talk.loop.advance(random.choice([0.1, 2.0, 70.0]))
            talk.core.check(talk.loop.time)
    wrong = []
    if budget.held > LIMITS.connection_bytes:
        wrong.append(f"{budget.held} bytes are held")
    if talk.wire.total > _MOST_OUT + 60 * size:
        wrong.append(f"{talk.wire.total} bytes were answered to {size}")
    if other.call("/test.Service/Echo", b"still here").trailers != DONE:
        wrong.append("another connection suffers")
    talk.loop.hold = False
    talk.loop.run()
    talk.core.lost()
    talk.loop.run()
    if budget.held or talk.core.running:
        wrong.append(f"afterwards {budget.held} bytes are held and {talk.core.running} handlers counted")
    wrong += [repr(record) for record in talk.log if getattr(record, "level", "") == "ERROR"]
    return wrong


class _Http2:
    def __init__(self, budget: Budget) -> None:
        session = Session(METHODS, gateway=_gateway, limits=LIMITS, shared=budget, greet=False)
        self.core, self.wire, self.loop, self.log = session.core, session.wire, session.loop, session.log


class _Http1:
    def __init__(self, budget: Budget) -> None:
        from charthouse.logs import LogRecord
        from charthouse.rpc.http1 import Http1

        self.wire, self.loop, self.log = Wire(), Loop(), list[LogRecord]()
        self.core = Http1(self.wire, self.loop, PEER, _gateway, LIMITS, budget, self.log.append)
