"""Conditional and partial answers: ``304``, ``206``, ``416``.

Rules: RFC 9110 sections 13 and 14. One range a request is honoured; a request for several gets everything, which the
standard allows. HEAD never has a range.
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.repository_server.requests import Request

__all__ = ["Selection", "http_date", "select", "unchanged"]


class Selection(Record):
    """Which bytes to send: status 200 or 206, or 416 when none of those asked for exist."""

    status: int
    start: int
    length: int


def http_date(seconds: int) -> str:
    """An HTTP date."""
    from email.utils import formatdate

    return formatdate(seconds, usegmt=True)


def _seconds(text: str) -> int | None:
    from email.utils import parsedate_to_datetime

    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def unchanged(request: Request, etag: str, modified: int) -> bool:
    """Whether the client has this already. etag: with quotes; modified: seconds since 1970."""
    tags = request.header("if-none-match")
    if tags:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = _seconds(request.header("if-modified-since")) if request.header("if-modified-since") else None
    return since is not None and modified <= since


def select(request: Request, size: int, etag: str, modified: int) -> Selection:
    """The bytes to send of `size`."""
    whole = Selection(200, 0, size)
    wanted = request.header("range")
    unit, _, spec = wanted.partition("=")
    if request.method != "GET" or not wanted or unit.strip().lower() != "bytes" or "," in spec:
        return whole
    condition = request.header("if-range").strip()
    if condition and condition != etag and (condition[:1] in ('"', "W") or _seconds(condition) != modified):
        return whole
    first, dash, last = (piece.strip() for piece in spec.partition("-"))
    if (
        not dash
        or not (first or last)
        or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in (first, last) if p)
    ):
        return whole
    if not first:
        count = min(int(last), size)
        return Selection(206, size - count, count) if count else Selection(416, 0, 0)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return whole
    return Selection(206, start, end - start + 1) if start < size else Selection(416, 0, 0)
