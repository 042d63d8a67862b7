"""``registry``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/registry*.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]


def _login_flags() -> list[Flag]:
    return [
        Flag("username", "string", "user name", short="u"),
        Flag("password", "string", "password or token", short="p"),
        Flag("password-stdin", "bool", "read the password from standard input"),
        Flag("insecure", "bool", "do not check the server's certificate"),
        Flag("cert-file", "string", "client certificate"),
        Flag("key-file", "string", "key of the client certificate"),
        Flag("ca-file", "string", "certificate authorities to trust"),
        Flag("plain-http", "bool", "use HTTP instead of HTTPS"),
    ]


COMMAND = Command(
    "registry",
    "log in to and out of registries",
    long="Log in to and out of OCI registries. Not built yet.\n",
    args="none",
    children=(
        Command(
            "login [host]", "log in to a registry", args="min 1", flags=_login_flags, run=not_built("registry login")
        ),
        Command("logout [host]", "log out of a registry", args="min 1", run=not_built("registry logout")),
    ),
)
