"""``pull``: a chart's archive, from a repository, a registry or an address, into a directory.

Rules: Helm 4.3.1 ``pkg/cmd/pull.go``, ``pkg/action/pull.go``. Differs: an
archive that fails the check of its signature is not written, where Helm leaves it there.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError
from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import chart_source_flags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.access import Access
    from charthouse.distribution.downloads import Resolved
    from charthouse.distribution.fetch import Fetcher

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("devel", "bool", "consider pre-releases too (version '>0.0.0-0'); ignored with --version"),
        Flag("untar", "bool", "unpack the chart"),
        Flag("prov", "bool", "fetch the provenance file, without checking it"),
        Flag("untardir", "string", "where to unpack", default="."),
        Flag("destination", "string", "where to write the chart", default=".", short="d"),
        *chart_source_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.fetching import fetcher
    from charthouse.cli.registry_tls import check_registry_tls
    from charthouse.logs import DEBUG, LogRecord

    version = context["version"]
    if not version and context["devel"]:
        context.log(LogRecord(DEBUG, "setting version to >0.0.0-0"))
        version = ">0.0.0-0"
    check_registry_tls(context)
    client = fetcher(context)
    try:
        for reference in context.words:
            _pull(context, reference, version, client)
    finally:
        client.close()


def _pull(context: Context, reference: str, version: str, client: Fetcher) -> None:
    from charthouse.cli.cosign import check_archive
    from charthouse.cli.fetching import access, places, progress
    from charthouse.distribution import atomic, downloads, urls
    from charthouse.records import replace

    given, where = access(context), places(context)
    name = reference
    if context["repo"]:
        reference = downloads.find_in_repository(context["repo"], reference, version, given, client, log=context.log)
        if not given.pass_all and urls.origin(context["repo"]) != urls.origin(reference):
            given = replace(given, username="", password="")  # Helm sends them to whatever host the index names
    if urls.is_oci(reference):
        _pull_from_registry(context, reference, version, given, client)
        return
    found = downloads.resolve(reference, version, where, given, log=context.log)
    _check_scheme(found.url, client)
    update, end = progress(context, found.file_name)
    try:
        data = downloads.download(found, where, client, log=context.log, progress=update)
    finally:
        end()
    context.out.write(check_archive(context, data, found.file_name))
    proof = _proof(context, reference, found, data, client)
    if context["untar"]:
        _unpack(context, name, data)
        return
    path = os.path.join(context["destination"], found.file_name)
    atomic.write(path, data, 0o644, make_folder=False)
    if proof:
        atomic.write(f"{path}.prov", proof, 0o644)


def _proof(context: Context, reference: str, found: Resolved, archive: bytes, client: Fetcher) -> bytes:
    """The archive's provenance if it is wanted, and checked if that is; b"" when Helm only warns that there is none."""
    from charthouse.cli.fetching import places
    from charthouse.cli.signatures import check, verification_lines
    from charthouse.distribution import proofs
    from charthouse.distribution.errors import DistributionError

    verify = context["verify"]
    if not verify and not context["prov"]:
        return b""
    where = places(context)
    if verify:
        proof, verified = proofs.prove(found, archive, check(context), where, client, log=context.log)
        context.out.write(verification_lines(verified))
        return proof
    try:
        return proofs.fetch(found, where, client, log=context.log)
    except DistributionError as error:
        context.out.write(proofs.not_found(reference, str(error)))
        return b""


def _pull_from_registry(context: Context, reference: str, version: str, given: Access, client: Fetcher) -> None:
    from charthouse.cli.registry_pull import pull_chart
    from charthouse.cli.signatures import verification_lines
    from charthouse.distribution import atomic

    done = pull_chart(context, reference, version, given, client, context.out, proof=context["prov"])
    context.out.write(done.cosign + done.warning)
    if done.found is not None:
        context.out.write(verification_lines(done.found))
    if context["untar"]:
        _unpack(context, reference, done.chart)
        return
    path = os.path.join(context["destination"], done.name)
    atomic.write(path, done.chart, 0o644, make_folder=False)
    if done.proof:
        atomic.write(f"{path}.prov", done.proof, 0o644)


def _check_scheme(url: str, client: Fetcher) -> None:
    from charthouse.distribution.fetch import checked_scheme

    checked_scheme(url, client)


def _unpack(context: Context, reference: str, data: bytes) -> None:
    from charthouse.charts.archive import expand

    folder = context["untardir"]
    if not os.path.isabs(folder):
        folder = os.path.normpath(os.path.join(context["destination"], folder))
    last = reference.rpartition("/")[2]
    target = last if folder == "." else os.path.join(folder, last)
    if target and os.path.lexists(target):
        raise ChartError(f"failed to untar: a file or directory with the name {target} already exists")
    try:
        if target:
            os.makedirs(target, 0o755, exist_ok=True)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise ChartError(f"failed to untar (mkdir): {go_text('mkdir', target, error)}") from None
    expand(data, folder)


COMMAND = Command(
    "pull [chart URL | repo/chartname] [...]",
    "download a chart",
    long="Download charts from repositories, registries or addresses, and unpack them with --untar.\n",
    aliases=("fetch",),
    args="min 1",
    flags=_flags,
    run=_run,
)
