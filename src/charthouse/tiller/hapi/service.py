"""The ten methods, as an ``rpc`` server serves them."""

from __future__ import annotations

from charthouse.hapi import messages
from charthouse.hapi.fields import bounded
from charthouse.hapi.service import METHODS
from charthouse.rpc.call import Method
from charthouse.tiller.hapi.changing import Changing
from charthouse.tiller.hapi.finding import Finder
from charthouse.tiller.hapi.reading import Reading
from charthouse.tiller.hapi.refusals import refusing, refusing_streams
from charthouse.tiller.hapi.versions import version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.hapi.service import Method as HapiMethod
    from charthouse.tiller.operations import Operations
    from charthouse.tiller.workplace import Workplace

__all__ = ["methods"]


def methods(
    operations: Operations,
    workplace: Workplace,
    *,
    clock: Clock,
    random: Callable[[int], bytes],
    history_max: int = 0,
) -> list[Method]:
    """`hapi.services.tiller.ReleaseService`. history_max: revisions kept of each release, 0 for all.

    Calls other than GetVersion need ``call.notes["caller"]``. Raises Unavailable where protobuf is not installed.
    """
    finder = Finder(workplace, clock)
    reading = Reading(finder)
    changing = Changing(operations, workplace, finder, clock=clock, random=random, history_max=history_max)
    handlers: dict[str, Any] = {
        "ListReleases": reading.list,
        "GetReleaseStatus": reading.status,
        "GetReleaseContent": reading.content,
        "UpdateRelease": changing.update,
        "InstallRelease": changing.install,
        "UninstallRelease": changing.uninstall,
        "GetVersion": version,
        "RollbackRelease": changing.rollback,
        "GetHistory": reading.history,
        "RunReleaseTest": changing.test,
    }
    return [_served(method, handlers[method.name]) for method in METHODS]


def _served(method: HapiMethod, handler: Any) -> Method:
    wrap = refusing_streams if method.streams else refusing
    return Method(
        path=method.path,
        handler=wrap(handler),
        request=bounded(getattr(messages, method.request)),
        response=lambda message: message.SerializeToString(),
        streams=method.streams,
    )
