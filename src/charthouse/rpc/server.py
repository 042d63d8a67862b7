"""A server of gRPC and plain HTTP on one port.

    server = Server(methods, gateway=gateway, tls=tls, log=log)
    server.listen("127.0.0.1", 0)
    server.start()
    ...
    server.drain(30.0)
    server.stop()

One thread reads and writes all connections; handlers run in threads of their own. Why not grpcio: docs/architecture.md,
"rpc".
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time

from charthouse.logs import DEBUG, ERROR, WARN, LogRecord, silent
from charthouse.rpc.budget import Budget
from charthouse.rpc.connection import Connection, Shared
from charthouse.rpc.errors import ListenError
from charthouse.rpc.limits import Limits
from charthouse.rpc.services import Services, trouble
from charthouse.rpc.workers import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.logs import Log
    from charthouse.rpc.call import Gateway, Layer, Method
    from charthouse.rpc.tls import ServerTLS

__all__ = ["Server"]

_TICK = 1.0
_MOMENT = 1.0  # how long a connection without a call is left alone when another one wants its place


class _Loop:
    """``ports.Reactor`` on asyncio."""

    def __init__(self, loop: asyncio.AbstractEventLoop, workers: Workers) -> None:
        self.now = loop.time
        self.later = loop.call_later
        self.submit = workers.submit
        self._loop = loop

    def post(self, what: Callable[..., Any], *arguments: Any) -> None:
        if self._loop.is_closed():
            return
        try:
            self._loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:
            if not self._loop.is_closed():  # closed in between: nobody waits for it
                raise


class Server:
    """methods: what is served; layers: around each of them, the first outermost. tls: None for plain text."""

    def __init__(
        self, methods: Iterable[Method], layers: Sequence[Layer] = (), gateway: Gateway | None = None,
        limits: Limits | None = None, tls: ServerTLS | None = None, *, log: Log = silent,
    ) -> None:  # fmt: skip
        self._limits = limits or Limits()
        self._tls = tls
        self._log = log
        self._workers = Workers(self._limits.handlers, self._limits.waiting, log)
        self._loop = asyncio.new_event_loop()
        self._reactor = _Loop(self._loop, self._workers)
        self._shared = Shared(
            Services(methods, layers, self._limits.send, log), gateway, self._limits,
            Budget(self._limits.process_bytes), self._reactor, log,
        )  # fmt: skip
        self._sockets: list[socket.socket] = []
        self._paths: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeting = 0
        self._thread: threading.Thread | None = None
        self._draining = False

    def listen(self, host: str, port: int = 0) -> None:
        """host: an address, "" for all, or `unix:PATH`; port 0: any free one. Before `start`. Raises ListenError."""
        where = host if host.startswith("unix:") else f"{host}:{port}"
        try:
            if host.startswith("unix:"):
                sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                sock.bind(host[5:])
                sock.listen(256)
                self._paths.append(host[5:])
            elif not host and socket.has_dualstack_ipv6():
                sock = socket.create_server(("", port), family=socket.AF_INET6, backlog=256, dualstack_ipv6=True)
            else:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                sock = socket.create_server((host, port), family=family, backlog=256)
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None)
            reason = os.strerror(number) if isinstance(number, int) and number > 0 else str(error)
            raise ListenError(f"listen tcp {where}: bind: {reason.lower()}") from error
        sock.setblocking(False)
        self._sockets.append(sock)

    @property
    def port(self) -> int:
        """Of the first address that is no Unix socket; 0 when there is none."""
        for sock in self._sockets:
            if sock.family != socket.AF_UNIX:
                return int(sock.getsockname()[1])
        return 0

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._shared.open)

    @property
    def busy(self) -> int:
        """How many handlers are at work."""
        return self._workers.busy

    def start(self) -> None:
        """Serve, in threads."""
        self._thread = threading.Thread(target=self._run, name="rpc", daemon=True)
        self._thread.start()

    def drain(self, seconds: float) -> bool:
        """Accept nothing new and wait, at most so long, for calls under way; whether all came to their end."""
        self._reactor.post(self._leave)
        until = time.monotonic() + seconds
        while self._shared.open or self._workers.busy:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def stop(self) -> None:
        """End every connection and the threads. Calls under way are cancelled."""
        if self._thread is not None:
            self._reactor.post(self._stop)
            self._thread.join(10.0)
        elif not self._loop.is_closed():
            self._loop.close()
        self._workers.stop()
        self._close_sockets()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # In the loop's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._astray)
        for sock in self._sockets:
            self._task(self._accept(sock))
        self._loop.call_later(_TICK, self._tick)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _task(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _astray(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        text = trouble(error) if isinstance(error, BaseException) else str(context.get("message"))
        level = DEBUG if isinstance(error, OSError) else ERROR
        self._log(LogRecord(level, "a connection failed", error=text))

    async def _accept(self, listener: socket.socket) -> None:
        while not self._draining:
            try:
                sock, address = await self._loop.sock_accept(listener)
            except OSError as error:
                if listener.fileno() < 0:  # closed: nothing new is accepted
                    return
                self._log(LogRecord(ERROR, "cannot accept a connection", error=str(error.strerror)))
                await asyncio.sleep(0.1)  # out of file handles, most likely: some come back
                continue
            if not self._has_place():
                self._log(LogRecord(WARN, "too many connections", limit=self._limits.connections))
                sock.close()
                continue
            self._greeting += 1
            self._task(self._greet(sock, _shown(address)))
            await asyncio.sleep(0)  # a storm of connections does not keep those that are there waiting

    def _has_place(self) -> bool:
        """Whether there is one; the connection that has waited longest for a call gives up its own."""
        if len(self._shared.open) + self._greeting < self._limits.connections:
            return True
        now = self._loop.time()
        waiting = [(one.idle_since, id(one), one) for one in self._shared.open if one.idle_since is not None]
        if not waiting:
            return False
        since, _, longest = min(waiting)
        if since is None or now - since < _MOMENT:
            return False
        longest.leave()
        longest.abort()
        self._shared.open.discard(longest)
        return True

    async def _greet(self, sock: socket.socket, address: str) -> None:
        tls = self._tls
        try:
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            made = Connection(self._shared, address, tls.current() if tls is not None else None)
            await self._loop.connect_accepted_socket(lambda: made, sock)
        except OSError as error:  # gone already
            self._log(LogRecord(DEBUG, "a connection was lost", peer=address, error=str(error)))
            sock.close()
        finally:
            self._greeting -= 1

    def _tick(self) -> None:
        now = self._loop.time()
        for connection in list(self._shared.open):
            connection.check(now)
        self._loop.call_later(_TICK, self._tick)

    def _leave(self) -> None:
        self._draining = True
        self._close_sockets()
        for connection in list(self._shared.open):
            connection.leave()

    def _stop(self) -> None:
        self._draining = True
        for task in self._tasks:
            task.cancel()
        for connection in list(self._shared.open):
            connection.abort()
        self._loop.call_soon(self._loop.call_soon, self._loop.stop)

    def _close_sockets(self) -> None:
        for sock in self._sockets:
            if self._thread is not None and self._thread.is_alive():
                self._loop.remove_reader(sock.fileno()) if sock.fileno() >= 0 else None
            sock.close()
        for path in self._paths:
            if os.path.exists(path):
                os.unlink(path)
        self._paths.clear()


def _shown(address: Any) -> str:
    """`192.0.2.1:4711`, `[2001:db8::1]:4711`, `unix:`."""
    if not isinstance(address, tuple):
        return "unix:"
    host = str(address[0]).removeprefix("::ffff:") if "." in str(address[0]) else str(address[0])
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"
