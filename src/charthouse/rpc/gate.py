"""What comes in, frame by frame, before HTTP/2 is made of it: sizes, floods, and how much is handled in one go.

The `h2` library reads whatever it is given to its end, holds a frame of up to 16 MiB and a header block of any size
before it looks at them, and lets any number of frames pass that cost more to answer than to send. Here frames are only
counted and measured (9 bytes of each are read), and at most a turn's worth is let through at once, so that a
connection full of tiny frames does not keep others waiting. GOAWAY is taken out: `h2` ends a connection at once on it,
while RFC 9113 §6.8 has calls under way come to their end.

Rules: RFC 9113 §4, §6, §10.5; attacks: CVE-2019-9512 (ping), -9514 (reset), -9515 (settings), -9518 (empty frames),
CVE-2023-44487 (rapid reset), CVE-2024-27316 (continuation).
"""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.rpc.limits import Limits

__all__ = ["Bucket", "Flood", "Gate", "GoAway"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, GOAWAY, CONTINUATION = 0, 1, 3, 4, 5, 7, 9
_END_STREAM, _ACK, _END_HEADERS = 0x1, 0x1, 0x4
_HEAD = 9
_CONTROL = 16 * 1024
FRAME_SIZE_ERROR, ENHANCE_YOUR_CALM = 6, 11


class Flood(Exception):
    """The connection must end. code: of HTTP/2; str(): for its GOAWAY and the log."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class GoAway:
    """The peer is leaving. last: the highest call it will answer; code; text: what it said."""

    __slots__ = ("code", "last", "text")

    def __init__(self, payload: bytes) -> None:
        self.last = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
        self.code = int.from_bytes(payload[4:8], "big")
        self.text = payload[8:].decode("utf-8", "replace")


class Bucket:
    """`size` at once, and a tenth of it a second."""

    __slots__ = ("_left", "_now", "_since", "_size")

    def __init__(self, size: int, now: Callable[[], float]) -> None:
        self._size = self._left = float(size)
        self._now = now
        self._since = now()

    def take(self) -> bool:
        """Whether there was one left."""
        now = self._now()
        self._left = min(self._size, self._left + (now - self._since) * self._size / 10)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Gate:
    """goaways: those that came. in_headers: whether a header block has begun and not ended."""

    def __init__(self, limits: Limits, now: Callable[[], float], *, preface: bool = False) -> None:
        """preface: the peer opens with HTTP/2's preface (a client does)."""
        self._limits = limits
        self._resets = Bucket(limits.resets, now)
        self._empties = Bucket(limits.empties, now)
        self._settings = Bucket(limits.settings, now)
        self._waiting: deque[memoryview] = deque()
        self._pass = len(PREFACE) if preface else 0
        self._head = bytearray()
        self._goaway: bytearray | None = None
        self._block = 0
        self.in_headers = False
        self.goaways: list[GoAway] = []

    @property
    def more(self) -> bool:
        """Whether something waits for its turn."""
        return bool(self._waiting)

    def feed(self, data: bytes) -> None:
        if data:
            self._waiting.append(memoryview(data))

    def turn(self) -> bytes:
        """What of the bytes may pass now: at most `turn_frames` frames. Raises Flood."""
        out: list[bytes | memoryview] = []
        frames = 0
        while self._waiting and frames < self._limits.turn_frames:
            view = self._waiting.popleft()
            if self._pass:
                taken, view = view[: self._pass], view[self._pass :]
                self._pass -= len(taken)
                if self._goaway is None:
                    out.append(taken)
                else:
                    self._goaway += taken
            if not self._pass and self._goaway is not None:
                self.goaways.append(GoAway(bytes(self._goaway)))
                self._goaway = None
            if view:
                view = self._next(view, out)
                frames += not self._head
            if view:
                self._waiting.appendleft(view)
        return b"".join(out)

    def _next(self, view: memoryview, out: list[bytes | memoryview]) -> memoryview:
        """Read (more of) a frame's head; the rest of `view`."""
        want = _HEAD - len(self._head)
        self._head += view[:want]
        if len(self._head) == _HEAD:
            head = bytes(self._head)
            self._head.clear()
            length, kind = int.from_bytes(head[:3], "big"), head[3]
            self._judge(kind, length, head[4])
            self._pass = length
            if kind == GOAWAY:
                self._goaway = bytearray()
            else:
                out.append(head)
        return view[want:]

    def _judge(self, kind: int, length: int, flags: int) -> None:
        if length > self._limits.frame or (kind not in (DATA, HEADERS, CONTINUATION) and length > _CONTROL):
            raise Flood(FRAME_SIZE_ERROR, "frame too large")
        if kind in (HEADERS, CONTINUATION, PUSH_PROMISE):
            self._block = length if kind != CONTINUATION else self._block + length
            if self._block > self._limits.headers:
                raise Flood(ENHANCE_YOUR_CALM, "headers too large")
            self.in_headers = not flags & _END_HEADERS
        elif kind == DATA and not length and not flags & _END_STREAM:
            self._spend(self._empties, "too many empty frames")
        elif kind == RST_STREAM:
            self._spend(self._resets, "too many resets")
        elif kind == SETTINGS and not flags & _ACK:
            self._spend(self._settings, "too many settings")

    def _spend(self, bucket: Bucket, text: str) -> None:
        if not bucket.take():
            raise Flood(ENHANCE_YOUR_CALM, text)
