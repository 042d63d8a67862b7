"""Elliptic curves by their object identifiers, and points on them.

Rules: go-crypto 1.4.1 ``openpgp/internal/ecc`` (RFC 6637 §11, RFC 9580 §9.2).
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["Curve", "find", "weierstrass"]


class Curve(Record):
    """kind: "ecdsa" (ECDSA and ECDH), "eddsa" or "ecdh". size: of a coordinate or key in octets. name: what
    ``cryptography`` calls it; shown: what errors call it."""

    kind: str
    name: str
    size: int
    shown: str = ""


_CURVES = {
    "2a8648ce3d030107": Curve("ecdsa", "SECP256R1", 32, "P-256"),
    "2b81040022": Curve("ecdsa", "SECP384R1", 48, "P-384"),
    "2b81040023": Curve("ecdsa", "SECP521R1", 66, "P-521"),
    "2b8104000a": Curve("ecdsa", "SECP256K1", 32, "secp256k1"),
    "2b060104019755010501": Curve("ecdh", "X25519", 32),
    "2b656f": Curve("ecdh", "X448", 56),
    "2b06010401da470f01": Curve("eddsa", "Ed25519", 32),
    "2b6571": Curve("eddsa", "Ed448", 57),
    "2b2403030208010107": Curve("ecdsa", "BrainpoolP256R1", 32, "brainpoolP256r1"),
    "2b240303020801010b": Curve("ecdsa", "BrainpoolP384R1", 48, "brainpoolP384r1"),
    "2b240303020801010d": Curve("ecdsa", "BrainpoolP512R1", 64, "brainpoolP512r1"),
}


def find(identifier: bytes) -> Curve | None:
    """The curve with this object identifier."""
    return _CURVES.get(identifier.hex())


def weierstrass(curve: Curve, point: bytes) -> ec.EllipticCurvePublicKey | None:
    """The public key at an uncompressed point, None when it is none of the curve's."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(point) != 1 + 2 * curve.size or point[0] != 4:
        return None
    kind: ec.EllipticCurve = getattr(ec, curve.name)()
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(kind, point)
    except ValueError:
        return None
