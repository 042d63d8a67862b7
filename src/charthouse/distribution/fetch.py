"""Files over HTTP(S): credentials only where they belong, redirects, retries, downloads that go on where they stopped.

Rules: Helm 4.3.1 ``pkg/getter/httpgetter.go`` (headers, who gets credentials, `failed to fetch URL : STATUS`), Go's
``net/http`` (at most ten redirects; credentials do not follow to another host). Beyond them: what is transient (429,
5xx, a connection lost) is tried again a few times, and a body that was cut short goes on from there where the server
can.
"""

from __future__ import annotations

from charthouse.distribution import urls
from charthouse.distribution.body import LARGEST, Body, BodyLost, Bounds
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, LogRecord
from charthouse.records import Record
from charthouse.web import dial
from charthouse.web.address import BadURL, endpoint, proxy_for
from charthouse.web.dial import DialError
from charthouse.web.http1 import Connection, ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from charthouse.distribution.access import Access
    from charthouse.logs import Log
    from charthouse.web.address import Endpoint
    from charthouse.web.http1 import Response

    Getter = Callable[[str, Access], bytes]
    Progress = Callable[[int, int], None]
    Sleep = Callable[[float], None]

    class Watch(Protocol):
        """Who is told how far several fetches are; `cli.output.bars.Bars` is one."""

        def part(self) -> Progress: ...

        def finished(self) -> None: ...

        def end(self) -> None: ...
else:
    Getter = object

__all__ = ["USER_AGENT", "Fetched", "Fetcher", "Getter", "checked_scheme"]

USER_AGENT = "Helm/4.3.1"
_MAX_REDIRECTS = 10
_MAX_TRIES = 4
_FIRST_DELAY = 0.2
_TRANSIENT = (429, 500, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)


class Fetched(Record):
    """What came back. url: where it came from in the end; headers: lower-case names."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    url: str


class Fetcher:
    """Makes requests; safe to use from several threads. Connections to one place as one user are kept.

    environ: for proxies. sleep: waits that many seconds; clock: monotonic seconds, None = bodies may come as slowly as
    they like. timeout: seconds without a byte from the server. getters: finds what fetches from addresses of another
    scheme than HTTP's, None for a scheme nothing fetches from.
    """

    def __init__(
        self, *, environ: Mapping[str, str], log: Log, sleep: Sleep, timeout: float = 120.0, version: str = "",
        getters: Callable[[str], Getter | None] | None = None, clock: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        import threading

        self._environ = environ
        self._log = log
        self._sleep = sleep
        self._timeout = timeout
        self._clock = clock
        self._agent = f"{USER_AGENT} charthouse/{version}" if version else USER_AGENT
        self._lock = threading.Lock()
        self._idle: dict[tuple[object, ...], list[Connection]] = {}
        self._contexts: dict[Access, ssl.SSLContext] = {}
        self._getters = getters
        self._known: dict[str, Getter | None] = {}

    def serves(self, scheme: str) -> bool:
        """Whether anything fetches from addresses of this scheme."""
        return scheme in ("http", "https") or self._getter(scheme) is not None

    def _getter(self, scheme: str) -> Getter | None:
        if self._getters is None or not scheme or scheme in ("http", "https", "oci"):
            return None
        with self._lock:
            if scheme not in self._known:
                self._known[scheme] = self._getters(scheme)
            return self._known[scheme]

    def get(
        self, url: str, access: Access, *, accept: str = "", headers: Sequence[tuple[str, str]] = (),
        progress: Progress | None = None,
    ) -> Fetched:  # fmt: skip
        """GET `url`; the answer is a 200, or a 304 when `headers` asked for one. progress: called with the bytes so far
        and how many there will be (0 = unknown). Raises FetchFailed."""
        sent = list(headers)
        if accept:
            sent.append(("Accept", accept))
        getter = self._getter(url.partition(":")[0].lower()) if self._getters is not None else None
        if getter is not None:
            try:
                return Fetched(200, "OK", {}, getter(url, access), url)
            except CharthouseError as error:
                raise FetchFailed(error.message, hint=error.hint) from error
        if urls.is_oci(url.lower()):
            raise _no_index(url)
        self._log(LogRecord(DEBUG, "fetching", url=urls.without_credentials(url)))
        answer = self._patiently(_Request("GET", url, access, sent), progress)
        if answer.status == 200 or (answer.status == 304 and headers):
            return answer
        shown = urls.without_credentials(url)
        raise FetchFailed(
            f"failed to fetch {shown} : {answer.status} {answer.reason}".rstrip(),
            status=answer.status,
            hint=_advice(answer.status),
        )

    def request(
        self, method: str, url: str, access: Access, *, headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None, progress: Progress | None = None, largest: int = LARGEST,
    ) -> Fetched:  # fmt: skip
        """Make a request and take the answer whatever its status. largest: bytes of its body. Raises FetchFailed when
        there is none."""
        return self._patiently(_Request(method, url, access, list(headers), body), progress, largest)

    def _patiently(self, request: _Request, progress: Progress | None, largest: int = LARGEST) -> Fetched:
        delay = _FIRST_DELAY
        part = Body(Bounds(largest, self._timeout, self._clock))
        repeatable = request.method != "POST"
        for attempt in range(1, _MAX_TRIES + 1):
            try:
                answer = self._follow(request, part, progress)
            except _Lost as lost:
                if attempt == _MAX_TRIES or not (lost.transient and repeatable):
                    raise lost.error from lost.__cause__
            else:
                if answer.status not in _TRANSIENT or attempt == _MAX_TRIES or not repeatable:
                    return answer
                wait = answer.headers.get("retry-after", "")
                if wait.isascii() and wait.isdigit() and len(wait) < 3:
                    delay = max(delay, float(wait))
            shown = urls.without_credentials(request.url)
            self._log(LogRecord(DEBUG, "trying again", url=shown, attempt=attempt))
            self._sleep(delay)
            delay *= 2
        raise AssertionError("the last try returns or raises")

    def _follow(self, request: _Request, part: Body, progress: Progress | None) -> Fetched:
        where = request.url
        target = ""
        for _ in range(_MAX_REDIRECTS):
            answer = self._once(request, where, part, progress)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target or request.body is not None:
                return answer
            where = _joined(request, where, target)
        verb = request.verb
        raise _Lost(
            FetchFailed(f'{verb} "{urls.without_credentials(target)}": stopped after 10 redirects'), transient=False
        )

    def _once(self, request: _Request, url: str, part: Body, progress: Progress | None) -> Fetched:
        shown = f'{request.verb} "{urls.redacted(url)}"'
        try:
            target = endpoint(url)
            if target.scheme not in ("http", "https"):
                raise BadURL(url)
        except BadURL as error:
            scheme = url.partition(":")[0]
            text = f'unsupported protocol scheme "{scheme}"' if scheme not in ("http", "https") else error.message
            raise _Lost(FetchFailed(f"{shown}: {text}"), transient=False) from error
        proxy = proxy_for(target, self._environ)
        path, sent = self._head(request, url, target, proxy)
        sent += part.headers()
        access = request.access
        key = (target.scheme, target.host, target.port, proxy, access.identity)
        kept = self._take(key)
        if kept is not None:
            try:
                return self._exchange(request, url, kept, key, (path, sent), part, progress)
            except _Lost as lost:
                stale = isinstance(lost.__cause__, (ConnectionError, ProtocolError))
                if request.method == "POST" or not stale:
                    raise
                # the server had closed it meanwhile, which is no mistake and no try
        try:
            context = self._context(access) if target.scheme == "https" else None
            own = self._context(access) if proxy.startswith("https://") else None
            connection = Connection(
                dial.connect(target, proxy=proxy, context=context, server_name="", proxy_context=own)
            )
        except DialError as error:
            text = str(error)
            permanent = error.refused or "no such host" in text or "tls" in text or "refused" in text
            hint = _dial_advice(text, urls.origin(url)[1])
            raise _Lost(FetchFailed(f"{shown}: {text}", hint=hint), transient=not permanent) from error
        return self._exchange(request, url, connection, key, (path, sent), part, progress)

    def _exchange(
        self, request: _Request, url: str, connection: Connection, key: tuple[object, ...],
        head: tuple[str, list[tuple[str, str]]], part: Body, progress: Progress | None,
    ) -> Fetched:  # fmt: skip
        """A request and its answer over a connection, which is kept when it can be used again. head: the request's
        target and headers. Raises _Lost."""
        shown = f'{request.verb} "{urls.redacted(url)}"'
        try:
            connection.sock.settimeout(self._timeout)
            connection.send(request.method, *head, request.body)
            response = connection.receive(request.method)
            body = part.read(response, progress)
        except BodyLost as error:
            connection.close()
            lost = FetchFailed(str(error), hint=f"while reading the answer to {shown}")
            raise _Lost(lost, transient=error.transient) from error
        except (ProtocolError, OSError) as error:
            connection.close()
            text = _reason(error)
            failed = FetchFailed(f"{shown}: {text}", hint=_dial_advice(text, urls.origin(url)[1]))
            raise _Lost(failed, transient=not isinstance(error, TimeoutError)) from error
        self._give_back(key, connection, response)
        return Fetched(200 if response.status == 206 else response.status, response.reason, response.headers, body, url)

    def _head(self, request: _Request, url: str, target: Endpoint, proxy: str) -> tuple[str, list[tuple[str, str]]]:
        """The request's target and headers."""
        parts = urls.parse(url)
        path = _sendable((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        host = parts.netloc.rpartition("@")[2]
        sent = [("Host", host), ("User-Agent", self._agent)]
        crossed = urls.origin(url) != urls.origin(request.url)
        sent += [(n, v) for n, v in request.headers if not (crossed and n == "Authorization")]
        authorization = _authorization(request.access, url, request.url, target.userinfo)
        if authorization:
            sent.append(("Authorization", authorization))
        if proxy and target.scheme == "http" and not proxy.startswith("socks"):
            path = f"http://{host}{path}"
            via = endpoint(proxy)
            if via.userinfo:
                sent.append(("Proxy-Authorization", _basic(via.userinfo)))
        return path, sent

    def _take(self, key: tuple[object, ...]) -> Connection | None:
        with self._lock:
            idle = self._idle.get(key)
            return idle.pop() if idle else None

    def _give_back(self, key: tuple[object, ...], connection: Connection, response: Response) -> None:
        if response.keep_alive and response.finished:
            with self._lock:
                self._idle.setdefault(key, []).append(connection)
        else:
            connection.close()

    def _context(self, access: Access) -> ssl.SSLContext:
        with self._lock:
            if access not in self._contexts:
                self._contexts[access] = access.tls_context()
            return self._contexts[access]

    def close(self) -> None:
        """Close the connections that were kept."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()


class _Request(Record):
    """A request as it was asked for; redirects lead elsewhere."""

    method: str
    url: str
    access: Access
    headers: list[tuple[str, str]]
    body: bytes | None = None

    @property
    def verb(self) -> str:
        return self.method.capitalize()


class _Lost(Exception):
    def __init__(self, error: FetchFailed, *, transient: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.transient = transient


def _joined(request: _Request, where: str, target: str) -> str:
    """Where a redirect leads. Raises _Lost for an address that is none."""
    try:
        return urls.followed(where, target)
    except DistributionError as error:
        text = f'{request.verb} "{urls.redacted(where)}": failed to parse Location header: {error}'
        raise _Lost(FetchFailed(text), transient=False) from None


def _sendable(path: str) -> str:
    """A path as a request line may hold it: what is no visible ASCII is escaped."""
    if path.isascii() and path.isprintable() and " " not in path:
        return path
    from urllib.parse import quote

    return quote(path.encode("utf-8", "surrogateescape"), safe="/%:@!$&'()*+,;=~-._?")


def _authorization(access: Access, url: str, first: str, userinfo: str) -> str:
    """Whose name a request carries: the repository's where Helm would give it, or the address's own.

    A redirect takes it along only within the host (or below it), and never from https to http.
    """
    if userinfo:
        return _basic(userinfo)
    if not (access.username and access.password):
        return ""
    if not access.pass_all and urls.origin(first) != urls.origin(access.url or first):
        return ""
    if url != first:
        begun, here = urls.parse(first), urls.parse(url)
        host, other = begun.hostname or "", here.hostname or ""
        if (other != host and not other.endswith(f".{host}")) or (begun.scheme == "https" != here.scheme):
            return ""
    return _basic(f"{access.username}:{access.password}")


def _basic(pair: str) -> str:
    import binascii

    return f"Basic {binascii.b2a_base64(pair.encode('utf-8', 'surrogateescape'), newline=False).decode()}"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    if isinstance(error, OSError):
        return f"read: {(error.strerror or str(error)).lower()}"
    return str(error)


def _no_index(url: str) -> FetchFailed:
    """A registry is no repository: what Helm's getter says when it is asked for an index there."""
    from charthouse.distribution.registry.reference import parse

    text = 'failed to perform "FetchReference" on source: invalid reference'
    try:
        parse(url.partition("://")[2])
    except DistributionError as error:
        text = error.message
    return FetchFailed(text, hint="registries are not added: charts are used straight from oci://…")


def _advice(status: int) -> str:
    if status in (401, 403):
        return "the server wants other credentials: --username and --password, or `repo add --force-update` with them"
    if status == 404:
        return "is the address complete? A repository is the folder that holds index.yaml"
    return "the server has trouble of its own; later may do" if status in _TRANSIENT else ""


def _dial_advice(text: str, host: str) -> str:
    if "no such host" in text:
        return f"the name in {host} cannot be resolved; check it, DNS and HTTPS_PROXY"
    if "x509" in text:
        return "the certificate is signed by nobody this machine trusts: --ca-file, or --insecure-skip-tls-verify"
    return f"is a server running at {host} and reachable from here?"


def checked_scheme(url: str, fetcher: Fetcher | None = None) -> None:
    """Raises DistributionError when nothing here can fetch from this address. fetcher: None = HTTP alone."""
    scheme = urls.parse(url).scheme
    if scheme not in ("http", "https") and not (fetcher is not None and fetcher.serves(scheme)):
        raise DistributionError(f'scheme "{scheme}" not supported')
