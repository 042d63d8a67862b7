"""A stack deep enough for templates, no deeper than it can bear, and a watch over the time spent on it.

Templates nest: `include` may be entered a thousand times, each time through a few dozen Python frames, so Python's
limit of 1,000 frames has to be raised while they run. On CPython 3.11 that limit also guards recursion in C (comparing
two nested lists, reading nested JSON), which overflows the C stack and kills the process where a chart nests data
deep enough. So the work is done in a thread whose stack holds as many C frames as the limit allows; where there is no
address space for such a stack (containers, RLIMIT_AS) a smaller one serves, with a limit smaller in proportion. From
3.12 on C recursion has a limit of its own. The limit is put back when the last render ends.

The thread that waits meanwhile is what can give a render up in the middle of a long function call, which the account of
steps (``limits``) does not see: it looks at the processor time the work took and at the memory of the process. Work
that is given up gets an exception at its next bytecode, so that it ends although nobody waits for it.
"""

from __future__ import annotations

import _thread
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from charthouse.gotemplate.limits import Limits

    T = TypeVar("T")

__all__ = ["FRAMES", "GivenUp", "deep", "given_up", "within"]

FRAMES = 200_000
"""Python frames a render may stack."""

_STACK = 512 << 20  # bytes; address space only, pages are used as the stack grows: over 2 KiB for each frame
_SMALLEST = 16 << 20
_SHALLOW = 2500  # frames the usual stack of 8 MiB bears
_BRIEF = 0.05  # seconds; few renders take longer
_C_RECURSION_IS_GUARDED = sys.version_info >= (3, 12)
_mutex = _thread.allocate_lock()
_state = _thread._local()
_limit: dict[str, int] = {"users": 0, "before": 0}
_granted: dict[str, int] = {"stack": _STACK}


class _Job:
    """One render: its outcome when `done` is free again; thread: where it runs; clock: of that thread's processor
    time, 0 where the system has none; given_up when nobody waits for it any more."""

    __slots__ = ("clock", "done", "error", "given_up", "result", "thread")

    def __init__(self) -> None:
        self.done = _thread.allocate_lock()
        self.done.acquire()
        self.result: Any = None
        self.error: BaseException | None = None
        self.given_up = False
        self.thread = 0
        self.clock = 0


class GivenUp(BaseException):
    """Ends work nobody waits for any more."""


def deep(function: Callable[[], T], limits: Limits | None = None) -> T:
    """`function()`, with room for FRAMES frames; nested calls run where they are. Raises what it raises.

    limits: `seconds`, `clock`, `memory` and `slow` of it are looked after here. Raises LimitError when the time is up
    or the process has grown too much; the work then ends soon after, unseen.
    """
    if getattr(_state, "job", None) is not None:
        return function()
    watched = limits is not None and (limits.seconds or limits.memory or limits.slow is not None)
    if _C_RECURSION_IS_GUARDED and not watched:
        return _raised(FRAMES, lambda: _inside(_Job(), function))
    job = _Job()
    frames = _start(job, function)
    if not frames:
        return _raised(_SHALLOW, lambda: _inside(job, function))
    try:
        if not job.done.acquire(True, _BRIEF):
            if limits is None:
                job.done.acquire()
            else:
                from charthouse.gotemplate.watch import watch

                watch(job, limits)
    except BaseException:
        job.given_up = True
        raise
    finally:
        _restore_limit()
    if job.error is not None:
        raise job.error
    return job.result  # type: ignore[no-any-return]  # what function returned


def within() -> bool:
    """Whether this thread does the work of a ``deep`` call."""
    return getattr(_state, "job", None) is not None


def given_up() -> bool:
    """Whether nobody waits for the render of this thread any more."""
    job: _Job | None = getattr(_state, "job", None)
    return job is not None and job.given_up


def _inside(job: _Job, function: Callable[[], T]) -> T:
    _state.job = job
    try:
        return function()
    finally:
        _state.job = None


def _raised(frames: int, work: Callable[[], T]) -> T:
    with _mutex:
        _raise_limit(frames)
    try:
        return work()
    finally:
        _restore_limit()


def _start(job: _Job, function: Callable[[], object]) -> int:
    """Start the thread. Returns the frames it may stack, 0 when no thread can be had."""

    def work() -> None:
        try:
            try:
                job.clock = _own_clock()
                job.result = _inside(job, function)
            except BaseException as error:
                job.error = error
            finally:
                job.done.release()
        except GivenUp:  # arrived late
            return

    with _mutex:
        size = _granted["stack"]
        while size >= _SMALLEST:
            frames = FRAMES * (size >> 20) // (_STACK >> 20)
            before = _thread.stack_size(size)
            _raise_limit(frames)
            try:
                job.thread = _thread.start_new_thread(work, ())
                _granted["stack"] = size
                return frames
            except (RuntimeError, MemoryError):
                _lower_limit()
                size //= 2
            finally:
                _thread.stack_size(before)
    return 0


def _own_clock() -> int:
    """The processor time clock of this thread. Only it may ask: of a thread that has ended, asking is a crash."""
    import time

    try:
        return time.pthread_getcpuclockid(_thread.get_ident())
    except (AttributeError, OSError):
        return 0


def _raise_limit(frames: int) -> None:
    if _limit["users"] == 0:
        _limit["before"] = sys.getrecursionlimit()
        sys.setrecursionlimit(max(frames, _limit["before"]))
    elif frames < sys.getrecursionlimit():
        sys.setrecursionlimit(max(frames, _limit["before"]))
    _limit["users"] += 1


def _lower_limit() -> None:
    _limit["users"] -= 1
    if _limit["users"] == 0:
        sys.setrecursionlimit(_limit["before"])


def _restore_limit() -> None:
    with _mutex:
        _lower_limit()
