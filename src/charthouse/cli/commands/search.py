"""``search``: not built yet. Flags: Helm 4.3.1 ``pkg/cmd/search*.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag
from charthouse.cli.unbuilt import not_built

__all__ = ["COMMAND"]


def _hub_flags() -> list[Flag]:
    return [
        Flag("endpoint", "string", "hub to ask", default="https://hub.helm.sh"),
        Flag("max-col-width", "uint", "widest column of the table", default=50),
        Flag("list-repo-url", "bool", "print the address of each repository"),
        output_flag(),
        Flag("fail-on-no-result", "bool", "fail when nothing is found"),
    ]


def _repo_flags() -> list[Flag]:
    return [
        Flag("regexp", "bool", "the keyword is a regular expression", short="r"),
        Flag("versions", "bool", "show every version", short="l"),
        Flag("devel", "bool", "consider pre-releases too"),
        Flag("version", "string", "only versions in this range"),
        Flag("max-col-width", "uint", "widest column of the table", default=50),
        output_flag(),
        Flag("fail-on-no-result", "bool", "fail when nothing is found"),
    ]


COMMAND = Command(
    "search",
    "look for charts",
    long="Look for charts in the repositories that were added, or in a public hub. Not built yet.\n",
    children=(
        Command("hub [KEYWORD]", "look in a hub", flags=_hub_flags, run=not_built("search hub")),
        Command(
            "repo [keyword]",
            "look in the repositories that were added",
            flags=_repo_flags,
            run=not_built("search repo"),
        ),
    ),
)
