"""``--verify-cosign-key`` and ``--verify-cosign-bundle``: charts are used only when cosign signed them with that key.

Ours. Signatures are looked up in the chart's registry, or come in a bundle file, which needs no network and serves
charts from anywhere.
"""

from __future__ import annotations

from charthouse.provenance.errors import NotVerified, ProvenanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.registry.charts import Pulled
    from charthouse.distribution.registry.reference import Reference
    from charthouse.distribution.registry.session import Session
    from charthouse.provenance.cosign import CosignKey, Subject

__all__ = ["check_archive", "check_pulled", "wanted"]


def wanted(context: Context) -> bool:
    """Whether this run checks cosign's signatures. Raises ProvenanceError for a bundle without a key."""
    values = context.flags.values
    if values.get("verify-cosign-bundle") and not values.get("verify-cosign-key"):
        raise ProvenanceError(
            "--verify-cosign-bundle needs --verify-cosign-key", hint="the key its signature is checked with"
        )
    return bool(values.get("verify-cosign-key"))


def check_archive(context: Context, archive: bytes, name: str) -> str:
    """Check an archive that came from no registry; what is to be said of it, "" when nothing was wanted.

    Raises ProvenanceError.
    """
    if not wanted(context):
        return ""
    from hashlib import sha256

    from charthouse.provenance.cosign import Subject, load_key

    if not context["verify-cosign-bundle"]:
        raise NotVerified(
            f"there is no cosign signature for {name}",
            hint="only registries hold them beside the chart; give one with --verify-cosign-bundle",
        )
    key = load_key(context["verify-cosign-key"])
    return _check_file(context, key, Subject((sha256(archive).hexdigest(),), archive), name)


def check_pulled(context: Context, found: Reference, done: Pulled, session: Session) -> str:
    """Check a chart from a registry, as `check_archive`. Raises ProvenanceError, DistributionError."""
    if not wanted(context):
        return ""
    from hashlib import sha256

    from charthouse.distribution.registry.signatures import signatures
    from charthouse.provenance.cosign import Subject, check_bundle, check_payload, load_key

    key = load_key(context["verify-cosign-key"])
    subject = Subject((done.digest.removeprefix("sha256:"), sha256(done.chart).hexdigest()), done.chart)
    if context["verify-cosign-bundle"]:
        return _check_file(context, key, subject, done.reference)
    kept = signatures(found, done.digest, session)
    why = []
    for one in kept:
        try:
            if one.signature:
                check_payload(key, one.data, one.signature, done.digest)
            else:
                check_bundle(key, one.data, subject)
        except ProvenanceError as error:
            why.append(error.message)
            continue
        return _line(key)
    if not kept:
        raise NotVerified(
            f"there is no cosign signature for {done.reference}", hint=f"none is kept for its manifest {done.digest}"
        )
    raise NotVerified(f"no cosign signature for {done.reference} is valid", hint="\n".join(why[:5]))


def _check_file(context: Context, key: CosignKey, subject: Subject, name: str) -> str:
    from charthouse.provenance.cosign import check_bundle
    from charthouse.provenance.keyring import read_bounded

    path = context["verify-cosign-bundle"]
    bundle = read_bounded(path, 4 << 20, "bundle")
    try:
        check_bundle(key, bundle, subject)
    except ProvenanceError as error:
        raise NotVerified(f"the bundle {path} does not verify {name}: {error}", hint=error.hint) from error
    return _line(key)


def _line(key: CosignKey) -> str:
    return f"Cosign Signature Verified: key sha256:{key.fingerprint}\n"
