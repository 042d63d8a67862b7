"""Taking everything away from a process that a chart does not need: descriptors, rights to more, system calls.

Linux only, on the architectures ``syscalls`` knows. No step can be taken back by the process itself: limits are hard
ones, no program can be started that has more rights, and the filter forbids to change the filter.
"""

from __future__ import annotations

import os
import sys

from charthouse.records import Record
from charthouse.sandbox.errors import NoIsolation
from charthouse.sandbox.filter import assembled, program
from charthouse.sandbox.syscalls import MACHINES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.sandbox.syscalls import Machine

__all__ = ["Bounds", "Filter", "apply_limits", "close_all_but", "libc", "machine", "obstacle"]

_SET_PDEATHSIG, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38
_SET_MODE_FILTER, _GET_ACTION_AVAILABLE = 1, 2
_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC
_KILL_PROCESS = 0x80000000
_SIGKILL = 9


class Bounds(Record):
    """What a worker may use up. seconds: of processor time; wall: seconds until it is ended however little it did, time
    it waits for answers apart; memory: bytes beside the interpreter and the stack; steps, depth, output: of templates
    (``gotemplate.limits``); asks: questions to the parent; frame: bytes of a message."""

    seconds: int = 20
    wall: float = 60.0
    memory: int = 512 << 20
    steps: int = 10_000_000
    depth: int = 20_000
    output: int = 32 << 20
    asks: int = 1000
    frame: int = 96 << 20


def libc() -> Any:
    """The C library, errno kept."""
    from ctypes import CDLL

    return CDLL(None, use_errno=True)


def machine() -> Machine | None:
    """The architecture this interpreter runs on, None for one without a table (or of 32 bits)."""
    if sys.maxsize < 1 << 32 or sys.byteorder != "little":
        return None
    return MACHINES.get(os.uname().machine)


def obstacle() -> str:
    """Why no process can be confined here, "" when it can."""
    if sys.platform != "linux":
        return f"{sys.platform} has no system call filters (seccomp)"
    found = machine()
    if found is None:
        return f"there is no table of system calls for {os.uname().machine}"
    from ctypes import byref, c_uint32

    action = c_uint32(_KILL_PROCESS)
    if libc().syscall(found.seccomp, _GET_ACTION_AVAILABLE, 0, byref(action)) != 0:
        return "the kernel offers no system call filters (seccomp), or forbids them here"
    return ""


def close_all_but(descriptor: int) -> None:
    """Make `descriptor` number 0 and close every other one."""
    if descriptor:
        os.dup2(descriptor, 0)
    os.set_inheritable(0, False)
    os.closerange(1, 1 << 20)


def apply_limits(bounds: Bounds, base: int) -> None:
    """Hard limits. base: bytes of address space the process has already."""
    import resource

    for name, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 1),
        (resource.RLIMIT_AS, base + bounds.memory),
    ):
        resource.setrlimit(name, (most, most))
    # The first ends it by a signal of its own, which tells why; the second is for a process that would not listen.
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.seconds, bounds.seconds + 1))


class Filter:
    """The filter, made ready before a process is forked that puts it on. Raises NoIsolation."""

    def __init__(self) -> None:
        from ctypes import Structure, byref, c_char_p, c_ushort

        class Program(Structure):
            _fields_ = [("length", c_ushort), ("filter", c_char_p)]

        found = machine()
        if found is None:
            raise NoIsolation("the worker cannot be confined", hint=obstacle())
        instructions = program(found)
        self._number = found.seccomp
        self._library = libc()
        self._program = Program(len(instructions), assembled(instructions))
        self._pointer = byref(self._program)

    def apply(self) -> None:
        """Put it on every thread of this process. Raises NoIsolation."""
        if self._library.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise self._failed("prctl")
        if self._library.syscall(self._number, _SET_MODE_FILTER, _ALL_THREADS, self._pointer) != 0:
            raise self._failed("seccomp")

    def orphan_dies(self) -> None:
        """End with the parent, however it goes; and let no process of the same user look inside."""
        self._library.prctl(_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        self._library.prctl(_SET_DUMPABLE, 0, 0, 0, 0)

    def _failed(self, what: str) -> NoIsolation:
        from ctypes import get_errno

        return NoIsolation("the worker cannot be confined", hint=f"{what}: {os.strerror(get_errno())}")
