"""Where requests are worked on: the cluster as the caller by impersonation, and the records where they live.

``workplace`` is the one services get (``tiller.workplace`` is its protocol); ``clusters`` makes requests as somebody
else, ``impersonation`` says whom Tiller may be, ``homes`` and ``everywhere`` find the records of a release,
``helm2`` reads those of Helm 2's Tiller, ``guarded`` keeps a database's records to those who may see them.
"""

from __future__ import annotations

from charthouse.tiller.workplaces.impersonation import Refused
from charthouse.tiller.workplaces.workplace import ClusterWorkplace, WorkplaceSettings

__all__ = ["ClusterWorkplace", "Refused", "WorkplaceSettings"]
