"""A name for one install at a time: two in different namespaces must not both find it free.

A release's own lock lies in its namespace and cannot keep them apart, so the name is claimed by a Lease in Tiller's
namespace, by Tiller itself, while the install looks for the name and makes its record.
"""

from __future__ import annotations

from contextlib import contextmanager

from charthouse.actions.environment import no_hints
from charthouse.releases.holder import this_process
from charthouse.releases.journal import Journal
from charthouse.releases.lock import LeaseLocks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.actions.ports import Clock
    from charthouse.tiller.workplace import Workplace

__all__ = ["claimed"]

_CLAIM = "every-namespace."


@contextmanager
def claimed(workplace: Workplace, name: str, *, clock: Clock, random: Callable[[int], bytes]) -> Iterator[None]:
    """Nobody else's, in any namespace, while the block runs. Raises Locked, ApiError."""
    locks = LeaseLocks(
        workplace.own_cluster().client,
        workplace.namespace,
        holder=lambda: this_process(random(8).hex()),
        clock=clock,
        hint=no_hints,
    )
    lock = locks.acquire(_CLAIM + name, Journal("install", 0))
    try:
        yield
    finally:
        lock.release()
