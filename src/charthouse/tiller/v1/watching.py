"""Changes of releases as they happen, whoever makes them: the objects that hold the records are watched as the caller.

Records in SQL or in memory cannot be watched; they are looked at every few seconds. A caller who may not watch all
namespaces is told so by the API server, as for `list`.
"""

from __future__ import annotations

import contextlib
import queue
import threading

from charthouse.kube.watch import Follower
from charthouse.logs import silent
from charthouse.profile import HELM4
from charthouse.releases.errors import CodecError
from charthouse.releases.storage.driver import open_driver
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.calls import caller_of, checked
from charthouse.tiller.v1.releases import to_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from charthouse.releases.release import Release
    from charthouse.releases.storage.objects import ObjectDriver
    from charthouse.rpc.call import Call
    from charthouse.tiller.v1.desk import Desk

__all__ = ["Watching"]

_KINDS = {"configmap": ("configmap", "secret"), "secret": ("secret", "configmap")}
_LONGEST = 24 * 3600.0  # seconds one watch lasts
_POLL = 2.0
_HELD = 1000  # events of a reader who is slow
_ADDED, _MODIFIED, _DELETED, _OVER = "ADDED", "MODIFIED", "DELETED", "OVER"


class Watching:
    """The handler of Watch; desk: what handlers work with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._mutex = threading.Lock()
        self._open: dict[tuple[str, str], int] = {}

    def watch(self, request: messages.WatchRequest, call: Call) -> Iterator[messages.ReleaseChange]:
        """Raises RpcError RESOURCE_EXHAUSTED; ApiError; SelectorError."""
        from charthouse.k8s.selectors import parse

        caller = caller_of(call)
        if request.namespace:
            checked(request.namespace)
        if request.selector:
            parse(request.selector)
        who = (caller.user, caller.uid)
        self._enter(who)
        try:
            yield from self._changes(request, call)
        finally:
            self._leave(who)

    def _enter(self, who: tuple[str, str]) -> None:
        """Each watch takes a handler of the server's for as long as it lasts, so nobody may have them all."""
        most = self._desk.watches
        with self._mutex:
            mine = self._open.get(who, 0)
            if sum(self._open.values()) >= most:
                raise RpcError(Code.RESOURCE_EXHAUSTED, f"{most} watches are open already")
            if mine >= max(1, most // 2):
                raise RpcError(Code.RESOURCE_EXHAUSTED, f"you have {mine} watches open already")
            self._open[who] = mine + 1

    def _leave(self, who: tuple[str, str]) -> None:
        with self._mutex:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    def _changes(self, request: messages.WatchRequest, call: Call) -> Iterator[messages.ReleaseChange]:
        view = request.view or messages.View.SUMMARY
        synced = False
        kinds = _KINDS.get(self._desk.workplace.storage)
        found = self._followed(kinds, request, call) if kinds else self._polled(request, call)
        for kind, release in found:
            if release is None:
                synced = True
                yield messages.ReleaseChange(kind=messages.ReleaseChange.SYNCED)
            elif synced or not request.changes_only:
                change = messages.ReleaseChange(kind=getattr(messages.ReleaseChange, kind))
                change.release.CopyFrom(to_message(release, view))
                yield change

    def _followed(
        self, kinds: tuple[str, ...], request: messages.WatchRequest, call: Call
    ) -> Iterator[tuple[str, Release | None]]:
        """Changes in the objects of both kinds; the second kind is passed over when the caller may not read it."""
        cluster = self._desk.workplace.cluster(caller_of(call), profile=HELM4)
        seen: queue.Queue[_Seen] = queue.Queue(_HELD)
        over = threading.Event()
        sources = []
        for kind in kinds:
            driver: Any = open_driver(kind, cluster.client, request.namespace, now=_no_time, log=silent)
            follower = Follower(
                cluster.client, driver.type, request.namespace, clock=self._desk.clock, timeout=_LONGEST,
                label_selector=_selector(request),
            )  # fmt: skip
            sources.append(_Source(kind, driver, follower, seen, over))

        def stop() -> None:
            over.set()
            with contextlib.suppress(queue.Full):  # then whoever reads does not wait
                seen.put_nowait(_Seen("", _OVER))
            for source in sources:
                source.follower.cancel()

        call.on_cancel(stop)
        try:
            for source in sources:
                threading.Thread(target=source.run, name=f"watch of {source.kind}s", daemon=True).start()
            yield from _merged(seen, kinds, call)
        finally:
            stop()

    def _polled(self, request: messages.WatchRequest, call: Call) -> Iterator[tuple[str, Release | None]]:
        from charthouse.k8s.selectors import parse

        gone = threading.Event()
        call.on_cancel(gone.set)
        wanted = parse(_selector(request))
        known: dict[tuple[str, str], tuple[dict[str, str], Release]] = {}
        synced = False
        while not gone.is_set():
            env = self._desk.environment(caller_of(call), request.namespace, silent)  # its rights are asked for anew
            heads = [head for head in env.storage.heads() if wanted.matches(head.labels)]
            present = {(head.namespace, head.key) for head in heads}
            for place in [place for place in known if place not in present]:
                yield _DELETED, known.pop(place)[1]
            fresh = [h for h in heads if known.get((h.namespace, h.key), ({},))[0] != dict(h.labels)]
            labels = {(head.namespace, head.key): dict(head.labels) for head in fresh}
            for release in env.storage.fetch(fresh, len(heads)):
                place = (release.namespace, release.key)
                yield (_MODIFIED if place in known else _ADDED), release
                known[place] = (labels.get(place, {}), release)
            if not synced:
                synced = True
                yield "", None
            gone.wait(_POLL)
            call.check()


class _Seen:
    """What a source tells: (kind of change, release), that it has told all there was, or that it ended."""

    __slots__ = ("change", "error", "release", "source")

    def __init__(
        self, source: str, change: str = "", release: Release | None = None, error: BaseException | None = None
    ) -> None:
        self.source = source
        self.change = change
        self.release = release
        self.error = error


class _Source:
    """The records in objects of one kind, followed in a thread."""

    def __init__(
        self, kind: str, driver: ObjectDriver, follower: Follower, seen: queue.Queue[_Seen], over: threading.Event
    ) -> None:
        self.kind = kind
        self.driver = driver
        self.follower = follower
        self._seen = seen
        self._over = over
        self._versions: dict[tuple[str, str], str] = {}

    def run(self) -> None:
        """Tell what happens until the watch is over."""
        error: BaseException | None = None
        try:
            for event in self.follower.events():
                if event.type == "BOOKMARK":
                    self._put(_Seen(self.kind, "SYNCED"))
                elif self._is_news(event.type, event.object):
                    self._tell(event.type, event.object)
        except Exception as failed:  # whatever it is, the one who waits for the queue has to know
            error = failed
        self._put(_Seen(self.kind, "ENDED", error=error))

    def _is_news(self, change: str, item: dict[str, Any]) -> bool:
        """Whether it has not been told: after a break the follower begins anew."""
        metadata = item.get("metadata") or {}
        place = (metadata.get("namespace", ""), metadata.get("name", ""))
        version = str(metadata.get("resourceVersion", ""))
        if change == _DELETED:
            self._versions.pop(place, None)
            return True
        if self._versions.get(place) == version:
            return False
        self._versions[place] = version
        return True

    def _tell(self, change: str, item: dict[str, Any]) -> None:
        try:
            release = self.driver.release(item, own_labels=True)
        except CodecError:
            return  # as `list`, which leaves out what cannot be read
        self._put(_Seen(self.kind, change, release))

    def _put(self, seen: _Seen) -> None:
        while not self._over.is_set():
            try:
                self._seen.put(seen, timeout=1.0)
            except queue.Full:
                continue
            return


def _merged(seen: queue.Queue[_Seen], kinds: tuple[str, ...], call: Call) -> Iterator[tuple[str, Release | None]]:
    """What all sources tell; one "all told" when each has said so or has nothing to say."""
    waiting = set(kinds)
    while True:
        try:
            entry = seen.get(timeout=1.0)
        except queue.Empty:
            call.check()
            continue
        if entry.change == _OVER:
            return call.check()
        if entry.release is not None:
            yield entry.change, entry.release
            continue
        if entry.change == "ENDED" and entry.source == kinds[0]:
            if entry.error is not None:
                raise entry.error
            return
        if entry.source in waiting:
            waiting.discard(entry.source)
            if not waiting:
                yield "", None


def _selector(request: messages.WatchRequest) -> str:
    parts = ["owner=helm", f"name={request.name}" if request.name else "", request.selector]
    return ",".join(part for part in parts if part)


def _no_time() -> float:
    """For drivers that are only read from."""
    return 0.0
