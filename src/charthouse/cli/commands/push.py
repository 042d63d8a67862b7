"""``push``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/push.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.shared_flags import tls_flags
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]

COMMAND = Command(
    "push [chart] [remote]",
    "upload a chart to a registry",
    long="Upload a packaged chart to an OCI registry. Not built yet.\n",
    args="min 2",
    flags=tls_flags,
    run=not_built("push"),
)
