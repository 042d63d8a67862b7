"""What a call costs: our client and our server in one process, over loopback.

    python benchmarks/transport.py

Times are of the clock, and in brackets of the processor (both sides together), which a busy machine does not change.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from charthouse.rpc.call import Call, Method
from charthouse.rpc.channel import Channel
from charthouse.rpc.server import Server

MIB = 1 << 20


def _plain(data: bytes) -> bytes:
    return data


def _many(request: bytes, call: Call) -> Iterator[bytes]:
    yield from (b"x" * 200 for _ in range(int(request)))


METHODS = [
    Method("/bench.Service/Echo", lambda request, call: request, _plain, _plain),
    Method("/bench.Service/Many", _many, _plain, _plain, streams=True),
]


def measure(name: str, count: int, work: Callable[[], object]) -> None:
    """Print what one of `count` parts of `work` takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    seconds, used = (time.perf_counter() - clock) / count, (time.process_time() - processor) / count
    print(f"{name:34} {seconds * 1e3:9.3f} ms [{used * 1e3:9.3f} ms] {1 / seconds:10.0f}/s")


def main() -> None:
    with Server(METHODS) as server:
        server.listen("127.0.0.1")
        server.start()

        def dial() -> socket.socket:
            made = socket.create_connection(("127.0.0.1", server.port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made

        with Channel(dial) as channel:
            _echoes(channel)
            measure("messages of a stream, 200 bytes", 50000, lambda: _drained(channel))
        measure("a connection and a call", 200, lambda: _fresh(dial, 200))


def _echoes(channel: Channel) -> None:
    def calls(count: int, message: bytes) -> None:
        for _ in range(count):
            channel.unary("/bench.Service/Echo", message)

    calls(1, b"")
    measure("unary, 100 bytes, one by one", 2000, lambda: calls(2000, b"x" * 100))
    measure("unary, 100 bytes, 16 threads", 4000, lambda: _threads(16, lambda: calls(250, b"x" * 100)))
    for size in (1, 10, 20):
        measure(f"unary, {size} MiB there and back", 5, partial(calls, 5, b"x" * (size * MIB - 16)))


def _drained(channel: Channel) -> int:
    return sum(1 for _ in channel.stream("/bench.Service/Many", b"50000"))


def _threads(count: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _fresh(dial: Callable[[], socket.socket], count: int) -> None:
    for _ in range(count):
        with Channel(dial) as channel:
            channel.unary("/bench.Service/Echo", b"")


if __name__ == "__main__":
    main()
