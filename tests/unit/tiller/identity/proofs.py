"""Certificates, tokens and an API server's answers, made for the tests."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from charthouse.k8s.ports import ApiError

__all__ = ["Reviews", "certificate", "jwt"]

UID = "1.3.6.1.4.1.57683.2"
_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(*subject: tuple[str, str]) -> bytes:
    """A self-signed certificate, DER, with these (OID, value) attributes."""
    name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(oid), value) for oid, value in subject])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    return builder.sign(_KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def jwt(**claims: Any) -> str:
    """What looks like a token; its signature is nonsense."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


class Reviews:
    """An API server that knows `users` by token, with the audiences each token is for ("" = the server's own)."""

    def __init__(self, users: dict[str, tuple[str, Sequence[str]]], fail: Sequence[ApiError] = ()) -> None:
        self.users = users
        self.fail = list(fail)
        self.asked: list[dict[str, Any]] = []

    def raw(self, method: str, target: str, body: Any = None, *, safety: str, timeout: float) -> Any:
        assert (safety, timeout <= 10) == ("repeatable", True), "a caller waits for it"
        assert (method, target) == ("POST", "/apis/authentication.k8s.io/v1/tokenreviews")
        self.asked.append(body["spec"])
        if self.fail:
            raise self.fail.pop(0)
        name, audiences = self.users.get(body["spec"]["token"], ("", ()))
        wanted = body["spec"].get("audiences") or [""]
        found = [one for one in wanted if one in audiences]
        if not found:
            return {"status": {"error": "invalid bearer token"}}
        user = {"username": name, "uid": "u1", "groups": ["crew"], "extra": {"k": ["v"]}}
        status: dict[str, Any] = {"authenticated": True, "user": user}
        return {"status": status | ({"audiences": found} if found != [""] else {})}
