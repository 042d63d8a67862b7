"""What can go wrong when a signature is made or checked.

::

    CharthouseError
        └── ProvenanceError             a package, a provenance file or a keyring that cannot be used
            ├── NotVerified             it can be read, and is not what it says it is
            └── OpenPGPError            what an OpenPGP reader says of data, keys and signatures
                ├── StructuralError     it is not OpenPGP, or broken
                ├── UnsupportedError    a packet or algorithm that readers skip
                ├── InvalidArgumentError
                ├── InvalidSignatureError
                ├── InvalidKeyError     the parts of a secret key do not belong together
                ├── DummyKeyError       a secret key without its secret (it is on a card, or was left out)
                └── TruncatedError      the data ends too early

The texts are those of ProtonMail/go-crypto 1.4.1 ``openpgp/errors``, because Helm shows them as they are. No text
holds a passphrase or a part of a secret key.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = [
    "DummyKeyError",
    "InvalidArgumentError",
    "InvalidKeyError",
    "InvalidSignatureError",
    "NotVerified",
    "OpenPGPError",
    "ProvenanceError",
    "StructuralError",
    "TruncatedError",
    "UnsupportedError",
]


class ProvenanceError(CharthouseError):
    """The root of this package's errors."""


class NotVerified(ProvenanceError):
    """The package is not what its provenance says, or nobody known vouches for it."""


class OpenPGPError(ProvenanceError):
    """OpenPGP data that cannot be used. The text is complete."""

    prefix = ""

    def __init__(self, text: str, *, hint: str = "") -> None:
        super().__init__(self.prefix + text, hint=hint)


class StructuralError(OpenPGPError):
    """The data is not OpenPGP, or is broken."""

    prefix = "openpgp: invalid data: "


class UnsupportedError(OpenPGPError):
    """A version, algorithm or packet nobody here reads; readers of keyrings go on behind it."""

    prefix = "openpgp: unsupported feature: "


class InvalidArgumentError(OpenPGPError):
    """Things that do not go together."""

    prefix = "openpgp: invalid argument: "


class InvalidSignatureError(OpenPGPError):
    """The signature is not one of this key over this data."""

    prefix = "openpgp: invalid signature: "


class InvalidKeyError(OpenPGPError):
    """The secret part of a key does not belong to its public part."""

    prefix = "openpgp: invalid key: "


class DummyKeyError(OpenPGPError):
    """The keyring says that the secret is elsewhere."""

    prefix = "openpgp: s2k GNU dummy key: "


class TruncatedError(OpenPGPError):
    """The data ends within a packet (Go's io.ErrUnexpectedEOF)."""

    def __init__(self) -> None:
        super().__init__("unexpected EOF")
