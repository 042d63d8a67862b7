"""The user a client certificate names.

Whose rules: k8s.io/apiserver v0.37.2 pkg/authentication/request/x509/x509.go (``CommonNameUserConversion``): the common
name is the user, organizations are the groups, the attribute 1.3.6.1.4.1.57683.2 of the subject is the uid (exactly
one, not empty), and `extra` carries the certificate's digest, so that the API server's audit names the credential.
That the certificate is one of a client, in date and signed by a CA we go by was checked in the TLS handshake.
"""

from __future__ import annotations

import hashlib

from charthouse.tiller.identity.errors import Unauthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CREDENTIAL_ID", "Subject", "common_name", "subject_of"]

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"
_COMMON_NAME, _ORGANIZATION, _UID = "2.5.4.3", "2.5.4.10", "1.3.6.1.4.1.57683.2"

# user, uid, groups, extra
Subject = tuple[str, str, tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]


def subject_of(leaf: bytes) -> Subject | None:
    """(user, uid, groups, extra) of a certificate in DER; None when it names nobody. Raises Unauthenticated when it
    cannot be read."""
    attributes = _attributes(leaf)
    name = _last(attributes, _COMMON_NAME)
    if not name:
        return None
    uids = [value for oid, value in attributes if oid == _UID]
    if len(uids) > 1 or uids == [""]:
        raise Unauthenticated("the client certificate has more than one uid, or an empty one", reason="certificate")
    groups = tuple(value for oid, value in attributes if oid == _ORGANIZATION)
    digest = hashlib.sha256(leaf).hexdigest()
    return name, uids[0] if uids else "", groups, ((CREDENTIAL_ID, (f"X509SHA256={digest}",)),)


def common_name(leaf: bytes) -> str:
    """The common name of a certificate in DER, "" when it has none. Raises Unauthenticated."""
    return _last(_attributes(leaf), _COMMON_NAME)


def _attributes(leaf: bytes) -> list[tuple[str, str]]:
    """(OID, value) of the subject, in order."""
    from cryptography import x509

    try:
        subject: Any = x509.load_der_x509_certificate(leaf).subject
        found = [(attribute.oid.dotted_string, attribute.value) for attribute in subject]
    except (ValueError, TypeError) as error:
        raise Unauthenticated("the client certificate cannot be read", reason="certificate") from error
    if not all(isinstance(value, str) for _, value in found):
        raise Unauthenticated("the client certificate's subject is not text", reason="certificate")
    return found


def _last(attributes: list[tuple[str, str]], oid: str) -> str:
    """As Go's pkix.Name: of several the last counts."""
    return next((value for key, value in reversed(attributes) if key == oid), "")
