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


def _serve_flags() -> list[Flag]:
    from charthouse.cli.tiller_flags import serve_flags

    return serve_flags()


def _serve(context: Context) -> None:
    from charthouse.cli.tiller_serving import serve

    serve(context)


COMMAND = Command(
    "tiller",
    "run the release server, look after releases of Helm 2's Tiller",
    long="""The release server, and the releases Helm 2's Tiller left in the cluster.

serve runs the server; `charthouse init` puts it into a cluster. migrate turns Helm 2's records into those of Helm 3
and 4.
""",
    args="none",
    children=(
        Command(
            "serve [flags]",
            "run the release server",
            long="""Serve releases over gRPC: our own API and that of Helm 2's Tiller. Each call is worked on with the
rights of its caller, who is known by a bearer token, a client certificate, or, for the aggregated REST API, by the API
server's word; so it needs a certificate (--tls). Flags and variables of Helm 2's tiller keep their meaning.

It works on the cluster of the pod it runs in, or of --kubeconfig. SIGTERM ends it once what it is at has ended or has
been left to another replica; a second one ends it at once.
""",
            args="none",
            flags=_serve_flags,
            run=_serve,
        ),
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
