"""Asking for what nobody else should see.

Rules: Helm 4.3.1 ``pkg/cmd/repo_add.go``, ``registry_login.go``: a prompt on standard output, nothing is echoed.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["ask_secret", "secret_from_stdin"]


def secret_from_stdin(context: Context) -> str:
    """All of standard input, less the line end."""
    return context.stdin().decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")


def ask_secret(context: Context, prompt: str) -> str:
    """What the user types. Raises DistributionError where nobody can type."""
    import sys
    from getpass import getpass

    context.out.write(prompt)
    context.out.flush()
    if not sys.stdin.isatty():
        context.out.write("\n")
        raise DistributionError(
            "inappropriate ioctl for device", hint="standard input is no terminal: use --password-stdin or --password"
        )
    found = getpass("")
    context.out.write("\n")
    return found
