"""``search``: charts in the repositories that were added, in a public hub, or (ours) in a registry.

Rules: Helm 4.3.1 ``pkg/cmd/search_repo.go``, ``search_hub.go``, ``internal/monocular`` (what a hub is asked).
"""

from __future__ import annotations

import os

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import output_flag
from charthouse.distribution.errors import DistributionError, IndexError_, RepositoriesError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.context import Context
    from charthouse.distribution.catalogue import Catalogue
    from charthouse.distribution.hub import HubChart

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


def _repo(context: Context) -> None:
    from charthouse.distribution.search import search

    version = context["version"] or (">0.0.0-0" if context["devel"] else ">0.0.0")
    _log_version(context)
    results = search(
        _catalogues(context),
        " ".join(context.words) if context.words else None,
        regexp=context["regexp"],
        version=version,
        every_version=context["versions"],
    )
    rows = [
        {
            "name": result.name,
            "version": result.version,
            "app_version": result.app_version,
            "description": result.description,
        }
        for result in results
    ]
    _print(context, rows, ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"])


def _log_version(context: Context) -> None:
    from charthouse.logs import DEBUG, LogRecord

    context.log(LogRecord(DEBUG, "original chart version", version=context["version"]))
    if not context["version"]:
        text = "setting version to >0.0.0-0" if context["devel"] else "setting version to >0.0.0"
        context.log(LogRecord(DEBUG, text))


def _catalogues(context: Context) -> dict[str, Catalogue]:
    from charthouse.distribution import catalogues, repositories
    from charthouse.logs import WARN, LogRecord

    try:
        known = repositories.load(context["repository-config"])
    except repositories.MissingFile:
        known = repositories.Repositories()
    if not known.entries:
        raise RepositoriesError("no repositories configured", hint="`charthouse repo add NAME URL` adds one")
    found = {}
    for entry in known.named():
        path = os.path.join(context["repository-cache"], f"{entry.name}-index.yaml")
        try:
            found[entry.name] = catalogues.load(path, context.settings.own_cache, log=context.log)
        except IndexError_ as error:
            context.log(LogRecord(WARN, "repo is corrupt or missing", repo=entry.name, error=str(error)))
    return found


def _print(context: Context, rows: list[dict[str, Any]], heads: list[str]) -> None:
    if not rows and context["fail-on-no-result"]:
        raise DistributionError("no results found")
    if context["output"] == "table":
        if not rows:
            context.out.write("No results found\n")
            return
        from charthouse.cli.output.uitable import table

        lines = [heads, *([str(value) for value in row.values()] for row in rows)]
        context.out.write(table(lines, max_width=context["max-col-width"]) + "\n")
        return
    from charthouse.cli.output.encode import json_text, struct, yaml_text

    context.out.write(json_text([struct(row) for row in rows]) if context["output"] == "json" else yaml_text(rows))


def _hub(context: Context) -> None:
    from charthouse.cli.fetching import fetcher
    from charthouse.distribution import hub
    from charthouse.golang.strconv import quote

    endpoint = context["endpoint"]
    try:
        hub.check(endpoint)
    except DistributionError as error:
        raise DistributionError(f"unable to create connection to {quote(endpoint)}: {error}") from error
    client = fetcher(context)
    try:
        found = hub.find(endpoint, " ".join(context.words), client)
    except DistributionError as error:
        hint = "\n".join(text for text in (error.message, error.hint) if text)
        raise DistributionError(f"unable to perform search against {quote(endpoint)}", hint=hint) from error
    finally:
        client.close()
    if context["output"] != "table":
        _print(context, [_hub_object(chart) for chart in found], [])
        return
    heads = ["URL", "CHART VERSION", "APP VERSION", "DESCRIPTION"]
    fields = ["url", "version", "app_version", "description"]
    if context["list-repo-url"]:
        heads.append("REPO URL")
        fields.append("repository_url")
    _print(context, [{field: getattr(chart, field) for field in fields} for chart in found], heads)


def _hub_object(chart: HubChart) -> dict[str, Any]:
    return {
        "url": chart.url,
        "version": chart.version,
        "app_version": chart.app_version,
        "description": chart.description,
        "repository": {"url": chart.repository_url, "name": chart.repository_name},
    }


def _registry_flags() -> list[Flag]:
    from charthouse.cli.registry_listing import search_flags

    return search_flags()


def _registry(context: Context) -> None:
    from charthouse.cli.registry_listing import run_search

    run_search(context, context.words[0], " ".join(context.words[1:]))


COMMAND = Command(
    "search",
    "look for charts",
    long="Look for charts in the repositories that were added, in a public hub, or in a registry.\n\n"
    "`search oci://HOST/PATH` is short for `search registry oci://HOST/PATH`.\n",
    children=(
        Command(
            "registry oci://HOST[/PATH] [KEYWORD]",
            "look in a registry",
            long="List the charts below a path of a registry, where the registry shows its catalogue.\n",
            aliases=("oci://",),
            args="min 1",
            flags=_registry_flags,
            run=_registry,
        ),
        Command("hub [KEYWORD]", "look in a hub", flags=_hub_flags, run=_hub),
        Command("repo [keyword]", "look in the repositories that were added", flags=_repo_flags, run=_repo),
    ),
)
