"""The calls of an HTTP/2 connection: a request coming in, a handler at work, an answer going out.

``GrpcStream`` is a gRPC call, ``HttpStream`` any other request (for the gateway). All methods are for the loop's thread
but ``work``. Rules: grpc/doc/PROTOCOL-HTTP2.md, grpc/doc/statuscodes.md (a wrong number of requests: UNIMPLEMENTED).
"""

from __future__ import annotations

from charthouse.rpc.call import Call, HttpRequest
from charthouse.rpc.exchange import NO_GATEWAY, answer_head, perform
from charthouse.rpc.framing import Unframer
from charthouse.rpc.metadata import metadata_of, seconds_of, trailers
from charthouse.rpc.outgoing import Outgoing
from charthouse.rpc.services import Ending, ending_of
from charthouse.rpc.status import Code, RpcError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.rpc.call import Method
    from charthouse.rpc.http2 import Http2
    from charthouse.rpc.ports import Timer

    Headers = list[tuple[bytes, bytes]]

__all__ = ["GrpcStream", "HttpStream", "Stream"]

TOO_MUCH = RpcError(Code.RESOURCE_EXHAUSTED, "too many bytes of requests are being received; try again")
TOO_FULL = RpcError(Code.RESOURCE_EXHAUSTED, "too many bytes of answers wait for their callers; try again")
TOO_BUSY = RpcError(Code.UNAVAILABLE, "too many calls are being worked on; try again")
TOO_SLOW = RpcError(Code.DEADLINE_EXCEEDED, "the request did not come in time")


class Stream:
    """head: headers to send first; tail: None while the answer goes on, else the headers that end it ([]: none).

    complete: the whole request is there; running: a handler's thread is at it; moved: when bytes last went out.
    """

    def __init__(self, owner: Http2, number: int) -> None:
        self.owner = owner
        self.number = number
        self.out = Outgoing(owner.limits.stream_buffer, lambda: owner.reactor.post(owner.wake, self))
        self.head: Headers = []
        self.headed = False
        self.tail: Headers | None = None
        self.complete = False
        self.running = False
        self.closed = False
        self.begun = self.moved = owner.reactor.now()
        self.received = 0
        self.held = 0
        self.kept = 0
        owner.adopt(self)

    def take(self, data: bytes) -> None:
        """Some of the request."""
        raise AssertionError(data)

    def end(self) -> None:
        """The request is complete."""
        raise AssertionError

    def refuse(self, error: RpcError) -> None:
        """Answer with an error."""
        raise AssertionError(error)

    def work(self) -> None:
        """A handler's thread: make the answer."""
        raise AssertionError

    def gone(self) -> None:
        """The caller waits no more."""
        self.closed = True
        self.let_go()

    def keep(self, last: bytes) -> bool:
        """Count the bytes of an answer that is complete; False when there are too many altogether."""
        size = self.out.size + len(last)
        if not self.owner.budget.take(size):
            return False
        self.kept += size
        return True

    def let_go(self) -> None:
        """They are sent, or of no use."""
        self.out.close()
        self.owner.budget.give(self.kept)
        self.kept = 0

    def hold(self, size: int) -> bool:
        """Count bytes of the request; False when there are too many altogether."""
        self.received += size
        if not self.owner.budget.take(size):
            return False
        self.held += size
        return True

    def release(self) -> None:
        """They are worked off."""
        self.owner.budget.give(self.held)
        self.held = 0

    def start(self) -> None:
        """Have it worked on."""
        self.running = True
        self.owner.running += 1
        if not self.owner.reactor.submit(self.work):
            self.stopped()
            self.refuse(TOO_BUSY)

    def stopped(self) -> None:
        """The handler's thread has ended."""
        self.running = False
        self.owner.running -= 1
        self.release()

    def late(self, now: float) -> bool:
        """Whether the request takes too long to come."""
        limits = self.owner.limits
        return not self.complete and now > self.begun + limits.body_seconds + self.received / limits.body_rate

    def finish(self, last: bytes, tail: Headers) -> None:
        """The answer's end."""
        self.out.add(last)
        self.tail = tail
        self.owner.wake(self)


class GrpcStream(Stream):
    """A gRPC call."""

    def __init__(self, owner: Http2, number: int, headers: Headers) -> None:
        super().__init__(owner, number)
        self._unframer = Unframer(owner.limits.receive)
        self._messages: list[bytes] = []
        self._request = b""
        self._timer: Timer | None = None
        self._method: Method | None = None
        found = dict(headers)
        path = found.get(b":path", b"").decode("latin-1")
        self.call = Call(path, metadata_of(headers), owner.peer, monotonic=owner.reactor.now)
        self.head = [(b":status", b"200"), (b"content-type", b"application/grpc")]
        try:
            self._begin(path, found)
        except RpcError as error:
            self.refuse(error)

    def _begin(self, path: str, found: dict[bytes, bytes]) -> None:
        if found.get(b":method") != b"POST":
            self.head[0] = (b":status", b"405")
            raise RpcError(Code.INTERNAL, "gRPC requests are POST requests")
        kind = found[b"content-type"].partition(b";")[0].strip()
        if kind not in (b"application/grpc", b"application/grpc+proto"):
            self.head[0] = (b":status", b"415")
            raise RpcError(Code.INTERNAL, f'invalid gRPC request content-type "{kind.decode("latin-1")}"')
        self._method = self.owner.services.find(path)
        timeout = found.get(b"grpc-timeout")
        if timeout is not None:
            seconds = seconds_of(timeout.decode("latin-1"))
            self.call.expect(seconds)
            self._timer = self.owner.reactor.later(seconds, self._out_of_time)
        encoding = found.get(b"grpc-encoding", b"identity").decode("latin-1")
        if encoding != "identity":
            self.head.append((b"grpc-accept-encoding", b"identity"))
            raise RpcError(
                Code.UNIMPLEMENTED, f'grpc: Decompressor is not installed for grpc-encoding "{encoding[:40]}"'
            )

    def take(self, data: bytes) -> None:
        if self.tail is not None:
            return
        try:
            if not self.hold(len(data)):
                raise TOO_MUCH
            self._messages += self._unframer.feed(data)
            if len(self._messages) > 1 or (self._messages and self._unframer.size):
                raise RpcError(Code.UNIMPLEMENTED, "cardinality violation: received more than one request message")
        except RpcError as error:
            self.refuse(error)

    def end(self) -> None:
        self.complete = True
        if self.tail is not None:
            return
        try:
            self._unframer.finish()
            if not self._messages:
                raise RpcError(Code.UNIMPLEMENTED, "cardinality violation: received no request message")
        except RpcError as error:
            self.refuse(error)
            return
        self._request = self._messages.pop()
        self.start()

    def work(self) -> None:
        assert self._method is not None
        request, self._request = self._request, b""
        last, ending = self.owner.services.perform(self._method, request, self.call, self.out.put)
        self.owner.reactor.post(self._done, last, ending)

    def _done(self, last: bytes, ending: Ending) -> None:
        self.stopped()
        if self.closed or self.tail is not None:
            self.owner.settle(self)
        elif self.keep(last):
            self._finish(last, ending)
        elif self.headed or self.out.size:
            self.owner.break_off(self)
        else:
            self._finish(b"", ending_of(TOO_FULL))

    def _finish(self, last: bytes, ending: Ending) -> None:
        if self._timer is not None:
            self._timer.cancel()
        made = trailers(
            ending.code, ending.message, ending.details, dict(ending.trailers), room=self.owner.peer_header_room
        )
        self.finish(last, made)

    def refuse(self, error: RpcError) -> None:
        self._messages.clear()
        if not self.running:
            self.release()
        self._finish(b"", ending_of(error))

    def _out_of_time(self) -> None:
        if self.closed or self.tail is not None:
            return
        self.owner.cancelled(self.call)
        self.out.close()
        self.out = Outgoing(0, lambda: None)  # what is left for the old one is dropped
        self.refuse(RpcError(Code.DEADLINE_EXCEEDED, "context deadline exceeded"))

    def gone(self) -> None:
        super().gone()
        if self._timer is not None:
            self._timer.cancel()
        if not self.running:
            self.release()
        self.owner.cancelled(self.call)


class HttpStream(Stream):
    """Any other request."""

    def __init__(self, owner: Http2, number: int, headers: Headers) -> None:
        super().__init__(owner, number)
        self._body = bytearray()
        pseudo = {name: value.decode("latin-1") for name, value in headers if name.startswith(b":")}
        named = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in headers if not n.startswith(b":")]
        if b":authority" in pseudo and not any(name == "host" for name, _ in named):
            named.insert(0, ("host", pseudo[b":authority"]))
        self._request = HttpRequest(
            pseudo.get(b":method", ""), pseudo.get(b":path", ""), tuple(named), b"", owner.peer
        )  # fmt: skip
        if self._request.method == "CONNECT":
            self._plain(405, "method not allowed")
            return
        length = self._request.header("content-length")
        if length.isdigit() and int(length) > owner.limits.body:
            self._plain(413, "request body too large")
        elif self._request.header("expect").lower() == "100-continue":
            owner.go_on(self)

    def take(self, data: bytes) -> None:
        if self.tail is not None:
            return
        if self.received + len(data) > self.owner.limits.body:
            self._plain(413, "request body too large")
        elif not self.hold(len(data)):
            self._plain(503, TOO_MUCH.message)
        else:
            self._body += data

    def end(self) -> None:
        self.complete = True
        if self.tail is None:
            self.start()

    def work(self) -> None:
        from charthouse.records import replace

        request = replace(self._request, body=bytes(self._body))
        self._body.clear()
        post = self.owner.reactor.post
        last = perform(
            self.owner.gateway or NO_GATEWAY, request, lambda status, headers, body: post(self._begin, status, headers),
            self.out.put, self.owner.log,
        )  # fmt: skip
        post(self._done, last)

    def _begin(self, status: int, headers: tuple[tuple[str, str], ...]) -> None:
        if self.tail is None and not self.closed:
            self.head = [(b":status", b"%d" % status), *answer_head(headers)]

    def _done(self, last: bytes | None) -> None:
        self.stopped()
        if self.closed or self.tail is not None:
            self.owner.settle(self)
        elif last is None or not self.keep(last):  # broken off: an answer cut short must not look whole
            self.owner.break_off(self)
        else:
            self.finish(last, [])

    def refuse(self, error: RpcError) -> None:
        self._plain(408 if error is TOO_SLOW else 503, error.message)

    def _plain(self, status: int, text: str) -> None:
        self._body.clear()
        if not self.running:
            self.release()
        body = f"{text}\n".encode()
        self.head = [
            (b":status", b"%d" % status), (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
        ]  # fmt: skip
        self.finish(b"" if self._request.method == "HEAD" else body, [])

    def gone(self) -> None:
        super().gone()
        if not self.running:
            self.release()
