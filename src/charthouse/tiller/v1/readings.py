"""The verbs that only read: list, status, history, get, values, metadata; and whether an upgrade would install."""

from __future__ import annotations

from charthouse.actions.options import (
    GetOptions,
    HistoryOptions,
    ListOptions,
    StatusOptions,
    UpgradeOptions,
)
from charthouse.logs import LogRecord
from charthouse.tiller.v1 import exact, messages
from charthouse.tiller.v1.calls import caller_of, checked, in_namespace
from charthouse.tiller.v1.events import log_lines
from charthouse.tiller.v1.options import read
from charthouse.tiller.v1.releases import metadata_to_message, to_message
from charthouse.tiller.v1.structs import put_struct, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from charthouse.releases.release import Release
    from charthouse.rpc.call import Call
    from charthouse.tiller.v1.desk import Desk

__all__ = ["Readings"]

_PIECE = 1 << 20  # bytes of releases in one message, more or less
_LINES = 1000  # of log that an answer carries


class Readings:
    """Handlers; desk: what they all work with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def list(self, request: messages.ListRequest, call: Call) -> Iterator[messages.ListResponse]:
        from charthouse.actions import list as verb

        caller, log = caller_of(call), list[LogRecord]()
        namespace = checked(request.namespace) if request.namespace else ""
        env = self._desk.environment(caller, namespace, log.append)
        found = verb.run(env, read(request, ListOptions))
        return _pieces(found, request.view or messages.View.SUMMARY, log)

    def history(self, request: messages.HistoryRequest, call: Call) -> Iterator[messages.ListResponse]:
        from charthouse.actions import history as verb

        caller, log = caller_of(call), list[LogRecord]()
        env = self._desk.environment(caller, in_namespace(request), log.append)
        found = verb.run(env, read(request, HistoryOptions))
        found.sort(key=lambda release: release.version)
        return _pieces(found, request.view or messages.View.SUMMARY, log)

    def status(self, request: messages.StatusRequest, call: Call) -> messages.ReleaseResponse:
        from charthouse.actions import status as verb

        caller, log = caller_of(call), list[LogRecord]()
        env = self._desk.environment(caller, in_namespace(request), log.append)
        return _answer(verb.run(env, read(request, StatusOptions)), request.view, log)

    def release(self, request: messages.GetRequest, call: Call) -> messages.ReleaseResponse:
        from charthouse.actions import get as verb

        caller, log = caller_of(call), list[LogRecord]()
        env = self._desk.environment(caller, in_namespace(request), log.append)
        return _answer(verb.run(env, read(request, GetOptions)), request.view, log)

    def values(self, request: messages.ValuesRequest, call: Call) -> messages.ValuesResponse:
        from charthouse.actions import get as verb

        caller, log = caller_of(call), list[LogRecord]()
        env = self._desk.environment(caller, in_namespace(request), log.append)
        found = verb.values(env, read(request, GetOptions))
        out = messages.ValuesResponse(exact_values=exact.encode(found), log=log_lines(log[:_LINES]))
        put_struct(out.values, found)
        return out

    def metadata(self, request: messages.MetadataRequest, call: Call) -> messages.MetadataResponse:
        from charthouse.actions import get as verb

        caller, log = caller_of(call), list[LogRecord]()
        env = self._desk.environment(caller, in_namespace(request), log.append)
        found = verb.metadata(env, read(request, GetOptions))
        return messages.MetadataResponse(metadata=metadata_to_message(found), log=log_lines(log[:_LINES]))

    def install_instead(self, request: messages.InstallInsteadRequest, call: Call) -> messages.InstallInsteadResponse:
        from charthouse.actions import upgrade

        caller, log, hints = caller_of(call), list[LogRecord](), list[str]()
        options = read(request.upgrade, UpgradeOptions)
        env = self._desk.environment(caller, in_namespace(request.upgrade), log.append, hints.append)
        out = messages.InstallInsteadResponse(install=upgrade.must_install(env, options))
        if out.install:
            out.replace = upgrade.install_instead(env, options).replace
        out.log.extend(log_lines(log[:_LINES]))
        out.hints.extend(map(text, hints))
        return out


def _answer(release: Release, view: int, log: Iterable[LogRecord]) -> messages.ReleaseResponse:
    out = messages.ReleaseResponse(log=log_lines(list(log)[:_LINES]))
    out.release.CopyFrom(to_message(release, view))
    return out


def _pieces(found: Iterable[Release], view: int, log: list[LogRecord]) -> Iterator[messages.ListResponse]:
    """Releases in messages of about a MiB, at least one message."""
    piece, size = messages.ListResponse(log=log_lines(log[:_LINES])), 0
    for release in found:
        made = to_message(release, view)
        if size and size + made.ByteSize() > _PIECE:
            yield piece
            piece, size = messages.ListResponse(), 0
        piece.releases.append(made)
        size += made.ByteSize()
    yield piece
