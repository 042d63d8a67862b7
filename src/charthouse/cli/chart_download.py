"""A chart that is not on this machine: found in a repository, in a registry or at an address, put into the cache.

Rules: Helm 4.3.1 ``pkg/action/install.go`` (``LocateChart``). Differs: see
``distribution/proofs.py``.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.access import Access
    from charthouse.distribution.downloads import Resolved
    from charthouse.distribution.fetch import Fetcher

__all__ = ["fetch_chart"]


def fetch_chart(context: Context, reference: str) -> str:
    """The path of the archive `reference` names. Raises DistributionError with Helm's text,
    ProvenanceError."""
    from charthouse.cli.fetching import access, fetcher, places, progress
    from charthouse.distribution import downloads, urls
    from charthouse.distribution.fetch import checked_scheme
    from charthouse.records import replace

    version = context["version"].strip()
    if not version and context.flags.values.get("devel"):
        version = ">0.0.0-0"
    given, where, client = access(context), places(context), fetcher(context)
    try:
        if context["repo"]:
            repository = context["repo"]
            reference = downloads.find_in_repository(repository, reference, version, given, client, log=context.log)
            if not given.pass_all and urls.origin(repository) != urls.origin(reference):
                given = replace(given, username="", password="")
        if urls.is_oci(reference):
            return _from_registry(context, reference, version, given, client)
        _log_start(context)
        found = downloads.resolve(reference, version, where, given, log=context.log)
        checked_scheme(found.url, client)
        update, end = progress(context, found.file_name)
        try:
            path = downloads.in_cache(found, where, client, log=context.log, progress=update)
        finally:
            end()
        _check(context, found, path, client)
        return path
    finally:
        client.close()


def _check(context: Context, found: Resolved, path: str, client: Fetcher) -> None:
    """Check the archive in the cache: cosign's signature, and the provenance file, which is kept there too."""
    from charthouse.cli.cosign import check_archive, wanted
    from charthouse.cli.fetching import places
    from charthouse.cli.signatures import check
    from charthouse.distribution import proofs
    from charthouse.records import replace

    if not context["verify"] and not wanted(context):
        return
    with open(path, "rb") as stream:
        archive = stream.read()
    check_archive(context, archive, found.file_name)
    if not context["verify"]:
        return
    where = places(context)
    named = replace(found, digest=os.path.basename(path).partition(".")[0])
    proof, _ = proofs.prove(named, archive, check(context), where, client, log=context.log)
    proofs.keep(proof, archive, where)


def _from_registry(context: Context, reference: str, version: str, given: Access, client: Fetcher) -> str:
    from charthouse.cli.fetching import places
    from charthouse.cli.registry_pull import pull_chart
    from charthouse.distribution import downloads, proofs

    aside = context.command == "template" or context.command.startswith("show")
    out = context.err if aside else context.out
    done = pull_chart(context, reference, version, given, client, out)
    if done.proof:
        proofs.keep(done.proof, done.chart, places(context))
    return downloads.keep(done.chart, places(context))


def _log_start(context: Context) -> None:
    from charthouse.logs import DEBUG, LogRecord

    context.log(LogRecord(DEBUG, "set up default downloader cache"))
