"""The watch over a run that takes more than a moment: the time it takes and the memory of the process.

Processor time of the thread that works is what counts, so that a render is not given up because the machine is busy or
a cluster answers `lookup` slowly; where the system does not tell it (Windows, macOS) that of the process. Memory is
what the process holds in RAM (Linux), or the most it ever held (macOS); Windows tells neither without more than this
is worth, and there the sizes of single results are the only bound.
"""

from __future__ import annotations

import time

from charthouse.gotemplate.deepstack import GivenUp
from charthouse.gotemplate.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.gotemplate.deepstack import _Job
    from charthouse.gotemplate.limits import Limits

__all__ = ["resident", "watch"]

_LOOK = 0.05  # seconds between two looks at the memory
_LEAST = 0.005
_SLOW = "the limits are charthouse's, Helm has none; `charthouse.Limits` sets others for programs"


def watch(job: _Job, limits: Limits) -> None:
    """Wait until a job that has begun a moment ago is done. Raises LimitError once it went past its limits."""
    if limits.slow is not None:
        limits.slow()
    spent = _meter(job, limits)
    before = resident() if limits.memory else 0
    while True:
        rest = limits.seconds - spent() if limits.seconds else 3600.0
        if rest <= 0:
            _end(job)
            kind = " of processor time" if limits.clock is None else ""
            text = f"chart ran longer than {limits.seconds:g} seconds{kind}"
            raise LimitError(text, limit="seconds", hint=_SLOW)
        if job.done.acquire(True, max(_LEAST, min(rest, _LOOK) if limits.memory else rest)):
            return
        if limits.memory and resident() - before > limits.memory:
            _end(job)
            raise LimitError("chart needs more memory than it may have", limit="memory", hint=_SLOW)


def _meter(job: _Job, limits: Limits) -> Callable[[], float]:
    """What the job has taken so far, in seconds."""
    if limits.clock is not None:
        # Its own account asks the clock; this one is for what runs without asking.
        begun = time.monotonic()
        return lambda: time.monotonic() - begun
    clock = job.clock
    if not clock:
        before = time.process_time()
        return lambda: time.process_time() - before

    def spent() -> float:
        try:
            return time.clock_gettime(clock)
        except OSError:  # the thread has just ended
            return 0.0

    return spent


def resident() -> int:
    """Bytes of RAM this process holds, 0 where it cannot be told."""
    try:
        with open("/proc/self/statm", "rb") as stream:
            return int(stream.read().split()[1]) * 4096
    except (OSError, IndexError, ValueError):
        pass  # no Linux
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        return 0
    return getrusage(RUSAGE_SELF).ru_maxrss  # macOS counts bytes


def _end(job: _Job) -> None:
    """Have the thread of a job raise GivenUp, where the interpreter offers that."""
    job.given_up = True
    try:
        from ctypes import c_ulong, py_object, pythonapi
    except ImportError:
        return
    pythonapi.PyThreadState_SetAsyncExc(c_ulong(job.thread), py_object(GivenUp))
