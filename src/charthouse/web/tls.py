"""What is needed to speak TLS: whom we trust, who we are. Python's ``ssl``, fed from memory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

__all__ = ["BadCertificate", "client_context", "identify", "pair_problem"]


class BadCertificate(Exception):
    """PEM data that cannot be used. part: "authority" or "certificate"; str() is OpenSSL's reason."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part = part


def client_context(
    *, authority: bytes = b"", cert: bytes = b"", key: bytes = b"", insecure: bool = False
) -> ssl.SSLContext:
    """A context for connections to servers. All three are PEM; without `authority` the system's are trusted.

    insecure: the server's certificate is not looked at. Raises BadCertificate.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif authority:
        try:
            context.load_verify_locations(cadata=authority.decode("ascii", "replace"))
        except (ssl.SSLError, ValueError) as error:
            raise BadCertificate("authority", str(error)) from error
    else:
        context.load_default_certs()
    if cert and key:
        identify(context, cert, key)
    return context


def pair_problem(certificate: bytes, key: bytes) -> str:
    """What ``tls.X509KeyPair`` has against the PEM blocks of a certificate and its key, "" for nothing."""
    kinds = [_block_types(data) for data in (certificate, key)]
    for kind, found in zip(("certificate", "key"), kinds, strict=True):
        if not found:
            return f"tls: failed to find any PEM data in {kind} input"
    if not any(map(_is_wanted["certificate"], kinds[0])):
        if len(kinds[0]) == 1 and _is_wanted["key"](kinds[0][0]):
            return (
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs "
                "may have been switched"
            )
        skipped = " ".join(kinds[0])
        return (
            'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the '
            f"following types: [{skipped}]"
        )
    if not any(map(_is_wanted["key"], kinds[1])):
        if len(kinds[1]) == 1 and _is_wanted["certificate"](kinds[1][0]):
            return "tls: found a certificate rather than a key in the PEM for the private key"
        skipped = " ".join(kinds[1])
        return (
            'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of '
            f"the following types: [{skipped}]"
        )
    return ""


_is_wanted: dict[str, Callable[[str], bool]] = {
    "certificate": lambda kind: kind == "CERTIFICATE",
    "key": lambda kind: kind == "PRIVATE KEY" or kind.endswith(" PRIVATE KEY"),
}


def _block_types(data: bytes) -> list[str]:
    """The types of the PEM blocks in `data`, in order."""
    types = []
    for line in data.decode("latin-1").splitlines():
        if line.startswith("-----BEGIN ") and line.rstrip().endswith("-----"):
            types.append(line.rstrip()[11:-5])
    return types


def identify(context: ssl.SSLContext, cert: bytes, key: bytes) -> None:
    """Load our own certificate (with its chain) and key from memory. Python takes files only, so they pass through one
    nobody else can read. Raises BadCertificate."""
    import os
    import ssl

    data = cert.rstrip() + b"\n" + key.rstrip() + b"\n"
    try:
        if hasattr(os, "memfd_create"):
            handle = os.memfd_create("charthouse", os.MFD_CLOEXEC)
            try:
                os.write(handle, data)
                context.load_cert_chain(f"/proc/self/fd/{handle}")
            finally:
                os.close(handle)
            return
        import tempfile

        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            context.load_cert_chain(file.name)
    except (ssl.SSLError, OSError) as error:
        raise BadCertificate("certificate", str(error)) from error
