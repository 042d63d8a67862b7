"""The way to Tiller, found once and kept: by address, through the API server to a pod, or through the service's proxy.

In the cluster a ready pod is looked for and its port forwarded over a WebSocket; each connection that is made anew may
go to another pod. Where pods or their forwarding are not to be had, the service is asked through the API server's
proxy, by the REST gateway (``proxied``). Which way was taken instead, and why, is hinted at; when none is open the
error says what was wrong with each.
"""

from __future__ import annotations

import socket
import ssl
import threading

from charthouse.errors import CharthouseError
from charthouse.k8s.ports import ApiError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.address import PORT, parse_address
from charthouse.tiller.client.errors import NotReached, NotVerified
from charthouse.tiller.client.security import security

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from charthouse.rpc.tls import ClientTLS
    from charthouse.tiller.client.address import Address
    from charthouse.tiller.client.security import Security
    from charthouse.tiller.client.settings import ClientSettings, ClusterSide
    from charthouse.tiller.client.wire import Stream, Wire
    from charthouse.tiller.identity.credentials import TillerCredentials

__all__ = ["Connection"]

_FORBIDDEN = (401, 403, 404, 405, 501)  # answers of the API server that mean: not this way


class Connection:
    """settings: what the user says; side: the kubeconfig's cluster and user; hint: told which way was taken.

    Nothing is asked or opened before ``wire`` is called. Safe to use from several threads.
    """

    def __init__(self, settings: ClientSettings, side: ClusterSide, *, hint: Callable[[str], None]) -> None:
        """Raises BadAddress."""
        self._settings = settings
        self._address = parse_address(settings.address)
        self._side = side
        self._hint = hint
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._where, self._reason = str(self._address), ""

    def wire(self) -> Wire:
        """A connection that is open or opens itself with the first call. Raises NotReached, NotVerified, TLSError,
        and what the cluster's client raises."""
        with self._lock:
            if self._wire is None:
                self._wire = self._open()
            return self._wire

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _open(self) -> Wire:
        if self._address.in_cluster:
            return self._open_in_cluster()
        secured = security(self._settings, self._address, self._side)
        return self._channel(lambda: _dial(self._address, self._settings.timeout), secured, str(self._address))

    def _open_in_cluster(self) -> Wire:
        client = self._side.client()
        try:
            self._tunnel().close()
        except (ApiError, NotReached) as error:
            if isinstance(error, ApiError) and error.code not in _FORBIDDEN:
                raise
            return self._open_proxied(error)
        secured = security(self._settings, self._address, self._side)
        return self._channel(self._tunnel, secured, f"the pod in {self._settings.namespace} of {client.server}")

    def _tunnel(self) -> socket.socket:
        from charthouse.tiller.client.tunnel import find_pod, open_tunnel

        client, namespace = self._side.client(), self._settings.namespace
        return open_tunnel(client, namespace, find_pod(client, namespace), PORT)

    def _open_proxied(self, reason: CharthouseError) -> Wire:
        """Through the service's proxy, since a pod's port cannot be forwarded for this reason."""
        from charthouse.tiller.client.proxied import ProxiedWire

        self._where = f"the service tiller-deploy in {self._settings.namespace}"
        wire = ProxiedWire(self._side.client(), self._settings.namespace, self._side.credentials())
        try:
            wire.check()
        except (ApiError, NotReached) as error:
            if isinstance(reason, NotReached):
                raise reason from None
            hint = f"no port of a pod can be forwarded: {reason}\nnor can the service be asked: {error}"
            raise NotReached("cannot connect to Tiller: the API server leads there by no way", hint=hint) from error
        self._hint(f"Tiller is asked through its service's proxy: {reason}")
        return wire

    def _channel(self, dial: Callable[[], socket.socket], secured: Security, where: str) -> Wire:
        from charthouse.rpc.channel import Channel

        self._where, self._reason = where, secured.reason
        name = secured.tls.server_name if secured.tls is not None else ""
        channel: Wire = Channel(
            lambda: self._dialled(dial, secured.tls),
            authority=name or self._address.host or "localhost",
            secure=secured.tls is not None,
            settle=self._settings.timeout,
        )
        return AuthenticatedWire(channel, self._side.credentials) if secured.trusted else channel

    def _dialled(self, dial: Callable[[], socket.socket], tls: ClientTLS | None) -> socket.socket:
        """A connection, encrypted where it is to be. Raises NotReached, NotVerified."""
        try:
            made = dial()
        except OSError as error:
            raise self._unreached(_text(error)) from error
        if tls is None:
            return made
        made.settimeout(self._settings.timeout)
        try:
            encrypted = tls.context().wrap_socket(made, server_hostname=tls.server_name or self._address.host or None)
        except ssl.SSLCertVerificationError as error:
            made.close()
            raise NotVerified(
                f"cannot connect to Tiller: {self._where}: {error.verify_message}",
                hint="nothing was sent; see --tls-ca-cert and --tls-hostname",
            ) from error
        except OSError as error:
            made.close()
            raise self._unreached(_text(error), "the server may speak plain text only") from error
        encrypted.settimeout(None)
        return encrypted

    def lost(self, error: RpcError) -> NotReached:
        """What is raised when the connection failed and nothing brings it back."""
        return self._unreached(error.message)

    def _unreached(self, text: str, hint: str = "") -> NotReached:
        hints = [line for line in (hint, self._reason) if line]
        return NotReached(f"cannot connect to Tiller: {self._where}: {text}", hint="\n".join(hints))


def _text(error: OSError) -> str:
    return (error.strerror or str(error)).lower() or type(error).__name__


def _dial(address: Address, timeout: float) -> socket.socket:
    if address.path:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.connect(address.path)
        except OSError:
            made.close()
            raise
        return made
    made = socket.create_connection((address.host, address.port), timeout)
    made.settimeout(None)
    return made


class AuthenticatedWire:
    """A connection to a verified server: each call carries the user's token, and one that is refused is made once more
    with a new token, where there may be one."""

    def __init__(self, wire: Wire, credentials: Callable[[], TillerCredentials]) -> None:
        self._wire = wire
        self._credentials = credentials

    def unary(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> bytes:
        try:
            return self._wire.unary(path, data, metadata=self._with_token(metadata), timeout=timeout)
        except RpcError as error:
            if not self._renewed(error):
                raise
        return self._wire.unary(path, data, metadata=self._with_token(metadata), timeout=timeout)

    def stream(
        self, path: str, data: bytes, *, metadata: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Stream:
        return _Renewed(
            lambda: self._wire.stream(path, data, metadata=self._with_token(metadata), timeout=timeout), self._renewed
        )

    def close(self) -> None:
        self._wire.close()

    def _with_token(self, metadata: Mapping[str, str] | None) -> dict[str, str]:
        token = self._credentials().token()
        return {**(metadata or {}), **({"authorization": f"Bearer {token}"} if token else {})}

    def _renewed(self, error: RpcError) -> bool:
        return error.code == Code.UNAUTHENTICATED and self._credentials().refused()


class _Renewed:
    """A stream that is opened once more when its first answer is that the token is no good."""

    def __init__(self, open: Callable[[], Stream], renewed: Callable[[RpcError], bool]) -> None:
        self._open = open
        self._renewed = renewed
        self._stream = open()
        self._begun = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            found = next(self._stream)
        except RpcError as error:
            if self._begun or not self._renewed(error):
                raise
            self._begun = True
            self._stream = self._open()
            return next(self._stream)
        self._begun = True
        return found

    def close(self) -> None:
        self._stream.close()
