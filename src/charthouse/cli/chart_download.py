"""A chart that is not on this machine: found in a repository or at an address, put into the content cache.

Rules: Helm 4.3.1 ``pkg/action/install.go`` (``LocateChart``). Registries and signatures are not built yet: what would
need them says so.
"""

from __future__ import annotations

from charthouse.cli.unbuilt import NotBuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["fetch_chart"]


def fetch_chart(context: Context, reference: str) -> str:
    """The path of the archive `reference` names. Raises DistributionError with Helm's text, NotBuilt."""
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
            raise NotBuilt("fetching charts from registries", instead="pull the chart with helm and give its path")
        _log_start(context)
        found = downloads.resolve(reference, version, where, given, log=context.log)
        checked_scheme(found.url)
        if context["verify"]:
            raise NotBuilt("checking signatures")
        update, end = progress(context, found.file_name)
        try:
            return downloads.in_cache(found, where, client, log=context.log, progress=update)
        finally:
            end()
    finally:
        client.close()


def _log_start(context: Context) -> None:
    from charthouse.logs import DEBUG, LogRecord

    context.log(LogRecord(DEBUG, "set up default downloader cache"))
