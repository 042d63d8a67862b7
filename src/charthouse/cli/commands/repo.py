"""``repo``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/repo*.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]

_TWO_MINUTES = 120_000_000_000


def _add_flags() -> list[Flag]:
    return [
        Flag("username", "string", "user name for the repository"),
        Flag("password", "string", "password for the repository"),
        Flag("password-stdin", "bool", "read the password from standard input"),
        Flag("force-update", "bool", "replace the repository if there is one of this name"),
        Flag("cert-file", "string", "client certificate"),
        Flag("key-file", "string", "key of the client certificate"),
        Flag("ca-file", "string", "certificate authorities to trust"),
        Flag("insecure-skip-tls-verify", "bool", "do not check the server's certificate"),
        Flag("allow-deprecated-repos", "bool", "allow addresses of repositories that were shut down"),
        Flag("pass-credentials", "bool", "send the credentials to every host"),
        Flag("timeout", "duration", "time the download of the index may take", default=_TWO_MINUTES),
    ]


def _index_flags() -> list[Flag]:
    return [
        Flag("url", "string", "address of the repository"),
        Flag("merge", "string", "index to merge into"),
        Flag("json", "bool", "write JSON"),
    ]


def _list_flags() -> list[Flag]:
    return [output_flag(), Flag("no-headers", "bool", "leave the header line out")]


def _update_flags() -> list[Flag]:
    return [Flag("timeout", "duration", "time the download of an index may take", default=_TWO_MINUTES)]


COMMAND = Command(
    "repo",
    "manage chart repositories",
    long="Add, list, refresh and remove chart repositories, or write the index of one. Not built yet.\n",
    args="none",
    children=(
        Command(
            "add [NAME] [URL]",
            "add a repository",
            args="exact 2",
            flags=_add_flags,
            run=not_built("repo add"),
        ),
        Command(
            "index [DIR]",
            "write the index of a directory",
            args="exact 1",
            flags=_index_flags,
            run=not_built("repo index"),
        ),
        Command(
            "list", "list repositories", aliases=("ls",), args="none", flags=_list_flags, run=not_built("repo list")
        ),
        Command(
            "remove [REPO1 [REPO2 ...]]",
            "remove repositories",
            aliases=("rm",),
            args="min 1",
            run=not_built("repo remove"),
        ),
        Command(
            "update [REPO1 [REPO2 ...]]",
            "fetch the indexes of repositories again",
            aliases=("up",),
            flags=_update_flags,
            run=not_built("repo update"),
        ),
    ),
)
