"""A chart that is not on this machine: found in a repository, in a registry or at an address, put into the cache.

Rules: Helm 4.3.1 ``pkg/action/install.go`` (``LocateChart``). Signatures are not built yet: what would need them says
so.
"""

from __future__ import annotations

from charthouse.cli.unbuilt import NotBuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.distribution.access import Access
    from charthouse.distribution.fetch import Fetcher

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
            return _from_registry(context, reference, version, given, client)
        _log_start(context)
        found = downloads.resolve(reference, version, where, given, log=context.log)
        checked_scheme(found.url, client)
        if context["verify"]:
            raise NotBuilt("checking signatures")
        update, end = progress(context, found.file_name)
        try:
            return downloads.in_cache(found, where, client, log=context.log, progress=update)
        finally:
            end()
    finally:
        client.close()


def _from_registry(context: Context, reference: str, version: str, given: Access, client: Fetcher) -> str:
    from charthouse.cli.fetching import places, progress
    from charthouse.cli.registries import report, sessions
    from charthouse.distribution import downloads
    from charthouse.distribution.registry.charts import pull, resolve

    if context["verify"]:
        raise NotBuilt("checking signatures")
    session_of = sessions(context, client, given, plain_http=context["plain-http"])
    found, name = resolve(reference, version, session_of)
    update, end = progress(context, name)
    try:
        done = pull(found, session_of(found.registry), progress=update)
    finally:
        end()
    aside = context.command == "template" or context.command.startswith("show")
    report(context.err if aside else context.out, done, "Pulled")
    return downloads.keep(done.chart, places(context))


def _log_start(context: Context) -> None:
    from charthouse.logs import DEBUG, LogRecord

    context.log(LogRecord(DEBUG, "set up default downloader cache"))
