"""Signatures without a key to keep: a bundle says who signed, in a certificate of Sigstore's, and that a log saw it.

Ours, by the ``sigstore`` library (an extra): certificates, logs and timestamps are checked against the trusted root
that comes with it or that it has fetched before; nothing is fetched here.
"""

from __future__ import annotations

from charthouse.provenance.cosign import Subject, check_statement
from charthouse.provenance.errors import NotVerified, ProvenanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["check_identity"]

_MOST = 4 << 20


def check_identity(bundle: bytes, subject: Subject, identity: str, issuer: str) -> None:
    """Check that `identity` (an address, or the URI of a workflow), as `issuer` knows it, signed `subject`.

    Raises NotVerified, ProvenanceError when there is no library or the bundle cannot be read.
    """
    if len(bundle) > _MOST:
        raise ProvenanceError(f"the bundle is larger than {_MOST >> 20} MiB")
    library = _Library()
    try:
        with library.quiet():
            found = library.models.Bundle.from_json(bundle)
    except (library.models.InvalidBundle, ValueError) as error:
        raise ProvenanceError(f"the bundle cannot be read: {error}") from None
    policy = library.policy.Identity(identity=identity, issuer=issuer)
    try:
        with library.quiet():
            verifier = library.verify.Verifier.production(offline=True)
            if b'"dsseEnvelope"' in bundle:
                kind, statement = verifier.verify_dsse(found, policy)
                check_statement(statement, kind, subject)
            else:
                verifier.verify_artifact(subject.data, found, policy)
    except library.errors.Error as error:
        raise NotVerified(f"{error}".strip() or type(error).__name__) from None


class _Library:
    """The parts of ``sigstore`` that are needed, imported when they are."""

    def __init__(self) -> None:
        from importlib import import_module

        try:
            self.errors: Any = import_module("sigstore.errors")
            self.models: Any = import_module("sigstore.models")
            self.verify: Any = import_module("sigstore.verify")
            self.policy: Any = import_module("sigstore.verify.policy")
        except ImportError as error:
            raise ProvenanceError(
                "signatures by identity are checked with the sigstore library, which is not installed",
                hint=f"`pip install 'charthouse[sigstore]'` ({error})",
            ) from None

    def quiet(self) -> _Quiet:
        return _Quiet()


class _Quiet:
    """The library logs that it works without a network: what it says belongs to nobody here."""

    def __enter__(self) -> None:
        import logging

        self._logger = logging.getLogger("sigstore")
        self._before = self._logger.level
        self._logger.setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        self._logger.setLevel(self._before)
