"""Tiller through the proxy of its service, where the API server lets nobody forward a port.

    POST /api/v1/namespaces/NS/services/https:tiller-deploy:44134/proxy/charthouse.v1.ReleaseService/METHOD

The API server speaks HTTP/1.1 to a service and keeps `Authorization` for itself, so calls go in gRPC-Web's form
(``gateway.grpc_web``: the same paths, messages and errors, the trailers in a last frame) and the token in a header of
its own. The connection from the API server to Tiller is encrypted and not verified by it; who may write the service and
its endpoints are administrators of Tiller's namespace, as with the CA they publish.

A user known by a certificate alone cannot be told this way: the API server hands on no certificate.
"""

from __future__ import annotations

from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import Unreachable
from charthouse.rpc.metadata import status_of
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import NotReached
from charthouse.tiller.gateway.grpc_web import CONTENT_TYPE
from charthouse.tiller.identity import TOKEN_HEADER
from charthouse.web.http1 import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from charthouse.kube.client import Client
    from charthouse.kube.transport import PieceStream
    from charthouse.tiller.client.wire import Stream
    from charthouse.tiller.identity.credentials import TillerCredentials

__all__ = ["ProxiedWire", "service_path"]

_SILENCE = 900.0  # seconds without a byte after which a connection counts as lost
_MOST = 20 << 20  # bytes of a message
_HEAD = 5  # of a frame: flags and size
_TRAILERS = 0x80
_LOST = (502, 503, 504)


def service_path(namespace: str) -> str:
    """Where the API server leads to Tiller's service."""
    from urllib.parse import quote

    return f"/api/v1/namespaces/{quote(namespace, safe='')}/services/https:tiller-deploy:44134/proxy"


class ProxiedWire:
    """A ``wire.Wire``. client: of the API server, as the user; namespace: Tiller's."""

    def __init__(self, client: Client, namespace: str, credentials: TillerCredentials) -> None:
        self._client = client
        self._base = service_path(namespace)
        self._credentials = credentials

    def check(self) -> None:
        """Whether this way is open. Raises ApiError, Unreachable; NotReached where there is no token to be known by."""
        self._client.text(f"{self._base}/")
        if not self._credentials.token():
            raise NotReached(
                "the kubeconfig's user has no token, and the proxy of a service carries no certificate",
                hint="let the user forward ports (pods/portforward), or give it a token",
            )

    def unary(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> bytes:
        found = list(self.stream(path, data, metadata=metadata, timeout=timeout))
        if len(found) != 1:
            raise RpcError(Code.INTERNAL, f"the server sent {len(found)} answers, not one")
        return found[0]

    def stream(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Stream:
        return _Answers(self, path, data, metadata, timeout)

    def close(self) -> None:
        """The API server's client is the cluster's; nothing of our own is open."""

    def open(self, path: str, data: bytes, metadata: Mapping[str, str] | None, timeout: float | None) -> PieceStream:
        """Begin a call. Raises RpcError: UNAVAILABLE when Tiller or the API server does not answer; ApiError."""
        headers = [("Content-Type", CONTENT_TYPE), (TOKEN_HEADER, self._credentials.token())]
        headers += (metadata or {}).items()
        body = b"\0" + len(data).to_bytes(4, "big") + data
        try:
            return self._client.post(self._base + path, body, headers=headers, timeout=timeout or _SILENCE)
        except Unreachable as error:
            raise RpcError(Code.UNAVAILABLE, error.message) from error
        except ApiError as error:
            if error.code in _LOST:
                raise RpcError(Code.UNAVAILABLE, error.message) from error
            raise

    def renewed(self, error: RpcError) -> bool:
        """Whether a call that was refused may be made once more, with another token."""
        return error.code == Code.UNAUTHENTICATED and self._credentials.refused()


class _Answers:
    """The answers of a call; one that ends before any came because the token was no good is made once more."""

    def __init__(
        self, wire: ProxiedWire, path: str, data: bytes, metadata: Mapping[str, str] | None, timeout: float | None
    ) -> None:
        self._wire = wire
        self._call = (path, data, metadata, timeout)
        self._again = True
        self._pieces: PieceStream | None = None
        self._messages = self._begin()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            found = next(self._messages)
        except RpcError as error:
            if not self._again or not self._wire.renewed(error):
                raise
            self._again = False
            self._messages = self._begin()
            return next(self._messages)
        self._again = False
        return found

    def close(self) -> None:
        """Nothing more is wanted: the call is cancelled."""
        if self._pieces is not None:
            self._pieces.cancel()

    def _begin(self) -> Iterator[bytes]:
        self._pieces = self._wire.open(*self._call)
        return _messages(self._pieces)


def _messages(pieces: PieceStream) -> Iterator[bytes]:
    """Raises RpcError: as the trailers say; UNAVAILABLE when the answer is cut short."""
    rest = bytearray()
    try:
        for piece in pieces:
            rest += piece
            while len(rest) >= _HEAD:
                size = int.from_bytes(rest[1:_HEAD], "big")
                if size > _MOST:
                    raise RpcError(
                        Code.RESOURCE_EXHAUSTED, f"grpc: received message larger than max ({size} vs. {_MOST})"
                    )
                if len(rest) < _HEAD + size:
                    break
                flags, data = rest[0], bytes(rest[_HEAD : _HEAD + size])
                del rest[: _HEAD + size]
                if flags & _TRAILERS:
                    error = status_of(_trailers(data))
                    if error is not None:
                        raise error
                    return
                yield data
    except (OSError, ProtocolError) as error:
        raise RpcError(Code.UNAVAILABLE, f"the connection through the service's proxy broke: {error}") from error
    raise RpcError(Code.UNAVAILABLE, "the answer through the service's proxy was cut short")


def _trailers(data: bytes) -> list[tuple[bytes, bytes]]:
    lines = [line.partition(b":") for line in data.split(b"\r\n") if line]
    return [(name.strip().lower(), value.strip()) for name, _, value in lines]
