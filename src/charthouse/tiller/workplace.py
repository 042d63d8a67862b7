"""Where a request is worked on: the cluster as its caller, the records where this Tiller keeps them, the lock it holds.

``Workplace.environment`` gives the verbs of ``charthouse.actions`` what they need. Services never make a cluster or a
driver themselves, so no request can be made with other rights than the caller's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from charthouse.actions.environment import Environment, HookOutput
    from charthouse.actions.ports import Clock, Cluster
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.releases.lock import Locks
    from charthouse.tiller.caller import Caller

    class Workplace(Protocol):
        """What services ask for."""

        @property
        def storage(self) -> str:
            """The driver's name: configmap, secret, sql, memory."""
            ...

        @property
        def namespace(self) -> str:
            """Tiller's own namespace."""
            ...

        def cluster(self, caller: Caller, *, profile: Profile) -> Cluster:
            """The cluster as `caller`. Raises Refused when Tiller must not be that user."""
            ...

        def own_cluster(self) -> Cluster:
            """The cluster as Tiller itself: reviews, Leases, journal."""
            ...

        def environment(
            self,
            caller: Caller,
            namespace: str,
            *,
            profile: Profile,
            log: Log,
            hint: Callable[[str], None],
            hook_output: HookOutput,
            clock: Clock,
            locks: Locks | None = None,
        ) -> Environment:
            """For one request in one namespace ("" = all, for reading), as `caller`."""
            ...

else:
    Workplace = object

__all__ = ["Workplace"]
