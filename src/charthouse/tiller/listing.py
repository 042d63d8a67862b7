"""ListReleases: which releases, in which order, how many, in messages of which size.

Whose rules: helm v2.17.0 pkg/tiller/release_list.go (ListReleases, partition), pkg/releaseutil/sorter.go. In this
order: status, namespace, name (a regular expression of RE2's), then the total is counted; sorted, reversed, begun at
the offset (the last release of that name), cut at the limit. Every revision is an item. A message is ended where the
next release would make it too large; when nothing is found there is no message at all. Differs: releases that are
equal in what is sorted by keep their order (Go's sort does not), and a negative limit is refused (Tiller dies of it).
"""

from __future__ import annotations

from charthouse.hapi import messages
from charthouse.tiller.errors import BadListing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["DEFAULT_LIMIT", "MAX_MESSAGE", "listed"]

DEFAULT_LIMIT = 512
MAX_MESSAGE = 20 << 20
"""Bytes a message may have."""
_UNSORTED, _BY_NAME, _BY_DATE, _BY_CHART = 0, 1, 2, 3


def listed(
    request: messages.ListReleasesRequest, releases: Iterable[messages.Release], *, max_message: int = MAX_MESSAGE
) -> Iterator[messages.ListReleasesResponse]:
    """The messages of an answer. releases: all there are.

    Raises BadListing: a filter that is no regular expression, an offset there is not, a negative limit.
    """
    found = _chosen(request, releases)
    total = len(found)
    found = _ordered(request, found)
    if request.offset:
        found = found[_place(request.offset, found) :]
    if request.limit < 0:
        raise BadListing(f"limit {request.limit} is negative")
    limit = request.limit or DEFAULT_LIMIT
    following = found[limit].name if len(found) > limit else ""
    found = found[:limit]
    head = messages.ListReleasesResponse(next=following, count=len(found), total=total)
    for part in _parts(found, max_message - head.ByteSize()):
        answer = messages.ListReleasesResponse(next=following, count=head.count, total=total)
        answer.releases.extend(part)
        yield answer


def _chosen(request: messages.ListReleasesRequest, releases: Iterable[messages.Release]) -> list[messages.Release]:
    codes = set(request.status_codes) or {messages.Status.DEPLOYED}
    found = [release for release in releases if release.info.status.code in codes]
    if request.namespace:
        found = [release for release in found if release.namespace == request.namespace]
    if request.filter:
        matches = _matcher(request.filter)
        found = [release for release in found if matches(release.name)]
    return found


def _matcher(text: str) -> Callable[[str], bool]:
    from charthouse.golang.kinds import GoError
    from charthouse.golang.regexp import compile as compile_pattern

    try:
        pattern = compile_pattern(text)
    except GoError as error:
        raise BadListing(str(error)) from error
    return pattern.match


def _ordered(request: messages.ListReleasesRequest, found: Sequence[messages.Release]) -> list[messages.Release]:
    out = list(found)
    if request.sort_by == _BY_NAME:
        out.sort(key=lambda release: release.name)
    elif request.sort_by == _BY_DATE:
        out.sort(key=lambda release: release.info.last_deployed.seconds)
    elif request.sort_by == _BY_CHART:
        out.sort(key=lambda release: release.chart.metadata.name)
    if request.sort_order == messages.ListSort.DESC:
        out.reverse()
    return out


def _place(offset: str, found: Sequence[messages.Release]) -> int:
    for at in range(len(found) - 1, -1, -1):
        if found[at].name == offset:
            return at
    from charthouse.golang.strconv import quote

    raise BadListing(f"offset {quote(offset)} not found")


def _parts(found: Sequence[messages.Release], room: int) -> Iterator[list[messages.Release]]:
    """Runs of releases that fit together; the first is empty when the first release alone is too large."""
    part: list[messages.Release] = []
    filled = 0
    for release in found:
        size = release.ByteSize()
        if filled + size > room:
            yield part
            part, filled = [], 0
        part.append(release)
        filled += size
    if part:
        yield part
