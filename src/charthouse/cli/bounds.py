"""What a chart may use up when the command line renders it: time, and the memory of the process.

Charts are untrusted. Templates keep an account of their steps; these two bounds catch what one long function call does.
Memory is bounded where the system can (Linux counts a process's data, RLIMIT_DATA): what goes past it ends in a
MemoryError, which becomes an error text. A limit the user has set (``ulimit -d``) is left as it is.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.limits import Limits

__all__ = ["MEMORY", "SECONDS", "bound_memory", "own_process", "render_limits"]

SECONDS = 25.0
"""Wall time one rendering may take: a hundred times what large charts need."""
MEMORY = 1 << 30
"""Bytes, beside the address space of the stack templates run on."""

_STACK = 512 << 20  # gotemplate.deepstack's, which counts as data


_process = {"ours": False}


def own_process() -> None:
    """The process exists for one command line: its memory may be bounded for good (the console script says so)."""
    _process["ours"] = True


def render_limits() -> Limits:
    """The limits of one rendering; memory only where the process is ours alone (tests and programs run many)."""
    from time import monotonic

    from charthouse.gotemplate.limits import Limits

    if _process["ours"]:
        return Limits(seconds=SECONDS, clock=monotonic, slow=bound_memory)
    return Limits(seconds=SECONDS, clock=monotonic)


def bound_memory() -> None:
    """Let the process have no more than MEMORY from here on, where the system knows such a limit."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_DATA, getrlimit, setrlimit
    except ImportError:  # Windows
        return
    soft, hard = getrlimit(RLIMIT_DATA)
    if soft != RLIM_INFINITY:
        return
    wanted = MEMORY + _STACK
    setrlimit(RLIMIT_DATA, (wanted if hard == RLIM_INFINITY else min(wanted, hard), hard))
