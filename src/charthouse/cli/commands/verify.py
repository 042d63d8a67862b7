"""``verify``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/verify.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import KEYRING
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING)]


COMMAND = Command(
    "verify PATH",
    "check the signature of a packaged chart",
    long="Check that a packaged chart is what its provenance file says, and who signed it. Not built yet.\n",
    args="exact 1",
    flags=_flags,
    run=not_built("verify"),
)
