"""Watches: events of a collection as they happen, one connection, JSON lines.

Rules: Kubernetes API concepts ("Efficient detection of changes"); client-go v0.37.1 ``rest/watch``, ``tools/watch``.
A stream ends when the server or `timeout` ends it; ``follow`` resumes where the last one stopped (bookmarks keep that
place fresh) and starts over with a list when the server has forgotten it (410 Gone).
"""

from __future__ import annotations

from charthouse.k8s.ports import ApiError, WatchEvent
from charthouse.kube import jsontext
from charthouse.kube.errors import Unreachable
from charthouse.kube.http1 import ProtocolError
from charthouse.kube.refusals import refusal_of_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import ResourceType
    from charthouse.k8s.ports import KubeClient
    from charthouse.kube.transport import LineStream

__all__ = ["EventStream", "follow"]

_SLICE_SECONDS = 60.0
_RESTART_DELAY = 1.0


class EventStream:
    """Iterator over the events of one watch request; `cancel` ends it from any thread."""

    def __init__(self, lines: LineStream, *, until: float, monotonic: Callable[[], float]) -> None:
        """until: the monotonic time at which it ends."""
        self._stream = lines
        self._lines = iter(lines)
        self._until = until
        self._monotonic = monotonic

    def __iter__(self) -> Iterator[WatchEvent]:
        return self

    def __next__(self) -> WatchEvent:
        """Raises ApiError for an ERROR event; a lost connection ends the stream like a closed one."""
        if self._monotonic() >= self._until:
            self.cancel()
            raise StopIteration
        try:
            line = next(self._lines)
        except (OSError, ValueError, ProtocolError):
            # watches are resumed by their callers; how this one ended makes no difference
            raise StopIteration from None
        try:
            event = jsontext.decode(line)
            kind, body = event["type"], event["object"]
        except (ValueError, KeyError, TypeError):
            # half a line of a connection that broke
            raise StopIteration from None
        if kind == "ERROR":
            self.cancel()
            raise refusal_of_status(body)
        return WatchEvent(kind, body)

    def cancel(self) -> None:
        self._stream.cancel()


def follow(
    client: KubeClient, type: ResourceType, namespace: str, *, clock: Clock, timeout: float,
    stopped: Callable[[], bool], label_selector: str = "", field_selector: str = "",
) -> Iterator[WatchEvent]:  # fmt: skip
    """The objects as they are (ADDED), a BOOKMARK once all were told, then every change, for `timeout` seconds.

    After a break objects are told again as MODIFIED or ADDED; those gone meanwhile as DELETED. stopped: asked between
    events. Raises ApiError when listing or watching is refused (403, 404); 5xx, 410 and lost connections are survived.
    """
    until = clock.monotonic() + timeout
    known: dict[str, dict[str, Any]] = {}
    synced = expired = False
    while not stopped() and clock.monotonic() < until:
        try:
            items = client.list(type, namespace, label_selector=label_selector, field_selector=field_selector)
        except (ApiError, Unreachable) as error:
            if isinstance(error, ApiError) and error.code < 500 and error.code not in (410, 429):
                raise
            clock.sleep(_RESTART_DELAY)
            continue
        yield from _relist(items, known)
        if not synced:
            synced = True
            yield WatchEvent("BOOKMARK", {})
        # "" watches from now on and tells the present objects again; a deletion just before is seen by the next list
        version = "" if expired else _newest(items)
        expired = yield from _watch_on(
            client, type, namespace, version, known, clock=clock, until=until, stopped=stopped,
            label_selector=label_selector, field_selector=field_selector,
        )  # fmt: skip


def _uid(item: dict[str, Any]) -> str:
    meta = item.get("metadata") or {}
    return f"{meta.get('namespace', '')}/{meta.get('name', '')}"


def _newest(items: list[dict[str, Any]]) -> str:
    """The largest resourceVersion of the items, "" when there is none."""
    numbers = [str((item.get("metadata") or {}).get("resourceVersion", "")) for item in items]
    digits = [int(number) for number in numbers if number.isascii() and number.isdigit()]
    return str(max(digits)) if digits else ""


def _relist(items: list[dict[str, Any]], known: dict[str, dict[str, Any]]) -> Iterator[WatchEvent]:
    present = {_uid(item): item for item in items}
    for uid in [uid for uid in known if uid not in present]:
        yield WatchEvent("DELETED", known.pop(uid))
    for uid, item in present.items():
        kind = "MODIFIED" if uid in known else "ADDED"
        known[uid] = item
        yield WatchEvent(kind, item)


def _watch_on(
    client: KubeClient, type: ResourceType, namespace: str, version: str, known: dict[str, dict[str, Any]], *,
    clock: Clock, until: float, stopped: Callable[[], bool], label_selector: str, field_selector: str,
) -> Generator[WatchEvent, None, bool]:  # fmt: skip
    """Watch from `version` until the server forgets it (True) or a new list is due (False)."""
    while not stopped():
        left = until - clock.monotonic()
        if left <= 0:
            return False
        started = clock.monotonic()
        try:
            stream = client.watch(
                type, namespace, resource_version=version, label_selector=label_selector,
                field_selector=field_selector, timeout=min(left, _SLICE_SECONDS),
            )  # fmt: skip
            for event in stream:
                meta = event.object.get("metadata") or {}
                version = meta.get("resourceVersion", version)
                if event.type == "BOOKMARK":
                    continue
                if event.type == "DELETED":
                    known.pop(_uid(event.object), None)
                else:
                    known[_uid(event.object)] = event.object
                yield event
                if stopped():
                    return False
        except ApiError as error:
            if error.code == 410:
                return True
            if error.code < 500 and error.code != 429:
                raise
        except Unreachable:
            # the next round lists again, which tells whether the server is back
            return False
        if not version:
            return False
        if clock.monotonic() - started < _RESTART_DELAY:
            clock.sleep(_RESTART_DELAY)
    return False
