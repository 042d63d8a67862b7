"""Watches as clients see them: events in JSON lines, selectors, bookmarks, initial events.

Rules: apiserver/pkg/endpoints/handlers/watch.go and the watch cache v0.37.2: an object that stops matching is DELETED,
one that starts is ADDED; `sendInitialEvents` ends with a bookmark annotated `k8s.io/initial-events-end`.
"""

from __future__ import annotations

import json
import time
from queue import Empty

from charthouse.devcluster.failures import expired
from charthouse.devcluster.store import Compacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from charthouse.devcluster.resources import Kind
    from charthouse.devcluster.store import Change, Entry, Store

    Object = dict[str, Any]
    Match = Callable[[Object], bool]

__all__ = ["WatchRequest", "events"]

DEFAULT_TIMEOUT = 1800.0
BOOKMARK_EVERY = 60.0
LOOK_EVERY = 2.0  # seconds between looks whether the client is still there


class WatchRequest:
    """What to watch and how to show it. show: an entry → the object sent. matches: both selectors, or None."""

    __slots__ = ("bookmarks", "initial", "kind", "matches", "namespace", "show", "since", "timeout")

    def __init__(
        self, kind: Kind, namespace: str, query: dict[str, str], matches: Match | None, show: Callable[[Object], Object]
    ) -> None:
        self.kind = kind
        self.namespace = namespace
        self.matches = matches
        self.show = show
        version = query.get("resourceVersion", "")
        self.initial = query.get("sendInitialEvents") in ("true", "1")
        self.since = int(version) if version.isdigit() else 0
        self.bookmarks = query.get("allowWatchBookmarks") in ("true", "1")
        seconds = query.get("timeoutSeconds", "")
        self.timeout = float(seconds) if seconds.isdigit() and int(seconds) else DEFAULT_TIMEOUT


def _line(kind: str, obj: Object) -> bytes:
    return json.dumps({"type": kind, "object": obj}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def events(store: Store, request: WatchRequest) -> Iterator[bytes]:
    """The stream; empty chunks are moments to look whether the client is still there."""
    kind = request.kind
    current: list[Entry] = []
    try:
        with store.lock:
            since = 0 if request.initial else request.since
            watch = store.watch(kind.table, request.namespace, since)
            version = store.version
            if since == 0:
                current = [entry for _, entry in store.list(kind.table, request.namespace)[0]]
    except Compacted as error:
        failure = expired(f"too old resource version: {request.since} ({error.oldest})")
        yield _line("ERROR", failure.status)
        return
    try:
        for entry in current:
            if request.matches is None or request.matches(entry.object):
                yield _line("ADDED", request.show(entry.object))
        if request.initial:
            yield _line("BOOKMARK", _bookmark(kind, version, {"k8s.io/initial-events-end": "true"}))
        yield from _follow(watch.queue, request, version)
    finally:
        watch.close()


def _follow(queue: Any, request: WatchRequest, version: int) -> Iterator[bytes]:
    end = time.monotonic() + request.timeout
    marked = time.monotonic()
    while (left := end - time.monotonic()) > 0:
        try:
            change = queue.get(timeout=min(left, LOOK_EVERY))
        except Empty:
            if request.bookmarks and time.monotonic() - marked > BOOKMARK_EVERY:
                marked = time.monotonic()
                yield _line("BOOKMARK", _bookmark(request.kind, version, None))
            else:
                yield b""
            continue
        if change is None:
            return
        version = change.version
        line = _event(change, request)
        if line is not None:
            yield line
    if request.bookmarks:
        yield _line("BOOKMARK", _bookmark(request.kind, version, None))


def _event(change: Change, request: WatchRequest) -> bytes | None:
    before, after, matches = change.before, change.after, request.matches
    was = before is not None and (matches is None or matches(before.object))
    now = after is not None and (matches is None or matches(after.object))
    if after is not None and now:
        return _line("MODIFIED" if was else "ADDED", request.show(after.object))
    if was and before is not None:
        last = before.object
        if after is not None:
            version = after.object["metadata"]["resourceVersion"]
            last = {**last, "metadata": {**last["metadata"], "resourceVersion": version}}
        return _line("DELETED", request.show(last))
    return None


def _bookmark(kind: Kind, version: int, annotations: dict[str, str] | None) -> Object:
    meta: Object = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        meta["annotations"] = annotations
    return {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": meta}
