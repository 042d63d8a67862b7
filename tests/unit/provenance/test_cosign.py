"""cosign's signatures: payloads, bundles and envelopes by keys of every kind, and what does not hold."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from charthouse.provenance import NotVerified, ProvenanceError
from charthouse.provenance.cosign import CosignKey, Subject, check_bundle, check_payload, load_key

DIGEST = "sha256:" + hashlib.sha256(b"manifest").hexdigest()
ARCHIVE = b"archive"
SUBJECT = Subject((DIGEST.removeprefix("sha256:"), hashlib.sha256(ARCHIVE).hexdigest()), ARCHIVE)
KEYS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "p256": (ec.generate_private_key(ec.SECP256R1()), (ec.ECDSA(hashes.SHA256()),)),
    "p384": (ec.generate_private_key(ec.SECP384R1()), (ec.ECDSA(hashes.SHA384()),)),
    "p384 by sha256": (ec.generate_private_key(ec.SECP384R1()), (ec.ECDSA(hashes.SHA256()),)),
    "rsa": (rsa.generate_private_key(65537, 2048), (padding.PKCS1v15(), hashes.SHA256())),
    "ed25519": (ed25519.Ed25519PrivateKey.generate(), ()),
}


def sign(name: str, data: bytes) -> str:
    key, arguments = KEYS[name]
    return base64.b64encode(key.sign(data, *arguments)).decode()


def public(tmp_path: Path, name: str = "p256") -> CosignKey:
    path = tmp_path / "cosign.pub"
    path.write_bytes(KEYS[name][0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return load_key(str(path))


def payload(digest: str = DIGEST, kind: str = "cosign container image signature") -> bytes:
    critical = {"identity": {"docker-reference": "h/web"}, "image": {"docker-manifest-digest": digest}, "type": kind}
    return json.dumps({"critical": critical, "optional": None}).encode()


@pytest.mark.parametrize("name", KEYS)
def test_payloads(tmp_path: Path, name: str) -> None:
    check_payload(public(tmp_path, name), payload(), sign(name, payload()), DIGEST)


PAYLOADS = [
    (payload(), sign("ed25519", payload()), "the signature is not one of this key"),
    (payload(), sign("p256", payload()) + "!", "the signature is no base64"),
    (payload("sha256:00"), sign("p256", payload("sha256:00")), f"the signature is for sha256:00, not for {DIGEST}"),
    (payload(kind="x"), sign("p256", payload(kind="x")), "what was signed is no image signature of cosign"),
    (b"{", sign("p256", b"{"), "the signed payload is no JSON:"),
    (b"[]", sign("p256", b"[]"), "the signed payload is no JSON object"),
    (b'{"critical": 1}', sign("p256", b'{"critical": 1}'), "what was signed is no image signature of cosign"),
]


@pytest.mark.parametrize(("data", "signature", "text"), PAYLOADS)
def test_payloads_that_do_not_hold(tmp_path: Path, data: bytes, signature: str, text: str) -> None:
    with pytest.raises(ProvenanceError) as caught:
        check_payload(public(tmp_path), data, signature, DIGEST)
    assert str(caught.value).partition(" Expecting")[0] == text


def message(data: bytes = ARCHIVE, by: str = "p256", digest: bytes = ARCHIVE) -> dict[str, Any]:
    sum_ = base64.b64encode(hashlib.sha256(digest).digest()).decode()
    made = {"messageDigest": {"algorithm": "SHA2_256", "digest": sum_}, "signature": sign(by, data)}
    return {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "messageSignature": made}


def envelope(digest: str, by: str = "p256", kind: str = "application/vnd.in-toto+json") -> dict[str, Any]:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "x", "digest": {"sha256": digest}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
    }
    body = json.dumps(statement).encode()
    encoded = f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body
    made = {"payload": base64.b64encode(body).decode(), "payloadType": kind, "signatures": [{"sig": sign(by, encoded)}]}
    return {"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.2", "dsseEnvelope": made}


BUNDLES = [
    (message(), ""),
    ({"base64Signature": sign("p256", ARCHIVE), "rekorBundle": None}, ""),
    (envelope(SUBJECT.digests[0]), ""),
    (envelope(SUBJECT.digests[1]), ""),
    (message(by="ed25519"), "the signature is not one of this key over this archive"),
    (message(data=b"other"), "the signature is not one of this key over this archive"),
    (message(digest=b"other"), "the bundle is for something else"),
    ({"base64Signature": sign("ed25519", ARCHIVE)}, "the signature is not one of this key over this archive"),
    (envelope("00"), "the statement is for 00, not for this chart"),
    (envelope(SUBJECT.digests[0], by="rsa"), "the signature is not one of this key"),
    (envelope(SUBJECT.digests[0], kind="text/plain"), "what was signed is no statement but text/plain"),
    ({"mediaType": "x"}, "this is no Sigstore bundle"),
    ({}, "this is no Sigstore bundle"),
    ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}, "the bundle holds no signature"),
    ({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {"signatures": 1}},
     "the statement is no base64"),
]  # fmt: skip


@pytest.mark.parametrize(("bundle", "text"), BUNDLES)
def test_bundles(tmp_path: Path, bundle: dict[str, Any], text: str) -> None:
    key = public(tmp_path)
    if not text:
        check_bundle(key, json.dumps(bundle).encode(), SUBJECT)
        return
    with pytest.raises(ProvenanceError) as caught:
        check_bundle(key, json.dumps(bundle).encode(), SUBJECT)
    assert str(caught.value) == text


def test_keys(tmp_path: Path) -> None:
    key = public(tmp_path)
    assert len(key.fingerprint) == 64
    assert not key.signed(b"", b"")
    (tmp_path / "text").write_text("no key\n")
    with pytest.raises(ProvenanceError) as caught:
        load_key(str(tmp_path / "text"))
    assert str(caught.value) == f"{tmp_path}/text is no public key in PEM form"
    with pytest.raises(ProvenanceError) as caught:
        load_key(str(tmp_path / "none"))
    assert str(caught.value) == f"open {tmp_path}/none: no such file or directory"


def test_bounds(tmp_path: Path) -> None:
    key = public(tmp_path)
    with pytest.raises(ProvenanceError, match="the bundle is larger than 4 MiB"):
        check_bundle(key, b" " * (5 << 20), SUBJECT)
    with pytest.raises(ProvenanceError, match="the bundle is no JSON"):
        check_bundle(key, b"[" * 100_000, SUBJECT)
    many = envelope(SUBJECT.digests[0])
    many["dsseEnvelope"]["signatures"] = [{"sig": ""}] * 64 + many["dsseEnvelope"]["signatures"]
    with pytest.raises(NotVerified):
        check_bundle(key, json.dumps(many).encode(), SUBJECT)
