"""``tiller`` (ours): the release server, and releases its predecessor, Helm 2's Tiller, left behind."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _migrate_flags() -> list[Flag]:
    return [
        Flag("confirm", "bool", "do it; without this flag the plan is shown and nothing changes"),
        Flag("delete-originals", "bool", "delete Helm 2's records of a release once all its revisions are converted"),
        Flag("pending", "bool", "convert releases, too, that Tiller may be working on"),
        Flag("tiller-namespace", "string", "where Tiller keeps its records (TILLER_NAMESPACE; kube-system)"),
        Flag("tiller-storage", "string", "what Tiller keeps them in: configmap or secret", default="configmap"),
        output_flag(),
    ]


def _names(context: Context, typed: str) -> tuple[list[str], int]:
    from charthouse.cli.tiller_migrate import names

    return names(context)


def _migrate(context: Context) -> None:
    from charthouse.cli.tiller_migrate import run

    run(context)


COMMAND = Command(
    "tiller",
    "look after releases of Helm 2's Tiller",
    long="""Releases Helm 2's Tiller left in the cluster.

migrate turns its records into those of Helm 3 and 4.
""",
    args="none",
    children=(
        Command(
            "migrate [RELEASE...] [flags]",
            "turn Helm 2's releases into those of Helm 3 and 4",
            long="""Convert the records Helm 2's Tiller keeps, with all revisions, into records of Helm 3 and 4 in the
namespace of each release, as HELM_DRIVER says. Without names every release is taken. No Tiller and no Helm 2 is needed.

First the plan is shown and nothing changes; --confirm does it. What a record cannot hold (charts inside the chart,
values as written, test results) is kept in an object beside it. The objects the releases own are not touched.

An interrupted migration is begun again and goes on. Helm 2's records stay, unless --delete-originals is given: then
they go, release by release, once every revision was read back and found to be the same.
""",
            flags=_migrate_flags,
            run=_migrate,
            complete=_names,
        ),
    ),
)
