"""Requests to one API server: kept connections, credentials, retries of what is transient.

Rules: client-go v0.37.1 ``rest/request.go`` and ``rest/with_retry.go`` (429 and 5xx with Retry-After: any verb, at
most ten times; connection resets: GET), Helm 4.3.1 ``pkg/kubeenv/roundtripper.go`` (leader changes). Beyond them,
because one lost connection must not undo an atomic install: 502, 503, 504, lost connections and admission webhooks
that time out are tried again for every request that can safely be repeated (`Safety`), a bounded number of times.
"""

from __future__ import annotations

from charthouse.golang.strconv import quote
from charthouse.kube.connections import Connections
from charthouse.kube.errors import CredentialError, KubeError, Unreachable
from charthouse.kube.tls import server_endpoint
from charthouse.logs import DEBUG, WARN, LogRecord
from charthouse.records import Record
from charthouse.web.dial import DialError
from charthouse.web.http1 import Connection, ProtocolError, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from charthouse.actions.ports import Clock
    from charthouse.kube.credentials import Credentials
    from charthouse.kube.kubeconfig import Access
    from charthouse.kube.pace import Pace
    from charthouse.logs import Log

    Observe = Callable[[str, str, int, float], None]
else:
    Observe = object

__all__ = ["ONCE", "REPEATABLE", "SAFE", "Answer", "LineStream", "Observe", "PieceStream", "Transport"]

# How often a request may be made: reads; writes whose repetition changes nothing; writes that create.
SAFE, REPEATABLE, ONCE = "safe", "repeatable", "once"

_MAX_RETRY_AFTER = 10
_MAX_TRIES = 4
_FIRST_DELAY = 0.25
_TRANSIENT_TEXTS = (b"etcdserver: request timed out", b"etcdserver: no leader", b"storage is (re)initializing")


class Answer(Record):
    """A complete answer. retried: an earlier try of the same request may have been carried out."""

    status: int
    headers: dict[str, str]
    body: bytes
    retried: bool = False


class Transport:
    """One server as one user. Safe to use from several threads; connections are kept between requests."""

    def __init__(
        self, access: Access, credentials: Credentials, *, clock: Clock, environ: Mapping[str, str], log: Log,
        user_agent: str, pace: Pace | None = None, connections: Connections | None = None,
        observe: Observe | None = None,
    ) -> None:  # fmt: skip
        """connections: those of several transports that differ in whom they speak for; None = its own. observe: told of
        each try of a request: method, target, status (0 without an answer), seconds; streams apart."""
        import threading

        self.access = access
        self._credentials = credentials
        self._clock = clock
        self._log = log
        self._pace = pace
        self._observe = observe
        self._connections = connections or Connections(access, credentials, clock=clock, environ=environ)
        self._endpoint, self._proxy = self._connections.endpoint, self._connections.proxy
        self._base = access.server.rstrip("/")
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self._fixed = self._fixed_headers(user_agent)

    def _fixed_headers(self, user_agent: str) -> list[tuple[str, str]]:
        access = self.access
        rest = self._base.partition("://")[2].partition("/")[0]
        headers = [("Host", rest.rpartition("@")[2]), ("User-Agent", user_agent)]
        if access.impersonate:
            from urllib.parse import quote as escaped

            headers.append(("Impersonate-User", access.impersonate))
            if access.impersonate_uid:
                headers.append(("Impersonate-Uid", access.impersonate_uid))
            headers += [("Impersonate-Group", group) for group in access.impersonate_groups]
            headers += [
                (f"Impersonate-Extra-{escaped(key.lower(), safe='')}", value)
                for key, values in access.impersonate_extra
                for value in values
            ]
        if self._proxy and self._endpoint.scheme == "http":
            via = server_endpoint(self._proxy)
            if via.userinfo:
                import binascii

                token = binascii.b2a_base64(via.userinfo.encode(), newline=False).decode()
                headers.append(("Proxy-Authorization", f"Basic {token}"))
        return headers

    def request(
        self, method: str, target: str, *, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None,
        safety: str = SAFE, timeout: float = 120.0,
    ) -> Answer:  # fmt: skip
        """Make a request and read the whole answer, whatever its status.

        target: path and query. safety: SAFE, REPEATABLE or ONCE. timeout: seconds without a byte from the server.
        Raises Unreachable and CredentialError.
        """
        delay = _FIRST_DELAY
        tries = waits = 0
        retried = renewed = False
        while True:
            try:
                once = self._once if self._observe is None else self._observed
                answer = once(method, target, headers, body, timeout)
            except Unreachable as error:
                if error.stale and tries < _MAX_TRIES and (safety != ONCE or not error.sent):
                    tries += 1
                    retried = retried or error.sent
                    continue
                if not error.sent or safety == ONCE or tries >= _MAX_TRIES:
                    raise
                retried = True
            else:
                if answer.status == 401 and not renewed and self._credentials.refused():
                    renewed = True
                    self._forget_connections()
                    continue
                pause = _retry_after(answer)
                if pause is not None and waits < _MAX_RETRY_AFTER:
                    waits += 1
                    self._clock.sleep(pause)
                    continue
                transient = _transient(answer, safety)
                if not transient or tries >= _MAX_TRIES:
                    return Answer(answer.status, answer.headers, answer.body, retried)
                retried = True
            tries += 1
            self._log(LogRecord(DEBUG, "retrying request", method=method, url=self._base + target, attempt=tries))
            self._clock.sleep(delay)
            delay *= 2

    def stream(
        self, method: str, target: str, *, headers: Sequence[tuple[str, str]] = (), timeout: float
    ) -> LineStream | Answer:
        """Make a request and leave the body to be read line by line; an answer other than 200 is read whole."""
        try:
            connection, response = self._exchange(method, target, headers, None, timeout)
        except Unreachable as error:
            if not error.stale:
                raise
            connection, response = self._exchange(method, target, headers, None, timeout)
        if response.status != 200:
            try:
                answer = Answer(response.status, response.headers, response.read())
            except (ProtocolError, OSError) as error:
                raise self._lost(method, target, error, connection, stale=False) from error
            self._give_back(connection, response)
            return answer
        return LineStream(connection, response)

    def post(
        self, target: str, body: bytes, *, headers: Sequence[tuple[str, str]] = (), timeout: float
    ) -> PieceStream | Answer:
        """Make a request once and leave the body to be read as it comes; an answer other than 200 is read whole.

        timeout: seconds without a byte from the server. Raises Unreachable and CredentialError.
        """
        connection, response = self._exchange("POST", target, headers, body, timeout)
        if response.status == 401 and self._credentials.refused():
            connection.close()
            self._forget_connections()
            connection, response = self._exchange("POST", target, headers, body, timeout)
        if response.status == 200:
            return PieceStream(connection, response)
        try:
            return Answer(response.status, response.headers, response.read())
        except (ProtocolError, OSError) as error:
            raise self._lost("POST", target, error, connection, stale=False) from error
        finally:
            connection.close()

    def switch(self, target: str, *, headers: Sequence[tuple[str, str]]) -> tuple[Connection, Response] | Answer:
        """Ask on a connection of its own for another protocol: it and the head of the answer 101, else the answer."""
        connection, response = self._exchange("GET", target, headers, None, 120.0)
        if response.status == 401 and self._credentials.refused():
            connection.close()
            self._forget_connections()
            connection, response = self._exchange("GET", target, headers, None, 120.0)
        if response.status == 101:
            return connection, response
        try:
            return Answer(response.status, response.headers, response.read())
        except (ProtocolError, OSError) as error:
            raise self._lost("GET", target, error, connection, stale=False) from error
        finally:
            connection.close()

    def _observed(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None, timeout: float
    ) -> Answer:
        started, status = self._clock.monotonic(), 0
        try:
            answer = self._once(method, target, headers, body, timeout)
            status = answer.status
            return answer
        finally:
            if self._observe is not None:
                self._observe(method, target, status, self._clock.monotonic() - started)

    def _once(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None, timeout: float
    ) -> Answer:
        accepted = headers if self.access.disable_compression else [*headers, ("Accept-Encoding", "gzip")]
        connection, response = self._exchange(method, target, accepted, body, timeout)
        try:
            data = response.read()
        except (ProtocolError, OSError) as error:
            raise self._lost(method, target, error, connection, stale=False) from error
        self._give_back(connection, response)
        warning = response.headers.get("warning")
        if warning:
            self._warn(warning)
        return Answer(response.status, response.headers, data)

    def _exchange(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None, timeout: float
    ) -> tuple[Connection, Response]:
        if any(letter < " " or letter == "\x7f" for letter in target):
            raise KubeError(f"parse {quote(self._base + target)}: net/url: invalid control character in URL")
        if self._pace is not None:
            self._pace.wait()
        try:
            connection = self._take(method, target)
            authorization = self._credentials.authorization()
        except CredentialError as error:
            if not error.message.startswith("getting credentials"):
                raise
            raise CredentialError(f"{self._where(method, target)}: {error.message}", hint=error.hint) from error
        sent = list(self._fixed)
        if authorization:
            sent.append(("Authorization", authorization))
        sent += headers
        plain_proxy = self._proxy and self._endpoint.scheme == "http" and not self._proxy.startswith("socks")
        path = self._base + target if plain_proxy else self._endpoint.prefix + target
        was_used = connection.used
        try:
            connection.sock.settimeout(timeout)
            connection.send(method, path, sent, body)
            return connection, connection.receive(method)
        except (ProtocolError, OSError) as error:
            early = isinstance(error, ProtocolError) and error.early
            reset = isinstance(error, (ConnectionResetError, BrokenPipeError))
            raise self._lost(method, target, error, connection, stale=was_used and (early or reset)) from error

    def _take(self, method: str, target: str) -> Connection:
        try:
            return self._connections.take()
        except DialError as error:
            raise Unreachable(f"{self._where(method, target)}: {error}", hint=self._hint(str(error))) from error

    def _give_back(self, connection: Connection, response: Response) -> None:
        if response.keep_alive and response.finished:
            self._connections.give_back(connection)
        else:
            connection.close()

    def _forget_connections(self) -> None:
        self._connections.forget()

    def close(self) -> None:
        """Close what is kept; the transport stays usable."""
        self._forget_connections()

    def _lost(self, method: str, target: str, error: Exception, connection: Connection, *, stale: bool) -> Unreachable:
        connection.close()
        if isinstance(error, TimeoutError):
            text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        elif isinstance(error, OSError):
            text = f"read: {(error.strerror or str(error)).lower()}"
        else:
            text = str(error)
        return Unreachable(f"{self._where(method, target)}: {text}", hint=self._hint(text), sent=True, stale=stale)

    def _where(self, method: str, target: str) -> str:
        return f'{method[:1]}{method[1:].lower()} "{self._base}{target}"'

    def _hint(self, text: str) -> str:
        if self.access.default:
            return (
                "no cluster is configured: set KUBECONFIG or --kubeconfig, or --kube-apiserver; "
                "`charthouse cluster start` gives an embedded one"
            )
        from charthouse.kube.remedies import unreachable_remedy

        return unreachable_remedy(text, self._base)

    def _warn(self, header: str) -> None:
        """Tell the server's warnings once each (RFC 7234 §5.5: `299 - "text"`)."""
        for text in _warnings(header):
            with self._lock:
                if text in self._warned:
                    continue
                self._warned.add(text)
            self._log(LogRecord(WARN, text))


class LineStream:
    """The lines of a streamed answer; `cancel` may be called from another thread and ends the iteration."""

    def __init__(self, connection: Connection, response: Response) -> None:
        self._connection = connection
        self._lines = response.lines()
        self.cancelled = False

    def __iter__(self) -> Iterator[bytes]:
        """Raises OSError (TimeoutError included) and ProtocolError when the connection is lost."""
        try:
            yield from self._lines
        finally:
            self._connection.close()

    def cancel(self) -> None:
        self.cancelled = True
        self._connection.close()


class PieceStream:
    """The body of an answer as it comes; `cancel` may be called from another thread and ends the iteration."""

    def __init__(self, connection: Connection, response: Response) -> None:
        self._connection = connection
        self._pieces = response.pieces()

    def __iter__(self) -> Iterator[bytes]:
        """Raises OSError (TimeoutError included) and ProtocolError when the connection is lost."""
        try:
            yield from self._pieces
        finally:
            self._connection.close()

    def cancel(self) -> None:
        self._connection.close()


def _retry_after(answer: Answer) -> float | None:
    if answer.status != 429 and answer.status < 500:
        return None
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _transient(answer: Answer, safety: str) -> bool:
    """Whether trying again may help and cannot harm."""
    if answer.status < 500 and answer.status != 429:
        return False
    body = answer.body
    if body.rstrip(b"}\n ").find(b"etcdserver: leader changed") >= 0 or b"raft proposal dropped" in body:
        return True
    if safety == ONCE:
        return answer.status == 429
    if answer.status in (429, 502, 503, 504) or any(text in body for text in _TRANSIENT_TEXTS):
        return True
    return b"failed calling webhook" in body and (
        b"context deadline exceeded" in body or b"connection refused" in body or b"no endpoints available" in body
    )


def _warnings(header: str) -> Iterator[str]:
    rest = header
    while True:
        start = rest.find('"')
        if start < 0:
            return
        end = start + 1
        text = []
        while end < len(rest) and rest[end] != '"':
            if rest[end] == "\\" and end + 1 < len(rest):
                end += 1
            text.append(rest[end])
            end += 1
        yield "".join(text)
        rest = rest[end + 1 :]
