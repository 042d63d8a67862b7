"""Keys with their names and subkeys, as a keyring holds them one behind the other.

What a key says of itself is believed only when it signed it. Rules: go-crypto 1.4.1 ``openpgp/keys.go``
(``ReadKeyRing``, ``ReadEntity``, ``addUserID``, ``addSubkey``, ``PrimaryIdentity``, ``KeysByIdUsage``). Names are kept
in the keyring's order, where Go's come in any.
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, StructuralError, UnsupportedError
from charthouse.provenance.openpgp import signature as kinds
from charthouse.provenance.openpgp.checking import check_name, check_own, check_subkey
from charthouse.provenance.openpgp.packets import Name, PacketReader
from charthouse.provenance.openpgp.public import SIGNING, PublicKey
from charthouse.provenance.openpgp.secret import SecretKey
from charthouse.provenance.openpgp.signature import Signature
from charthouse.provenance.openpgp.subpackets import COMPROMISED, SIGN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from charthouse.provenance.openpgp.octets import Source

__all__ = ["Entity", "Identity", "Subkey", "Usable", "read_keyring", "revoked"]


class Identity:
    """A name of a key. own: what the key says under that name, the newest."""

    __slots__ = ("name", "own", "revocations")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.own: Signature | None = None
        self.revocations: list[Signature] = []


class Subkey:
    """own: the primary key's word that it belongs to it, the newest."""

    __slots__ = ("key", "own", "revocations", "secret")

    def __init__(self, key: PublicKey, secret: SecretKey | None, own: Signature, revocations: list[Signature]) -> None:
        self.key = key
        self.secret = secret
        self.own = own
        self.revocations = revocations


class Usable:
    """A key found by its id: whose, what was said of it, and whether it was taken back."""

    __slots__ = ("entity", "key", "own", "revocations")

    def __init__(self, entity: Entity, key: PublicKey, own: Signature, revocations: list[Signature]) -> None:
        self.entity = entity
        self.key = key
        self.own = own
        self.revocations = revocations


class Entity:
    """A primary key, its names by themselves, its subkeys. own: what a key of version 6 says of itself."""

    __slots__ = ("identities", "key", "own", "revocations", "secret", "subkeys")

    def __init__(self, key: PublicKey, secret: SecretKey | None) -> None:
        self.key = key
        self.secret = secret
        self.identities: dict[bytes, Identity] = {}
        self.subkeys: list[Subkey] = []
        self.revocations: list[Signature] = []
        self.own: Signature | None = None

    def primary_identity(self) -> Identity | None:
        """The main name: not taken back rather than taken back, said to be the main one, then the newest."""
        found: Identity | None = None
        for identity in self.identities.values():
            if found is None or _preferred(found, identity):
                found = identity
        return found

    def primary_signature(self) -> tuple[Signature | None, Identity | None]:
        """What holds for the whole key, and under which name it was said."""
        if self.key.version == 6:
            return self.own, None
        identity = self.primary_identity()
        return (identity.own, identity) if identity else (None, None)

    def signing_keys(self, key_id: int) -> list[Usable]:
        """Those of its keys with this id that may sign."""
        found = []
        if self.key.key_id == key_id:
            own, _ = self.primary_signature()
            if own is not None:
                found.append(Usable(self, self.key, own, self.revocations))
        found += [Usable(self, s.key, s.own, s.revocations) for s in self.subkeys if s.key.key_id == key_id]
        return [usable for usable in found if (usable.own.claims.flags or 0) & SIGN]


def _preferred(found: Identity, other: Identity) -> bool:
    """Whether `other` is rather the main name (``shouldPreferIdentity``)."""
    if len(found.revocations) != len(other.revocations):
        return len(found.revocations) > len(other.revocations)
    if found.own is None or other.own is None:
        return found.own is None
    if found.own.claims.primary != other.own.claims.primary:
        return other.own.claims.primary
    return other.own.claims.made > found.own.claims.made


def revoked(revocations: Iterable[Signature], now: int) -> bool:
    """Whether one of them holds at `now` (seconds since 1970)."""
    return any(r.claims.reason == COMPROMISED or not r.claims.expired(now) for r in revocations)


def read_keyring(source: Source | bytes) -> list[Entity]:
    """All keys of a keyring; broken and unknown ones are left out as long as one is left.

    Raises OpenPGPError.
    """
    packets = PacketReader(source)
    found: list[Entity] = []
    left_out: OpenPGPError | None = None
    while True:
        try:
            entity = _read_entity(packets)
        except (UnsupportedError, StructuralError) as error:
            left_out = error
            if not _skip_to_key(packets):
                break
            continue
        if entity is None:
            break
        found.append(entity)
    if not found and left_out is not None:
        raise left_out
    return found


def _skip_to_key(packets: PacketReader) -> bool:
    """Go to the next public primary key (a secret one is not stopped at, as in Go); whether there is one."""
    while True:
        try:
            packet = packets.next()
        except UnsupportedError:
            continue
        if packet is None:
            return False
        if isinstance(packet, PublicKey) and not packet.is_subkey:
            packets.unread(packet)
            return True


def _read_entity(packets: PacketReader) -> Entity | None:
    """The next key with all that belongs to it, None at the end. Raises OpenPGPError."""
    packet = packets.next()
    if packet is None:
        return None
    if isinstance(packet, SecretKey):
        entity = Entity(packet.public, packet)
    elif isinstance(packet, PublicKey):
        entity = Entity(packet, None)
    else:
        packets.unread(packet)
        raise StructuralError("first packet was not a public/private key")
    if entity.key.algorithm not in SIGNING:
        raise StructuralError("primary key cannot be used for signatures")
    revocations, own = _read_parts(entity, packets)
    if not entity.identities and entity.key.version < 6:
        raise StructuralError(f"v{entity.key.version} entity without any identities")
    if entity.key.version == 6:
        entity.own = _own_of_six(entity.key, own)
    for revocation in revocations:
        try:
            check_own(entity.key, revocation)
        except OpenPGPError:
            raise StructuralError("revocation signature signed by alternate key") from None
        entity.revocations.append(revocation)
    return entity


def _read_parts(entity: Entity, packets: PacketReader) -> tuple[list[Signature], list[Signature]]:
    """Names and subkeys into `entity`; revocations of it and what it says of itself, unchecked."""
    revocations: list[Signature] = []
    own: list[Signature] = []
    while (packet := packets.next()) is not None:
        if isinstance(packet, Name):
            _add_name(entity, packets, packet.text)
        elif isinstance(packet, Signature):
            if packet.kind == kinds.KEY_REVOCATION:
                revocations.append(packet)
            elif packet.kind == kinds.DIRECT:
                own.append(packet)
        elif isinstance(packet, PublicKey | SecretKey):
            key = packet.public if isinstance(packet, SecretKey) else packet
            if not key.is_subkey:
                packets.unread(packet)
                break
            _add_subkey(entity, packets, key, packet if isinstance(packet, SecretKey) else None)
    return revocations, own


def _own_of_six(key: PublicKey, signatures: list[Signature]) -> Signature:
    if not signatures:
        raise StructuralError("v6 entity without a valid direct-key signature")
    found: Signature | None = None
    for signature in signatures:
        if signature.is_by(key) and (found is None or signature.claims.made > found.claims.made):
            found = signature
    if found is None:
        raise StructuralError("no valid direct-key self-signature for v6 primary key found")
    try:
        check_own(key, found)
    except OpenPGPError:
        raise StructuralError("invalid direct-key self-signature for v6 primary key") from None
    return found


def _add_name(entity: Entity, packets: PacketReader, name: bytes) -> None:
    identity = Identity(name)
    while (packet := packets.next()) is not None:
        if not isinstance(packet, Signature):
            packets.unread(packet)
            return
        if packet.kind not in kinds.CERTIFICATIONS and packet.kind != kinds.CERTIFICATION_REVOCATION:
            raise StructuralError("user ID signature with wrong type")
        if not packet.is_by(entity.key):
            continue  # what others say of the name
        try:
            check_name(entity.key, name, packet)
        except OpenPGPError as error:
            raise StructuralError(f"user ID self-signature invalid: {error}") from None
        if packet.kind == kinds.CERTIFICATION_REVOCATION:
            identity.revocations.append(packet)
        elif identity.own is None or packet.claims.made > identity.own.claims.made:
            identity.own = packet
        entity.identities[name] = identity


def _add_subkey(entity: Entity, packets: PacketReader, key: PublicKey, secret: SecretKey | None) -> None:
    own: Signature | None = None
    revocations: list[Signature] = []
    while (packet := _next_of_subkey(packets)) is not None:
        if not isinstance(packet, Signature):
            packets.unread(packet)
            break
        if packet.kind not in (kinds.SUBKEY_BINDING, kinds.SUBKEY_REVOCATION):
            raise StructuralError("subkey signature with wrong type")
        try:
            check_subkey(entity.key, key, packet)
        except OpenPGPError as error:
            raise StructuralError(f"subkey signature invalid: {error}") from None
        if packet.kind == kinds.SUBKEY_REVOCATION:
            revocations.append(packet)
        elif own is None or packet.claims.made > own.claims.made:
            own = packet
    if own is None:
        raise StructuralError("subkey packet not followed by signature")
    entity.subkeys.append(Subkey(key, secret, own, revocations))


def _next_of_subkey(packets: PacketReader) -> object | None:
    try:
        return packets.next()
    except OpenPGPError as error:
        raise StructuralError(f"subkey signature invalid: {error}") from None
