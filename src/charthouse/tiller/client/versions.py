"""What a server says it is: our own, or a Tiller of Helm 2."""

from __future__ import annotations

from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.errors import NotReached
from charthouse.tiller.client.own import OwnService, is_unknown_service
from charthouse.tiller.v1 import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.ports import Clock
    from charthouse.tiller.client.connection import Connection

__all__ = ["ask"]


def ask(connection: Connection, clock: Clock) -> tuple[str, str, str]:
    """(version, git commit, state of the tree); the last two are "" for our own server. Raises RpcError, NotReached."""
    try:
        found = OwnService(connection.wire, clock, connection.lost).call("GetServer", messages.GetServerRequest())
        return found.version, "", ""
    except RpcError as error:
        if not is_unknown_service(error):
            raise
    from charthouse.tiller.client.hapi import HapiService

    try:
        version = HapiService(connection.wire, connection.lost).version()
    except RpcError as error:
        if error.code == Code.UNIMPLEMENTED:
            raise NotReached("server is too old to know its version") from error
        raise
    return version.sem_ver, version.git_commit, version.git_tree_state
