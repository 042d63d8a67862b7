"""Tokens of service accounts: signed, for named audiences, for a time, as long as what they are bound to lives.

Rules: pkg/registry/core/serviceaccount/storage/token.go and pkg/serviceaccount/{claims,jwt}.go of k8s.io/kubernetes
v1.37.2. Differs: the signature is ES256 (a real cluster's usually RS256); the key is made at the first use and kept in
the PKI folder when there is one, else in memory, so that tokens end with the process.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
import uuid

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from charthouse.devcluster.identity import User
    from charthouse.devcluster.store import Store

    Object = dict[str, Any]

__all__ = ["ISSUER", "AccountTokens", "TokenError"]

ISSUER = "https://kubernetes.default.svc"
MAX_TOKEN = 16 * 1024
LEEWAY = 60.0
KEY_ID = "authentication.kubernetes.io/"
WIDTH = 32  # bytes of one half of a P-256 signature


class TokenError(CharthouseError):
    """A token that says nobody; the message is what a TokenReview tells."""


class AccountTokens:
    """Issues and reads them. folder: where the key is kept ("" = in memory)."""

    def __init__(self, store: Store, folder: str = "") -> None:
        self.store = store
        self.folder = folder
        self.audiences = [ISSUER]
        self._key: EllipticCurvePrivateKey | None = None

    def issue(self, account: Object, audiences: list[str], seconds: int, bound: dict[str, Object]) -> str:
        """A token of the account. bound: `pod`, `secret` or `node` → the object it ends with."""
        now = int(time.time())
        meta = account["metadata"]
        kubernetes: Object = {"namespace": meta["namespace"], "serviceaccount": _reference(account)}
        kubernetes.update({kind: _reference(obj) for kind, obj in bound.items()})
        claims = {
            "aud": audiences, "exp": now + seconds, "iat": now, "iss": ISSUER, "jti": str(uuid.uuid4()),
            "kubernetes.io": kubernetes, "nbf": now,
            "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
        }  # fmt: skip
        head = {"alg": "ES256", "kid": self.key_id()}
        text = f"{_encode(_compact(head))}.{_encode(_compact(claims))}"
        return f"{text}.{_encode(self._signature(text.encode()))}"

    def user(self, token: str, audiences: list[str]) -> tuple[User, list[str]]:
        """(the account's user, those of `audiences` the token is for). Raises TokenError."""
        claims = self._claims(token)
        given = claims.get("aud") or []
        for_us = [one for one in audiences if one in given]
        if not for_us:
            raise _told(f"token audiences {_listed(given)} is invalid for the target audiences {_listed(audiences)}")
        now = time.time()
        if now > claims["exp"] + LEEWAY:
            raise _told("service account token has expired")
        if now < claims["nbf"] - LEEWAY:
            raise _told("service account token is not valid yet")
        return self._living(claims), for_us

    def _claims(self, token: str) -> Object:
        """What a token of ours says. Raises TokenError for anything else."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        parts = token.split(".")
        if len(parts) != 3 or len(token) > MAX_TOKEN:
            raise TokenError("invalid bearer token")
        try:
            claims = json.loads(_decode(parts[1]))
            signature = _decode(parts[2])
            if len(signature) != 2 * WIDTH or not isinstance(claims, dict) or claims.get("iss") != ISSUER:
                raise TokenError("invalid bearer token")
            halves = (int.from_bytes(signature[:WIDTH]), int.from_bytes(signature[WIDTH:]))
            signed = f"{parts[0]}.{parts[1]}".encode()
            self.key().public_key().verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise TokenError("invalid bearer token") from error
        except (ValueError, binascii.Error) as error:
            raise TokenError("invalid bearer token") from error
        return claims

    def _living(self, claims: Object) -> User:
        """The user, when the account and what the token is bound to are still there."""
        from charthouse.devcluster.identity import User

        inside = claims["kubernetes.io"]
        namespace, named = inside["namespace"], inside["serviceaccount"]
        account = self._bound("serviceaccounts", namespace, named)
        extra = {KEY_ID + "credential-id": [f"JTI={claims['jti']}"]}
        if "pod" in inside:
            self._bound("pods", namespace, inside["pod"])
            extra[KEY_ID + "pod-name"] = [inside["pod"]["name"]]
            extra[KEY_ID + "pod-uid"] = [inside["pod"]["uid"]]
        if "secret" in inside:
            self._bound("secrets", namespace, inside["secret"])
        if "node" in inside:
            if "pod" not in inside:
                self._bound("nodes", "", inside["node"])
            extra[KEY_ID + "node-name"] = [inside["node"]["name"]]
            extra[KEY_ID + "node-uid"] = [inside["node"]["uid"]]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
        return User(claims["sub"], groups, account["metadata"]["uid"], extra)

    def _bound(self, table: str, namespace: str, reference: Object) -> Object:
        entry = self.store.get(table, (namespace, reference["name"]))
        if entry is None or entry.object["metadata"]["uid"] != reference["uid"]:
            raise _told("service account token has been invalidated")
        return entry.object

    # the key ---------------------------------------------------------------------------------------------------------

    def key(self) -> EllipticCurvePrivateKey:
        """The signing key, made or read when first asked for. Raises OSError and ValueError for a broken file."""
        if self._key is None:
            from charthouse.devcluster.pki import kept_key

            self._key = kept_key(os.path.join(self.folder, "sa.key") if self.folder else "")
        return self._key

    def key_id(self) -> str:
        import hashlib

        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der = self.key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return _encode(hashlib.sha256(der).digest())

    def key_set(self) -> Object:
        """The public key as a JSON Web Key Set (`/openid/v1/jwks`)."""
        numbers = self.key().public_key().public_numbers()
        x, y = (_encode(number.to_bytes(WIDTH)) for number in (numbers.x, numbers.y))
        one = {"use": "sig", "kty": "EC", "kid": self.key_id(), "crv": "P-256", "alg": "ES256", "x": x, "y": y}
        return {"keys": [one]}

    def _signature(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        r, s = decode_dss_signature(self.key().sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(WIDTH) + s.to_bytes(WIDTH)


def _told(why: str) -> TokenError:
    """Every authenticator of a real server says why it does not know the token; the first ones only that."""
    return TokenError(f"[invalid bearer token, {why}]")


def _listed(texts: list[str]) -> str:
    return "[" + " ".join(json.dumps(text) for text in texts) + "]"


def _reference(obj: Object) -> Object:
    return {"name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}


def _compact(value: Object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
