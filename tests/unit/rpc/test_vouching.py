"""Which CA vouches for whom."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509

from charthouse.rpc.errors import TLSError
from charthouse.rpc.vouching import Authorities
from tests.unit.rpc.authorities import CLIENT, NOW, SERVER, Holder, made

USERS, FRONT, OTHER = made("users", ca=True), made("front", ca=True), made("other", ca=True)
MIDDLE = made("middle", USERS, ca=True, signs=True)
SETS = Authorities({"users": USERS.pem, "front-proxy": FRONT.pem})
MASKED = made("users", ca=True)  # another CA of the same name
CONSTRAINED = made(
    "constrained", USERS, ca=True,
    more=[(x509.NameConstraints([x509.DNSName("example.com")], None), True)],
)  # fmt: skip
STRANGE = made(
    "strange", USERS, ca=True, more=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"x"), True)]
)
OLD = made("old", USERS, ca=True, days=(-9, -1))
MUTE = made("mute", USERS, ca=True, signs=False)
SHORT = made("short", USERS, ca=True, length=0)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        pytest.param([made("joe", USERS)], "users", id="a user"),
        pytest.param([made("proxy", FRONT, uses=[CLIENT])], "front-proxy", id="the front proxy"),
        pytest.param([made("joe", OTHER)], "", id="an unknown CA"),
        pytest.param([made("joe", MASKED)], "", id="a CA of the same name"),
        pytest.param([made("joe", OTHER, issuer_name="users")], "", id="another CA's name as issuer"),
        pytest.param([made("joe", OTHER), USERS], "", id="a known CA beside it"),
        pytest.param([made("joe")], "", id="self-signed"),
        pytest.param([USERS], "users", id="the CA itself"),
        pytest.param([made("joe", USERS, uses=[SERVER])], "", id="a server's certificate"),
        pytest.param([made("joe", USERS, uses=[SERVER, CLIENT])], "users", id="both uses"),
        pytest.param([made("joe", USERS, days=(-9, -1))], "", id="expired"),
        pytest.param([made("joe", USERS, days=(1, 9))], "", id="not yet"),
        pytest.param([made("joe", MIDDLE)], "", id="without its intermediate"),
        pytest.param([made("joe", MIDDLE), MIDDLE], "users", id="over an intermediate"),
        pytest.param([made("joe", MIDDLE), OTHER, FRONT, MIDDLE], "users", id="out of order"),
        pytest.param([made("joe", OLD), OLD], "", id="over an expired one"),
        pytest.param([made("joe", user := made("ann", USERS)), user], "", id="signed by a user"),
        pytest.param([made("joe", MUTE), MUTE], "", id="by one that may not sign"),
        pytest.param([made("joe", SHORT), SHORT], "users", id="path length kept"),
        pytest.param(
            [made("joe", low := made("low", SHORT, ca=True)), low, SHORT], "", id="path length exceeded"
        ),
        pytest.param([made("joe", CONSTRAINED), CONSTRAINED], "", id="name constraints"),
        pytest.param([made("joe", STRANGE), STRANGE], "", id="a critical extension nobody knows"),
        pytest.param([made("joe", web := made("web", USERS, ca=True, uses=[SERVER])), web], "", id="a CA of servers"),
    ],
)  # fmt: skip
def test_who_vouches(chain: list[Holder], expected: str) -> None:
    assert SETS.voucher([one.der for one in chain]) == expected


def test_nobody_vouches_for_nothing() -> None:
    assert SETS.voucher([]) == ""
    assert SETS.voucher([b"no certificate"]) == ""
    assert SETS.voucher([made("joe", USERS).der, b"no certificate"]) == ""
    assert Authorities({}).voucher([made("joe", USERS).der]) == ""
    assert Authorities({"users": b""}).count == 0


def test_an_intermediate_in_a_set_vouches_by_itself() -> None:
    chain = [made("joe", MIDDLE).der]
    assert Authorities({"users": MIDDLE.pem}).voucher(chain) == "users"


def test_where_two_vouch_the_first_one_named_does() -> None:
    chain = [made("joe", USERS).der]
    both = USERS.pem + OTHER.pem
    assert Authorities({"a": both, "b": USERS.pem}).voucher(chain) == "a"
    assert Authorities({"b": USERS.pem, "a": both}).voucher(chain) == "b"
    assert Authorities({"a": both, "b": USERS.pem}).count == 2


def test_an_old_ca_vouches_no_more() -> None:
    later = NOW + datetime.timedelta(days=2)
    long = made("joe", USERS, days=(-1, 9)).der
    assert SETS.voucher([long], NOW) == "users"
    assert SETS.voucher([long], later) == ""


def test_many_certificates_are_no_burden() -> None:
    chain = [made("joe", MIDDLE).der, *([MIDDLE.der] * 3), *([OTHER.der] * 500)]
    assert SETS.voucher(chain) == "users"
    knot = [made("joe", OTHER).der, *[made("other", OTHER, ca=True).der for _ in range(12)]]
    assert SETS.voucher(knot) == ""


def test_cas_that_cannot_be_read() -> None:
    with pytest.raises(TLSError) as caught:
        Authorities({"users": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    assert caught.value.message.startswith('the CAs "users" cannot be read: ')
