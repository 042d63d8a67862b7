"""Which of a call's proofs counts, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.logs import LogRecord
from charthouse.rpc.call import Call, HttpRequest, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.caller import Caller
from charthouse.tiller.identity.authenticator import Authenticator, AuthenticatorSettings
from charthouse.tiller.identity.authorities import BOTH, FRONT_PROXY, USERS, ClientAuthorities
from charthouse.tiller.identity.front_proxy import FrontProxyRules, rules_of
from charthouse.tiller.identity.tokens import TokenReviews
from charthouse.tiller.v1.failures import error_from
from tests.unit.kube.fakes import FakeClock
from tests.unit.tiller.identity.proofs import UID, Reviews, certificate

CN, O = "2.5.4.3", "2.5.4.10"  # noqa: E741  # the attribute's name
DORA = certificate((O, "devs"), (O, "captains"), (CN, "dora"))
PROXY = certificate((CN, "front-proxy-client"))
CALL = "/charthouse.v1.ReleaseService/Install"
RULES = rules_of({"requestheader-allowed-names": '["front-proxy-client"]'})
ALL = "system:authenticated"


class Door:
    """An authenticator, what it logs, and calls at it."""

    def __init__(self, *, rules: FrontProxyRules | None = RULES, tokens: bool = True, **settings: bool) -> None:
        self.logged: list[LogRecord] = []
        self.server = Reviews({"t": ("ann", [""]), "m": ("bob", [""])})
        reviews = TokenReviews(self.server, clock=FakeClock(), random=lambda size: b"k" * size)  # type: ignore[arg-type]  # asks nothing else
        self.authenticator = Authenticator(
            AuthenticatorSettings(**settings),
            tokens=reviews if tokens else None,
            authorities=lambda: ClientAuthorities(rules=rules),
            log=self.logged.append,
        )

    def rpc(self, peer: Peer, method: str = CALL, **metadata: str) -> Any:
        call = Call(method, {name.replace("_", "-"): value for name, value in metadata.items()}, peer)
        self.authenticator.layer("request", call, lambda request, call: request)
        return call.notes.get("caller")

    def http(self, peer: Peer, *headers: tuple[str, str]) -> Caller:
        return self.authenticator.of_http(HttpRequest("GET", "/v1/x", headers, b"", peer))


def peer(leaf: bytes = b"", authority: str = "", *, tls: bool = True, address: str = "192.0.2.1:7") -> Peer:
    return Peer(address, tls, (leaf,) if leaf else (), authority)


def refused(door: Door, *given: Any, **named: Any) -> tuple[Code, str]:
    with pytest.raises(RpcError) as caught:
        door.rpc(*given, **named)
    return caught.value.code, caught.value.message


def test_a_token() -> None:
    assert Door().rpc(peer(), authorization="Bearer t") == Caller(
        "ann", uid="u1", groups=("crew", ALL), extra=(("k", ("v",)),), how="token", address="192.0.2.1:7"
    )


@pytest.mark.parametrize("given", ["bearer t", "BEARER  t ", "Bearer t"])
def test_the_scheme_is_read_as_http_does(given: str) -> None:
    assert Door().rpc(peer(), authorization=given).user == "ann"


def test_a_certificate() -> None:
    found = Door().rpc(peer(DORA, USERS))
    (key, (digest,)), *rest = found.extra
    assert (found.user, found.uid, found.groups, found.how) == ("dora", "", ("devs", "captains", ALL), "certificate")
    assert (key, digest[:11], len(digest), rest) == (
        "authentication.kubernetes.io/credential-id",
        "X509SHA256=",
        75,
        [],
    )


@pytest.mark.parametrize(
    ("subject", "user", "uid"),
    [([(CN, "a"), (CN, "b")], "b", ""), ([(CN, "a"), (UID, "7")], "a", "7"), ([(CN, "Łucja")], "Łucja", "")],
)
def test_a_subject(subject: list[tuple[str, str]], user: str, uid: str) -> None:
    found = Door().rpc(peer(certificate(*subject), USERS))
    assert (found.user, found.uid) == (user, uid)


def test_two_uids_are_nobody() -> None:
    leaf = certificate((CN, "a"), (UID, "7"), (UID, "8"))
    expected = (Code.UNAUTHENTICATED, "the client certificate has more than one uid, or an empty one")
    assert refused(Door(), peer(leaf, USERS)) == expected
    assert refused(Door(), peer(b"no certificate", USERS))[1] == "the client certificate cannot be read"


def test_the_certificate_wins_over_the_token_as_with_the_api_server() -> None:
    door = Door()
    assert door.rpc(peer(DORA, USERS), authorization="Bearer t").user == "dora"
    assert door.server.asked == []
    nameless = certificate((O, "devs"))
    assert door.rpc(peer(nameless, USERS), authorization="Bearer t").user == "ann"


def test_nobody() -> None:
    door = Door()
    code, text = refused(door, peer())
    assert (code, text) == (
        Code.UNAUTHENTICATED,
        "Tiller does not know who you are: send a bearer token (authorization) or a client certificate over TLS; "
        "`charthouse --tiller` does so by itself, `helm` 2 needs --tls and a certificate of the cluster's or of "
        "Tiller's CA",
    )
    assert [(line.level, line.message, line.attributes["reason"]) for line in door.logged] == [
        ("WARN", "caller refused", "none")
    ]


def test_what_tells_nothing_needs_nobody() -> None:
    door = Door()
    assert door.rpc(peer(), "/grpc.health.v1.Health/Check") is None
    assert door.rpc(peer(), "/hapi.services.tiller.ReleaseService/GetVersion") is None
    assert refused(door, peer(), "/hapi.services.tiller.ReleaseService/ListReleases")[0] == Code.UNAUTHENTICATED


def test_anonymous_only_without_any_proof() -> None:
    door = Door(allow_anonymous=True)
    found = door.rpc(peer(tls=False))
    assert (found.anonymous, found.how, found.address) == (True, "anonymous", "192.0.2.1:7")
    assert door.rpc(peer(), authorization="Bearer t").user == "ann"
    assert refused(door, peer(), authorization="Bearer wrong")[0] == Code.UNAUTHENTICATED
    assert refused(door, peer(), authorization="Basic YTpi")[0] == Code.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ({"authorization": "Basic YTpi"}, "the authorization is no bearer token; Tiller takes `authorization: Bearer "),
        ({"authorization": "Bearer "}, "the authorization is no bearer token"),
        ({"authorization": "t"}, "the authorization is no bearer token"),
        ({"authorization": "Bearer t,Bearer m"}, "this is no bearer token"),
        ({"authorization": "Bearer t", "x_charthouse_token": "m"}, "two different tokens came with one call"),
    ],
)
def test_odd_authorizations(metadata: dict[str, str], text: str) -> None:
    code, said = refused(Door(), peer(), **metadata)
    assert code == Code.UNAUTHENTICATED and said.startswith(text)


def test_tokens_travel_in_a_header_of_their_own_too() -> None:
    door = Door()
    assert door.http(peer(), ("x-charthouse-token", "t")).user == "ann"
    assert door.http(peer(), ("x-charthouse-token", "t"), ("authorization", "Bearer t")).user == "ann"


def test_tokens_in_plain_text_are_not_taken() -> None:
    code, text = refused(Door(), peer(tls=False), authorization="Bearer t")
    assert (code, text.split(";")[0]) == (Code.UNAUTHENTICATED, "Tiller takes tokens over TLS only")
    assert Door(plain_tokens=True).rpc(peer(tls=False), authorization="Bearer t").user == "ann"
    assert Door().rpc(peer(tls=False, address="unix:"), authorization="Bearer t").user == "ann"
    assert refused(Door(tokens=False), peer(), authorization="Bearer t")[1].startswith("this Tiller takes no tokens")


@pytest.mark.parametrize(
    "headers",
    [(("sec-fetch-site", "cross-site"),), (("sec-fetch-site", "same-site"),),
     (("origin", "https://evil.example"), ("host", "tiller:44134")), (("origin", "null"), ("host", "tiller:44134"))],
)  # fmt: skip
def test_no_site_lends_a_browser_s_certificate(headers: tuple[tuple[str, str], ...]) -> None:
    for door, found in ((Door(), peer(DORA, USERS)), (Door(allow_anonymous=True), peer())):
        with pytest.raises(RpcError, match="a browser made this request for another site"):
            door.http(found, *headers)
    assert Door().http(peer(), *headers, ("x-charthouse-token", "t")).user == "ann"
    own = (("sec-fetch-site", "same-origin"), ("origin", "https://tiller:44134"), ("host", "tiller:44134"))
    assert Door().http(peer(DORA, USERS), *own).user == "dora"


REMOTE = (
    ("x-remote-user", "fred"), ("x-remote-group", "crew"), ("x-remote-group", "a,b"), ("x-remote-uid", "7"),
    ("x-remote-extra-deck%2fplace", "aft"), ("x-remote-extra-deck%2Fplace", "bow"),
)  # fmt: skip


def test_the_front_proxy_speaks_for_others() -> None:
    assert Door().http(peer(PROXY, FRONT_PROXY), *REMOTE) == Caller(
        "fred", uid="7", groups=("crew", "a,b", ALL), extra=(("deck/place", ("aft", "bow")),), how="front-proxy",
        address="192.0.2.1:7",
    )  # fmt: skip


def test_the_front_proxy_says_where_a_request_came_from() -> None:
    seen = (("x-forwarded-for", "203.0.113.9, 10.0.0.7"),)
    assert Door().http(peer(PROXY, FRONT_PROXY), *REMOTE, *seen).address == "10.0.0.7 via 192.0.2.1:7"
    assert Door().http(peer(DORA, USERS), *seen).address == "192.0.2.1:7", "nobody else's word"


def test_the_front_proxy_s_names_are_utf_8() -> None:
    raw = "Łucja".encode().decode("latin-1")
    assert Door().http(peer(PROXY, FRONT_PROXY), ("x-remote-user", raw)).user == "Łucja"
    assert Door().http(peer(PROXY, FRONT_PROXY), ("x-remote-user", "caf\xe9")).user == "caf\xe9"


@pytest.mark.parametrize(
    ("leaf", "authority"),
    [
        (b"", ""),
        (DORA, USERS),
        (PROXY, USERS),  # the right name, signed by the clients' CA
        (DORA, FRONT_PROXY),  # a name that is not allowed
        (DORA, BOTH),
    ],
)
def test_forged_headers_make_nobody_somebody_else(leaf: bytes, authority: str) -> None:
    door = Door()
    found: Caller | None = None
    try:
        found = door.http(peer(leaf, authority), *REMOTE, ("x-remote-user", "system:admin"))
    except RpcError as error:
        assert error.code == Code.UNAUTHENTICATED
    names = {(USERS, DORA): "dora", (USERS, PROXY): "front-proxy-client", (BOTH, DORA): "dora"}
    assert (found.user if found else None) == names.get((authority, leaf))
    assert "headers that name a user ignored: not the front proxy" in [line.message for line in door.logged]


def test_no_headers_count_in_grpc() -> None:
    assert Door().rpc(peer(PROXY, BOTH), x_remote_user="fred").user == "front-proxy-client"
    assert refused(Door(), peer(PROXY, FRONT_PROXY), x_remote_user="fred")[0] == Code.UNAUTHENTICATED


def test_any_name_of_the_front_proxy_only_under_a_ca_of_its_own() -> None:
    door = Door(rules=rules_of({"requestheader-allowed-names": "[]"}))
    assert door.http(peer(DORA, FRONT_PROXY), *REMOTE).user == "fred"
    assert door.http(peer(DORA, BOTH), *REMOTE).user == "dora"


def test_a_front_proxy_that_names_nobody() -> None:
    door = Door()
    with pytest.raises(RpcError, match="the front proxy names no user"):
        door.http(peer(PROXY, FRONT_PROXY), ("x-remote-user", ""), ("x-remote-group", "system:masters"))


@pytest.mark.parametrize(
    ("groups", "user", "text"),
    [
        (["system:masters"], "fred", 'Tiller does not act as a member of "system:masters": '),
        (["system:nodes"], "fred", 'Tiller does not act as a member of "system:nodes": '),
        ([], "system:node:n1", 'Tiller does not act as a node ("system:node:n1")'),
        ([], "system:serviceaccount:kube-system:x", "Tiller does not act as a service account of the control plane ("),
        ([], "system:kube-scheduler", "Tiller does not act as a part of the control plane ("),
        ([], "a\x1b[31m", "the caller's user, groups or extra hold control characters"),
        ([], " fred", "the caller's user, groups or extra begin or end with a blank"),
        (["g" * 70_000] * 4, "fred", "the caller's groups and extra take 280024 bytes, more than the 262144 Tiller"),
    ],
)
def test_some_tiller_never_is(groups: list[str], user: str, text: str) -> None:
    headers = [("x-remote-user", user), *(("x-remote-group", group) for group in groups)]
    with pytest.raises(RpcError) as caught:
        Door().http(peer(PROXY, FRONT_PROXY), *headers)
    assert caught.value.code == Code.PERMISSION_DENIED and caught.value.message.startswith(text)


def test_advice_reaches_every_client() -> None:
    masters = peer(certificate((O, "system:masters"), (CN, "root")), USERS)
    code, text = refused(Door(), masters, "/hapi.services.tiller.ReleaseService/ListReleases")
    assert (code, text) == (
        Code.PERMISSION_DENIED,
        'Tiller does not act as a member of "system:masters": the API server lets that group do everything, whatever '
        "RBAC says; use a user or service account whose rights come from RBAC, for an administrator one bound to "
        "cluster-admin; the server's flag --insecure-allow-privileged-callers makes Tiller act as the control plane "
        "too",
    )
    with pytest.raises(RpcError) as caught:
        Door().rpc(masters)
    again = error_from(caught.value)
    assert (again.message, again.hint.count("\n")) == (text.split(";")[0], 1)
    assert again.hint.startswith("use a user or service account")


def test_unless_told() -> None:
    headers = (("x-remote-user", "root"), ("x-remote-group", "system:masters"))
    found = Door(allow_privileged=True).http(peer(PROXY, FRONT_PROXY), *headers)
    assert found.groups == ("system:masters", ALL)


def test_service_accounts_of_other_namespaces_are_plain_users() -> None:
    user = "system:serviceaccount:team:ci"
    assert Door().http(peer(PROXY, FRONT_PROXY), ("x-remote-user", user)).user == user


def test_what_is_logged_stays_on_its_line_and_holds_no_token() -> None:
    door = Door()
    evil = peer(address="evil\n\x1b]0;x\x07level=INFO")
    with pytest.raises(RpcError):
        door.rpc(evil, authorization="Bearer secret-one")
    assert [line.attributes["address"] for line in door.logged] == ["evil\\n\\x1b]0;x\\x07level=INFO"]
    assert "secret-one" not in repr(door.logged)
