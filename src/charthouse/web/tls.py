"""What is needed to speak TLS: whom we trust, who we are. Python's ``ssl``, fed from memory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

__all__ = ["BadCertificate", "client_context"]


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
        _identify(context, cert, key)
    return context


def _identify(context: ssl.SSLContext, cert: bytes, key: bytes) -> None:
    """Load a client certificate from memory. Python takes files only, so it passes through one nobody else can read."""
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
