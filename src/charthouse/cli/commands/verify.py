"""``verify``: who signed a packaged chart, and that it is still what they signed.

Rules: Helm 4.3.1 ``pkg/cmd/verify.go``, ``pkg/action/verify.go``. Names stand in the keyring's order, Helm's in any."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import KEYRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING)]


def _run(context: Context) -> None:
    from charthouse.cli.signatures import check_file, verification_lines

    context.out.write(verification_lines(check_file(context, context.words[0])))


COMMAND = Command(
    "verify PATH",
    "check the signature of a packaged chart",
    long="""Check that a packaged chart is what its provenance file (PATH.prov) says, and who signed it.

`package --sign` makes provenance files; pull, install and others check them with --verify.
""",
    args="exact 1",
    flags=_flags,
    run=_run,
)
