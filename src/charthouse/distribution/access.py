"""Who we are to a server, and whom we take it to be: user, password, certificates.

Rules: Helm 4.3.1 ``pkg/getter/getter.go``, ``internal/tlsutil/tls.go``.
"""

from __future__ import annotations

from charthouse.distribution.errors import FetchFailed
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

__all__ = ["Access"]


class Access(Record):
    """url: the address the credentials belong to ("" = the one that is asked for); pass_all: send them everywhere.

    cert_file, key_file, ca_file: PEM files; insecure: the server's certificate is not looked at.
    """

    url: str = ""
    username: str = ""
    password: str = ""
    pass_all: bool = False
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    insecure: bool = False

    def __repr__(self) -> str:
        return f"Access({self.url!r}, {self.username!r})"

    @property
    def identity(self) -> tuple[str, str, str, bool]:
        """What a connection depends on."""
        return self.cert_file, self.key_file, self.ca_file, self.insecure

    def tls_context(self) -> ssl.SSLContext:
        """Raises FetchFailed in Helm's words when a file is missing or broken."""
        from charthouse.web.tls import BadCertificate, client_context, pair_problem

        cert = key = b""
        if self.cert_file and self.key_file:
            cert, key = (
                _read(self.cert_file, "unable to read cert file"),
                _read(self.key_file, "unable to read key file"),
            )
        authority = _read(self.ca_file, "can't read CA file") if self.ca_file else b""
        try:
            return client_context(authority=authority, cert=cert, key=key, insecure=self.insecure)
        except BadCertificate as error:
            what = "failed to append certificates from pem block"
            if error.part == "certificate":
                problem = pair_problem(cert, key) or _mismatch(str(error))
                what = f"unable to load cert from key pair: {problem}"
            raise FetchFailed(f"can't create TLS config for client: {what}", hint=str(error)) from error


def _mismatch(reason: str) -> str:
    """Go's text for a pair of which each is sound, OpenSSL's for what else is wrong."""
    return "tls: private key does not match public key" if "MISMATCH" in reason else f"tls: {reason}"


def _read(path: str, words: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        from charthouse.charts.oserror import go_text
        from charthouse.golang.strconv import quote

        reason = f"{words}: {quote(path)}: {go_text('open', path, error)}"
        raise FetchFailed(f"can't create TLS config for client: {reason}") from None
