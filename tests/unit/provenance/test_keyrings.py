"""Keyrings in every form, and the key that is meant."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from charthouse.provenance import ProvenanceError, find_key, load_keyring, names, parse_keyring, unlock
from charthouse.provenance.keyring import read_bounded
from charthouse.provenance.openpgp.entity import Entity
from tests.unit.provenance.recorded import DATA, LOCKED, SIGNERS, octets, ring


def fingerprints(keys: tuple[Entity, ...] | list[Entity]) -> list[str]:
    return [key.key.fingerprint.hex() for key in keys]


def test_every_form_holds_the_same_keys() -> None:
    known = fingerprints(ring())
    assert len(known) == 15
    assert fingerprints(ring("pub.asc")) == known
    assert fingerprints(ring("pub.kbx")) == known
    assert parse_keyring(b"") == []


def test_names_are_in_order() -> None:
    held = {names(key) for key in ring()}
    assert ("Rita (work) <rsa@example.com>",) in held
    assert ("Édouard <ed@example.com>",) in held
    assert {"Twin One <one@example.com>", "Twin Also <also@example.com>"} in [set(each) for each in held]


def blob(kind: int, body: bytes, flags: int = 0) -> bytes:
    head = struct.pack(">BBHII", kind, 1, flags, 16, len(body))
    return struct.pack(">I", 4 + len(head) + len(body)) + head + body


HEADER = struct.pack(">IBBH4s", 32, 1, 1, 2, b"KBXf") + bytes(20)
REFUSED = [
    (b"no keyring\n", "openpgp: invalid data: tag byte does not have MSB set"),
    (octets("pub.gpg")[:1000], "unexpected EOF"),
    (b"\x99\x00", "unexpected EOF"),
    (b"\x99\x00\x06\x03\0\0\0\0\x01", ""),
    (b"\xc6\x06\x04\0\0\0\0\x63", ""),
    (b"\xb4\x01a", "openpgp: invalid data: first packet was not a public/private key"),
    (b"\xfd\x01a", ""),
    (b"\x97\x01a", "unexpected EOF"),
    (b"\xd0\x01a", "openpgp: unknown critical packet type: 16"),
    (HEADER, "reading keybox k: keybox contains no OpenPGP keys"),
    (HEADER + b"\0\0", "reading keybox k: truncated blob header at offset 32"),
    (HEADER + b"\0\0\0\1\2", "reading keybox k: invalid blob length 1 at offset 32"),
    (HEADER + b"\0\0\1\0\2", "reading keybox k: blob at offset 32 has length 256 exceeding the 5 remaining bytes"),
    (HEADER + b"\0\0\0\x06\2\0", "reading keybox k: OpenPGP blob at offset 32 is too short"),
    (
        HEADER + struct.pack(">IBBHII", 16, 2, 1, 0, 16, 1),
        "reading keybox k: OpenPGP blob at offset 32 has an out-of-range keyblock",
    ),
    (HEADER + blob(2, octets("pub.gpg"), flags=2), "reading keybox k: keybox contains no OpenPGP keys"),
    (octets("message.asc"), 'reading armored keyring k: expected a public or private key block, got "PGP MESSAGE"'),
    (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "reading armored keyring k: no keys found"),
    (
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ!NBA==\n-----END PGP PUBLIC KEY BLOCK-----\n",
        "reading armored keyring k: illegal base64 data at input byte 2",
    ),
    (
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + b"A" * 97 + b"\n",
        "reading armored keyring k: openpgp: invalid data: armor invalid",
    ),
]


@pytest.mark.parametrize(("data", "text"), REFUSED)
def test_what_is_no_keyring(data: bytes, text: str) -> None:
    """Texts by Helm's own reader; "" = it finds no fault, and no key."""
    if not text:
        assert parse_keyring(data, "k") == []
        return
    with pytest.raises(ProvenanceError) as caught:
        parse_keyring(data, "k")
    assert str(caught.value) == text


def test_broken_keys_are_left_out() -> None:
    public = octets("pub.gpg")
    assert fingerprints(parse_keyring(b"\xb4\x01a" + public)) == fingerprints(ring())
    damaged = public.replace(b"Bit Coin", b"Bit Corn")
    assert len(parse_keyring(damaged)) == 14


def test_armoured_blocks_behind_each_other_are_lost_as_in_helm() -> None:
    """Without checksum lines, as newer programs write them, Helm has read over the next block's head."""
    one, other = octets("rsa.asc"), octets("twin.asc")
    assert [len(parse_keyring(each)) for each in (one, other, one + other)] == [1, 1, 2]
    short, behind = (re.sub(rb"\n=....\n", b"\n", each) for each in (one, other))
    counts = []
    for blank in (0, 200):
        found = parse_keyring(short + b"\n" * blank + behind)
        counts.append((len(found), found.unread))
    assert counts == [(1, 1), (2, 0)]


MEANT = [
    ("Rita (work) <rsa@example.com>", "rsa"),
    ("Rita", "rsa"),
    ("two@", "twin2"),
    ("nobody", ""),
    ("Twin", 'more than one key contain the id "Twin"'),
    ("also@example.com", "twin"),
    ("Brain", "pool"),
]


@pytest.mark.parametrize(("wanted", "found"), MEANT)
def test_keys_by_a_part_of_their_name(wanted: str, found: str) -> None:
    if found.startswith("more"):
        with pytest.raises(ProvenanceError, match=r"^more than one key") as caught:
            find_key(ring(), wanted)
        assert str(caught.value) == found
        assert "Twin One <one@example.com>; Twin Two <two@example.com>" in caught.value.hint
        return
    key = find_key(ring(), wanted)
    assert fingerprints([key] if key else []) == fingerprints(parse_keyring(octets(f"{found}.sec")) if found else [])


@pytest.mark.parametrize("name", SIGNERS)
def test_keys_are_unlocked(name: str) -> None:
    (key,) = parse_keyring(octets(f"{name}.sec"))
    asked: list[str] = []
    unlock(key, lambda who: asked.append(who) or b"secret")  # type: ignore[func-returns-value]
    assert asked == ([names(key)[0]] if name in LOCKED else [])
    assert key.secret is not None
    assert not key.secret.locked


@pytest.mark.parametrize("name", LOCKED)
def test_a_wrong_passphrase_is_told_without_it(name: str) -> None:
    (key,) = parse_keyring(octets(f"{name}.sec"))
    with pytest.raises(ProvenanceError) as caught:
        unlock(key, lambda who: b"correct horse")
    assert str(caught.value) == "openpgp: invalid data: private key checksum failure"
    assert "horse" not in f"{caught.value.hint}{caught.value!r}"
    assert caught.value.__context__ is None


def test_what_cannot_be_unlocked() -> None:
    for key, text in (
        (None, "private key not found"),
        (ring()[0], "provided key is not a private key. Try providing a keyring with secret keys"),
    ):
        with pytest.raises(ProvenanceError) as caught:
            unlock(key, lambda who: b"")
        assert str(caught.value) == text


def test_files_are_bounded(tmp_path: Path) -> None:
    assert len(load_keyring(str(DATA / "pub.gpg"))) == 15
    with pytest.raises(ProvenanceError) as caught:
        load_keyring(str(tmp_path / "none.gpg"))
    assert str(caught.value) == f"open {tmp_path}/none.gpg: no such file or directory"
    assert "gpg --export" in caught.value.hint
    with pytest.raises(ProvenanceError) as caught:
        load_keyring(str(tmp_path))
    assert str(caught.value) == f"read {tmp_path}: is a directory"
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate((2 << 20) + 1)
    with pytest.raises(ProvenanceError) as caught:
        read_bounded(str(tmp_path / "big"), 2 << 20, "keyring")
    assert str(caught.value) == f"{tmp_path}/big is larger than 2 MiB"


def test_a_subkey_alone_is_a_dummy() -> None:
    (key,) = parse_keyring(octets("sub-only.sec"))
    assert key.secret is not None
    assert key.secret.dummy
    assert [bool(sub.secret and sub.secret.signer) for sub in key.subkeys] == [True, False]
