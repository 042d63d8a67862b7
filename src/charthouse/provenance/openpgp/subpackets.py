"""What a signature claims: when it was made, by whom, until when it holds, what its key is for.

Rules: go-crypto 1.4.1 ``openpgp/packet/signature.go`` (``parseSignatureSubpacket``); RFC 4880 §5.2.3.1. Only claims
that decide something are kept, the others are checked for their form. Differs: signatures in signatures in signatures
are refused, and an empty claim of being exportable.
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, StructuralError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.provenance.openpgp.signature import Signature

__all__ = ["COMPROMISED", "SIGN", "Claims", "encode_claim", "read_claims"]

SIGN = 0x02
"""The key flag: may sign data."""
COMPROMISED = 2
"""The reason for a revocation that reaches into the past."""
_UNHASHED = frozenset({16, 32, 33})
_FOUR_OCTETS = {
    2: "signature creation time not four bytes",
    3: "expiration subpacket with bad length",
    9: "key expiration subpacket with bad length",
}
_KNOWN = frozenset({2, 3, 4, 5, 6, 9, 11, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 35, 39})


class Claims:
    """made: seconds since 1970, -1 = not said. lifetime, key_lifetime: in seconds from then, or from the key's making;
    0 = endless. issuer: a key id, -1 = not said. flags: what the key is for, None = not said. primary: its name is the
    main one. reason: of a revocation, -1 = none given. critical: names of notations that must be understood. embedded:
    a signature in it."""

    __slots__ = (
        "critical", "embedded", "fingerprint", "flags", "issuer", "key_lifetime", "lifetime", "made", "primary",
        "reason",
    )  # fmt: skip

    def __init__(self) -> None:
        self.made = -1
        self.lifetime = 0
        self.key_lifetime = 0
        self.issuer = -1
        self.fingerprint = b""
        self.flags: int | None = None
        self.primary = False
        self.reason = -1
        self.critical: tuple[bytes, ...] = ()
        self.embedded: Signature | None = None

    def expired(self, now: int) -> bool:
        """Whether the signature is over, or made later than `now` (seconds since 1970)."""
        return self.made > now or (self.lifetime != 0 and now > self.made + self.lifetime)


def read_claims(
    claims: Claims, data: bytes, embedded: Callable[[bytes], Signature], *, hashed: bool, version: int, deep: bool
) -> None:
    """Add what an area of subpackets says to `claims`.

    embedded: reads a signature in a signature. hashed: the area is signed; of another, only who made it counts. deep:
    this is inside a signature already. Raises OpenPGPError.
    """
    while data:
        kind, critical, body, data = _next(data)
        if not hashed and kind not in _UNHASHED:
            continue
        if kind == 32:
            if claims.embedded is not None:
                raise StructuralError("Cannot have multiple embedded signatures")
            if deep:
                raise OpenPGPError("signatures in signatures are nested too deep")
            claims.embedded = embedded(body)
        elif kind in _KNOWN:
            _read(claims, kind, body, critical=critical, hashed=hashed, version=version)
        elif critical:
            raise UnsupportedError(f"unknown critical signature subpacket type {kind}")
    if claims.made < 0:
        raise StructuralError("no creation time in signature")


def _next(data: bytes) -> tuple[int, bool, bytes, bytes]:
    """The first subpacket: its type, whether it is critical, its body; and what follows it."""
    first = data[0]
    if first < 192:
        start, length = 1, first
    elif first < 255:
        start, length = 2, ((first - 192) << 8) + (data[1] if len(data) > 1 else 0) + 192
    else:
        start, length = 5, int.from_bytes(data[1:5], "big")
    if start > len(data) or length > len(data) - start:
        raise StructuralError("signature subpacket truncated")
    if not length:
        raise StructuralError("zero length signature subpacket")
    kind = data[start]
    end = start + length
    return kind & 0x7F, kind >= 0x80, data[start + 1 : end], data[end:]


def _read(claims: Claims, kind: int, body: bytes, *, critical: bool, hashed: bool, version: int) -> None:
    if kind in _FOUR_OCTETS:
        if len(body) != 4:
            raise StructuralError(_FOUR_OCTETS[kind])
        value = int.from_bytes(body, "big")
        if kind == 2:
            claims.made = value
        elif kind == 3:
            claims.lifetime = value
        else:
            claims.key_lifetime = value
    elif kind == 16:
        if version > 4 and hashed:
            raise StructuralError("issuer subpacket found in v6 key")
        if len(body) != 8:
            raise StructuralError("issuer subpacket with bad length")
        if version <= 4:
            claims.issuer = int.from_bytes(body, "big")
    elif kind == 20:
        _notation(claims, body, critical=critical)
    elif kind == 25:
        if len(body) != 1:
            raise StructuralError("primary user id subpacket with bad length")
        claims.primary = body[0] > 0
    elif kind == 27:
        claims.flags = (claims.flags or 0) | (body[0] if body else 0)
    elif kind == 29:
        if not body:
            raise StructuralError("empty revocation reason subpacket")
        claims.reason = body[0]
    elif kind == 33:
        _fingerprint(claims, body)
    else:
        _check_form(kind, body)


def _notation(claims: Claims, body: bytes, *, critical: bool) -> None:
    name_size, value_size = int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big")
    if len(body) < 8 or len(body) != 8 + name_size + value_size:
        raise StructuralError("notation data subpacket with bad length")
    if critical:
        claims.critical += (body[8 : 8 + name_size],)


def _fingerprint(claims: Claims, body: bytes) -> None:
    if not body:
        raise StructuralError("empty issuer fingerprint subpacket")
    if len(body) - 1 != (32 if body[0] >= 5 else 20):
        raise StructuralError("bad fingerprint length")
    claims.fingerprint = body[1:]
    claims.issuer = int.from_bytes(body[1:9] if body[0] >= 5 else body[13:21], "big")


def _check_form(kind: int, body: bytes) -> None:
    """Claims that decide nothing here, but must be well formed."""
    if kind == 4 and (not body or not body[0]):
        raise UnsupportedError("signature with non-exportable certification")
    if kind == 5 and len(body) != 2:
        raise StructuralError("trust subpacket with bad length")
    if kind == 6:
        if not body:
            raise StructuralError("regexp subpacket with bad length")
        if body[-1]:
            raise StructuralError("expected regular expression to be null-terminated")
    if kind == 35:
        if not body:
            raise StructuralError("invalid intended recipient fingerpring length")
        if len(body) - 1 != (32 if body[0] >= 5 else 20):
            raise StructuralError("invalid fingerprint length")
    if kind == 39 and len(body) % 2:
        raise StructuralError("invalid aead cipher suite length")


def encode_claim(kind: int, body: bytes, *, critical: bool = False) -> bytes:
    """A subpacket with its length (``serializeSubpackets``)."""
    size = len(body) + 1
    if size < 192:
        head = bytes([size])
    elif size < 16320:
        head = bytes([((size - 192) >> 8) + 192, (size - 192) & 0xFF])
    else:
        head = b"\xff" + size.to_bytes(4, "big")
    return head + bytes([kind | (0x80 if critical else 0)]) + body
