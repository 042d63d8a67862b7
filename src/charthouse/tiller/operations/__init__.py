"""What Tiller does for its callers, one operation at a time on a release, whoever of its replicas does it.

``Operations`` starts and finds them; an ``Operation`` is followed by its events and ends with a result. Each holds a
Lease in Tiller's namespace that carries its journal, so that another replica finishes what a dead one began
(docs/tiller/operations.md).
"""

from __future__ import annotations

from charthouse.tiller.operations.errors import Busy, NotFound
from charthouse.tiller.operations.operation import Operation
from charthouse.tiller.operations.operations import Operations
from charthouse.tiller.operations.work import Event, Work

__all__ = ["Busy", "Event", "NotFound", "Operation", "Operations", "Work"]
