"""Calls of Helm 2's API, with messages in and out.

Whose rules: helm v2.17.0 pkg/helm/client.go: the version header on every call, the pieces of a list put together.
"""

from __future__ import annotations

from charthouse.hapi import messages
from charthouse.hapi.service import METHODS
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.client.hapi_answers import as_verb_error
from charthouse.tiller.client_version import HEADER, SERVER_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.errors import CharthouseError
    from charthouse.tiller.client.wire import Stream, Wire

__all__ = ["HapiService"]

_METHODS = {method.name: method for method in METHODS}


class HapiService:
    """wire: opens a connection to Tiller when it is first needed. lost: the error to raise when it fails. version: the
    client's, as Helm 2 sends it."""

    def __init__(
        self,
        wire: Callable[[], Wire],
        lost: Callable[[RpcError], CharthouseError] = as_verb_error,
        *,
        version: str = SERVER_VERSION,
    ) -> None:
        self._wire = wire
        self._lost = lost
        self._metadata = {HEADER: version}

    def call(self, name: str, request: Any) -> Any:
        """One answer. Raises what ``as_verb_error`` makes of a refusal, RpcError, Malformed."""
        method = _METHODS[name]
        try:
            data = self._wire().unary(method.path, request.SerializeToString(), metadata=self._metadata)
        except RpcError as error:
            self._raise(error)
            raise
        return messages.parse(getattr(messages, method.response), data)

    def stream(self, name: str, request: Any) -> Iterator[Any]:
        """Answers as they come. Raises as ``call``."""
        method = _METHODS[name]
        try:
            stream: Stream = self._wire().stream(method.path, request.SerializeToString(), metadata=self._metadata)
            for data in stream:
                yield messages.parse(getattr(messages, method.response), data)
        except RpcError as error:
            self._raise(error)
            raise

    def _raise(self, error: RpcError) -> None:
        """Raise what a verb raises for it, unless that is the error itself."""
        found = self._lost(error) if error.code == Code.UNAVAILABLE else as_verb_error(error)
        if found is not error:
            raise found from error

    def version(self) -> messages.Version:
        """What the server says it is."""
        version: messages.Version = self.call("GetVersion", messages.GetVersionRequest()).Version
        return version

    def content(self, name: str, revision: int) -> messages.Release:
        """A release as recorded, its last revision for 0."""
        request = messages.GetReleaseContentRequest(name=name, version=revision)
        release: messages.Release = self.call("GetReleaseContent", request).release
        return release

    def history(self, name: str, most: int) -> list[messages.Release]:
        """At most so many revisions, the newest first; none is NotFound."""
        return list(self.call("GetHistory", messages.GetHistoryRequest(name=name, max=most)).releases)
