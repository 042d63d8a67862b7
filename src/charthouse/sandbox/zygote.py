"""The process workers are forked from: all code in memory, no secret, one thread.

Started by ``pool`` with an empty environment and two descriptors. Over the first, a socket of packets, comes a request
for a worker: its socket and the writing end of a pipe. When the worker has ended, its exit status is written into the
pipe; when the pipe's reader has gone, nobody waits for the worker any more and it is killed. At the end of the first
descriptor everything ends: Tiller has gone.
"""

from __future__ import annotations

import array
import os
import select
import signal
import socket
import sys

from charthouse.sandbox.confine import Bounds, Filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["READY", "REQUEST", "main"]

READY, REQUEST = b"ready", b"worker"
_DESCRIPTORS = 2
_POLL = 1000  # milliseconds; a signal that ends a worker also ends the wait


class _Nursery:
    """Workers by process id, and the pipes they are watched by."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.base = _address_space()
        self.filter = Filter()
        self.pipes: dict[int, int] = {}  # process id → pipe
        self.dropped: set[int] = set()
        self.poll = select.poll()

    def make(self, line: int, pipe: int) -> None:
        """Fork a worker that speaks over `line`."""
        try:
            child = os.fork()
        except OSError as error:
            _tell(pipe, f"fork {error.errno}")
            os.close(line)
            os.close(pipe)
            return
        if child == 0:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            from charthouse.sandbox.worker import live

            live(line, self.bounds, self.base, self.filter)
        os.close(line)
        self.pipes[child] = pipe
        self.poll.register(pipe, 0)  # errors alone: the reader has gone

    def bury(self) -> None:
        """Tell how the workers ended that have ended."""
        while self.pipes:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            pipe = self.pipes.pop(child, -1)
            if pipe >= 0:
                if pipe in self.dropped:
                    self.dropped.discard(pipe)
                else:
                    self.poll.unregister(pipe)
                _tell(pipe, f"exit {status}")
                os.close(pipe)

    def drop(self, pipe: int) -> None:
        """Nobody waits for the worker of this pipe."""
        self.poll.unregister(pipe)
        for child, watched in self.pipes.items():
            if watched == pipe:
                os.kill(child, signal.SIGKILL)  # ours and not yet waited for, so the number is still its own
                self.dropped.add(pipe)
                return

    def end(self) -> None:
        """Kill every worker."""
        for child in self.pipes:
            os.kill(child, signal.SIGKILL)


def _tell(pipe: int, text: str) -> None:
    try:
        os.write(pipe, text.encode())
    except OSError:
        return  # nobody wants to know


def main(control: int, bounds: Bounds) -> None:
    """Serve until the other end of `control` is closed."""
    import gc

    from charthouse.sandbox.preload import preload

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # Tiller drains; workers may still be needed
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    gc.set_threshold(1_000_000, 50, 100)  # trees of values and templates are no garbage
    preload()
    _prefer_to_be_killed()
    line = socket.socket(fileno=control)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake_write)
    nursery = _Nursery(bounds)
    nursery.poll.register(control, select.POLLIN)
    nursery.poll.register(wake_read, select.POLLIN)
    gc.collect()
    gc.freeze()
    line.send(READY)
    while True:
        for descriptor, _ in nursery.poll.poll(_POLL):
            if descriptor == control:
                if not _request(line, nursery):
                    nursery.end()
                    return
            elif descriptor == wake_read:
                os.read(wake_read, 512)
            else:
                nursery.drop(descriptor)
        nursery.bury()


def _request(line: socket.socket, nursery: _Nursery) -> bool:
    """Serve one request; False when there will be no more."""
    room = socket.CMSG_SPACE(_DESCRIPTORS * array.array("i").itemsize)
    data, extra, _, _ = line.recvmsg(64, room)
    if not data:
        return False
    found = array.array("i")
    for level, kind, content in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(content[: len(content) - len(content) % found.itemsize])
    if data == REQUEST and len(found) == _DESCRIPTORS:
        nursery.make(found[0], found[1])
    else:
        for descriptor in found:
            os.close(descriptor)
    return True


def _address_space() -> int:
    with open("/proc/self/statm", "rb") as stream:
        return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _prefer_to_be_killed() -> None:
    """Where memory runs out, workers go before Tiller does."""
    try:
        with open("/proc/self/oom_score_adj", "wb") as stream:
            stream.write(b"1000")
    except OSError:
        return  # not allowed here; the limits hold all the same


def run(arguments: list[str]) -> None:
    """What the command line says: the descriptor, then the bounds as numbers."""
    numbers: list[Any] = [float(text) if "." in text else int(text) for text in arguments[1:]]
    main(int(arguments[0]), Bounds(*numbers))


if __name__ == "__main__":
    run(sys.argv[1:])
