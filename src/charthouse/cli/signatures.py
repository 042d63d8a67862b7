"""What the commands that check signatures are given: which keys to trust, the time, and Helm's lines on what was found.

Rules: Helm 4.3.1 ``pkg/action/verify.go``, ``pull.go``, ``pkg/cmd/dependency_build.go`` (``defaultKeyring``).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.proofs import Check
    from charthouse.provenance import Verification

__all__ = ["check", "check_file", "keyring", "verification_lines"]


def keyring(context: Context) -> str:
    """The keyring to use: as given, else GnuPG's old public keyring, else its keybox where only that is there."""
    import os

    path: str = context["keyring"]
    if path == context.settings.keyring and path.endswith("pubring.gpg"):
        box = path[: -len("gpg")] + "kbx"
        if not os.path.lexists(path) and os.path.exists(box):
            return box
    return path


def _now() -> int:
    import time

    return int(time.time())


def check(context: Context, *, required: bool = True) -> Check:
    """How this run checks archives. required: one without provenance is an error."""
    from charthouse.distribution.proofs import Check

    return Check(keyring(context), _now(), required)


def check_file(context: Context, path: str) -> Verification:
    """Check the archive at `path` against the provenance beside it. Raises ProvenanceError."""
    from charthouse.provenance import verify_file

    return verify_file(path, f"{path}.prov", keyring(context), now=_now())


def verification_lines(found: Verification) -> str:
    """Who signed it, with which key, and the hash."""
    signers = "".join(f"Signed by: {name}\n" for name in found.signers)
    return f"{signers}Using Key With Fingerprint: {found.fingerprint}\nChart Hash Verified: {found.file_hash}\n"
