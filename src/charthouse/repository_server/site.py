"""Which handler answers a request, and who may ask it.

A request passes `gate` with its head alone, so that nobody's body is read before it is known that they may send one;
then `answer` gives the answer. Rules: ChartMuseum 0.16 ``pkg/chartmuseum/server/multitenant/routes.go``,
``pkg/chartmuseum/router/router.go``. Differs: a browser that another site makes send something is refused.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.repository_server.access import PULL, PUSH
from charthouse.repository_server.errors import Refused, StorageError, StorageFull
from charthouse.repository_server.files import file_answer, index_answer
from charthouse.repository_server.requests import Answer, failure, json_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log
    from charthouse.repository_server.access import Access
    from charthouse.repository_server.api import Api
    from charthouse.repository_server.catalogue import Catalogue
    from charthouse.repository_server.pages import Pages
    from charthouse.repository_server.requests import Request

    Handler = Callable[[Request], Answer]

__all__ = ["Site"]

_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)


class Site(Record):
    """What is served. context: the path in front of everything, "" or ``/charts``; api, deletes: whether these parts
    are there; largest: bytes of a body; origin: of the pages that scripts may read the API from, "" for none."""

    catalogue: Catalogue
    access: Access
    api: Api
    pages: Pages
    log: Log
    context: str = ""
    has_api: bool = True
    has_deletes: bool = True
    largest: int = 20 << 20
    origin: str = ""
    version: str = ""

    def gate(self, request: Request) -> Answer | None:
        """The answer to a request that is not to be read further, None for one that may go on. Never raises."""
        try:
            _, action = self._route(request)
            self._guard(request, action)
        except Refused as error:
            return self._refused(request, error)
        return None

    def answer(self, request: Request) -> Answer:
        """The answer. Never raises for what a request or the storage does."""
        try:
            handler, action = self._route(request)
            self._guard(request, action)
            answer = handler(request)
        except Refused as error:
            return self._refused(request, error)
        except StorageError as error:
            from charthouse.logs import ERROR, LogRecord

            self.log(LogRecord(ERROR, "storage failed", error=error.message))
            if isinstance(error, StorageFull):
                return self._refused(request, Refused(507, "the storage is full"))
            return self._refused(request, Refused(500, "the storage does not answer"))
        return _with(answer, self._extra(request))

    def _guard(self, request: Request, action: str) -> None:
        if action:
            self.access.check(request.header("authorization"), action)
        if action == PUSH:
            _refuse_foreign(request, self.origin)
            length = request.header("content-length")
            if length.isdigit() and int(length) > self.largest:
                raise Refused(413, "request too large")

    def _refused(self, request: Request, error: Refused) -> Answer:
        answer = failure(error.status, error.message, headers=error.headers)
        if request.method in ("GET", "HEAD") and "text/html" in request.header("accept") and error.status != 401:
            answer = self.pages.problem(error.status, error.message)
        return _with(answer, self._extra(request))

    def _extra(self, request: Request) -> tuple[tuple[str, str], ...]:
        if self.origin and request.path.startswith(f"{self.context}/api/"):
            return (("Access-Control-Allow-Origin", self.origin),)
        return ()

    def _route(self, request: Request) -> tuple[Handler, str]:
        """The handler and what one must be allowed to for it. Raises Refused (404)."""
        path = request.path
        if self.context:
            if path != self.context and not path.startswith(self.context + "/"):
                raise Refused(404, "not found")
            path = path[len(self.context) :] or "/"
        if not path.startswith("/"):  # `OPTIONS *`
            raise Refused(404, "not found")
        parts = path.split("/")[1:]
        method = "GET" if request.method == "HEAD" else request.method
        found = self._api_route(method, parts) if parts[0] == "api" else self._plain_route(method, path, parts)
        if found is None:
            raise Refused(404, "not found")
        return found

    def _plain_route(self, method: str, path: str, parts: list[str]) -> tuple[Handler, str] | None:
        if method != "GET":
            return None
        if path == "/health":
            return lambda _: json_answer('{"healthy":true}'), ""
        if path == "/info":
            return lambda _: json_answer({"version": self.version}), ""
        if path == "/index.yaml":
            return lambda request: index_answer(self.catalogue, request), PULL
        if parts[0] == "charts" and len(parts) == 2:
            return lambda request: file_answer(self.catalogue, request, parts[1]), PULL
        if path == "/":
            return self.pages.charts, PULL
        if parts[0] == "chart" and len(parts) in (2, 3):
            version = parts[2] if len(parts) == 3 else ""
            return lambda request: self.pages.chart(request, parts[1], version), PULL
        return None

    def _api_route(self, method: str, parts: list[str]) -> tuple[Handler, str] | None:
        api, words = self.api, parts[2:]
        if not self.has_api or len(parts) < 2:
            return None
        if parts[1] == "prov":
            return (api.provenance, PUSH) if method == "POST" and not words else None
        if parts[1] != "charts":
            return None
        if method == "POST":
            return None if words else (api.upload, PUSH)
        if method == "DELETE":
            if len(words) != 2 or not self.has_deletes:
                return None
            return lambda request: api.delete(request, *words), PUSH
        if method != "GET":
            return None
        if not words:
            return api.list, PULL
        if len(words) == 1:
            return lambda request: api.chart(request, words[0]), PULL
        if len(words) == 2:
            return lambda request: api.version(request, words[0], words[1]), PULL
        if len(words) == 3 and words[2] in ("values", "templates"):
            show = api.values if words[2] == "values" else api.templates
            return lambda request: show(request, words[0], words[1]), PULL
        return None


def _with(answer: Answer, extra: tuple[tuple[str, str], ...]) -> Answer:
    """The answer with the headers that all have, unless it has its own."""
    from charthouse.records import replace

    own = {name.lower() for name, _ in answer.headers}
    added = tuple(pair for pair in (*_HEADERS, *extra) if pair[0].lower() not in own)
    return replace(answer, headers=(*answer.headers, *added))


def _refuse_foreign(request: Request, trusted: str) -> None:
    """A page of another site may have its visitor's browser send a form here, with the password the browser knows.
    Raises Refused (403)."""
    from urllib.parse import urlsplit

    origin = request.header("origin")
    if origin and origin == trusted:
        return
    try:
        foreign = bool(origin) and urlsplit(origin).netloc.lower() != request.header("host").lower()
    except ValueError:
        foreign = True
    if foreign or request.header("sec-fetch-site") in ("cross-site", "same-site"):
        raise Refused(403, "request comes from another site")
