"""Asking a hub (Artifact Hub, or one like it) for charts.

Rules: Helm 4.3.1 ``internal/monocular`` (the search API), ``pkg/cmd/search_hub.go`` (what is shown of an answer).
"""

from __future__ import annotations

from charthouse.distribution import urls
from charthouse.distribution.access import Access
from charthouse.distribution.errors import DistributionError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.distribution.fetch import Fetcher

__all__ = ["HubChart", "check", "find"]


class HubChart(Record):
    """A chart a hub knows: where it is shown, its latest version, its repository."""

    url: str
    version: str
    app_version: str
    description: str
    repository_url: str
    repository_name: str


def check(endpoint: str) -> None:
    """Raises DistributionError when `endpoint` is no address with a host."""
    if not urls.parse(endpoint).hostname:
        raise DistributionError("no hostname provided")


def find(endpoint: str, term: str, fetcher: Fetcher) -> list[HubChart]:
    """What the hub at `endpoint` finds for `term`, in its order. Raises DistributionError."""
    from urllib.parse import quote_plus, urlsplit, urlunsplit

    address = urls.join(endpoint, "api/chartsvc/v1/charts/search")
    address = urlunsplit(urlsplit(address)._replace(query=f"q={quote_plus(term)}"))
    answer = fetcher.get(address, Access(url=address))
    import json

    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise DistributionError(f"the answer of {endpoint} is no JSON: {error}") from error
    listed = value.get("data") if isinstance(value, dict) else None
    return [_chart(endpoint, entry) for entry in listed or () if isinstance(entry, dict)]


def _chart(endpoint: str, entry: dict[str, Any]) -> HubChart:
    latest = _part(_part(_part(entry, "relationships"), "latestChartVersion"), "data")
    attributes = _part(entry, "attributes")
    repository = _part(attributes, "repo")
    page = _text(_part(entry, "artifactHub"), "packageUrl")
    return HubChart(
        url=page or f"{endpoint}/charts/{_text(entry, 'id')}",
        version=_text(latest, "version"),
        app_version=_text(latest, "app_version"),
        description=_text(attributes, "description"),
        repository_url=_text(repository, "url"),
        repository_name=_text(repository, "name"),
    )


def _part(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
