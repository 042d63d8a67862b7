"""What the process itself takes, under the names all Prometheus clients use (process_*).

Rules: prometheus.io/docs/instrumenting/writing_clientlibs ("Process metrics"). Read from /proc when asked for; where
there is none, nothing is told.
"""

from __future__ import annotations

import os

from charthouse.tiller.metrics import Gauge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.tiller.metrics import Registry

__all__ = ["add_process_metrics"]

_CPU, _THREADS, _STARTED, _VIRTUAL, _RESIDENT = 11, 17, 19, 20, 21  # fields of /proc/PID/stat behind the name


def add_process_metrics(registry: Registry) -> None:
    """Add them where the system tells."""
    if not os.path.exists("/proc/self/stat"):
        return
    ticks, page = float(os.sysconf("SC_CLK_TCK")), os.sysconf("SC_PAGE_SIZE")

    def cpu() -> float:
        fields = _stat()
        return (int(fields[_CPU]) + int(fields[_CPU + 1])) / ticks

    started = _booted() + int(_stat()[_STARTED]) / ticks
    for name, help, kind, read in (
        ("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter", cpu),
        ("process_open_fds", "Number of open file descriptors.", "gauge", lambda: len(os.listdir("/proc/self/fd"))),
        ("process_max_fds", "Maximum number of open file descriptors.", "gauge", _most_files),
        ("process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge", lambda: int(_stat()[_VIRTUAL])),
        ("process_resident_memory_bytes", "Resident memory size in bytes.", "gauge",
         lambda: int(_stat()[_RESIDENT]) * page),
        ("process_threads", "Number of threads.", "gauge", lambda: int(_stat()[_THREADS])),
        ("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", "gauge",
         lambda: started),
    ):  # fmt: skip
        registry.add(Gauge(name, help, read, kind=kind))


def _stat() -> list[str]:
    """The fields behind the process's name, which may hold anything."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as stream:
        return stream.read().rpartition(")")[2].split()


def _booted() -> float:
    with open("/proc/stat", encoding="ascii", errors="replace") as stream:
        for line in stream:
            if line.startswith("btime "):
                return float(line.split()[1])
    return 0.0


def _most_files() -> float:
    from resource import RLIMIT_NOFILE, getrlimit

    return float(getrlimit(RLIMIT_NOFILE)[0])
