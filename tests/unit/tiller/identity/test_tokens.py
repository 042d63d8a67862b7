"""What is asked about a bearer token, and how long an answer counts."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from charthouse.k8s.ports import ApiError
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.caller import Caller
from charthouse.tiller.identity.errors import Unauthenticated
from charthouse.tiller.identity.tokens import TokenReviews
from tests.unit.kube.fakes import FakeClock
from tests.unit.tiller.identity.proofs import Reviews, jwt

OURS = jwt(aud=["charthouse-tiller"], sub="x", exp=2000)
SERVERS = jwt(aud="https://kubernetes.default.svc", exp=5000)
OTHER = jwt(aud=["vault"], exp=5000)
OLD = jwt(aud=["charthouse-tiller"], exp=999)


def reviews(server: Any, **options: Any) -> tuple[TokenReviews, FakeClock]:
    clock = FakeClock()
    return TokenReviews(server, clock=clock, random=lambda size: b"k" * size, **options), clock


def test_a_token_for_tiller_is_asked_about_as_such() -> None:
    server = Reviews({OURS: ("ann", ["charthouse-tiller"]), SERVERS: ("ann", [""]), "opaque": ("ann", [""])})
    tokens, _ = reviews(server)
    ann = Caller("ann", uid="u1", groups=("crew",), extra=(("k", ("v",)),), how="token", address="a:1")
    assert [tokens.caller(token, "a:1") for token in (OURS, SERVERS, "opaque")] == [ann] * 3
    assert server.asked == [
        {"token": OURS, "audiences": ["charthouse-tiller"]}, {"token": SERVERS}, {"token": "opaque"},
    ]  # fmt: skip


def test_an_answer_that_names_no_audience_is_not_enough() -> None:
    class Careless(Reviews):
        def raw(self, *given: Any, **named: Any) -> Any:
            return {"status": {"authenticated": True, "user": {"username": "ann"}}}

    tokens, _ = reviews(Careless({}))
    with pytest.raises(Unauthenticated, match="made for the API server or for the audience charthouse-tiller"):
        tokens.caller(OURS, "")


@pytest.mark.parametrize(
    ("token", "reason", "text"),
    [
        (OLD, "expired", "your token has expired; get a new one"),
        (
            OTHER,
            "audience",
            "the API server does not accept your token; it must be made for the API server or for the audience "
            "charthouse-tiller (kubectl create token NAME --audience charthouse-tiller)",
        ),
        ("guess", "token", "the API server does not accept your token; log in again"),
        ("a.b.c", "token", "the API server does not accept your token; log in again"),
        ("x" * 40_000, "token", "this is no bearer token: it is too long, or holds blanks"),
        ("a b", "token", "this is no bearer token: it is too long, or holds blanks"),
        ("a\r\nX-Remote-User: root", "token", "this is no bearer token: it is too long, or holds blanks"),
    ],
)
def test_refusals_tell_the_owner_why_and_nothing_of_the_token(token: str, reason: str, text: str) -> None:
    tokens, _ = reviews(Reviews({}))
    with pytest.raises(Unauthenticated) as caught:
        tokens.caller(token, "")
    assert (caught.value.reason, caught.value.message, caught.value.code) == (reason, text, Code.UNAUTHENTICATED)
    assert token not in repr(caught.value) + caught.value.hint


def test_good_answers_count_ten_seconds_and_bad_ones_two() -> None:
    server = Reviews({SERVERS: ("ann", [""])})
    tokens, clock = reviews(server)

    def ask(token: str, times: int = 3) -> int:
        before = len(server.asked)
        for _ in range(times):
            try:
                tokens.caller(token, "")
            except Unauthenticated:
                continue
        return len(server.asked) - before

    assert (ask(SERVERS), ask("guess")) == (1, 1)
    clock.seconds += 1.9
    assert (ask(SERVERS), ask("guess")) == (0, 0)
    clock.seconds += 0.1
    assert (ask(SERVERS), ask("guess")) == (0, 1)
    server.users["guess"] = ("bob", [""])
    clock.seconds += 8.0
    assert (ask(SERVERS), ask("guess")) == (1, 1)
    assert tokens.caller("guess", "").user == "bob"


def test_nothing_counts_longer_than_the_token_lives() -> None:
    brief = jwt(aud="k", exp=1003)
    server = Reviews({brief: ("ann", [""])})
    tokens, clock = reviews(server)
    tokens.caller(brief, "")
    clock.seconds += 3
    del server.users[brief]
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.caller(brief, "")


def test_what_is_kept_is_bounded() -> None:
    server = Reviews({})
    tokens, _ = reviews(server, kept=3)
    for number in (1, 2, 3, 4, 4, 1):
        with pytest.raises(Unauthenticated):
            tokens.caller(f"guess{number}", "")
    assert [spec["token"] for spec in server.asked] == ["guess1", "guess2", "guess3", "guess4", "guess1"]


@pytest.mark.parametrize(
    ("code", "text"),
    [(403, "Tiller cannot check your token now: it may not ask the API server"),
     (500, "Tiller cannot check your token now: the API server answers 500")],
)  # fmt: skip
def test_an_api_server_that_fails_refuses_nobody_for_good(code: int, text: str) -> None:
    server = Reviews({"t": ("ann", [""])}, [ApiError("token t is odd", code=code, reason="X")])
    tokens, _ = reviews(server)
    with pytest.raises(RpcError) as caught:
        tokens.caller("t", "")
    assert (caught.value.code, caught.value.message, caught.value.__cause__) == (Code.UNAVAILABLE, text, None)
    assert tokens.caller("t", "").user == "ann"


def test_many_who_come_at_once_with_one_token_ask_once() -> None:
    entered, go = threading.Event(), threading.Event()

    class Slow(Reviews):
        def raw(self, *given: Any, **named: Any) -> Any:
            entered.set()
            assert go.wait(60)
            return super().raw(*given, **named)

    server = Slow({"t": ("ann", [""])})
    tokens, _ = reviews(server)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(tokens.caller("t", "").user)) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert entered.wait(60)
    go.set()
    for thread in threads:
        thread.join(60)
    assert (found, len(server.asked)) == (["ann"] * 8, 1)
