"""Packages signed and checked: ``sign_package``, ``verify_package``, ``verify_cosign_bundle``.

What ``package --sign`` and ``verify`` do, as functions; provenance files are Helm's.
"""

from __future__ import annotations

import os

from charthouse.provenance.errors import ProvenanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.provenance.signing import Verification

__all__ = ["sign_package", "verify_cosign_bundle", "verify_package"]


def sign_package(
    package: str | os.PathLike[str],
    *,
    keyring: str | os.PathLike[str],
    key: str,
    passphrase: str | bytes | Callable[[str], bytes] | None = None,
    now: int | None = None,
) -> str:
    """Sign a packed chart; the path of its provenance file, which is written beside it.

    keyring: a file with the secret key, as ``gpg --export-secret-keys`` writes it. key: the key's name, or a part of it
    that no other has. passphrase: of the key, or a function that is given the key's name. now: seconds since 1970, the
    present moment when not given. Raises ProvenanceError (no text holds the passphrase), DistributionError when the
    file cannot be written.
    """
    from charthouse.distribution import atomic
    from charthouse.provenance import find_key, load_keyring, unlock
    from charthouse.provenance.packages import provenance_of

    def ask(name: str) -> bytes:
        if passphrase is None:
            raise ProvenanceError(f"the key of {name} is locked and no passphrase was given")
        if isinstance(passphrase, str):
            return passphrase.encode()
        return passphrase if isinstance(passphrase, bytes) else passphrase(name)

    found = unlock(find_key(load_keyring(os.fspath(keyring)), key), ask)
    path = os.fspath(package)
    atomic.write(f"{path}.prov", provenance_of(path, found, now=_moment(now), salt=os.urandom(32)), 0o644)
    return f"{path}.prov"


def verify_package(
    package: str | os.PathLike[str],
    *,
    keyring: str | os.PathLike[str],
    provenance: str | os.PathLike[str] | None = None,
    now: int | None = None,
) -> Verification:
    """Check a packed chart against its provenance file (``PACKAGE.prov`` when not given): who signed it, and that it is
    still what they signed.

    keyring: a file of the public keys that are trusted. now: as for `sign_package`. Raises ProvenanceError.
    """
    from charthouse.provenance import verify_file

    path = os.fspath(package)
    proof = f"{path}.prov" if provenance is None else os.fspath(provenance)
    return verify_file(path, proof, os.fspath(keyring), now=_moment(now))


def verify_cosign_bundle(
    package: str | os.PathLike[str], *, bundle: str | os.PathLike[str], key: str | os.PathLike[str]
) -> str:
    """Check a packed chart against a bundle that cosign made; the key's fingerprint (sha256 of its DER form, hex).

    key: a file with the public key, PEM. Raises ProvenanceError.
    """
    from hashlib import sha256

    from charthouse.provenance.cosign import Subject, check_bundle, load_key
    from charthouse.provenance.keyring import read_bounded

    public = load_key(os.fspath(key))
    data = read_bounded(os.fspath(package), 1 << 30, "chart")
    found = read_bounded(os.fspath(bundle), 4 << 20, "bundle")
    check_bundle(public, found, Subject((sha256(data).hexdigest(),), data))
    return public.fingerprint


def _moment(now: int | None) -> int:
    import time

    return int(time.time()) if now is None else now
