"""Signatures as cosign makes them with a key: over a registry's manifest, or in a bundle beside an archive.

Ours: Helm knows none of it. Rules: sigstore/cosign ``specs/SIGNATURE_SPEC.md`` (the payload that names a manifest's
digest) and ``BUNDLE_SPEC.md``, the Sigstore bundle format 0.1 to 0.3, the DSSE envelope 1.0 with in-toto statements,
and the bundles of ``cosign sign-blob`` before version 3. The key is what is trusted, so transparency logs are not
looked at and certificates are not read (`keyless` does both). The arithmetic is ``cryptography``'s.
"""

from __future__ import annotations

from charthouse.provenance.errors import NotVerified, ProvenanceError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["BUNDLE", "PAYLOAD", "CosignKey", "Subject", "check_bundle", "check_payload", "check_statement", "load_key"]

PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
"""Media type of a payload."""
BUNDLE = "application/vnd.dev.sigstore.bundle"
"""What media types of bundles begin with."""
_KIND = "cosign container image signature"
_STATEMENT = "application/vnd.in-toto+json"
_MOST = 4 << 20
_MOST_SIGNATURES = 64


class CosignKey(Record):
    """A public key. key: ``cryptography``'s; fingerprint: sha256 of its DER form, hex."""

    key: Any
    fingerprint: str

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `data`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

        found: list[tuple[Any, ...]] = [(hashes.SHA256(),)]
        if isinstance(self.key, ec.EllipticCurvePublicKey):
            wide = {384: hashes.SHA384(), 521: hashes.SHA512()}.get(self.key.curve.key_size)
            found = [(ec.ECDSA(kind),) for kind in (hashes.SHA256(), wide) if kind is not None]
        elif isinstance(self.key, rsa.RSAPublicKey):
            found = [(padding.PKCS1v15(), hashes.SHA256())]
        elif isinstance(self.key, ed25519.Ed25519PublicKey):
            found = [()]
        for arguments in found:
            try:
                self.key.verify(signature, data, *arguments)
            except InvalidSignature:
                continue
            return True
        return False


class Subject(Record):
    """What a signature may be over. digests: its sha256 sums, hex; data: its octets, where they are at hand."""

    digests: tuple[str, ...]
    data: bytes = b""


def load_key(path: str) -> CosignKey:
    """The public key in a PEM file (ECDSA, RSA or Ed25519). Raises ProvenanceError."""
    import hashlib

    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    from charthouse.provenance.keyring import read_bounded

    data = read_bounded(path, 1 << 20, "public key")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise ProvenanceError(
            f"{path} is no public key in PEM form",
            hint="`cosign public-key --key cosign.key` prints the one of a key pair",
        ) from None
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise ProvenanceError(f"{path} is a key of a kind cosign does not sign with")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CosignKey(key, hashlib.sha256(der).hexdigest())


def _json(data: bytes | str, what: str) -> dict[str, Any]:
    import json

    if len(data) > _MOST:
        raise ProvenanceError(f"{what} is larger than {_MOST >> 20} MiB")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProvenanceError(f"{what} is no JSON: {error}") from None
    if type(found) is not dict:
        raise ProvenanceError(f"{what} is no JSON object")
    return found


def _octets(value: object, what: str) -> bytes:
    import base64

    try:
        return base64.b64decode(value if type(value) is str else "!", validate=True)
    except ValueError:
        raise ProvenanceError(f"{what} is no base64") from None


def _under(value: object, *names: str) -> Any:
    """What stands below these names, None where one is missing."""
    for name in names:
        value = value.get(name) if type(value) is dict else None
    return value


def check_payload(key: CosignKey, payload: bytes, signature: str, digest: str) -> None:
    """Check a signature out of a registry. signature: base64; digest: the manifest's, "sha256:…".

    Raises NotVerified when it is another key's or says something else, ProvenanceError when it cannot be read.
    """
    if not key.signed(payload, _octets(signature, "the signature")):
        raise NotVerified("the signature is not one of this key")
    critical = _json(payload, "the signed payload").get("critical")
    if _under(critical, "type") != _KIND:
        raise NotVerified("what was signed is no image signature of cosign")
    named = _under(critical, "image", "docker-manifest-digest")
    if named != digest:
        raise NotVerified(f"the signature is for {named}, not for {digest}")


def check_bundle(key: CosignKey, bundle: bytes, subject: Subject) -> None:
    """Check a bundle. Raises as `check_payload`."""
    found = _json(bundle, "the bundle")
    if "base64Signature" in found:
        _check_data(key, _octets(found["base64Signature"], "the bundle's signature"), subject)
        return
    kind = found.get("mediaType")
    if type(kind) is not str or not kind.startswith(BUNDLE):
        raise ProvenanceError("this is no Sigstore bundle", hint=f"its mediaType is {kind!r}")
    if type(envelope := found.get("dsseEnvelope")) is dict:
        _check_envelope(key, envelope, subject)
        return
    digest = _under(found, "messageSignature", "messageDigest", "digest")
    if digest is not None and _octets(digest, "the bundle's digest").hex() not in subject.digests:
        raise NotVerified("the bundle is for something else")
    signature = _under(found, "messageSignature", "signature")
    if signature is None:
        raise ProvenanceError("the bundle holds no signature")
    _check_data(key, _octets(signature, "the bundle's signature"), subject)


def _check_data(key: CosignKey, signature: bytes, subject: Subject) -> None:
    if not key.signed(subject.data, signature):
        raise NotVerified("the signature is not one of this key over this archive")


def _check_envelope(key: CosignKey, envelope: dict[str, Any], subject: Subject) -> None:
    """A signed statement about digests (DSSE)."""
    payload, kind = _octets(envelope.get("payload"), "the statement"), str(envelope.get("payloadType"))
    encoded = b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)
    made = envelope.get("signatures")
    signatures: Sequence[Any] = made[:_MOST_SIGNATURES] if type(made) is list else ()
    if not any(key.signed(encoded, _octets(_under(one, "sig"), "the statement's signature")) for one in signatures):
        raise NotVerified("the signature is not one of this key")
    check_statement(payload, kind, subject)


def check_statement(payload: bytes, kind: str, subject: Subject) -> None:
    """Whether a statement whose signature holds is one about `subject`. kind: its media type. Raises NotVerified."""
    if kind != _STATEMENT:
        raise NotVerified(f"what was signed is no statement but {kind}")
    subjects = _json(payload, "the statement").get("subject")
    named = [_under(one, "digest", "sha256") for one in (subjects if type(subjects) is list else ())]
    if not any(digest in subject.digests for digest in named):
        raise NotVerified(
            f"the statement is for {', '.join(str(n) for n in named[:3]) or 'nothing'}, not for this chart"
        )
