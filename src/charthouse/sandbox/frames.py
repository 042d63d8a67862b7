"""Messages over a socket: four bytes of length, big end first, then so many bytes. Both sides refuse longer ones than
agreed."""

from __future__ import annotations

from charthouse.sandbox.errors import BadFrame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["framed", "read_frame"]

_MOST = 1 << 20  # bytes asked for at once


def framed(data: bytes, most: int) -> bytes:
    """The message with its length. Raises BadFrame."""
    if len(data) > most:
        raise BadFrame(f"a message of {len(data)} bytes is larger than {most}")
    return len(data).to_bytes(4, "big") + data


def read_frame(receive: Callable[[int], bytes], most: int) -> bytes | None:
    """The next message, None at the end of the stream. receive: some bytes, at most so many, b"" at the end.

    Raises BadFrame: too long, or the stream ends inside it.
    """
    head = _exactly(receive, 4)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    if len(head) < 4 or size > most:
        raise BadFrame(f"a message of {size} bytes is larger than {most}" if len(head) == 4 else "half a message")
    body = _exactly(receive, size)
    if len(body) < size:
        raise BadFrame("half a message")
    return body


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = receive(min(size, _MOST))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts) if len(parts) != 1 else parts[0]
