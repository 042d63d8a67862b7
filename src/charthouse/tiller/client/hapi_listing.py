"""`list` of a Tiller of Helm 2: the newest revision of every release.

Tiller lists revisions, chosen by state first; later Helms take the newest of each name and look at its state then. So
every state is asked for but SUPERSEDED (whose revisions are the most, and never the newest of a release that can be
worked on), unless that is what is wanted. What comes is kept in memory, and the verb itself run over that.

Whose rules: helm v2.17.0 pkg/tiller/release_list.go; the rest is ``actions.list``.
"""

from __future__ import annotations

from charthouse.actions.environment import Environment
from charthouse.actions.list import run
from charthouse.hapi import messages
from charthouse.releases.history import Storage
from charthouse.releases.storage.memory import MemoryDriver
from charthouse.tiller.client.hapi_answers import release_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.options import ListOptions
    from charthouse.releases.release import Release
    from charthouse.tiller.client.hapi import HapiService

__all__ = ["listed"]

_MOST = (1 << 31) - 1  # Tiller's own limit is 512 when none is given
_CODES = 9


class _Reached:
    """In the place of the cluster: Tiller has just answered."""

    def reachable(self) -> None:
        """It is."""


def listed(service: HapiService, options: ListOptions) -> list[Release]:
    """The releases to show. Raises ActionError (a filter that is no regular expression) and what calls raise."""
    codes = [code for code in range(_CODES) if code != messages.Status.SUPERSEDED or options.superseded]
    request = messages.ListReleasesRequest(limit=_MOST, status_codes=codes, namespace=options.namespace)
    found = [release_of(message) for answer in service.stream("ListReleases", request) for message in answer.releases]
    driver = MemoryDriver("", now=lambda: 0.0)
    for release in found:
        driver.create(release)
    here = Environment(_Reached(), Storage(driver), None, bytes)  # type: ignore[arg-type]  # nothing else is asked of it
    return run(here, options)
