"""Which set of CAs vouches for a client's certificate.

OpenSSL has verified the certificate in the handshake, against all CAs together; here the path is found once more, set
by set, and as strictly: each signature, the dates of every certificate, client use, CA use, path lengths. So a caller
of one set is never taken for one of another, and a resumed session brings no certificate past a change of the CAs.

Rules: RFC 5280 §6.1 as Go's crypto/x509 applies it (``Certificate.Verify`` with ExtKeyUsageClientAuth; a certificate
without extended key usage serves for everything). Differs: a path over a CA with name constraints is refused.
"""

from __future__ import annotations

import datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.x509 import Certificate

__all__ = ["Authorities"]

_LONGEST = 8


class Authorities:
    """sets: PEM by name, in the order in which they are asked. der: all of them, one after the other."""

    def __init__(self, sets: Mapping[str, bytes]) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding

        from charthouse.rpc.errors import TLSError

        self._sets: dict[str, list[Certificate]] = {}
        for name, pem in sets.items():
            if not pem.strip():
                self._sets[name] = []
                continue
            try:
                self._sets[name] = x509.load_pem_x509_certificates(pem)
            except ValueError as error:
                raise TLSError(f'the CAs "{name}" cannot be read: {error}') from error
        unique = {one.public_bytes(Encoding.DER): None for found in self._sets.values() for one in found}
        self.count = len(unique)
        self.der = b"".join(unique)

    def voucher(self, chain: Sequence[bytes], now: datetime.datetime | None = None) -> str:
        """The name of the first set that vouches for `chain` (DER, leaf first), "" when none does."""
        from cryptography import x509

        now = now or datetime.datetime.now(datetime.UTC)
        try:
            certificates = [x509.load_der_x509_certificate(one) for one in chain[: _LONGEST + 1]]
        except ValueError:
            return ""
        if not certificates or not _is_current(certificates[0], now) or not _is_for_clients(certificates[0]):
            return ""
        for name, anchors in self._sets.items():
            if _leads(certificates[0], certificates[1:], anchors, now, 0):
                return name
        return ""


def _leads(
    below: Certificate, between: list[Certificate], anchors: list[Certificate], now: datetime.datetime, depth: int
) -> bool:
    """Whether a path leads from `below`, over any of `between`, to one of `anchors`. depth: CAs below already."""
    for anchor in anchors:
        if _has_signed(anchor, below, now, depth):
            return True
    if depth >= _LONGEST:
        return False
    for number, one in enumerate(between):
        rest = between[:number] + between[number + 1 :]
        if _has_signed(one, below, now, depth) and _is_for_clients(one) and _leads(one, rest, anchors, now, depth + 1):
            return True
    return False


def _has_signed(issuer: Certificate, below: Certificate, now: datetime.datetime, depth: int) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if issuer.subject != below.issuer or not _is_current(issuer, now) or not _may_sign(issuer, depth):
        return False
    try:
        below.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _is_current(one: Certificate, now: datetime.datetime) -> bool:
    return one.not_valid_before_utc <= now <= one.not_valid_after_utc


def _may_sign(one: Certificate, depth: int) -> bool:
    """A CA, for so many CAs below it."""
    from cryptography import x509

    try:
        extensions = one.extensions
    except ValueError:  # an extension twice, or one that is no such thing
        return False
    basic = usage = None
    for extension in extensions:
        if isinstance(extension.value, x509.BasicConstraints):
            basic = extension.value
        elif isinstance(extension.value, x509.KeyUsage):
            usage = extension.value
        elif isinstance(extension.value, x509.NameConstraints) or (
            extension.critical and isinstance(extension.value, x509.UnrecognizedExtension)
        ):
            return False
    if basic is None or not basic.ca or (usage is not None and not usage.key_cert_sign):
        return False
    return basic.path_length is None or depth <= basic.path_length


def _is_for_clients(one: Certificate) -> bool:
    """Whether the extended key usage, if there is any, has client authentication."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usage = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usage
