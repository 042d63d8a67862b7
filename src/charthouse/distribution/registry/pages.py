"""Lists a registry gives page by page: the tags of a repository, the repositories there are.

Rules: OCI distribution spec 1.1 (`Link: <…>; rel="next"`), oras-go v2.6.2 ``registry/remote/repository.go``
(``parseLink``: what stands between the brackets of the first link is the next page). Differs: a list may have 5,000
pages and 2,000,000 names, and no page comes twice.
"""

from __future__ import annotations

from charthouse.distribution import urls
from charthouse.distribution.errors import FetchFailed
from charthouse.golang.strconv import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.distribution.fetch import Fetched
    from charthouse.distribution.registry.session import Session

__all__ = ["names"]

_PAGES = 5_000
_NAMES = 2_000_000


def names(session: Session, path: str, key: str, *, scope: str) -> Iterator[str]:
    """The names listed under `key`, in the registry's order. path: of the first page. Raises FetchFailed."""
    import json

    seen: set[str] = set()
    count = 0
    while path:
        if path in seen or len(seen) >= _PAGES or count > _NAMES:
            raise FetchFailed(
                f"GET {quote(path)}: the list does not end", hint=f"{session.host} sends more pages than any list has"
            )
        seen.add(path)
        answer = session.ask("GET", path, scope=scope)
        try:
            listed = json.loads(answer.body).get(key) or ()
        except (ValueError, AttributeError, RecursionError) as error:
            raise FetchFailed(f"GET {quote(answer.url)}: failed to decode response: {error}") from error
        if type(listed) is not list and listed:
            raise FetchFailed(f"GET {quote(answer.url)}: failed to decode response: {key} is no list")
        for name in listed:
            count += 1
            yield str(name)
        path = _next(answer)


def _next(answer: Fetched) -> str:
    """The address in a Link header, "" for none."""
    link = answer.headers.get("link", "")
    target, closed, _ = link.removeprefix("<").partition(">")
    return urls.followed(answer.url, target) if closed and link.startswith("<") else ""
