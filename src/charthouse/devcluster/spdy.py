"""SPDY/3.1, as much of it as port-forward needs: streams the client opens, their headers and data, pings, the end.

Rules: the SPDY/3.1 draft (framing, header blocks under one zlib stream with its dictionary), and moby/spdystream 0.5.1,
which every Kubernetes client speaks and which has no flow control. The session's bytes may travel on a connection of
their own or inside a WebSocket: a carrier gives and takes them.
"""

from __future__ import annotations

import queue
import threading
import zlib
from typing import Protocol

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Carrier", "Session", "SpdyError", "Stream"]

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 1
REFUSED = 3
MAX_FRAME = 4 * 1024 * 1024
MAX_HEADER_BLOCK = 64 * 1024
MAX_STREAMS = 256
MAX_WAITING = 256  # chunks of a stream nobody reads
WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
)
LATER_WORDS = ("200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin")
TAIL = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
    "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = b"".join(len(w).to_bytes(4) + w.encode() for w in (*WORDS.split(), *LATER_WORDS)) + TAIL.encode()


class SpdyError(CharthouseError):
    """The client does not speak SPDY/3.1 as we read it, or goes over the limits."""


class Carrier(Protocol):
    """Where a session's bytes go and come from."""

    def send(self, data: bytes) -> None:
        """Raises OSError."""

    def receive(self) -> bytes:
        """What has arrived, b"" at the end. Raises OSError."""


class Stream:
    """One stream the client opened. headers: lower-case names; keeps: whether what it sends is read."""

    def __init__(self, session: Session, number: int, headers: dict[str, str]) -> None:
        self.keeps = False
        self.session = session
        self.number = number
        self.headers = headers
        self.data: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING)

    def reply(self) -> None:
        self.session.control(SYN_REPLY, 0, self.number.to_bytes(4), {})

    def reset(self) -> None:
        self.session.control(RST_STREAM, 0, self.number.to_bytes(4) + REFUSED.to_bytes(4))
        self.session.streams.pop(self.number, None)

    def send(self, data: bytes) -> None:
        """Raises OSError."""
        self.session.write(self.number.to_bytes(4) + len(data).to_bytes(4) + data)

    def finish(self) -> None:
        """No more from us."""
        self.session.write(self.number.to_bytes(4) + bytes((FIN, 0, 0, 0)))

    def receive(self) -> bytes | None:
        """The client's next bytes, None at the end."""
        return self.data.get()


class Session:
    """The server's side. opened: called with each new stream, in the thread that runs the session."""

    def __init__(self, carrier: Carrier, opened: Callable[[Stream], None]) -> None:
        self.carrier = carrier
        self.opened = opened
        self.streams: dict[int, Stream] = {}
        self._lock = threading.Lock()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)
        self._rest = bytearray()

    def run(self) -> None:
        """Serve until the client ends. Raises SpdyError and OSError."""
        try:
            while (head := self._take(8)) is not None:
                size = int.from_bytes(head[5:8])
                if size > MAX_FRAME:
                    raise SpdyError("frame too large")
                body = self._take(size)
                if body is None:
                    return
                if head[0] & 128:
                    if int.from_bytes(head[:2]) & 0x7FFF != 3:
                        raise SpdyError("unknown version")
                    if not self._control(int.from_bytes(head[2:4]), head[4], body):
                        return
                else:
                    self._data(int.from_bytes(head[:4]), head[4], body)
        finally:
            for stream in list(self.streams.values()):
                _abort(stream)

    def _take(self, size: int) -> bytes | None:
        while len(self._rest) < size:
            data = self.carrier.receive()
            if not data:
                return None
            self._rest += data
        out = bytes(self._rest[:size])
        del self._rest[:size]
        return out

    def _data(self, number: int, flags: int, body: bytes) -> None:
        stream = self.streams.get(number)
        if stream is None or not stream.keeps:
            return
        if body:
            stream.data.put(body)
        if flags & FIN:
            stream.data.put(None)

    def _control(self, kind: int, flags: int, body: bytes) -> bool:
        """One control frame; False when the client says goodbye."""
        if kind == SYN_STREAM:
            if len(body) < 10 or len(self.streams) >= MAX_STREAMS:
                raise SpdyError("malformed or too many streams")
            number = int.from_bytes(body[:4]) & 0x7FFFFFFF
            stream = Stream(self, number, self._headers(body[10:]))
            self.streams[number] = stream
            self.opened(stream)
            if flags & FIN and stream.keeps:
                stream.data.put(None)
        elif kind == HEADERS:
            self._headers(body[4:])  # the compression's state must follow
        elif kind == RST_STREAM:
            found = self.streams.pop(int.from_bytes(body[:4]) & 0x7FFFFFFF, None)
            if found is not None:
                _abort(found)
        elif kind == PING:
            self.control(PING, 0, body)
        return kind != GOAWAY

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            data = self._inflate.decompress(block, MAX_HEADER_BLOCK)
        except zlib.error as error:
            raise SpdyError(f"broken header block: {error}") from error
        if self._inflate.unconsumed_tail:
            raise SpdyError("header block too large")
        at = 4
        out = {}
        for _ in range(int.from_bytes(data[:4])):
            texts = []
            for _ in range(2):
                size = int.from_bytes(data[at : at + 4])
                texts.append(data[at + 4 : at + 4 + size].decode("latin-1"))
                at += 4 + size
            if at > len(data):
                raise SpdyError("broken header block")
            out[texts[0].lower()] = texts[1]
        return out

    def control(self, kind: int, flags: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a control frame, with a header block when `headers` is given. Raises OSError."""
        with self._lock:
            if headers is not None:
                plain = len(headers).to_bytes(4)
                for pair in headers.items():
                    plain += b"".join(len(text).to_bytes(4) + text.encode() for text in pair)
                body += self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            head = (0x8003).to_bytes(2) + kind.to_bytes(2) + bytes((flags,)) + len(body).to_bytes(3)
            self.carrier.send(head + body)

    def write(self, frame: bytes) -> None:
        with self._lock:
            self.carrier.send(frame)


def _abort(stream: Stream) -> None:
    """The end, ahead of what was not read yet."""
    with stream.data.mutex:
        stream.data.queue.clear()
        stream.data.queue.append(None)
        stream.data.not_empty.notify()
        stream.data.not_full.notify_all()
