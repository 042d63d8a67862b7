"""SPDY/3.1 sessions over a carrier that plays a client."""

from __future__ import annotations

import zlib

import pytest

from charthouse.devcluster.spdy import DICTIONARY, Session, SpdyError, Stream


class Player:
    """A carrier: gives the bytes it was made with in small pieces, keeps what it is given."""

    def __init__(self, data: bytes, piece: int = 7) -> None:
        self.data = data
        self.piece = piece
        self.said = b""

    def send(self, data: bytes) -> None:
        self.said += data

    def receive(self) -> bytes:
        out, self.data = self.data[: self.piece], self.data[self.piece :]
        return out


class Client:
    """Makes a client's frames."""

    def __init__(self) -> None:
        self.deflate = zlib.compressobj(zdict=DICTIONARY)

    def control(self, kind: int, body: bytes, flags: int = 0) -> bytes:
        return b"\x80\x03" + kind.to_bytes(2) + bytes((flags,)) + len(body).to_bytes(3) + body

    def open(self, number: int, flags: int = 0, **headers: str) -> bytes:
        plain = len(headers).to_bytes(4)
        for pair in headers.items():
            plain += b"".join(len(text).to_bytes(4) + text.encode() for text in pair)
        block = self.deflate.compress(plain) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
        return self.control(1, number.to_bytes(4) + bytes(6) + block, flags)

    def data(self, number: int, data: bytes, flags: int = 0) -> bytes:
        return number.to_bytes(4) + bytes((flags,)) + len(data).to_bytes(3) + data


def run(data: bytes, *, keeps: bool = True) -> tuple[list[Stream], bytes]:
    """(the streams of a session, what the server said)."""
    found: list[Stream] = []

    def opened(stream: Stream) -> None:
        stream.keeps = keeps
        stream.reply()
        found.append(stream)

    player = Player(data)
    Session(player, opened).run()
    return found, player.said


def test_streams_with_headers_and_data() -> None:
    client = Client()
    data = client.open(1, streamtype="error", port="80") + client.open(3, streamtype="data", port="80")
    data += client.data(3, b"hello") + client.data(3, b"you", 1)
    found, said = run(data)
    assert [(stream.number, stream.headers) for stream in found] == [
        (1, {"streamtype": "error", "port": "80"}),
        (3, {"streamtype": "data", "port": "80"}),
    ]
    replies = []
    while said:
        size = int.from_bytes(said[5:8])
        replies.append((said[:4], int.from_bytes(said[8:12])))
        said = said[8 + size :]
    assert replies == [(b"\x80\x03\x00\x02", 1), (b"\x80\x03\x00\x02", 3)]
    assert found[0].receive() is None, "the session's end ends every stream"


def test_pings_come_back_and_goodbyes_end_it() -> None:
    client = Client()
    ping, bye = client.control(6, b"\x00\x00\x00\x07"), client.control(7, bytes(8))
    found, said = run(ping + bye + client.open(1, streamtype="data"))
    assert (found, said) == ([], ping)


def test_settings_and_windows_are_passed_over() -> None:
    client = Client()
    data = (
        client.control(4, bytes(4)) + client.control(9, bytes(8)) + client.data(99, b"nobody") + client.open(5, a="b")
    )
    assert [stream.headers for stream in run(data)[0]] == [{"a": "b"}]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x80\x02\x00\x01\x00\x00\x00\x00", "unknown version"),
        (b"\x80\x03\x00\x01\x00\xff\xff\xff", "frame too large"),
        (b"\x80\x03\x00\x01\x00\x00\x00\x02ab", "malformed"),
        (b"\x80\x03\x00\x01\x00\x00\x00\x0c" + bytes(10) + b"zz", "broken header block"),
    ],
)
def test_nonsense_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(SpdyError, match=text):
        run(data)


def test_a_header_block_may_not_grow_without_bounds() -> None:
    with pytest.raises(SpdyError, match="header block too large"):
        run(Client().open(1, a="x" * 1_000_000))


def test_streams_are_counted() -> None:
    client = Client()
    with pytest.raises(SpdyError, match="too many streams"):
        run(b"".join(client.open(number, a="b") for number in range(1, 600, 2)))


def test_what_nobody_reads_is_dropped() -> None:
    client = Client()
    data = client.open(1, streamtype="error") + client.data(1, b"x") * 2000
    assert len(run(data, keeps=False)[0]) == 1
