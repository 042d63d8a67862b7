"""The `list` verb: the newest revision of every release.

Whose rules: helm v4.3.1 pkg/action/list.go: name filter, newest revision of each name (unless only superseded ones are
wanted), states, label selector, sorting, offset and limit.

Differs: what can be decided from the labels of the records is decided there, and only the records that are shown are
read and decoded. Sorting by date needs them all.
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError
from charthouse.errors import CharthouseError
from charthouse.releases.release import (
    DEPLOYED,
    FAILED,
    PENDING,
    SUPERSEDED,
    UNINSTALLED,
    UNINSTALLING,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import ListOptions
    from charthouse.releases.release import Release
    from charthouse.releases.storage.driver import Head

    T = TypeVar("T")

__all__ = ["run"]

_ALL = (DEPLOYED, UNINSTALLED, UNINSTALLING, *PENDING, SUPERSEDED, FAILED)


def run(env: Environment, options: ListOptions) -> list[Release]:
    """The releases to show. Raises ActionError (filter, selector), StorageError, kube's Unreachable."""
    import gc

    # Thousands of records are read and kept: what the collector would look through meanwhile, again and again, is no
    # garbage, and in a process with a large heap that took longer than reading.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _listed(env, options)
    finally:
        if collects:
            gc.enable()


def _listed(env: Environment, options: ListOptions) -> list[Release]:
    env.cluster.reachable()
    named = _name_filter(options.filter)
    heads = env.storage.heads()
    if options.filter:
        heads = [head for head in heads if named(head.labels.get("name", ""))]
    total = len(heads)
    states = _states(options)
    if states != (SUPERSEDED,):
        heads = _latest(heads)
    heads = [head for head in heads if head.labels.get("status") in states]
    heads = _selected(heads, options.selector)
    if options.by_date:
        found = env.storage.fetch(heads, total)
        found.sort(key=lambda release: (_seconds(release), release.name), reverse=options.reverse)
        return _cut(found, options, total)
    heads.sort(key=lambda head: (head.labels.get("name", ""), head.namespace))
    if options.reverse:
        heads.reverse()
    heads = _cut(heads, options, total)
    place = {(head.namespace, head.key): index for index, head in enumerate(heads)}
    found = env.storage.fetch(heads, total)
    return sorted(found, key=lambda release: place.get((release.namespace, release.key), len(place)))


def _name_filter(pattern: str) -> Callable[[str], bool]:
    if not pattern:
        return lambda name: True
    from charthouse.golang.kinds import GoError
    from charthouse.golang.regexp import compile

    try:
        expression = compile(pattern)
    except (GoError, CharthouseError) as error:
        raise ActionError(str(error)) from error
    return lambda name: expression.match(name)


def _states(options: ListOptions) -> tuple[str, ...]:
    states: list[str] = []
    for wanted, names in (
        (options.deployed, (DEPLOYED,)),
        (options.uninstalled, (UNINSTALLED,)),
        (options.uninstalling, (UNINSTALLING,)),
        (options.pending, PENDING),
        (options.failed, (FAILED,)),
        (options.superseded, (SUPERSEDED,)),
    ):
        if wanted:
            states += names
    return tuple(states) or _ALL


def _latest(heads: Iterable[Head]) -> list[Head]:
    newest: dict[tuple[str, str], tuple[int, Head]] = {}
    for head in heads:
        labels = head.labels
        key = (head.namespace, labels.get("name", ""))
        text = labels.get("version", "")
        revision = int(text) if text.isdigit() else 0
        held = newest.get(key)
        if held is None or held[0] <= revision:
            newest[key] = (revision, head)
    return [head for _, head in newest.values()]


def _seconds(release: Release) -> int:
    moment = release.info.last_deployed
    return int(moment.timestamp() // 1) if moment is not None else -62135596800


def _selected(heads: list[Head], selector: str) -> list[Head]:
    if not selector:
        return heads
    from charthouse.k8s.selectors import parse

    wanted = parse(selector)
    return [head for head in heads if wanted.matches(head.labels)]


def _cut(found: list[T], options: ListOptions, total: int) -> list[T]:
    limit = min(options.limit, total) if options.limit > 0 else total
    return found[options.offset : options.offset + limit]
