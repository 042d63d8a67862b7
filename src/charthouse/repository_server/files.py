"""What Helm fetches: ``/index.yaml``, ``/charts/NAME-VERSION.tgz`` and its ``.prov``.

Rules: ChartMuseum 0.16 ``pkg/chartmuseum/server/multitenant/storage.go`` (types, texts). Beyond it: HEAD, ETag,
Last-Modified, conditional requests and ranges, and archives are sent in pieces instead of being read whole.
"""

from __future__ import annotations

from charthouse.repository_server.errors import Refused
from charthouse.repository_server.requests import Answer
from charthouse.repository_server.storage import ARCHIVE, PROVENANCE, is_name
from charthouse.repository_server.validators import http_date, select, unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.repository_server.catalogue import Catalogue
    from charthouse.repository_server.requests import Request
    from charthouse.repository_server.storage import Blob

__all__ = ["file_answer", "index_answer"]

_PIECE = 256 * 1024
_INDEX_TYPE = "application/x-yaml"
_ARCHIVE_TYPE = "application/x-tar"
_PROVENANCE_TYPE = "application/pgp-signature"


def index_answer(catalogue: Catalogue, request: Request) -> Answer:
    """index.yaml. Raises StorageError."""
    index = catalogue.index()
    return _answer(
        request, len(index.data), index.etag, index.modified, _INDEX_TYPE,
        lambda start, length: (lambda: iter((index.data[start : start + length],))),
    )  # fmt: skip


def file_answer(catalogue: Catalogue, request: Request, name: str) -> Answer:
    """An archive or a provenance file. Raises Refused (404, 500), StorageError."""
    if not name.endswith(("tgz", PROVENANCE)):
        raise Refused(500, "unsupported file extension")
    blob = catalogue.storage.open(name) if is_name(name) else None
    if blob is None:
        raise Refused(404, "object not found")
    stamp = blob.stamp
    entry = catalogue.file(name) if name.endswith(ARCHIVE) else None
    if entry is not None and entry.stamp == stamp and entry.digest:
        etag = f'"{entry.digest[:40]}"'
    else:
        etag = f'"{stamp.size:x}-{stamp.modified:x}-{stamp.mark}"'
    answer = _answer(
        request, stamp.size, etag, stamp.modified // 1_000_000_000,
        _PROVENANCE_TYPE if name.endswith(PROVENANCE) else _ARCHIVE_TYPE,
        lambda start, length: (lambda: _pieces(blob, start, length)), close=blob.close,
    )  # fmt: skip
    if answer.stream is None:
        blob.close()
    return answer


def _answer(
    request: Request, size: int, etag: str, modified: int, kind: str,
    stream: Callable[[int, int], Callable[[], Iterator[bytes]]], *, close: Callable[[], None] | None = None,
) -> Answer:  # fmt: skip
    """The answer to a request for `size` bytes; stream: start and length → their pieces."""
    told: tuple[tuple[str, str], ...] = (
        ("ETag", etag), ("Last-Modified", http_date(modified)), ("Cache-Control", "no-cache"),
    )  # fmt: skip
    if unchanged(request, etag, modified):
        return Answer(304, b"", told)
    picked = select(request, size, etag, modified)
    told = (("Content-Type", kind), ("Accept-Ranges", "bytes"), *told)
    if picked.status == 416:
        return Answer(416, b"", (*told, ("Content-Range", f"bytes */{size}")))
    if picked.status == 206:
        last = picked.start + picked.length - 1
        told = (*told, ("Content-Range", f"bytes {picked.start}-{last}/{size}"))
    return Answer(picked.status, b"", told, stream(picked.start, picked.length), picked.length, close)


def _pieces(blob: Blob, start: int, length: int) -> Iterator[bytes]:
    end = start + length
    while start < end:
        size = min(_PIECE, end - start)
        yield blob.read(start, size)
        start += size
