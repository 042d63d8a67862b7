"""How the connection is encrypted, how the server is known, and what it is then shown.

    --tls-verify, or --tls-ca-cert     encrypted, verified by that CA ($HELM_HOME/ca.pem, else the one `init` published)
    --tls                              encrypted, not verified: Helm 2's meaning
    neither, found in the cluster      as the CA in ConfigMap charthouse-tiller-ca says; without one in plain text
    neither, by address                in plain text: Helm 2's meaning

The kubeconfig's token or certificate goes only to a server that was verified, or behind a Unix socket of this user's or
root's. A certificate given by flags (or in $HELM_HOME) is shown whenever the connection is encrypted, as Helm 2 does.
"""

from __future__ import annotations

import os

from charthouse.records import Record
from charthouse.rpc.tls import ClientTLS
from charthouse.tiller.client.errors import NotVerified
from charthouse.tiller.identity.authority import NoAuthority, published

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.tiller.client.address import Address
    from charthouse.tiller.client.settings import ClientSettings, ClusterSide

__all__ = ["Security", "owned_socket", "security"]

_PLAIN = "the connection is not encrypted, as by address in Helm 2: a server with a certificate wants --tls-verify"


class Security(Record):
    """tls: None for plain text. trusted: the kubeconfig's credentials may be shown. reason: why it is plain text or
    unverified, for hints, "" when that was asked for."""

    tls: ClientTLS | None
    trusted: bool
    reason: str = ""


def security(settings: ClientSettings, address: Address, side: ClusterSide) -> Security:
    """Decide. Raises NotVerified, TLSError for files that cannot be read; KubeError, Unreachable for the cluster."""
    tls = settings.tls
    if tls.verify or tls.ca_file:
        authority, path = _authority(settings, side)
        return _encrypted(settings, side, authority, path, _server_name(settings, address))
    if tls.tls:
        certificate, key, cert_path, key_path = _given_pair(settings)
        made = ClientTLS(
            certificate=certificate, key=key, insecure=True, certificate_path=cert_path, key_path=key_path,
            server_name=tls.hostname,
        )  # fmt: skip
        return Security(made, False, "the server is not verified (--tls without --tls-verify)")
    if not address.in_cluster:
        return Security(None, bool(address.path) and owned_socket(address.path), _PLAIN)
    try:
        authority = published(side.client(), settings.namespace)
    except NoAuthority as error:
        return Security(None, False, str(error))
    return _encrypted(settings, side, authority, "", _server_name(settings, address))


def _server_name(settings: ClientSettings, address: Address) -> str:
    """What the certificate must be for: the flag's name, the host dialled, or the service."""
    return settings.tls.hostname or address.host or f"tiller-deploy.{settings.namespace}.svc"


def _authority(settings: ClientSettings, side: ClusterSide) -> tuple[bytes, str]:
    """PEM of the CA, and the file it is from ("" for none)."""
    tls = settings.tls
    path = tls.ca_file or _in_home(tls.home, "ca.pem")
    if path:
        return _read(path, "could not read CA"), path
    try:
        return published(side.client(), settings.namespace), ""
    except NoAuthority as error:
        raise NotVerified(error.message, hint=error.hint) from error


def _encrypted(settings: ClientSettings, side: ClusterSide, authority: bytes, path: str, name: str) -> Security:
    certificate, key, cert_path, key_path = _given_pair(settings)
    if not certificate:
        certificate, key = side.credentials().certificate()
    made = ClientTLS(
        authority=authority,
        certificate=certificate,
        key=key,
        server_name=name,
        certificate_path=cert_path,
        key_path=key_path,
        authority_path=path,
    )
    return Security(made, True)


def _given_pair(settings: ClientSettings) -> tuple[bytes, bytes, str, str]:
    """The certificate the user names: (certificate, key, their files), empty without one."""
    tls = settings.tls
    cert, key = tls.cert_file, tls.key_file
    if not cert and not key:
        cert, key = _in_home(tls.home, "cert.pem"), _in_home(tls.home, "key.pem")
        if not (cert and key):
            return b"", b"", "", ""
    cert, key = cert or os.path.join(tls.home, "cert.pem"), key or os.path.join(tls.home, "key.pem")
    what = f'could not read x509 key pair (cert: "{cert}", key: "{key}")'
    return _read(cert, what), _read(key, what), cert, key


def _in_home(home: str, name: str) -> str:
    path = os.path.join(home, name)
    return path if home and os.path.isfile(path) else ""


def _read(path: str, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        text = (error.strerror or str(error)).lower()
        raise NotVerified(f"{what}: open {path}: {text}", hint="see --tls-ca-cert, --tls-cert and --tls-key") from error


def owned_socket(path: str) -> bool:
    """Whether a Unix socket is this user's or root's, so that nobody else listens there."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    return found.st_uid in (0, os.geteuid())
