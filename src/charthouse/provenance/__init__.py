"""Who made a package, and that nobody changed it since: OpenPGP provenance files beside archives.

::

    keyring = load_keyring("~/.gnupg/pubring.gpg")                       # also keyboxes and armoured exports
    found = verify(archive, provenance, "web-1.0.0.tgz", keyring, now=int(time.time()))
    found.signers, found.fingerprint

    key = unlock(find_key(load_keyring(secring), "Ada"), lambda name: passphrase)
    provenance = clear_sign(archive, "web-1.0.0.tgz", metadata_yaml, key, now=…, salt=os.urandom(32))

Rules: Helm 4.3.1 ``pkg/provenance`` over ProtonMail/go-crypto 1.4.1; files made here and there are checked by both.
`openpgp` reads keys and signatures; `cosign` is our addition for charts in registries.
"""

from __future__ import annotations

from charthouse.provenance.errors import NotVerified, OpenPGPError, ProvenanceError
from charthouse.provenance.keyring import find_key, load_keyring, names, parse_keyring, unlock
from charthouse.provenance.signing import Verification, clear_sign, trusted_keys, verify, verify_file

__all__ = [
    "NotVerified",
    "OpenPGPError",
    "ProvenanceError",
    "Verification",
    "clear_sign",
    "find_key",
    "load_keyring",
    "names",
    "parse_keyring",
    "trusted_keys",
    "unlock",
    "verify",
    "verify_file",
]
