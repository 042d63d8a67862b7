"""Workers kept ready, so that a render need not wait for a process, and never more at work than agreed.

A worker renders once and ends: what a chart left in it is gone with it. Making one is a fork of the zygote, which takes
a few milliseconds and happens before the worker is needed. Should the zygote die, a new one is started.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading

from charthouse.logs import ERROR, LogRecord, silent
from charthouse.sandbox.confine import Bounds, obstacle
from charthouse.sandbox.errors import NoIsolation, SandboxError
from charthouse.sandbox.zygote import READY, REQUEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from charthouse.logs import Log

__all__ = ["Pool", "Worker"]

_START = 60.0  # seconds the zygote may take to read all its code
_ANSWER = 30.0  # and to take a request for a worker
_FATE = 10.0  # seconds after the end of a worker's socket until its status must be known
_CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from charthouse.sandbox.zygote import run; run(sys.argv[1:])"


class Worker:
    """One worker's socket and the pipe that tells how it ended."""

    def __init__(self, line: socket.socket, pipe: int) -> None:
        self.line = line
        self._pipe = pipe

    def fate(self) -> int:
        """The signal that ended it, 0 when it went by itself or nobody knows. Waits for its end, not for ever."""
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        if not poll.poll(int(_FATE * 1000)):
            return 0
        told = os.read(self._pipe, 64).decode("ascii", "replace").split()
        if len(told) != 2 or told[0] != "exit" or not told[1].isdigit():
            return 0
        status = int(told[1])
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def end(self) -> None:
        """It is not needed any more: killed, if it has not ended."""
        self.line.close()
        os.close(self._pipe)


class Pool:
    """bounds: of each worker. workers: how many work at once; spare: how many wait ready. environ: for the time zone
    alone."""

    def __init__(
        self,
        bounds: Bounds,
        *,
        workers: int = 4,
        spare: int = 2,
        environ: Mapping[str, str] | None = None,
        log: Log = silent,
    ) -> None:
        self.bounds = bounds
        self.places = threading.BoundedSemaphore(workers)
        self._spare = spare
        self._environ = {"TZ": environ["TZ"]} if environ and environ.get("TZ") else {}
        self._log = log
        self._mutex = threading.Lock()
        self._idle: list[Worker] = []
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    def start(self) -> None:
        """Start the zygote and the first workers. Raises NoIsolation."""
        reason = obstacle()
        if reason:
            raise NoIsolation("charts cannot be rendered in isolation here", hint=reason)
        with self._mutex:
            self._start_zygote()
            self._idle += [self._make() for _ in range(self._spare)]

    def take(self) -> Worker:
        """A worker of one's own; call its `end`. Raises NoIsolation, SandboxError."""
        with self._mutex:
            if self._closed:
                raise SandboxError("the renderer is shut down")
            if self._zygote is None or self._zygote.poll() is not None:
                self._log(LogRecord(ERROR, "the process that makes render workers is gone; starting another"))
                self._forget()
                self._start_zygote()
            worker = self._idle.pop(0) if self._idle else self._make()
            try:
                while len(self._idle) < self._spare:
                    self._idle.append(self._make())
            except SandboxError:
                worker.end()
                raise
            return worker

    def close(self) -> None:
        """End the zygote and with it every worker."""
        with self._mutex:
            self._closed = True
            self._forget()

    @property
    def process(self) -> int:
        """The zygote's process id, 0 without one."""
        return self._zygote.pid if self._zygote is not None else 0

    def _make(self) -> Worker:
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe2(os.O_CLOEXEC)
        assert self._control is not None
        try:
            socket.send_fds(self._control, [REQUEST], [theirs.fileno(), writing])
        except OSError as error:
            ours.close()
            os.close(reading)
            raise SandboxError(f"no render worker can be had: {error.strerror or error}") from error
        finally:
            theirs.close()
            os.close(writing)
        return Worker(ours, reading)

    def _start_zygote(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        numbers = [str(getattr(self.bounds, field)) for field in Bounds._fields]
        flags = ["-I", "-X", "utf8", *(["-B"] if sys.dont_write_bytecode else [])]
        try:
            process = subprocess.Popen(
                [sys.executable, *flags, "-c", _CODE, root, str(theirs.fileno()), *numbers],
                env=self._environ, cwd="/", pass_fds=(theirs.fileno(),), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            ours.close()
            raise NoIsolation("the render worker cannot be started", hint=str(error)) from error
        finally:
            theirs.close()
        ours.settimeout(_START)
        try:
            ready = ours.recv(64) == READY
        except OSError:
            ready = False
        if not ready:
            ours.close()
            process.kill()
            said = process.communicate()[1].decode("utf-8", "replace").strip().splitlines()
            raise NoIsolation("the render worker did not start", hint=said[-1] if said else "it said nothing")
        ours.settimeout(_ANSWER)  # nobody waits for ever, with the mutex held, for a zygote that does not read
        assert process.stderr is not None
        threading.Thread(target=self._hear, args=(process.stderr,), name="zygote's errors", daemon=True).start()
        self._zygote, self._control = process, ours

    def _hear(self, errors: IO[bytes]) -> None:
        """What the zygote writes must be read, or it stops once the pipe is full."""
        for line in iter(lambda: errors.readline(1000), b""):
            self._log(
                LogRecord(
                    ERROR, "the process that makes render workers says", error=line.decode("utf-8", "replace").rstrip()
                )
            )
        errors.close()

    def _forget(self) -> None:
        for worker in self._idle:
            worker.end()
        self._idle.clear()
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._zygote is not None:
            try:
                self._zygote.wait(5)
            except subprocess.TimeoutExpired:
                self._zygote.send_signal(signal.SIGKILL)
                self._zygote.wait()
            self._zygote = None
