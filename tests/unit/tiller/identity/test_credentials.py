"""What our client shows Tiller, and how it knows it."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import CredentialError
from charthouse.kube.kubeconfig import Access
from charthouse.tiller.identity.authority import NoAuthority, published
from charthouse.tiller.identity.credentials import TillerCredentials, service_account_of
from tests.unit.kube.fakes import FakeClock
from tests.unit.tiller.identity.proofs import jwt

ROBOT = jwt(sub="system:serviceaccount:team:ci", aud=["https://kubernetes.default.svc"])


class Server:
    """An API server that makes tokens, or refuses to."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.asked: list[tuple[str, Any]] = []

    def raw(self, method: str, target: str, body: Any = None) -> Any:
        self.asked.append((f"{method} {target}", body["spec"]))
        if self.code:
            raise ApiError("no", code=self.code, reason="X")
        return {"status": {"token": f"made{len(self.asked)}"}}


def shown(access: Access, server: Any = None, **options: Any) -> tuple[TillerCredentials, FakeClock]:
    clock = FakeClock()
    api: Any = server or Server()
    return TillerCredentials(access, api, clock=clock, environ={}, **options), clock


def test_a_user_s_token_goes_as_it_is() -> None:
    server = Server()
    credentials, _ = shown(Access("https://k", token="t"), server)
    assert (credentials.token(), credentials.certificate(), server.asked) == ("t", (b"", b""), [])


def test_a_service_account_s_is_exchanged_and_renewed() -> None:
    server = Server()
    credentials, clock = shown(Access("https://k", token=ROBOT), server)
    assert [credentials.token(), credentials.token()] == ["made1", "made1"]
    clock.seconds += 481
    assert credentials.token() == "made2"
    assert credentials.refused() and credentials.token() == "made3"
    asked = ("POST /api/v1/namespaces/team/serviceaccounts/ci/token",
             {"audiences": ["charthouse-tiller"], "expirationSeconds": 600})  # fmt: skip
    assert server.asked == [asked] * 3


def test_one_that_may_not_be_exchanged_goes_as_it_is() -> None:
    server = Server(403)
    credentials, _ = shown(Access("https://k", token=ROBOT), server)
    assert [credentials.token(), credentials.token(), len(server.asked)] == [ROBOT, ROBOT, 1]
    assert not credentials.refused()
    with pytest.raises(ApiError):
        shown(Access("https://k", token=ROBOT), Server(500))[0].token()
    assert shown(Access("https://k", token=ROBOT), server, audience="")[0].token() == ROBOT


def test_certificates(tmp_path: Any) -> None:
    (tmp_path / "crt").write_bytes(b"C")
    (tmp_path / "key").write_bytes(b"K")
    files = Access("https://k", cert_file=str(tmp_path / "crt"), key_file=str(tmp_path / "key"))
    assert (shown(files)[0].certificate(), shown(files)[0].token()) == ((b"C", b"K"), "")
    assert shown(Access("https://k", cert_data=b"c", key_data=b"k"))[0].certificate() == (b"c", b"k")
    with pytest.raises(CredentialError, match="no such file"):
        shown(Access("https://k", cert_file="/nowhere/crt", key_file="/nowhere/key"))[0].certificate()


def test_nobody_is_asked_for_as_somebody_else() -> None:
    credentials, _ = shown(Access("https://k", token="t", impersonate="boss"))
    for ask in (credentials.token, credentials.certificate):
        with pytest.raises(CredentialError, match='Tiller cannot be asked as "boss"'):
            ask()


@pytest.mark.parametrize("token", ["a b", "a\nb", "é", "x" * 70_000])
def test_what_is_no_token_is_not_sent(token: str) -> None:
    with pytest.raises(CredentialError, match="no bearer token"):
        shown(Access("https://k", token=token))[0].token()


@pytest.mark.parametrize(
    ("token", "account"),
    [
        (ROBOT, ("team", "ci")),
        ("t", None),
        ("a.b.c", None),
        (jwt(sub="ann"), None),
        (jwt(sub="system:serviceaccount:team"), None),
        (jwt(sub="system:serviceaccount:../x:ci"), None),
        (jwt(sub="system:serviceaccount:team:ci?x=y"), None),
        (jwt(sub="system:serviceaccount::ci"), None),
        (jwt(sub=7), None),
    ],
)
def test_whose_a_token_says_it_is(token: str, account: Any) -> None:
    assert service_account_of(token) == account


class Published:
    def __init__(self, data: Any) -> None:
        self.data = data

    def get(self, ref: Any) -> Any:
        assert ref.path == "/api/v1/namespaces/kube-system/configmaps/charthouse-tiller-ca"
        if self.data is None:
            raise ApiError('configmaps "charthouse-tiller-ca" not found', code=404, reason="NotFound")
        return {"data": self.data}


def test_tiller_is_known_by_the_ca_that_is_published() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    assert published(Published({"ca.crt": pem}), "kube-system") == pem.encode()  # type: ignore[arg-type]  # asks nothing else


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, 'cannot verify Tiller: configmaps "charthouse-tiller-ca" not found'),
        ({}, "cannot verify Tiller: ConfigMap kube-system/charthouse-tiller-ca has no certificate under ca.crt"),
        (
            {"ca.crt": "x"},
            "cannot verify Tiller: ConfigMap kube-system/charthouse-tiller-ca has no certificate under ca.crt",
        ),
    ],
)
def test_or_not_at_all(data: Any, text: str) -> None:
    with pytest.raises(NoAuthority) as caught:
        published(Published(data), "kube-system")  # type: ignore[arg-type]  # as above
    assert caught.value.message == text and "--tls-ca-cert" in caught.value.hint
