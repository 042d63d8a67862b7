"""What a chart may use up on the command line: time, and the memory of the process.

Charts are untrusted. Templates keep an account of their steps; these two bounds catch what one long function call does,
and what reading, checking and sorting take. Memory is bounded where the system can (Linux counts a process's data,
RLIMIT_DATA): what goes past it ends in a MemoryError, which becomes an error text. A limit the user has set (``ulimit
-d``) is left as it is. On macOS the growth of the process is watched instead; on Windows only results are bounded.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from charthouse.cli.context import Context
    from charthouse.gotemplate.limits import Limits

    T = TypeVar("T")

__all__ = ["MEMORY", "SECONDS", "bound_memory", "bounded", "own_process", "render_limits", "unbounded"]

SECONDS = 20.0
"""Processor time one chart may take: ten times what the slowest published chart needs (it makes large RSA keys)."""
MEMORY = 1 << 30
"""Bytes, beside the address space of the stack templates run on."""

_STACK = 512 << 20  # gotemplate.deepstack's, which counts as data


_process = {"ours": False, "lowered": False}


def own_process() -> None:
    """The process exists for one command line: its memory may be bounded for good (the console script says so)."""
    _process["ours"] = True


def render_limits(context: Context | None = None) -> Limits:
    """The limits of one rendering; memory only where the process is ours alone (tests and programs run many).

    context: of the command line, which may allow schemas to be fetched.
    """
    from charthouse.gotemplate.limits import Limits

    fetch = None
    if context is not None and context.flags.values.get("allow-schema-urls"):
        from charthouse.cli.schema_fetch import schema_fetcher

        fetch = schema_fetcher(context.environ)
    if _process["ours"]:
        return Limits(seconds=SECONDS, memory=MEMORY, slow=bound_memory, fetch_schema=fetch)
    return Limits(seconds=SECONDS, fetch_schema=fetch)


def bounded(work: Callable[[], T]) -> T:
    """`work()` within the limits of one chart, on a stack for deep data. Raises LimitError, and what it raises.

    Within bounded work it is part of that.
    """
    from charthouse.gotemplate.deepstack import deep, within

    if within():
        return work()
    try:
        return deep(work, render_limits())
    except (MemoryError, SystemError) as error:
        # CPython's own words for some allocations that fail are `error return without exception set`.
        if isinstance(error, SystemError) and not _process["lowered"]:
            raise
        problem, limit = "chart needs more memory than it may have", "memory"
    except RecursionError:
        problem, limit = "chart is nested too deeply", "depth"
    finally:
        _lift()
    from charthouse.gotemplate.errors import LimitError

    raise LimitError(problem, limit=limit, hint="charts in use stay far below the limits, which Helm does not have")


def bound_memory() -> None:
    """Let the process have no more than MEMORY from here on, where the system knows such a limit."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_DATA, getrlimit, setrlimit
    except ImportError:  # Windows
        return
    soft, hard = getrlimit(RLIMIT_DATA)
    if soft != RLIM_INFINITY:
        return
    _process["lowered"] = True
    wanted = MEMORY + _STACK
    setrlimit(RLIMIT_DATA, (wanted if hard == RLIM_INFINITY else min(wanted, hard), hard))


def unbounded(work: Callable[[], T]) -> T:
    """`work()`, which starts another program: that one is no chart, and has the memory it takes."""
    lowered = _process["lowered"]
    _lift()
    try:
        return work()
    finally:
        if lowered:
            bound_memory()


def _lift() -> None:
    """Take the bound back: what went past it may not be freed yet, and saying so takes memory too."""
    if _process["lowered"]:
        from resource import RLIMIT_DATA, getrlimit, setrlimit

        hard = getrlimit(RLIMIT_DATA)[1]
        setrlimit(RLIMIT_DATA, (hard, hard))
        _process["lowered"] = False
