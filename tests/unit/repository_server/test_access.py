"""Users, tokens, and that a page of another site can do nothing."""

from __future__ import annotations

import sys
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import bcrypt
import pytest

from charthouse.repository_server.access import Access, Authority, htpasswd, token_file
from charthouse.repository_server.errors import Refused, ServerError
from tests.unit.repository_server.archives import chart
from tests.unit.repository_server.sites import ask, site

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4))


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def allowed(access: Access, authorization: str, action: str) -> bool:
    try:
        access.check(authorization, action)
    except Refused as error:
        assert (error.status, error.message) == (401, "unauthorized")
        return False
    return True


USERS = Access(
    users={**htpasswd(b"# people\n\nanna:" + HASH + b"\n"), "otto": b"plain:" + sha256(b"p:w").hexdigest().encode()},
    tokens=token_file(b"abcdefghijklmnop pull\nqrstuvwxyzABCDEF\n\n# none\nGHIJKLMNOPQRSTUV push\n"),
    monotonic=time.monotonic,
)


@pytest.mark.parametrize(
    ("authorization", "pull", "push"),
    [
        ("", False, False), (basic("anna", "secret"), True, True), (basic("anna", "wrong"), False, False),
        (basic("anna", ""), False, False), (basic("otto", "p:w"), True, True), (basic("otto", "p"), False, False),
        (basic("nobody", "secret"), False, False), (basic("", ""), False, False), ("Basic !!", False, False),
        ("Basic YW5uYQ==", False, False), ("basic  " + basic("otto", "p:w")[6:], True, True), ("Basic", False, False),
        ("Bearer abcdefghijklmnop", True, False), ("bearer qrstuvwxyzABCDEF", True, True),
        ("Bearer GHIJKLMNOPQRSTUV", False, True), ("Bearer ", False, False), ("Bearer x", False, False),
        ("Bearer # none", False, False), ("Digest x", False, False), ("Bearer ü\udcff", False, False),
        (basic("anna", "x" * 200), False, False),
    ],
)  # fmt: skip
def test_who_may(authorization: str, pull: bool, push: bool) -> None:
    for _ in range(2):  # what was remembered says the same
        assert (allowed(USERS, authorization, "pull"), allowed(USERS, authorization, "push")) == (pull, push)


def test_without_users_everybody_may_and_with_them_readers_may_when_told() -> None:
    assert allowed(Access(monotonic=time.monotonic), "", "push")
    readers = Access(users={"a": HASH}, anonymous=True, monotonic=time.monotonic)
    assert (allowed(readers, "", "pull"), allowed(readers, "", "push")) == (True, False)


def test_a_password_is_forgotten_after_a_minute() -> None:
    now = [0.0]
    users = {"anna": HASH}
    access = Access(users=users, monotonic=lambda: now[0])
    assert allowed(access, basic("anna", "secret"), "pull")
    access._users["anna"] = bcrypt.hashpw(b"other", bcrypt.gensalt(4))
    assert allowed(access, basic("anna", "secret"), "pull")
    now[0] = 61.0
    assert not allowed(access, basic("anna", "secret"), "pull")


@pytest.mark.parametrize("data", [b"anna:{SHA}x\n", b"anna\n", b"anna:$apr1$x\n"])
def test_other_hashes_are_refused(data: bytes) -> None:
    with pytest.raises(ServerError, match="line 1 holds no bcrypt hash"):
        htpasswd(data)


@pytest.mark.parametrize("data", [b"short\n", b"abcdefghijklmnop delete\n"])
def test_bad_token_files_are_refused(data: bytes) -> None:
    with pytest.raises(ServerError, match="line 1"):
        token_file(data)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ServerError, match="neither a public key nor a certificate"):
        Access(authority=Authority("r", "s", b"text"), monotonic=time.monotonic)


def test_signed_tokens_need_their_library_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(ServerError, match="signed tokens need PyJWT"):
        Access(authority=Authority("r", "s", b""), monotonic=time.monotonic)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201), ({"origin": "http://charts.here"}, 201), ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403), ({"sec_fetch_site": "cross-site"}, 403), ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "same-origin", "origin": "http://CHARTS.here"}, 201), ({"sec_fetch_site": "none"}, 201),
        ({"origin": "http://["}, 403), ({"origin": "https://friend.example", "sec_fetch_site": "cross-site"}, 201),
    ],
)  # fmt: skip
def test_pages_of_other_sites_cannot_upload(headers: dict[str, str], status: int, tmp_path: Path) -> None:
    shop = site(tmp_path, origin="https://friend.example")
    assert ask(shop, "POST", "/api/charts", chart(), **headers).status == status
    if status == 403:
        assert ask(shop, "DELETE", "/api/charts/apple/1.0.0", b"", **headers).status == 403
    answer = ask(shop, "GET", "/api/charts", b"", **headers)
    assert answer.status == 200
    assert dict(answer.headers)["Access-Control-Allow-Origin"] == "https://friend.example"


def test_nobody_sends_a_body_who_may_not(tmp_path: Path) -> None:
    shop = site(tmp_path, access=USERS, largest=100)
    from charthouse.repository_server.requests import Request

    def gate(method: str, path: str, **headers: str) -> int:
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        refused = shop.gate(Request(method, path, {}, given))
        return refused.status if refused is not None else 0

    right = basic("otto", "p:w")
    assert gate("POST", "/api/charts") == 401
    assert gate("POST", "/api/charts", authorization=right) == 0
    assert gate("POST", "/api/charts", authorization=right, content_length="101") == 413
    assert gate("POST", "/api/charts", authorization=right, content_length="100") == 0
    assert gate("POST", "/index.yaml", authorization=right) == 404
    assert gate("POST", "/", authorization=right) == 404
