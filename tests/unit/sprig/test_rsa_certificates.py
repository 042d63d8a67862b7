"""What is written here is, byte for byte, what the certificate library writes of the same things."""

from __future__ import annotations

import datetime as dates
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from charthouse.golang.kinds import GoError
from charthouse.sprig import certificates, private_keys
from charthouse.sprig.rsa_certificates import pem, private_key

_NOW = 1_790_000_000


class _Clock(dates.datetime):
    @classmethod
    def now(cls, tz: dates.tzinfo | None = None) -> Any:
        return dates.datetime.fromtimestamp(_NOW, tz)


@pytest.fixture(scope="module")
def keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(65537, 2048) for _ in range(2)]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, keys: list[rsa.RSAPrivateKey]) -> list[rsa.RSAPrivateKey]:
    """Time stands, the number is known, and the keys are given out in turn."""
    given = iter(keys * 2)
    monkeypatch.setattr(dates, "datetime", _Clock)
    monkeypatch.setattr(time, "time", lambda: _NOW + 0.7)
    monkeypatch.setattr(certificates, "_serial", lambda: 0xF123456789ABCDEF)
    monkeypatch.setattr(certificates, "new_key", lambda: next(given))
    return keys


_REQUESTS: list[tuple[str, list[str], list[str], int]] = [
    ("host", [], [], 1),
    ("", [], [], 365),
    ("", ["10.0.0.1"], ["a.b"], 365),
    ("ca.example.org", ["10.0.0.1", "::ffff:1.2.3.4", "fe80::1"], ["a.b", "*.c", ""], 9000),
    ("Grüße @ größer", [], ["x" * 200], 100_000),
    ("an_underscore*", [], [], 0),
    ("name " * 40, [], [f"{n}.example" for n in range(90)], 36500),
]


@pytest.mark.parametrize("request_", _REQUESTS, ids=[row[0][:12] for row in _REQUESTS])
@pytest.mark.parametrize("signs", [True, False])
def test_signed_by_itself(
    request_: tuple[str, list[str], list[str], int], signs: bool, still: list[rsa.RSAPrivateKey]
) -> None:
    request = certificates._Request(*request_)
    expected = certificates._create(request, still[0], issuer=None, signer=still[0], signs=signs)
    made = certificates._create_new(request, issuer=None, signs=signs)
    assert (made.cert, made.key) == (expected.cert, expected.key)


@pytest.mark.parametrize("request_", _REQUESTS, ids=[row[0][:12] for row in _REQUESTS])
@pytest.mark.parametrize("common", ["host", "other"])
def test_signed_by_an_authority(
    request_: tuple[str, list[str], list[str], int], common: str, still: list[rsa.RSAPrivateKey]
) -> None:
    authority = certificates.authority(common, 365)
    issuer, signer = certificates._issuer(authority)
    expected = certificates._create(
        certificates._Request(*request_), still[1], issuer=issuer, signer=signer, signs=False
    )
    made = certificates.signed(*request_, authority)
    assert (made.cert, made.key) == (expected.cert, expected.key)


def test_signed_by_a_certificate_that_is_no_authority(still: list[rsa.RSAPrivateKey]) -> None:
    signer = certificates.self_signed("leaf", [], [], 365)
    issuer, key = certificates._issuer(signer)
    request = certificates._Request("host", (), (), 3)
    expected = certificates._create(request, still[1], issuer=issuer, signer=key, signs=False)
    assert certificates.signed("host", [], [], 3, signer).cert == expected.cert


@pytest.mark.parametrize(
    ("days", "end"),
    [
        (-1, "2026-09-20 14:13:20"),
        (-36500, "1926-10-16 14:13:20"),
        (106_751, "2318-12-31 14:13:20"),
        (106_752, "1734-06-12 14:38:46"),  # a Duration of more days begins again from the other end
        (213_504, "2026-09-21 14:38:46"),
    ],
)
def test_days_as_a_duration_counts_them(days: int, end: str, still: list[rsa.RSAPrivateKey]) -> None:
    made = x509.load_pem_x509_certificate(certificates.authority("ca", days).cert.encode())
    assert str(made.not_valid_after_utc)[:19] == end


def test_a_name_that_is_no_text() -> None:
    with pytest.raises(GoError, match=r"^error creating certificate: asn1: string not valid UTF-8$"):
        certificates.authority("\udcff", 10)
    with pytest.raises(GoError, match=r'x509: "\\xff" cannot be encoded as an IA5String$'):
        certificates.self_signed("host", [], ["\udcff"], 10)


def test_keys_of_any_size(keys: list[rsa.RSAPrivateKey]) -> None:
    for key in (*keys, rsa.generate_private_key(65537, 1024), rsa.generate_private_key(3, 1536)):
        assert pem("RSA PRIVATE KEY", private_key(key)) == private_keys.pem_text(key) == private_keys.rsa_text(key)
