"""From a connection to verbs: our own API, or Helm 2's where the server knows no other."""

from __future__ import annotations

from charthouse.tiller.client.negotiated import NegotiatedVerbs
from charthouse.tiller.client.own import OwnService
from charthouse.tiller.client.own_verbs import OwnVerbs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from charthouse.actions.environment import HookOutput
    from charthouse.actions.ports import Clock
    from charthouse.actions.verbs import Verbs
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.tiller.client.connection import Connection

__all__ = ["verbs_over"]


def verbs_over(
    connection: Connection,
    *,
    clock: Clock,
    log: Log,
    hint: Callable[[str], None],
    hook_output: HookOutput,
    profile: Profile,
    patience: float,
    given: Collection[str] = (),
) -> Verbs:
    """The verbs of the server behind a connection.

    log, hint, hook_output: as of an Environment. patience: seconds to go on trying when the connection breaks during an
    operation. given: flags of the command line, for Helm 2's Tiller.
    """

    def hapi() -> Verbs:
        from charthouse.tiller.client.hapi import HapiService
        from charthouse.tiller.client.hapi_verbs import HapiVerbs

        return HapiVerbs(HapiService(connection.wire, connection.lost), log=log, hint=hint, given=given)

    service = OwnService(connection.wire, clock, connection.lost)
    own = OwnVerbs(service, log=log, hint=hint, hook_output=hook_output, profile=profile, patience=patience)
    return NegotiatedVerbs(own, hapi)
