"""A stack deep enough for templates, and no deeper than it can bear.

Templates nest: `include` may be entered a thousand times, each time through a few dozen Python frames, so Python's
limit of 1,000 frames has to be raised while they run. On CPython 3.11 that limit also guards recursion in C (comparing
two nested lists, reading nested JSON), which overflows the C stack and kills the process where a chart nests data
deep enough. So there the work is done in a thread whose stack holds as many C frames as the limit allows; from 3.12 on
C recursion has a limit of its own and the raised limit is enough. The limit is put back when the last render ends.
"""

from __future__ import annotations

import _thread
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

__all__ = ["FRAMES", "deep"]

FRAMES = 200_000
"""Python frames a render may stack."""

_STACK = 512 * 1024 * 1024  # bytes; address space only, pages are used as the stack grows: over 2 KiB for each frame
_C_RECURSION_IS_GUARDED = sys.version_info >= (3, 12)
_mutex = _thread.allocate_lock()
_state = _thread._local()
_limit: dict[str, int] = {"users": 0, "before": 0}


def deep(function: Callable[[], T]) -> T:
    """`function()`, with room for FRAMES frames; nested calls run where they are. Raises what it raises."""
    if getattr(_state, "inside", False):
        return function()
    _raise_limit()
    try:
        if _C_RECURSION_IS_GUARDED:
            return _inside(function)
        return _in_thread(function)
    finally:
        _restore_limit()


def _inside(function: Callable[[], T]) -> T:
    _state.inside = True
    try:
        return function()
    finally:
        _state.inside = False


def _in_thread(function: Callable[[], T]) -> T:
    done = _thread.allocate_lock()
    done.acquire()
    outcome: list[Any] = []

    def work() -> None:
        try:
            outcome.append((_inside(function), None))
        except BaseException as error:
            outcome.append((None, error))
        finally:
            done.release()

    with _mutex:
        before = _thread.stack_size(_STACK)
        try:
            _thread.start_new_thread(work, ())
        finally:
            _thread.stack_size(before)
    done.acquire()  # a signal interrupts this wait, so Ctrl-C works
    result, error = outcome[0]
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]  # the list holds what function returned


def _raise_limit() -> None:
    with _mutex:
        if _limit["users"] == 0:
            _limit["before"] = sys.getrecursionlimit()
            sys.setrecursionlimit(max(FRAMES, _limit["before"]))
        _limit["users"] += 1


def _restore_limit() -> None:
    with _mutex:
        _limit["users"] -= 1
        if _limit["users"] == 0:
            sys.setrecursionlimit(_limit["before"])
