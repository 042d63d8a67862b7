"""The body of an answer, taken in within bounds, and gone on with where it was cut short.

Rules: RFC 9110 §14 (ranges), Helm 4.3.1 ``pkg/getter/httpgetter.go`` (a download may take 120 seconds). Differs: a
download may take longer as long as it keeps coming, 8 KiB a second on the average; and it may not grow without end.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.web.http1 import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.web.http1 import Response

    Progress = Callable[[int, int], None]

__all__ = ["LARGEST", "Body", "BodyLost", "Bounds"]

LARGEST = 1 << 30
_LARGEST_REFUSAL = 1 << 20
_SLOWEST = 8 << 10
_LATE = "context deadline exceeded (Client.Timeout or context cancellation while reading body)"


class Bounds(Record):
    """largest: bytes; timeout: seconds, and the grace before slowness counts; clock: monotonic seconds, None = slowness
    is not looked at."""

    largest: int = LARGEST
    timeout: float = 120.0
    clock: Callable[[], float] | None = None


class BodyLost(Exception):
    """The head of an answer came, and not its body; str() is Go's text. transient: whether to try again."""

    def __init__(self, message: str, *, transient: bool = True) -> None:
        super().__init__(message)
        self.transient = transient


class Body:
    """What has arrived of a body, so that the next try may go on behind it."""

    __slots__ = ("_bounds", "_data", "_mark")

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._data: list[bytes] = []
        self._mark = ""

    def headers(self) -> list[tuple[str, str]]:
        """What asks for the rest of it."""
        have = sum(map(len, self._data))
        return [("Range", f"bytes={have}-"), ("If-Range", self._mark)] if have and self._mark else []

    def read(self, response: Response, progress: Progress | None) -> bytes:
        """All of it. progress: called with the bytes so far and how many there will be (0 = unknown). Raises
        BodyLost."""
        try:
            return self._read(response, progress)
        except ProtocolError as error:
            raise BodyLost(str(error)) from error
        except TimeoutError as error:
            raise BodyLost(_LATE, transient=False) from error
        except OSError as error:
            raise BodyLost(f"read: {(error.strerror or str(error)).lower()}") from error

    def _read(self, response: Response, progress: Progress | None) -> bytes:
        headers = response.headers
        if response.status != 206:
            self._data.clear()
        if response.status not in (200, 206):
            return _refusal(response)
        have = sum(map(len, self._data))
        if response.status == 206 and not headers.get("content-range", "").startswith(f"bytes {have}-"):
            self._data.clear()
            raise ProtocolError("the server went on at another place than asked")
        tag = headers.get("etag", "")
        resumable = headers.get("accept-ranges", "") == "bytes" and tag and not tag.startswith("W/")
        self._mark = tag if resumable or response.status == 206 else ""
        length = headers.get("content-length", "")
        total = have + int(length) if length.isascii() and length.isdigit() else 0
        self._take(response, have, total, progress)
        body = b"".join(self._data)
        self._data.clear()
        return body

    def _take(self, response: Response, have: int, total: int, progress: Progress | None) -> None:
        bounds = self._bounds
        begun = bounds.clock() if bounds.clock is not None else 0.0
        if max(have, total) > bounds.largest:
            raise BodyLost("http: response body too large", transient=False)
        for piece in response.pieces():
            self._data.append(piece)
            have += len(piece)
            if have > bounds.largest:
                raise BodyLost("http: response body too large", transient=False)
            if bounds.clock is not None and bounds.clock() - begun > bounds.timeout + have / _SLOWEST:
                raise BodyLost(_LATE, transient=False)
            if progress is not None:
                progress(have, total)


def _refusal(response: Response) -> bytes:
    """The body of an answer that is not what was asked for: its beginning is enough."""
    data = b""
    for piece in response.pieces():
        data += piece
        if len(data) > _LARGEST_REFUSAL:
            return data[:_LARGEST_REFUSAL]  # and the connection, in the middle of it, is not used again
    return data
