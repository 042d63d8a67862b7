"""HTTP/1.1 over a connected socket: one request out, one response in.

Written here because ``http.client`` costs a third of Helm's whole start (it imports ``email`` for the headers) and this
client needs little of it: JSON bodies with a length, chunked or sized answers, gzip, and watch streams read line by
line. Rules: RFC 9112. Header names are kept in lower case; repeated headers are joined with ", " (``set-cookie`` does
not occur).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

__all__ = ["Connection", "ProtocolError", "Response"]

_MAX_LINE = 65536
_MAX_HEADERS = 200
_MAX_INTERIM = 6
_MAX_SIZE_DIGITS = 16
_HEX = frozenset(b"0123456789abcdefABCDEF")
_MAX_BODY = 1 << 30
_CHUNK = 65536


class ProtocolError(Exception):
    """The peer does not speak HTTP, or stopped in the middle. early: before the first byte of the answer."""

    def __init__(self, message: str, *, early: bool = False) -> None:
        super().__init__(message)
        self.early = early


class Response:
    """The head of an answer and how to read its body. headers: lower-case names; reusable once the body is read."""

    __slots__ = ("_chunked", "_connection", "_left", "_reader", "finished", "headers", "keep_alive", "reason", "status")

    def __init__(
        self, connection: Connection, reader: BufferedReader, status: int, reason: str, headers: dict[str, str],
        *, keep_alive: bool, method: str,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._reader = reader
        self.status = status
        self.reason = reason
        self.headers = headers
        self.keep_alive = keep_alive
        self._chunked = headers.get("transfer-encoding", "").lower().endswith("chunked")
        self._left: int | None = None
        self.finished = False
        if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
            self._left, self._chunked = 0, False
        elif not self._chunked:
            self._left = _length(headers)
            if self._left is None:
                self.keep_alive = False

    def read(self) -> bytes:
        """The whole body, inflated when the server compressed it. Raises ProtocolError or OSError."""
        if self._chunked:
            data = b"".join(self._chunks())
        elif self._left is None:
            data = self._reader.read(_MAX_BODY)
        else:
            data = self._reader.read(self._left) if self._left else b""
            if len(data) < self._left:
                raise ProtocolError("unexpected EOF")
        self.finished = True
        if data and self.headers.get("content-encoding", "").lower() == "gzip":
            import zlib

            inflater = zlib.decompressobj(31)
            data = inflater.decompress(data, _MAX_BODY)
        return data

    def lines(self) -> Iterator[bytes]:
        """The body line by line as it arrives, without line ends; ends when the server ends the stream."""
        rest: list[bytes] = []
        for piece in self._pieces():
            start = 0
            while (end := piece.find(b"\n", start)) >= 0:
                rest.append(piece[start:end])
                line = b"".join(rest)
                rest.clear()
                start = end + 1
                if line:
                    yield line
            if start < len(piece):
                rest.append(piece[start:])
        if rest:
            yield b"".join(rest)
        self.finished = True

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives, as it was sent (not inflated). Raises ProtocolError for a body cut short, OSError."""
        yield from self._pieces()
        if self._left:
            raise ProtocolError("unexpected EOF")
        self.finished = True

    def _pieces(self) -> Iterator[bytes]:
        if self._chunked:
            yield from self._chunks()
            return
        while True:
            want = _CHUNK if self._left is None else min(_CHUNK, self._left)
            piece = self._reader.read1(want) if want else b""
            if not piece:
                return
            if self._left is not None:
                self._left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        reader = self._reader
        total = 0
        while True:
            head = reader.readline(_MAX_LINE)
            size_text = head.partition(b";")[0].strip()
            if not 0 < len(size_text) <= _MAX_SIZE_DIGITS or not _HEX.issuperset(size_text):
                raise ProtocolError("unexpected EOF" if not head else "malformed chunked encoding")
            size = int(size_text, 16)
            if size == 0:
                while reader.readline(_MAX_LINE).strip():
                    pass
                return
            total += size
            if total > _MAX_BODY:
                raise ProtocolError("http: response body too large")
            data = reader.read(size)
            if len(data) < size:
                raise ProtocolError("unexpected EOF")
            reader.read(2)
            yield data


def _length(headers: dict[str, str]) -> int | None:
    text = headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError(f'bad Content-Length "{text}"')
    length = int(text)
    if length > _MAX_BODY:
        raise ProtocolError("http: response body too large")
    return length


class Connection:
    """A kept connection. used: it has answered before (a failure may then only mean that the peer closed it)."""

    __slots__ = ("_reader", "sock", "used", "used_at")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._reader: BufferedReader = sock.makefile("rb")
        self.used = False
        self.used_at = 0.0

    def send(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> None:
        """Write a request. headers go out as given; Content-Length is added for a body. Raises ProtocolError for a
        target that would be more than one line, as Go's net/url does."""
        if not target.isprintable() and any(letter < " " or letter == "\x7f" for letter in target):
            raise ProtocolError("net/url: invalid control character in URL")
        head = [f"{method} {target} HTTP/1.1"]
        head += [f"{name}: {_clean(value)}" for name, value in headers]
        if body is not None:
            head.append(f"Content-Length: {len(body)}")
        head.append("\r\n")
        # as Go's: a header may say who is meant (Impersonate-User), so no two texts may become one
        data = "\r\n".join(head).encode("utf-8", "replace")
        self.sock.sendall(data + body if body else data)

    def receive(self, method: str) -> Response:
        """Read the head of the answer (informational ones are skipped). Raises ProtocolError or OSError."""
        for _ in range(_MAX_INTERIM):
            version, status, reason = self._status_line()
            headers = self._headers()
            if status >= 200 or status == 101:
                break
        else:
            raise ProtocolError("net/http: too many 1xx informational responses")
        closing = headers.get("connection", "").lower()
        keep = closing != "close" if version == "HTTP/1.1" else closing == "keep-alive"
        self.used = True
        return Response(self, self._reader, status, reason, headers, keep_alive=keep, method=method)

    def _status_line(self) -> tuple[str, int, str]:
        line = self._reader.readline(_MAX_LINE)
        if not line:
            raise ProtocolError("EOF", early=True)
        parts = line.decode("latin-1").rstrip("\r\n").split(" ", 2)
        if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not _is_status(parts[1]):
            raise ProtocolError(f'malformed HTTP response "{line[:40].decode("latin-1").strip()}"')
        return parts[0], int(parts[1]), parts[2] if len(parts) > 2 else ""

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for _ in range(_MAX_HEADERS):
            line = self._reader.readline(_MAX_LINE)
            if line in (b"\r\n", b"\n"):
                return found
            if not line.endswith(b"\n"):
                raise ProtocolError("unexpected EOF" if len(line) < _MAX_LINE else "header line too long")
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise ProtocolError("malformed MIME header line")
            key = name.strip().lower()
            text = value.strip()
            found[key] = f"{found[key]}, {text}" if key in found else text
        raise ProtocolError("too many headers")

    def left_over(self) -> bytes:
        """What was read beyond the head of an answer 101: the first bytes of the other protocol."""
        self.sock.setblocking(False)  # peek would wait when nothing is there
        try:
            return self._reader.peek()
        except OSError:  # nothing is there (an encrypted connection says so with an error)
            return b""

    def close(self) -> None:
        """Close both directions; wakes a thread that is reading."""
        import socket
        from contextlib import suppress

        with suppress(OSError):
            # an error means that it is gone already, which is all that was wanted
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


def _is_status(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isdigit()


def _clean(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ") if "\r" in value or "\n" in value else value
