"""TLS of server and client: whose certificates, and who vouches for a caller's.

A server asks every caller for a certificate and is content without one. One that is given is verified in the handshake
(OpenSSL: signatures, dates, client use) against all sets of CAs together; which set vouches for it is then found by
``rpc.vouching``. A certificate none of them vouches for ends the connection. The API server lets such a connection
stand and refuses its requests unless they carry a token (k8s.io/apiserver v0.37.2 pkg/authentication/request/x509):
Python's ``ssl`` cannot let an unverified certificate pass, and a caller who shows a wrong one is better told at once.
"""

from __future__ import annotations

import ssl
import threading

from charthouse.records import Record
from charthouse.rpc.call import Peer
from charthouse.rpc.errors import TLSError
from charthouse.rpc.vouching import Authorities
from charthouse.web.tls import BadCertificate, client_context, identify, pair_problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["ClientTLS", "Current", "ServerTLS", "TLSError"]

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2: forward secrecy, authenticated; Helm 2's Go client has both


class Current(Record):
    """What new connections get: an SSLContext, and the CAs it was made with."""

    context: ssl.SSLContext
    authorities: Authorities

    def peer(self, address: str, made: Any) -> Peer:
        """Who an encrypted connection is with. made: its SSLObject. Raises TLSError when nobody vouches for the
        certificate."""
        leaf = made.getpeercert(True)
        if not leaf:
            return Peer(address, tls=True)
        chain = _chain(made, leaf)
        authority = self.authorities.voucher(chain)
        if not authority:
            raise TLSError("no CA that is known here vouches for the client certificate")
        return Peer(address, True, chain, authority)


def _chain(made: Any, leaf: bytes) -> tuple[bytes, ...]:
    """The certificate and what came with it. Python has that since 3.13, and, not yet public, since 3.10."""
    inner: Any = getattr(made, "_sslobj", None)
    if hasattr(made, "get_unverified_chain"):
        found = made.get_unverified_chain() or ()
        return tuple(bytes(one) for one in found) or (leaf,)
    ask = getattr(inner, "get_unverified_chain", None)
    found = (ask() if ask is not None else None) or ()
    return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in found) or (leaf,)


class ServerTLS:
    """certificate (with its intermediates), key: PEM. clients: sets of CAs of callers' certificates, each by its name,
    PEM; where two sets have the same CA, the first one named vouches. Raises TLSError.

    `reload` from any thread: connections that are made from then on see the new ones; old ones go on.
    """

    def __init__(self, certificate: bytes, key: bytes, clients: Mapping[str, bytes] | None = None) -> None:
        self._lock = threading.Lock()
        self._parts = (certificate, key, dict(clients or {}))
        self._current = _made(*self._parts)

    def current(self) -> Current:
        """For one connection."""
        return self._current

    def reload(
        self, *, certificate: bytes | None = None, key: bytes | None = None, clients: Mapping[str, bytes] | None = None
    ) -> bool:
        """Replace what is given; whether anything differs. Raises TLSError, and keeps the old ones then."""
        with self._lock:
            old = self._parts
            parts = (
                old[0] if certificate is None else certificate,
                old[1] if key is None else key,
                old[2] if clients is None else dict(clients),
            )
            if parts == old and list(parts[2]) == list(old[2]):
                return False
            self._current = _made(*parts)
            self._parts = parts
            return True


def _made(certificate: bytes, key: bytes, clients: dict[str, bytes]) -> Current:
    problem = pair_problem(certificate, key)
    if problem:
        raise TLSError(problem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    # A resumed session would bring a certificate of before a reload back, and no chain.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.set_alpn_protocols(["h2", "http/1.1"])
    authorities = Authorities(clients)
    if authorities.count:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(cadata=authorities.der)
        except ssl.SSLError as error:
            raise TLSError(f"the CAs of clients cannot be used: {error.reason or error}") from error
    try:
        identify(context, certificate, key)
    except BadCertificate as error:
        raise TLSError(_go_reason(error)) from error
    return Current(context, authorities)


class ClientTLS(Record):
    """How a client encrypts. authority: PEM of the CAs the server's certificate must come from, b"": the system's.

    certificate, key: the client's, PEM, b"" for none. server_name: what the server's certificate must be for, "" for
    the host dialled. insecure: the server is not verified (Helm 2's `--tls` without `--tls-verify`). The paths are for
    messages.
    """

    authority: bytes = b""
    certificate: bytes = b""
    key: bytes = b""
    server_name: str = ""
    insecure: bool = False
    certificate_path: str = ""
    key_path: str = ""
    authority_path: str = ""

    @classmethod
    def from_files(
        cls, *, certificate: str = "", key: str = "", authority: str = "", server_name: str = "", insecure: bool = False
    ) -> ClientTLS:
        """From paths, "" for none. Raises TLSError (Helm 2.17: pkg/tlsutil ``ClientConfig``)."""
        pair = [b"", b""]
        if certificate or key:
            try:
                pair = [_content(certificate), _content(key)]
            except OSError as error:
                reason = f"open {error.filename}: {(error.strerror or str(error)).lower()}"
                raise TLSError(_pair(certificate, key, reason)) from error
        trusted = b""
        if authority and not insecure:
            try:
                trusted = _content(authority)
            except OSError as error:
                raise TLSError(f"can't read CA file: {authority}") from error
        return cls(trusted, pair[0], pair[1], server_name, insecure, certificate, key, authority)

    def context(self) -> ssl.SSLContext:
        """For gRPC connections. Raises TLSError."""
        if self.certificate or self.key:
            problem = pair_problem(self.certificate, self.key)
            if problem:
                raise TLSError(_pair(self.certificate_path, self.key_path, problem))
        try:
            made = client_context(authority=self.authority, cert=self.certificate, key=self.key, insecure=self.insecure)
        except BadCertificate as error:
            if error.part == "authority":
                raise TLSError(f"failed to append certificates from file: {self.authority_path}") from error
            raise TLSError(_pair(self.certificate_path, self.key_path, _go_reason(error))) from error
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.set_alpn_protocols(["h2"])
        return made


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _pair(certificate: str, key: str, reason: str) -> str:
    inner = f"can't load key pair from cert {certificate} and key {key}: {reason}"
    return f'could not read x509 key pair (cert: "{certificate}", key: "{key}"): {inner}'


def _go_reason(error: BadCertificate) -> str:
    """``tls.X509KeyPair``'s words for OpenSSL's."""
    text = str(error)
    if "KEY_VALUES_MISMATCH" in text:
        return "tls: private key does not match public key"
    if "KEY_TYPE_MISMATCH" in text:
        return "tls: private key type does not match public key type"
    return f"tls: {text}"
