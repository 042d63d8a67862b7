"""``plugin``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/plugin*.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import KEYRING, tls_flags
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]


def _install_flags() -> list[Flag]:
    return [
        Flag("version", "string", "version or range to install"),
        Flag("verify", "bool", "check the signature first", default=True),
        Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING),
        *tls_flags(),
    ]


def _package_flags() -> list[Flag]:
    return [
        Flag("sign", "bool", "sign the archive", default=True),
        Flag("key", "string", "name of the signing key"),
        Flag("keyring", "string", "keys to sign with", default=KEYRING),
        Flag("passphrase-file", "string", "file with the key's passphrase, - for standard input"),
        Flag("destination", "string", "where to write the archive", default=".", short="d"),
    ]


def _list_flags() -> list[Flag]:
    return [Flag("type", "string", "only plugins of this type")]


def _keyring_flags() -> list[Flag]:
    return [Flag("keyring", "string", "public keys signatures are checked with", default=KEYRING)]


COMMAND = Command(
    "plugin",
    "manage plugins",
    long="Install, list, update, remove, pack and check plugins. Not built yet.\n",
    children=(
        Command(
            "install [options] <path|url>",
            "install a plugin",
            aliases=("add",),
            args="exact 1",
            flags=_install_flags,
            run=not_built("plugin install"),
        ),
        Command("list", "list plugins", aliases=("ls",), flags=_list_flags, run=not_built("plugin list")),
        Command(
            "package [PATH]",
            "pack a plugin into an archive",
            args="exact 1",
            flags=_package_flags,
            run=not_built("plugin package"),
        ),
        Command(
            "uninstall <plugin>...",
            "remove plugins",
            aliases=("rm", "remove"),
            args="min 1",
            run=not_built("plugin uninstall"),
        ),
        Command("update <plugin>...", "update plugins", aliases=("up",), args="min 1", run=not_built("plugin update")),
        Command(
            "verify [PATH]",
            "check the signature of a plugin",
            args="exact 1",
            flags=_keyring_flags,
            run=not_built("plugin verify"),
        ),
    ),
)
