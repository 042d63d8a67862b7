"""Why a connection failed, in Go's words.

Rules: Go 1.27 ``crypto/tls/alert.go`` (``alertText``), ``syscall`` error texts in lower case.
"""

from __future__ import annotations

import ssl

__all__ = ["reason"]

_ALERTS = {
    "UNKNOWN_CA": "unknown certificate authority",
    "BAD_CERTIFICATE": "bad certificate",
    "CERTIFICATE_EXPIRED": "expired certificate",
    "CERTIFICATE_REVOKED": "revoked certificate",
    "CERTIFICATE_UNKNOWN": "unknown certificate",
    "CERTIFICATE_REQUIRED": "certificate required",
    "UNSUPPORTED_CERTIFICATE": "unsupported certificate",
    "HANDSHAKE_FAILURE": "handshake failure",
    "PROTOCOL_VERSION": "protocol version not supported",
    "DECRYPT_ERROR": "error decrypting message",
    "ACCESS_DENIED": "access denied",
    "INTERNAL_ERROR": "internal error",
    "UNRECOGNIZED_NAME": "unrecognized name",
}


def reason(error: OSError) -> str:
    """One line, lower case."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        name = error.reason or ""
        alert = name.partition("_ALERT_")[2]
        if alert:
            return f"remote error: tls: {_ALERTS.get(alert, alert.lower().replace('_', ' '))}"
        return f"tls: {name.lower().replace('_', ' ') or error}"
    if isinstance(error, TimeoutError) and error.errno is None:
        return "i/o timeout"
    return (error.strerror or str(error)).lower()
