"""``--verify-cosign-key``, ``-identity``, ``-issuer``, ``-bundle``: only charts that cosign signed as said are used.

Ours. By a key, or by who somebody is (an extra, see ``provenance/keyless.py``). Signatures are looked up in the chart's
registry, or come in a bundle file, which needs no network and serves charts from anywhere.
"""

from __future__ import annotations

from charthouse.provenance.errors import NotVerified, ProvenanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.registry.charts import Pulled
    from charthouse.distribution.registry.reference import Reference
    from charthouse.distribution.registry.session import Session
    from charthouse.distribution.registry.signatures import Signature
    from charthouse.provenance.cosign import Subject

__all__ = ["check_archive", "check_pulled", "wanted"]


def wanted(context: Context) -> bool:
    """Whether this run checks cosign's signatures. Raises ProvenanceError for flags that do not go together."""
    key, identity, issuer, bundle = (
        context.flags.values.get(f"verify-cosign-{name}", "") for name in ("key", "identity", "issuer", "bundle")
    )
    if key and (identity or issuer):
        raise ProvenanceError("--verify-cosign-key cannot be used with --verify-cosign-identity")
    if bool(identity) != bool(issuer):
        raise ProvenanceError("--verify-cosign-identity and --verify-cosign-issuer must be given together")
    if bundle and not key and not identity:
        raise ProvenanceError(
            "--verify-cosign-bundle needs --verify-cosign-key", hint="the key its signature is checked with"
        )
    return bool(key or identity)


class _Trust:
    """Whose signatures count: a key's, or those of an identity."""

    def __init__(self, context: Context) -> None:
        from charthouse.provenance.cosign import load_key

        self._identity = context["verify-cosign-identity"]
        self._issuer = context["verify-cosign-issuer"]
        self._key = None if self._identity else load_key(context["verify-cosign-key"])

    def check_bundle(self, bundle: bytes, subject: Subject) -> None:
        """Raises ProvenanceError."""
        if self._key is None:
            from charthouse.provenance.keyless import check_identity

            check_identity(bundle, subject, self._identity, self._issuer)
        else:
            from charthouse.provenance.cosign import check_bundle

            check_bundle(self._key, bundle, subject)

    def check(self, one: Signature, digest: str, subject: Subject) -> None:
        """A signature out of a registry. digest: its manifest's. Raises ProvenanceError."""
        from charthouse.provenance.cosign import check_payload

        if not one.signature:
            self.check_bundle(one.data, subject)
        elif self._key is None:
            raise NotVerified("a signature without a bundle says nothing of an identity")
        else:
            check_payload(self._key, one.data, one.signature, digest)

    def line(self) -> str:
        who = f"key sha256:{self._key.fingerprint}" if self._key else f"{self._identity} ({self._issuer})"
        return f"Cosign Signature Verified: {who}\n"


def check_archive(context: Context, archive: bytes, name: str) -> str:
    """Check an archive that came from no registry; what is to be said of it, "" when nothing was wanted.

    Raises ProvenanceError.
    """
    if not wanted(context):
        return ""
    from hashlib import sha256

    from charthouse.provenance.cosign import Subject

    if not context["verify-cosign-bundle"]:
        raise NotVerified(
            f"there is no cosign signature for {name}",
            hint="only registries hold them beside the chart; give one with --verify-cosign-bundle",
        )
    return _check_file(context, _Trust(context), Subject((sha256(archive).hexdigest(),), archive), name)


def check_pulled(context: Context, found: Reference, done: Pulled, session: Session) -> str:
    """Check a chart from a registry, as `check_archive`. Raises ProvenanceError, DistributionError."""
    if not wanted(context):
        return ""
    from hashlib import sha256

    from charthouse.distribution.registry.signatures import signatures
    from charthouse.provenance.cosign import Subject

    trust = _Trust(context)
    subject = Subject((done.digest.removeprefix("sha256:"), sha256(done.chart).hexdigest()), done.chart)
    if context["verify-cosign-bundle"]:
        return _check_file(context, trust, subject, done.reference)
    kept = signatures(found, done.digest, session)
    why = []
    for one in kept:
        try:
            trust.check(one, done.digest, subject)
        except ProvenanceError as error:
            why.append(error.message)
            continue
        return trust.line()
    if not kept:
        raise NotVerified(
            f"there is no cosign signature for {done.reference}", hint=f"none is kept for its manifest {done.digest}"
        )
    raise NotVerified(f"no cosign signature for {done.reference} is valid", hint="\n".join(why[:5]))


def _check_file(context: Context, trust: _Trust, subject: Subject, name: str) -> str:
    from charthouse.provenance.keyring import read_bounded

    path = context["verify-cosign-bundle"]
    bundle = read_bounded(path, 4 << 20, "bundle")
    try:
        trust.check_bundle(bundle, subject)
    except ProvenanceError as error:
        raise NotVerified(f"the bundle {path} does not verify {name}: {error}", hint=error.hint) from error
    return trust.line()
