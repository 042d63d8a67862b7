"""Packets, one after another, out of a keyring or a signature.

Rules: go-crypto 1.4.1 ``openpgp/packet/packet.go`` (``readHeader``, ``Read``), ``reader.go`` (``Reader.Next``):
packets nobody knows, or of an algorithm nobody reads, are left out; what a packet's reader does not look at, the next
one begins with. Differs: of packets that have no place in keyrings and signatures only the first octets are looked at.
"""

from __future__ import annotations

from charthouse.provenance.errors import OpenPGPError, StructuralError, UnsupportedError
from charthouse.provenance.openpgp.octets import EndOfData, Octets, Parts, Source, Span
from charthouse.provenance.openpgp.public import PublicKey, read_public_key
from charthouse.provenance.openpgp.secret import SecretKey, read_secret_key
from charthouse.provenance.openpgp.signature import Signature, read_signature

__all__ = ["Name", "Other", "PacketReader"]

_SIGNATURE, _SECRET, _PUBLIC, _SECRET_SUBKEY, _MARKER, _TRUST, _NAME, _PUBLIC_SUBKEY = 2, 5, 6, 7, 10, 12, 13, 14
_KNOWN = frozenset({1, 3, 4, 8, 9, 11, 17, 18, 20, 21})
_SKIPPED = frozenset({1, 3, 4})


class Name:
    """A user id packet. text: as it stands there."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text


class Other:
    """A packet that is none of those that matter here."""

    __slots__ = ()


class _Refused(UnsupportedError):
    """A packet that is not left out although nobody reads it, since other data are in it."""


class _Unknown(Exception):
    """A packet of an unknown kind that may be left out."""


class PacketReader:
    """Gives packets; `unread` puts one back."""

    __slots__ = ("_back", "_source")

    def __init__(self, source: Source | bytes) -> None:
        self._source: Source | None = Octets(source) if isinstance(source, bytes) else source
        self._back: list[object] = []

    def unread(self, packet: object) -> None:
        self._back.append(packet)

    def next(self) -> object | None:
        """The next packet, None at the end. Raises OpenPGPError."""
        while True:
            if self._back:
                return self._back.pop()
            if self._source is None:
                return None
            try:
                found = _read(self._source)
            except EndOfData:
                self._source = None
                return None
            except _Refused:
                raise
            except (_Unknown, UnsupportedError):
                continue
            if found is not None:
                return found


def _length(source: Source) -> tuple[int, bool]:
    """A packet's or part's length, and whether it is only that of a part (RFC 4880 §4.2.2)."""
    first = source.must(1)[0]
    if first < 192:
        return first, False
    if first < 224:
        return ((first - 192) << 8) + source.must(1)[0] + 192, False
    if first < 255:
        return 1 << (first & 0x1F), True
    return int.from_bytes(source.must(4), "big"), False


def _head(source: Source) -> tuple[int, Source]:
    """The kind of the next packet and its contents. Raises EndOfData, OpenPGPError."""
    first = source.full(1)[0]
    if not first & 0x80:
        raise StructuralError("tag byte does not have MSB set")
    if not first & 0x40:
        kind, size = (first & 0x3F) >> 2, first & 3
        if size == 3:
            return kind, source
        return kind, Span(source, int.from_bytes(source.must(1 << size), "big"))
    length, part = _length(source)
    return first & 0x3F, Parts(source, length, _length) if part else Span(source, length)


def _read(source: Source) -> object | None:
    """One packet, None for a marker. When it cannot be read, all of it is left out."""
    kind, contents = _head(source)
    try:
        return _parse(kind, contents)
    except (OpenPGPError, EndOfData, _Unknown):
        contents.skip()
        raise


def _other(kind: int, contents: Source) -> Other:
    """Messages and what they are made of: no reader of keyrings looks into them, so what is in them comes next."""
    if kind == 11:
        contents.must(contents.must(2)[1] + 4)
    elif kind == 8:
        if (algorithm := contents.must(1)[0]) > 3:
            raise _Refused(f"unknown compression algorithm: {algorithm}")
    elif kind == 18:
        if contents.must(1)[0] not in (1, 2):
            raise _Refused("unknown SymmetricallyEncrypted version")
    elif kind == 20:
        if contents.full(4)[2] not in (1, 2):
            raise OpenPGPError("openpgp: aead error: unknown mode")
    elif kind in _SKIPPED:
        raise UnsupportedError(f"packet {kind}")
    if kind == 17:
        _check_attributes(contents.rest())
    elif kind not in (8, 9, 11, 18):
        contents.rest()
    return Other()


def _check_attributes(data: bytes) -> None:
    """A user attribute packet is a row of subpackets (``OpaqueSubpackets``)."""
    while data:
        first = data[0]
        start = 1 if first < 192 else 2 if first < 255 else 5
        if len(data) < start + 1:
            raise StructuralError("subpacket truncated")
        size = (first, ((first - 192) << 8) + data[1] + 192, int.from_bytes(data[1:5], "big"))[start // 2]
        if not 0 < size <= len(data) - start:
            raise StructuralError("subpacket truncated")
        data = data[start + size :]


def _parse(kind: int, contents: Source) -> PublicKey | SecretKey | Signature | Name | Other | None:
    if kind in (_PUBLIC, _PUBLIC_SUBKEY):
        return read_public_key(contents, is_subkey=kind == _PUBLIC_SUBKEY)
    if kind in (_SECRET, _SECRET_SUBKEY):
        return read_secret_key(contents, is_subkey=kind == _SECRET_SUBKEY)
    if kind == _SIGNATURE:
        return read_signature(contents)
    if kind == _NAME:
        return Name(contents.rest())
    if kind == _MARKER:
        if contents.full(3) != b"PGP":
            raise StructuralError("invalid marker packet")
        return None
    if kind in _KNOWN:
        return _other(kind, contents)
    if kind == _TRUST or kind >= 40:
        raise _Unknown
    raise OpenPGPError(f"openpgp: unknown critical packet type: {kind}")
