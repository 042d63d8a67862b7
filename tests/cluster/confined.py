"""Run as a program: what a confined process can still do. Prints JSON: attempt → errno, `killed SIGNAL`, `done`.

Each attempt is made by a child that has been confined as a render worker is (``sandbox.confine``).
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource  # before the attempts: a confined process cannot read it
import signal
import sys
from collections.abc import Callable

from charthouse.sandbox.confine import Bounds, Filter, apply_limits, close_all_but, libc

assert resource
LIBC, FILTER = libc(), Filter()
_BUFFER = ctypes.create_string_buffer(64)
_ADDRESS = b"\x02\x00\x00\x50\x7f\x00\x00\x01" + b"\x00" * 8
_NULL = ctypes.c_void_p(0)


def _call(name: str, *arguments: object) -> int:
    result: int = getattr(LIBC, name)(*arguments)
    return result


def _executable_memory() -> int:
    LIBC.mmap.restype = ctypes.c_long
    return int(LIBC.mmap(_NULL, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0)))


ATTEMPTS: dict[str, Callable[[], int]] = {
    "open": lambda: _call("open", b"/etc/passwd", 0),
    "open for writing": lambda: _call("open", b"/tmp/charthouse-escaped", 0o101, 0o600),
    "stat": lambda: _call("access", b"/etc/passwd", 0),
    "unlink": lambda: _call("unlink", b"/tmp/charthouse-escaped"),
    "mkdir": lambda: _call("mkdir", b"/tmp/charthouse-escaped", 0o700),
    "chmod": lambda: _call("chmod", b"/tmp", 0o777),
    "readlink": lambda: _call("readlink", b"/proc/self/exe", _BUFFER, 64),
    "dup": lambda: _call("dup", 0),
    "pipe": lambda: _call("pipe", _BUFFER),
    "ioctl": lambda: _call("ioctl", 0, 0x5412, b"x"),
    "prctl": lambda: _call("prctl", 4, 1, 0, 0, 0),
    "setuid": lambda: _call("setuid", 0),
    "more open files": lambda: _call("setrlimit", 7, _BUFFER),
    "executable memory": _executable_memory,
    "socket": lambda: _call("socket", 2, 1, 0),
    "unix socket": lambda: _call("socket", 1, 1, 0),
    "connect": lambda: _call("connect", 0, _ADDRESS, 16),
    "bind": lambda: _call("bind", 0, _ADDRESS, 16),
    "descriptors by message": lambda: _call("recvmsg", 0, _BUFFER, 0),
    "execve": lambda: _call("execve", b"/bin/true", _NULL, _NULL),
    "fork": lambda: _call("fork"),
    "ptrace": lambda: _call("ptrace", 16, os.getppid(), 0, 0),
    "read another's memory": lambda: _call("process_vm_readv", os.getppid(), _BUFFER, 1, _BUFFER, 1, 0),
    "kill": lambda: _call("kill", 1, 0),
    "unshare": lambda: _call("unshare", 0x10000000),
    "mount": lambda: _call("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "memfd": lambda: _call("memfd_create", b"x", 0),
    "compute": lambda: sum(range(1000)) - 499500,
    "randomness": lambda: len(os.urandom(8)) - 8,
    "write to its socket": lambda: os.write(0, b"") - 0,
}


def attempt(what: Callable[[], int]) -> str:
    """The outcome in a confined child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        close_all_but(writing)
        FILTER.orphan_dies()
        apply_limits(Bounds(), 4 << 30)
        FILTER.apply()
        ctypes.set_errno(0)
        result = what()
        told = "done" if result >= 0 else errno.errorcode.get(ctypes.get_errno(), "failed")
        os.write(0, told.encode())
        os._exit(0)
    os.close(writing)
    told = os.read(reading, 64).decode()
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    return f"killed {signal.Signals(os.WTERMSIG(status)).name}" if os.WIFSIGNALED(status) else told


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: attempt(what) for name, what in ATTEMPTS.items()}) + "\n")
