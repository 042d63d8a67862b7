"""Signing a package, and checking that it is what its provenance file says.

Rules: Helm 4.3.1 ``pkg/provenance/sign.go`` (``ClearSign``, ``Verify``), ``pkg/downloader/chart_downloader.go``
(``VerifyChart``). Differs: provenance files of more than 8 MiB are refused.
"""

from __future__ import annotations

from charthouse.provenance.errors import NotVerified, OpenPGPError, ProvenanceError
from charthouse.provenance.keyring import load_keyring, names, read_bounded
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.provenance.keyring import Keyring
    from charthouse.provenance.openpgp.entity import Entity

__all__ = ["Verification", "clear_sign", "trusted_keys", "verify", "verify_file"]

_MOST = 8 << 20
_MOST_ARCHIVE = 1 << 30


class Verification(Record):
    """What a check found. signers: the names of the key, in the keyring's order. fingerprint: of its primary key, hex
    in capitals. file_hash: "sha256:…" of the archive; file_name: the name it was looked up by."""

    signers: tuple[str, ...]
    fingerprint: str
    file_hash: str
    file_name: str


def clear_sign(archive: bytes, name: str, metadata: bytes, key: Entity, *, now: int, salt: bytes) -> bytes:
    """The provenance of a package.

    name: the archive's file name. metadata: YAML with a final line break. key: unlocked (`keyring.unlock`). now:
    seconds since 1970; salt: 32 random octets. Raises ProvenanceError.
    """
    from charthouse.provenance import clearsign
    from charthouse.provenance.message import message
    from charthouse.provenance.openpgp.making import sign_text

    if key.secret is None:
        raise ProvenanceError("provided key is not a private key. Try providing a keyring with secret keys")
    shown, signed = clearsign.signed_form(message(archive, name, metadata))
    try:
        signature = sign_text(key.secret, signed, now=now, salt=salt)
    except OpenPGPError as error:
        text = f"failed to either sign or armor message block: {error}"
        raise ProvenanceError(text, hint=error.hint) from None
    return clearsign.frame(shown, signature, hash_name="" if key.key.version == 6 else "SHA512")


def verify(archive: bytes, provenance: bytes, name: str, keyring: Sequence[Entity], *, now: int) -> Verification:
    """Check a package against its provenance. name: the archive's file name; now: seconds since 1970.

    Raises ProvenanceError: OpenPGPError for the signature, NotVerified for what was signed.
    """
    from charthouse.golang.strconv import quote
    from charthouse.provenance import clearsign
    from charthouse.provenance.message import digest, read_sums
    from charthouse.provenance.openpgp.detached import check_detached

    if len(provenance) > _MOST:
        raise ProvenanceError(f"the provenance file is larger than {_MOST >> 20} MiB")
    found = clearsign.decode(provenance)
    if found is None:
        raise ProvenanceError("signature block not found")
    try:
        entity = check_detached(keyring, found.signed, found.signature.body, now)
    except OpenPGPError as error:
        raise _with_hint(error, keyring) from None
    sum_ = digest(archive)
    sums = read_sums(found.text)
    if name not in sums:
        known = ", ".join(sorted(sums)[:5])
        raise NotVerified(
            f"provenance does not contain a SHA for a file named {quote(name)}",
            hint=f"it was made for {known}; the archive must keep that name" if known else "",
        )
    if sums[name] != sum_:
        raise NotVerified(
            f"sha256 sum does not match for {name}: {quote(sums[name])} != {quote(sum_)}",
            hint="the archive is not the one that was signed: it was changed, or packed again",
        )
    return Verification(names(entity), entity.key.fingerprint.hex().upper(), sum_, name)


_JOIN = "`gpg --dearmor` each and join those"
_HINTS = {
    "openpgp: signature made by unknown entity": "the signer's public key is not in the keyring, or may not sign",
    "openpgp: key expired": "get the signer's current public key, if they made it last longer",
    "openpgp: signature made by revoked key": "the signer has taken this key back: do not trust it",
}


def _with_hint(error: OpenPGPError, keyring: Sequence[Entity]) -> OpenPGPError:
    if not error.hint:
        hint = _HINTS.get(error.message, "")
        if error.message.startswith("openpgp: invalid signature: ") and error.message.endswith("failure"):
            hint = "the provenance file was changed after it was signed"
        if hint and not keyring:
            hint = "there is no key in the keyring"
        elif unread := getattr(keyring, "unread", 0):
            hint += f"\n{unread} more of the keyring's armoured blocks cannot be read, by Helm either: " + _JOIN
        error.hint = hint
    return error


def trusted_keys(path: str) -> Keyring:
    """The keyring signatures are checked with. Raises ProvenanceError."""
    try:
        return load_keyring(path)
    except ProvenanceError as error:
        raise ProvenanceError(f"failed to load keyring: {error}", hint=error.hint) from None


def verify_file(path: str, provenance: str, keyring: str, *, now: int) -> Verification:
    """Check the archive at `path`. provenance, keyring: paths too; now: seconds since 1970. Raises ProvenanceError."""
    import os

    from charthouse.charts.oserror import go_text

    try:
        os.stat(path)
    except OSError as error:
        raise ProvenanceError(go_text("stat", path, error)) from None
    if os.path.isdir(path):
        raise ProvenanceError("unpacked charts cannot be verified", hint="only packages (.tgz) are signed")
    if _extension(path).lower() != ".tgz":
        raise ProvenanceError("chart must be a tgz file")
    try:
        os.stat(provenance)
    except OSError as error:
        text = f"could not load provenance file {provenance}: {go_text('stat', provenance, error)}"
        raise ProvenanceError(text, hint="the package was not signed, or its .prov file was left behind") from None
    keys = trusted_keys(keyring)
    try:
        archive = read_bounded(path, _MOST_ARCHIVE, "chart")
    except ProvenanceError as error:
        raise ProvenanceError(f"failed to read chart archive: {error}", hint=error.hint) from None
    try:
        signed = read_bounded(provenance, _MOST, "provenance file")
    except ProvenanceError as error:
        raise ProvenanceError(f"failed to read provenance file: {error}", hint=error.hint) from None
    return verify(archive, signed, os.path.basename(path), keys, now=now)


def _extension(path: str) -> str:
    """Go's filepath.Ext: from the last dot of the last name, a leading one too."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:] if dot >= 0 else ""
