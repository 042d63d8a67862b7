"""Watches: events of a collection as they happen, one connection, JSON lines.

Rules: Kubernetes API concepts ("Efficient detection of changes"); client-go v0.37.1 ``rest/watch``, ``tools/watch``.
A stream ends when the server or `timeout` ends it; ``Follower`` resumes where the last one stopped (bookmarks keep that
place fresh) and starts over with a list when the server has forgotten it (410 Gone).
"""

from __future__ import annotations

from charthouse.k8s.ports import ApiError, WatchEvent
from charthouse.kube import jsontext
from charthouse.kube.errors import Unreachable
from charthouse.kube.refusals import refusal_of_status
from charthouse.web.http1 import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.k8s.objects import ResourceType
    from charthouse.k8s.ports import KubeClient
    from charthouse.kube.transport import LineStream

__all__ = ["EventStream", "Follower"]

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


class Follower:
    """A collection as it is and every change to it, through broken connections; `cancel` ends it from any thread."""

    def __init__(
        self, client: KubeClient, type: ResourceType, namespace: str, *, clock: Clock, timeout: float,
        label_selector: str = "", field_selector: str = "",
    ) -> None:  # fmt: skip
        """timeout: seconds after which it ends by itself."""
        self._client = client
        self._type = type
        self._namespace = namespace
        self._clock = clock
        self._until = clock.monotonic() + timeout
        self._labels = label_selector
        self._fields = field_selector
        self._known: dict[str, dict[str, Any]] = {}
        self._stream: Any = None
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True
        stop = getattr(self._stream, "cancel", None)
        if stop is not None:
            stop()

    def _over(self) -> bool:
        return self._cancelled or self._clock.monotonic() >= self._until

    def events(self) -> Iterator[WatchEvent]:
        """The objects as they are (ADDED), a BOOKMARK once all were told, then every change.

        After a break objects are told again as MODIFIED or ADDED; those gone meanwhile as DELETED. Raises ApiError when
        listing or watching is refused (403, 404); 5xx, 410 and lost connections are survived.
        """
        synced = expired = False
        while not self._over():
            try:
                items = self._client.list(
                    self._type, self._namespace, label_selector=self._labels, field_selector=self._fields
                )
            except (ApiError, Unreachable) as error:
                if isinstance(error, ApiError) and error.code < 500 and error.code not in (410, 429):
                    raise
                self._clock.sleep(_RESTART_DELAY)
                continue
            yield from self._relist(items)
            if not synced:
                synced = True
                yield WatchEvent("BOOKMARK", {})
            # "" watches from now on and tells the present objects again; the next list sees what was deleted before
            expired = yield from self._watch_on("" if expired else _newest(items))

    def _relist(self, items: list[dict[str, Any]]) -> Iterator[WatchEvent]:
        present = {_name(item): item for item in items}
        for name in [name for name in self._known if name not in present]:
            yield WatchEvent("DELETED", self._known.pop(name))
        for name, item in present.items():
            kind = "MODIFIED" if name in self._known else "ADDED"
            self._known[name] = item
            yield WatchEvent(kind, item)

    def _watch_on(self, version: str) -> Generator[WatchEvent, None, bool]:
        """Watch from `version` until the server forgets it (True) or a new list is due (False)."""
        resumable = bool(version)
        while not self._over():
            started = self._clock.monotonic()
            try:
                self._stream = self._client.watch(
                    self._type, self._namespace, resource_version=version, label_selector=self._labels,
                    field_selector=self._fields, timeout=min(self._until - started, _SLICE_SECONDS),
                )  # fmt: skip
                for event in self._stream:
                    meta = event.object.get("metadata") or {}
                    version = meta.get("resourceVersion", version)
                    if event.type == "BOOKMARK":
                        continue
                    if event.type == "DELETED":
                        self._known.pop(_name(event.object), None)
                    else:
                        self._known[_name(event.object)] = event.object
                    yield event
                    if self._cancelled:
                        return False
            except ApiError as error:
                if error.code == 410:
                    return True
                if error.code < 500 and error.code != 429:
                    raise
            except Unreachable:
                # the next round lists again, which tells whether the server is back
                return False
            if not resumable:
                return False
            if not self._over() and self._clock.monotonic() - started < _RESTART_DELAY:
                self._clock.sleep(_RESTART_DELAY)
        return False


def _name(item: dict[str, Any]) -> str:
    meta = item.get("metadata") or {}
    return f"{meta.get('namespace', '')}/{meta.get('name', '')}"


def _newest(items: list[dict[str, Any]]) -> str:
    """The largest resourceVersion of the items, "" when there is none."""
    numbers = [str((item.get("metadata") or {}).get("resourceVersion", "")) for item in items]
    digits = [int(number) for number in numbers if number.isascii() and number.isdigit()]
    return str(max(digits)) if digits else ""
