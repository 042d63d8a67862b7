"""Who holds a lock: which process of which machine, and whether that process still lives.

A process killed with SIGKILL cannot give its lock back. On its own machine its successor sees at once that it is
gone: the same boot, the same process namespace, and no process of that number that started at that time. From
elsewhere only the missing heartbeat tells (``releases.lock``). This module is the one place that looks at /proc.
"""

from __future__ import annotations

import json
import os
import socket

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ALIVE", "ELSEWHERE", "GONE", "Holder", "fate", "this_process"]

ALIVE, GONE, ELSEWHERE = "alive", "gone", "elsewhere"


class Holder(Record):
    """machine: names one boot and process namespace of one machine; host: its name, for people; started: the process's
    start in clock ticks since boot (0 = unknown); token: tells the operations of one process apart."""

    machine: str
    host: str
    pid: int
    started: int
    token: str

    @property
    def identity(self) -> str:
        """The Lease's holderIdentity."""
        return f"{self.host}_{self.pid}_{self.token}"

    def to_text(self) -> str:
        """As JSON, for an annotation."""
        return json.dumps({field: getattr(self, field) for field in Holder._fields}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Holder | None:
        """Back from JSON; None when it is not ours."""
        try:
            value: Any = json.loads(text)
            return cls(
                machine=str(value["machine"]),
                host=str(value["host"]),
                pid=int(value["pid"]),
                started=int(value["started"]),
                token=str(value["token"]),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def this_process(token: str) -> Holder:
    """The process that asks. token: unique to the operation."""
    host = socket.gethostname()
    pid = os.getpid()
    return Holder(_machine(host), host, pid, _started(pid) or 0, token)


def fate(holder: Holder, *, seen_from: Holder) -> str:
    """ALIVE or GONE when `holder` ran on the machine of `seen_from`, else ELSEWHERE."""
    if holder.machine != seen_from.machine:
        return ELSEWHERE
    if holder.pid == seen_from.pid and holder.started == seen_from.started:
        return ALIVE
    started = _started(holder.pid)
    if started is None:
        return GONE
    if started and holder.started:
        return ALIVE if started == holder.started else GONE
    return ALIVE


def _machine(host: str) -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"host/{host}"  # no procfs (macOS): the host's name must do


def _started(pid: int) -> int | None:
    """Start time in clock ticks since boot; 0 when it cannot be told; None when there is no such living process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X", b"x") else int(fields[19])
    except FileNotFoundError:
        if os.path.exists("/proc/self/stat"):
            return None
    except (OSError, ValueError, IndexError):
        return 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return 0
    return 0
