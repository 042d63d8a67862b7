"""The server's end of `charthouse.v1`: each RPC of the description with its handler."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.calls import caller_of, named_method
from charthouse.tiller.v1.desk import WATCHES, Desk
from charthouse.tiller.v1.operating import Operating
from charthouse.tiller.v1.readings import Readings
from charthouse.tiller.v1.rpcs import METHODS
from charthouse.tiller.v1.sources import SourceLimits, load_chart
from charthouse.tiller.v1.structs import text
from charthouse.tiller.v1.verbs import Verbs
from charthouse.tiller.v1.watching import Watching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.rpc.call import Call, Method
    from charthouse.tiller.operations import Operations
    from charthouse.tiller.v1.sources import LoadChart
    from charthouse.tiller.workplace import Workplace

__all__ = ["methods"]


def methods(
    operations: Operations,
    workplace: Workplace,
    *,
    clock: Clock,
    version: str,
    limits: SourceLimits | None = None,
    load: LoadChart = load_chart,
    watches: int = WATCHES,
) -> list[Method]:
    """What ``rpc.server`` serves. version: this program's; load: makes a chart of an archive; watches: at once, half of
    them of one caller.

    A layer in front of them must have put the ``Caller`` into ``call.notes["caller"]``; without one a call ends with
    UNAUTHENTICATED.
    """
    desk = Desk(operations, workplace, clock=clock, version=version, limits=limits, load=load, watches=watches)
    handlers = _handlers(desk)
    return [
        named_method(method.path, method.request, handlers[method.name], streams=method.streams) for method in METHODS
    ]


def _handlers(desk: Desk) -> dict[str, Callable[[Any, Call], Any]]:
    verbs, readings, operating = Verbs(desk), Readings(desk), Operating(desk)
    return {
        "Install": verbs.install,
        "Upgrade": verbs.upgrade,
        "Rollback": verbs.rollback,
        "Uninstall": verbs.uninstall,
        "Test": verbs.test,
        "Plan": verbs.plan,
        "Diff": verbs.diff,
        "InstallInstead": readings.install_instead,
        "List": readings.list,
        "GetStatus": readings.status,
        "History": readings.history,
        "GetRelease": readings.release,
        "GetValues": readings.values,
        "GetMetadata": readings.metadata,
        "Watch": Watching(desk).watch,
        "ListOperations": operating.list,
        "GetOperation": operating.get,
        "Attach": operating.attach,
        "Cancel": operating.cancel,
        "Approve": operating.approve,
        "GetServer": lambda request, call: _server(desk, call),
    }


def _server(desk: Desk, call: Call) -> messages.Server:
    caller = caller_of(call)
    out = messages.Server(
        version=desk.version,
        storage=desk.workplace.storage,
        namespace=desk.workplace.namespace,
        max_chart=desk.limits.chart,
        max_values=desk.limits.values,
    )
    out.caller.user = text(caller.user)
    out.caller.uid = text(caller.uid)
    out.caller.how = caller.how
    out.caller.groups.extend(map(text, caller.groups))
    try:
        out.kubernetes = text(desk.workplace.own_cluster().client.server_version().git_version)
    except CharthouseError:
        out.kubernetes = ""
    return out
