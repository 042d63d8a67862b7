"""What the commands that check signatures are given: how to check, the time, and Helm's lines on what was found.

Rules: Helm 4.3.1 ``pkg/action/verify.go``, ``pull.go``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.proofs import Check
    from charthouse.provenance import Verification

__all__ = ["check", "check_file", "verification_lines"]


def _now() -> int:
    import time

    return int(time.time())


def check(context: Context, *, required: bool = True) -> Check:
    """How this run checks archives. required: one without provenance is an error."""
    from charthouse.distribution.proofs import Check

    return Check(context["keyring"], _now(), required)


def check_file(context: Context, path: str) -> Verification:
    """Check the archive at `path` against the provenance beside it. Raises ProvenanceError."""
    from charthouse.provenance import verify_file

    return verify_file(path, f"{path}.prov", context["keyring"], now=_now())


def verification_lines(found: Verification) -> str:
    """Who signed it, with which key, and the hash."""
    signers = "".join(f"Signed by: {name}\n" for name in found.signers)
    return f"{signers}Using Key With Fingerprint: {found.fingerprint}\nChart Hash Verified: {found.file_hash}\n"
