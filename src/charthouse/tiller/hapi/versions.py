"""Which clients are served, as a layer around every call, and what GetVersion answers.

Whose rules: helm v2.17.0 cmd/tiller/tiller.go (newInterceptors), pkg/version: every method of Tiller's service and of
the health service but GetVersion wants the client's version. Our own API does not know the header.
"""

from __future__ import annotations

from charthouse.charts.capabilities_helm2 import TILLER, TILLER_COMMIT
from charthouse.hapi import messages
from charthouse.hapi.service import SERVICE
from charthouse.tiller.client_version import HEADER, check_client
from charthouse.tiller.hapi.refusals import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.rpc.call import Call, Handler

__all__ = ["GET_VERSION", "check_version", "version"]

GET_VERSION = f"/{SERVICE}/GetVersion"
_SERVICES = (f"/{SERVICE}/", "/grpc.health.v1.Health/")


def check_version(request: Any, call: Call, handler: Handler) -> Any:
    """The layer. Raises RpcError (UNKNOWN, `incompatible versions …`)."""
    from charthouse.tiller.errors import IncompatibleVersions

    if call.method.startswith(_SERVICES) and call.method != GET_VERSION:
        try:
            check_client(call.metadata.get(HEADER, ""))
        except IncompatibleVersions as error:
            raise refusal(error) from error
    return handler(request, call)


def version(request: messages.GetVersionRequest, call: Call) -> messages.GetVersionResponse:
    """What the released Tiller 2.17.0 says of itself."""
    answer = messages.GetVersionResponse()
    answer.Version.CopyFrom(messages.Version(sem_ver=TILLER, git_commit=TILLER_COMMIT, git_tree_state="clean"))
    return answer
