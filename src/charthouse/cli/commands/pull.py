"""``pull``: a chart's archive, from a repository, a registry or an address, into a directory.

Rules: Helm 4.3.1 ``pkg/cmd/pull.go``, ``pkg/action/pull.go``. Signatures are not built yet: what would need them says
so.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError
from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import chart_source_flags
from charthouse.cli.unbuilt import NotBuilt

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
    from charthouse.cli.fetching import access, places, progress
    from charthouse.distribution import atomic, downloads, urls

    if context["verify"]:
        raise NotBuilt("checking signatures")
    given, where = access(context), places(context)
    name = reference
    if context["repo"]:
        reference = downloads.find_in_repository(context["repo"], reference, version, given, client, log=context.log)
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
    if context["untar"]:
        _unpack(context, name, data)
        return
    path = os.path.join(context["destination"], found.file_name)
    atomic.write(path, data, 0o644, make_folder=False)
    if context["prov"]:
        _fetch_provenance(context, reference, found, path, client)


def _pull_from_registry(context: Context, reference: str, version: str, given: Access, client: Fetcher) -> None:
    from charthouse.cli.fetching import progress
    from charthouse.cli.registries import report, sessions
    from charthouse.distribution import atomic
    from charthouse.distribution.registry.charts import pull, resolve

    session_of = sessions(context, client, given, plain_http=context["plain-http"])
    found, name = resolve(reference, version, session_of)
    update, end = progress(context, name)
    try:
        done = pull(found, session_of(found.registry), provenance=context["prov"], progress=update)
    finally:
        end()
    report(context.out, done, "Pulled")
    if context["untar"]:
        _unpack(context, reference, done.chart)
        return
    path = os.path.join(context["destination"], name)
    atomic.write(path, done.chart, 0o644, make_folder=False)
    if context["prov"] and done.provenance:
        atomic.write(f"{path}.prov", done.provenance, 0o644)
    elif context["prov"]:
        from charthouse.distribution.registry.charts import PROVENANCE

        text = f"manifest does not contain a layer with mediatype {PROVENANCE}"
        context.out.write(f"WARNING: Verification not found for {reference}: {text}\n")


def _check_scheme(url: str, client: Fetcher) -> None:
    from charthouse.distribution.fetch import checked_scheme

    checked_scheme(url, client)


def _fetch_provenance(context: Context, reference: str, found: Resolved, path: str, client: Fetcher) -> None:
    from charthouse.distribution import atomic
    from charthouse.distribution.errors import DistributionError

    try:
        body = client.get(found.url + ".prov", found.access, accept="application/gzip,application/octet-stream").body
    except DistributionError as error:
        context.out.write(f"WARNING: Verification not found for {reference}: {error}\n")
        return
    atomic.write(path + ".prov", body, 0o644)


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
