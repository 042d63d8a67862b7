"""The kubeconfig's side of a connection: its address, its certificates.

Rules: client-go 0.37 ``rest`` (``TLSConfigFor``), ``tools/clientcmd``.
"""

from __future__ import annotations

from charthouse.kube.errors import CredentialError, Unreachable
from charthouse.web.address import BadURL, Endpoint, endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from charthouse.kube.kubeconfig import Access

__all__ = ["server_endpoint", "tls_context"]


def server_endpoint(url: str) -> Endpoint:
    """Take the URL of a server or of its proxy apart. Raises Unreachable when it is none."""
    try:
        return endpoint(url)
    except BadURL as error:
        raise Unreachable(error.message, hint="check the cluster's `server` in the kubeconfig") from error


def tls_context(access: Access, *, cert: bytes = b"", key: bytes = b"") -> ssl.SSLContext:
    """What is needed to speak TLS: whom we trust, who we are. cert/key: PEM, override the kubeconfig's.

    Raises CredentialError when a certificate file is missing or broken.
    """
    from charthouse.web.tls import BadCertificate, client_context

    authority = b""
    if not access.insecure:
        authority = access.ca_data or _file(access.ca_file, "certificate authority")
    cert = cert or access.cert_data or _file(access.cert_file, "client certificate")
    key = key or access.key_data or _file(access.key_file, "client key")
    try:
        return client_context(authority=authority, cert=cert, key=key, insecure=access.insecure)
    except BadCertificate as error:
        if error.part == "authority":
            raise CredentialError(
                "unable to load root certificates: unable to parse bytes as PEM block",
                hint=f"{access.ca_file or 'certificate-authority-data'}: {error}",
            ) from error
        raise CredentialError(
            f"tls: failed to find any PEM data in certificate input: {error}",
            hint="client certificate of the kubeconfig",
        ) from error


def _file(path: str, what: str) -> bytes:
    if not path:
        return b""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        text = (error.strerror or str(error)).lower()
        raise CredentialError(f"open {path}: {text}", hint=f"the {what} named by the kubeconfig") from error
