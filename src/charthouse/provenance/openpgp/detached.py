"""Whose signature over a text it is, and whether that key may be trusted with it today.

Rules: go-crypto 1.4.1 ``openpgp/read.go`` (``CheckDetachedSignature``, ``checkMessageSignatureDetails``),
``canonical_text.go``.
"""

from __future__ import annotations

from charthouse.provenance.errors import InvalidSignatureError, OpenPGPError, StructuralError, UnsupportedError
from charthouse.provenance.openpgp.checking import check
from charthouse.provenance.openpgp.entity import revoked
from charthouse.provenance.openpgp.packets import PacketReader
from charthouse.provenance.openpgp.signature import BINARY, TEXT, Signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.provenance.openpgp.entity import Entity, Usable
    from charthouse.provenance.openpgp.octets import Source

__all__ = ["check_detached"]


def check_detached(keyring: Sequence[Entity], text: bytes, signature: Source | bytes, now: int) -> Entity:
    """The key of `keyring` that signed `text`. now: seconds since 1970.

    signature: packets; those of keys that are not in the keyring are left out. Raises OpenPGPError.
    """
    found, keys = _known(keyring, signature)
    if found.kind == TEXT:
        text = _canonical(text)
    elif found.kind != BINARY:
        raise UnsupportedError(f"unsupported signature type: {found.kind}")
    problem: OpenPGPError | None = None
    for usable in keys:
        try:
            check(usable.key, found, text)
        except OpenPGPError as error:
            problem = error
            text += found.hashed  # Go goes on hashing where it stood, so that a second key with the same id never fits
            continue
        _check_standing(usable, found, now)
        return usable.entity
    assert problem is not None
    raise problem


def _known(keyring: Sequence[Entity], signature: Source | bytes) -> tuple[Signature, list[Usable]]:
    """The first signature of a key that is in the keyring and may sign, with the keys of its id."""
    packets = PacketReader(signature)
    while (packet := packets.next()) is not None:
        if not isinstance(packet, Signature):
            raise StructuralError("non signature packet found")
        issuer = packet.claims.issuer
        if issuer < 0:
            raise StructuralError("signature doesn't have an issuer")
        keys = [usable for entity in keyring for usable in entity.signing_keys(issuer)]
        if keys:
            return packet, keys
    raise OpenPGPError("openpgp: signature made by unknown entity")


def _canonical(text: bytes) -> bytes:
    """With line ends of two octets (RFC 4880 §5.2.1): a line feed of its own gets a carriage return before it."""
    out = []
    after_return = False
    for line in text.split(b"\n"):
        out.append(line)
        returns = len(line) - len(line.rstrip(b"\r"))
        after_return = returns % 2 == 1
        out.append(b"\n" if after_return else b"\r\n")
    out.pop()
    return b"".join(out)


def _check_standing(usable: Usable, signature: Signature, now: int) -> None:
    """Raises OpenPGPError for a key that was taken back or is over, and for a signature that is over."""
    entity = usable.entity
    own, identity = entity.primary_signature()
    if own is None:
        raise OpenPGPError("the key says nothing of itself any more", hint="its main name was taken back")
    concerned = [signature, own]
    of_subkey = usable.key is not entity.key
    if of_subkey:
        concerned.append(usable.own)
        if usable.own.claims.embedded is not None:
            concerned.append(usable.own.claims.embedded)
    for one in concerned:
        if one.claims.critical:
            name = one.claims.critical[0].decode("utf-8", "surrogateescape")
            raise InvalidSignatureError(f"unknown critical notation: {name}")
    if (
        revoked(entity.revocations, now)
        or (of_subkey and revoked(usable.revocations, now))
        or (identity is not None and revoked(identity.revocations, now))
    ):
        raise OpenPGPError("openpgp: signature made by revoked key")
    if entity.key.expired(own.claims.key_lifetime, now) or (
        of_subkey and usable.key.expired(usable.own.claims.key_lifetime, now)
    ):
        raise OpenPGPError("openpgp: key expired")
    if any(one.claims.expired(now) for one in concerned):
        raise OpenPGPError("openpgp: signature expired")
