"""The calls that change nothing: status, content, history, list.

Whose rules: helm v2.17.0 pkg/tiller/release_{status,content,history,list}.go.
"""

from __future__ import annotations

from charthouse.actions.helm2 import records
from charthouse.actions.helm2 import status as status_verb
from charthouse.actions.helm2.errors import TillerRefusal
from charthouse.actions.helm2.names import check_name
from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.hapi import messages
from charthouse.releases.errors import NotFound
from charthouse.releases.helm2.conversion import STATUSES, release_to_message
from charthouse.releases.release import FAILED, UNINSTALLED
from charthouse.tiller.listing import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from charthouse.actions.environment import Environment
    from charthouse.releases.release import Release
    from charthouse.rpc.call import Call
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.hapi.finding import Finder

__all__ = ["Reading"]

_NUMBERS = {status: number for number, status in enumerate(STATUSES)}


class Reading:
    """The handlers."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def status(self, request: messages.GetReleaseStatusRequest, call: Call) -> messages.GetReleaseStatusResponse:
        """A revision's state, and its objects in the cluster. Errors of the cluster are passed over for what is deleted
        or failed."""
        check_name(request.name)
        try:
            env, release = self._revision(_caller(call), request.name, request.version)
        except CharthouseError as error:
            raise _status_error(request, error) from error
        answer = messages.GetReleaseStatusResponse(name=release.name, namespace=release.namespace)
        answer.info.CopyFrom(release_to_message(release).info)
        try:
            text = status_verb.resources(env, release)
        except CharthouseError:
            if release.status not in (UNINSTALLED, FAILED):
                raise
            return answer
        if release.status not in (UNINSTALLED, FAILED):
            answer.info.status.resources = text
        return answer

    def content(self, request: messages.GetReleaseContentRequest, call: Call) -> messages.GetReleaseContentResponse:
        """A revision, whole."""
        check_name(request.name)
        _, release = self._revision(_caller(call), request.name, request.version)
        return messages.GetReleaseContentResponse(release=release_to_message(release))

    def history(self, request: messages.GetHistoryRequest, call: Call) -> messages.GetHistoryResponse:
        """The newest revisions, the newest first; none for a maximum of 0."""
        check_name(request.name)
        caller = _caller(call)
        env = self._finder.environment(caller, self._finder.where(caller, request.name))
        found = records.history(env, request.name)[::-1][: max(0, request.max)]
        return messages.GetHistoryResponse(releases=[release_to_message(release) for release in found])

    def list(self, request: messages.ListReleasesRequest, call: Call) -> Iterator[messages.ListReleasesResponse]:
        """Every revision there is, chosen, sorted and cut to messages that fit."""
        storage = self._finder.environment(_caller(call)).storage
        try:
            heads = storage.heads()
        except NotFound:
            heads = []
        codes = set(request.status_codes) or {messages.Status.DEPLOYED}
        wanted = [head for head in heads if _code(head.labels.get("status", "")) in codes]
        found = storage.fetch(wanted, len(heads)) if wanted else []
        yield from listed(request, [release_to_message(release) for release in found])

    def _revision(self, caller: Caller, name: str, revision: int) -> tuple[Environment, Release]:
        """A revision, the last one for 0 and below."""
        namespace = self._finder.namespace(caller, name)
        if not namespace:
            raise records.not_found(name, max(0, revision))
        env = self._finder.environment(caller, namespace)
        return env, records.get(env, name, revision) if revision > 0 else records.last(env, name)


def _caller(call: Call) -> Caller:
    found: Caller = call.notes["caller"]
    return found


def _code(status: str) -> int:
    """The Status.Code of a record's label."""
    return _NUMBERS.get(status, messages.Status.UNKNOWN)


def _status_error(request: messages.GetReleaseStatusRequest, error: CharthouseError) -> TillerRefusal:
    if request.version <= 0:
        text = f"getting deployed release {quote(request.name)}: {error.message}"
    else:
        text = f"getting release '{request.name}' (v{request.version}): {error.message}"
    return TillerRefusal(text, hint=error.hint)
