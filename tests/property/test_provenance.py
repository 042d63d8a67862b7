"""Damaged keyrings, secret keys, provenance files and bundles: always an answer or an error of ours, never another."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from charthouse.errors import CharthouseError
from charthouse.provenance import parse_keyring, unlock, verify
from charthouse.provenance.cosign import Subject, check_bundle
from tests.unit.provenance.recorded import NAME, NOW, octets, ring

Change = tuple[int, int, bytes]
CHANGES = st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 40), st.binary(max_size=8)), max_size=4)
RINGS = ["pub.gpg", "pub.asc", "pub.kbx", "rsa.sec", "locked.sec", "locked.asc", "sub.sec", "p521.sec", "ed.sec"]
PROOFS = ["helm-rsa.prov", "helm-ed.prov", "helm-p256.prov", "helm-dsa.prov", "gpg-sub.prov"]


def damaged(data: bytes, changes: list[Change]) -> bytes:
    """At some places some octets taken out and others put in."""
    for place, count, put in changes:
        start = place % (len(data) + 1)
        data = data[:start] + put + data[start + count :]
    return data


@given(name=st.sampled_from(RINGS), changes=CHANGES)
def test_keyrings(name: str, changes: list[Change]) -> None:
    try:
        keys = parse_keyring(damaged(octets(name), changes))
    except CharthouseError:
        return
    for key in keys:
        try:
            unlock(key, lambda who: b"secret")
        except CharthouseError:
            continue


@given(name=st.sampled_from(PROOFS), changes=CHANGES)
def test_provenance_files(name: str, changes: list[Change]) -> None:
    proof = damaged(octets(name), changes)
    try:
        found = verify(octets(NAME), proof, NAME, ring(), now=NOW)
    except CharthouseError:
        return
    assert found == verify(octets(NAME), octets(name), NAME, ring(), now=NOW)


@given(st.binary(max_size=200))
@example(b"\x99\xff")
@example(b"\xfe" + b"\xc0" * 60)
@example(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=")
def test_any_octets(data: bytes) -> None:
    for read in (parse_keyring, lambda found: verify(b"", found, NAME, ring(), now=NOW)):
        try:
            read(data)
        except CharthouseError:
            continue


KEYS = st.sampled_from(
    ["mediaType", "dsseEnvelope", "messageSignature", "payload", "signatures", "sig", "signature", "base64Signature"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
@example(
    {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {"payload": "", "signatures": [3]}}
)
def test_bundles(value: object) -> None:
    import json

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from charthouse.provenance.cosign import CosignKey

    key = CosignKey(Ed25519PublicKey.from_public_bytes(bytes(32)), "")
    if type(value) is dict:
        value.setdefault("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json")
    try:
        check_bundle(key, json.dumps(value).encode(), Subject(("00",), b"x"))
    except CharthouseError:
        return
    raise AssertionError(value)
