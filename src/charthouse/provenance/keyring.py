"""Keyrings: files of keys in the forms GnuPG writes, and the key meant by a part of its name.

Rules: Helm 4.3.1 ``pkg/provenance/sign.go`` (``loadKeyRing``, ``NewFromKeyring``, ``DecryptKey``). Differs: a file of
more than 64 MiB is no keyring, and the name a passphrase is asked for is the first in the keyring's order.
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, ProvenanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from charthouse.provenance.openpgp.entity import Entity

__all__ = ["Keyring", "find_key", "load_keyring", "names", "parse_keyring", "read_bounded", "unlock"]

_MOST = 64 << 20
_PART = 1 << 24
_BLOCKS = ("PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK")


def read_bounded(path: str, most: int, what: str) -> bytes:
    """A file's octets. most: how many it may have. Raises ProvenanceError, with Go's text when it cannot be read."""
    from charthouse.charts.oserror import reading_text

    try:
        data = b""
        with open(path, "rb") as stream:
            while len(data) <= most and (part := stream.read(_PART)):
                data += part
    except OSError as error:
        raise ProvenanceError(reading_text(path, error)) from None
    if len(data) > most:
        raise ProvenanceError(f"{path} is larger than {most >> 20} MiB", hint=f"this is no {what}")
    return data


class Keyring(list["Entity"]):
    """Keys in the file's order. unread: armoured blocks of the file that Helm passes over (and so do we): what it has
    read ahead of a block's end, up to 100 octets, is lost to it, and with the head of the next block all of that."""

    __slots__ = ("unread",)

    def __init__(self, keys: Iterable[Entity] = (), unread: int = 0) -> None:
        super().__init__(keys)
        self.unread = unread


def load_keyring(path: str) -> Keyring:
    """The keys in a file: old GnuPG keyrings, keyboxes, exports, armoured or not. Raises ProvenanceError."""
    try:
        data = read_bounded(path, _MOST, "keyring")
    except ProvenanceError as error:
        raise ProvenanceError(error.message, hint=error.hint or _export_hint(path)) from None
    return parse_keyring(data, path)


def _export_hint(path: str) -> str:
    return f"`gpg --export >{path}` writes the public keys gpg knows, --export-secret-keys those it signs with"


def parse_keyring(data: bytes, path: str = "keyring") -> Keyring:
    """As `load_keyring`, of a file's octets. path: for errors."""
    from charthouse.provenance import keybox
    from charthouse.provenance.openpgp.entity import read_keyring

    if keybox.is_keybox(data):
        try:
            keys = keybox.public_keys(data)
        except ProvenanceError as error:
            raise ProvenanceError(f"reading keybox {path}: {error}") from None
        return Keyring(read_keyring(keys))
    if data.strip().startswith(b"-----BEGIN PGP"):
        try:
            return _armored(data)
        except ProvenanceError as error:
            raise ProvenanceError(f"reading armored keyring {path}: {error}", hint=error.hint) from None
    return Keyring(read_keyring(data))


def _armored(data: bytes) -> Keyring:
    """The blocks of keys, one behind the other, as far as Helm finds them."""
    from charthouse.golang.strconv import quote
    from charthouse.provenance import armor
    from charthouse.provenance.openpgp.entity import read_keyring

    found: list[Entity] = []
    position = blocks = 0
    while (block := armor.decode(armor.Lines(data, position))) is not None:
        if block.kind not in _BLOCKS:
            raise ProvenanceError(f"expected a public or private key block, got {quote(block.kind)}")
        found += read_keyring(block.body)
        blocks += 1
        position = block.lines.taken
    if not found:
        raise ProvenanceError("no keys found")
    return Keyring(found, data.count(b"-----BEGIN PGP ") - blocks)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def names(entity: Entity) -> tuple[str, ...]:
    """Whose key it is: the names it gives itself."""
    return tuple(_text(name) for name in entity.identities)


def find_key(keyring: Sequence[Entity], wanted: str) -> Entity | None:
    """The key with exactly this name, else the only one with it in a name; None when there is none.

    Raises ProvenanceError when several names hold it.
    """
    from charthouse.golang.strconv import quote

    candidates = []
    for entity in keyring:
        held = names(entity)
        if wanted in held:
            return entity
        candidates += [entity for name in held if wanted in name]
    if len(candidates) > 1:
        known = sorted({name for entity in candidates for name in names(entity) if wanted in name})
        hint = f"give the whole name of one: {'; '.join(known[:5])}"
        raise ProvenanceError(f"more than one key contain the id {quote(wanted)}", hint=hint)
    return candidates[0] if candidates else None


def unlock(entity: Entity | None, passphrase: Callable[[str], bytes]) -> Entity:
    """The key, ready to sign. passphrase: gives it for a key's name, asked only when the key is locked.

    Raises ProvenanceError; no text holds the passphrase.
    """
    if entity is None:
        raise ProvenanceError("private key not found", hint="--key takes a name, or a part of one, as gpg lists it")
    secret = entity.secret
    if secret is None:
        raise ProvenanceError("provided key is not a private key. Try providing a keyring with secret keys")
    if secret.locked:
        held = [name for name in names(entity) if name]
        try:
            secret.unlock(passphrase(held[0] if held else "Unknown"))
        except OpenPGPError as error:
            error.__context__ = None
            raise
    return entity
