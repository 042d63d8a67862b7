"""Tokens of service accounts: what they are bound to, and what is no token of ours."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from charthouse.devcluster.account_tokens import ISSUER, AccountTokens, TokenError
from charthouse.devcluster.store import Store

ACCOUNT: dict[str, Any] = {"metadata": {"name": "robot", "namespace": "ns", "uid": "u1"}}
POD: dict[str, Any] = {"metadata": {"name": "p", "namespace": "ns", "uid": "u2"}}
NODE: dict[str, Any] = {"metadata": {"name": "n", "uid": "u3"}}
DENIED = "[invalid bearer token, service account token has been invalidated]"


@pytest.fixture
def tokens() -> AccountTokens:
    store = Store()
    for table, key, obj in (
        ("serviceaccounts", ("ns", "robot"), ACCOUNT), ("pods", ("ns", "p"), POD), ("nodes", ("", "n"), NODE),
    ):  # fmt: skip
        store.put(table, key, {**obj, "metadata": dict(obj["metadata"])})
    return AccountTokens(store)


def part(token: str, place: int) -> Any:
    text = token.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_what_a_token_says(tokens: AccountTokens) -> None:
    token = tokens.issue(ACCOUNT, ["vault"], 700, {"pod": POD, "node": NODE})
    claims = part(token, 1)
    assert claims["exp"] - claims["iat"] == 700 and abs(claims["iat"] - time.time()) < 60
    assert claims["kubernetes.io"] == {
        "namespace": "ns", "serviceaccount": {"name": "robot", "uid": "u1"}, "pod": {"name": "p", "uid": "u2"},
        "node": {"name": "n", "uid": "u3"},
    }  # fmt: skip
    assert (claims["iss"], claims["sub"], claims["aud"]) == (ISSUER, "system:serviceaccount:ns:robot", ["vault"])
    user, audiences = tokens.user(token, ["x", "vault"])
    assert audiences == ["vault"]
    assert user.document() == {
        "username": "system:serviceaccount:ns:robot",
        "uid": "u1",
        "groups": ["system:serviceaccounts", "system:serviceaccounts:ns"],
        "extra": {
            "authentication.kubernetes.io/credential-id": [f"JTI={claims['jti']}"],
            "authentication.kubernetes.io/node-name": ["n"],
            "authentication.kubernetes.io/node-uid": ["u3"],
            "authentication.kubernetes.io/pod-name": ["p"],
            "authentication.kubernetes.io/pod-uid": ["u2"],
        },
    }


@pytest.mark.parametrize(
    ("table", "key"), [("serviceaccounts", ("ns", "robot")), ("pods", ("ns", "p"))], ids=["account", "pod"]
)
def test_a_token_ends_with_what_it_is_bound_to(tokens: AccountTokens, table: str, key: tuple[str, str]) -> None:
    token = tokens.issue(ACCOUNT, [ISSUER], 700, {"pod": POD})
    gone = tokens.store.delete(table, key)
    with pytest.raises(TokenError) as refused:
        tokens.user(token, [ISSUER])
    assert str(refused.value) == DENIED
    assert gone is not None
    again = {**gone.object, "metadata": {**gone.object["metadata"], "uid": "another"}}
    tokens.store.put(table, key, again)
    with pytest.raises(TokenError, match="invalidated"):
        tokens.user(token, [ISSUER])


def test_times(tokens: AccountTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(ACCOUNT, [ISSUER], 700, {})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700 + 59)
    assert tokens.user(token, [ISSUER])[1] == [ISSUER]
    for shift, text in ((700 + 62, "has expired"), (-62, "is not valid yet")):
        monkeypatch.setattr(time, "time", lambda shift=shift: now + shift)
        with pytest.raises(TokenError, match=text):
            tokens.user(token, [ISSUER])


def test_other_texts_are_no_tokens(tokens: AccountTokens) -> None:
    head, body, signature = tokens.issue(ACCOUNT, [ISSUER], 700, {}).split(".")
    claims = {**part(f"{head}.{body}.{signature}", 1), "sub": "system:serviceaccount:kube-system:admin"}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    bare = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    others = AccountTokens(tokens.store).issue(ACCOUNT, [ISSUER], 700, {})
    texts = ("", "a.b.c", f"{head}.{forged}.{signature}", f"{bare}.{body}.", f"{head}.{body}.AAAA", others,
             f"{head}.{body}.{signature}" + "A" * 20_000, "é.é.é")  # fmt: skip
    for text in texts:
        with pytest.raises(TokenError) as refused:
            tokens.user(text, [ISSUER])
        assert str(refused.value) == "invalid bearer token", text


def test_the_published_key_verifies(tokens: AccountTokens) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    token = tokens.issue(ACCOUNT, [ISSUER], 700, {})
    (key,) = tokens.key_set()["keys"]
    assert part(token, 0) == {"alg": "ES256", "kid": key["kid"]}
    x, y = (int.from_bytes(base64.urlsafe_b64decode(key[name] + "==")) for name in ("x", "y"))
    text, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    halves = (int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public.verify(encode_dss_signature(*halves), text.encode(), ec.ECDSA(hashes.SHA256()))
