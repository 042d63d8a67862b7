"""Our server and grpcio's client, our client and grpcio's server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from charthouse.rpc.channel import Channel
from charthouse.rpc.limits import Limits
from charthouse.rpc.server import Server
from charthouse.rpc.status import Code, RpcError
from tests.conformance.rpc.running import WAIT, Service, grpcio, serving

grpc: Any = grpcio()
ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
MESSAGES = [b"", b"x", bytes(range(256)) * 400, b"y" * (10 << 20), b"z" * (20 << 20)]
TEXTS = ["", "plain", "100% %41 %zz", "nö \N{SNOWMAN} 𝒳", "two\nlines\r\n\ttab", " blanks ", "x" * 3000]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def server(service: Service) -> Iterator[Server]:
    with serving(service) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=ANY_SIZE) as channel:
        yield channel


def failure(call: Any, request: bytes = b"", **options: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=options.pop("timeout", WAIT), **options)
    return caught.value.code().name, caught.value.details()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: str(len(message)))
def test_echo(client: Any, message: bytes) -> None:
    answer, call = client.unary_unary("/test.Service/Echo").with_call(message, timeout=WAIT)
    assert answer == message
    assert dict(call.trailing_metadata()) == {"x-size": str(len(message)), "x-raw-bin": b"\x00\x01\xff"}


def test_metadata(client: Any, service: Service) -> None:
    sent = (("x-a", "1"), ("x-a", "2"), ("x-b-bin", b"\x00\xff"), ("x-c", "~ !"))
    client.unary_unary("/test.Service/Echo")(b"", metadata=sent, timeout=WAIT)
    seen = {key: value for key, value in service.metadata.items() if key.startswith("x-")}
    assert seen["x-a"].replace(" ", "") == "1,2" and seen["x-b-bin"].rstrip("=") == "AP8" and seen["x-c"] == "~ !"


@pytest.mark.parametrize("text", TEXTS)
def test_errors(client: Any, text: str) -> None:
    call = client.unary_unary("/test.Service/Fail")
    for code in (1, 5, 16):
        with pytest.raises(grpc.RpcError) as caught:
            call(f"{code} {text}".encode(), timeout=WAIT)
        assert (caught.value.code().value[0], caught.value.details()) == (code, text)
        assert dict(caught.value.trailing_metadata())["grpc-status-details-bin"] == b"\x08\x05\x12\x02no"
    assert failure(call, f"plain {text}".encode()) == ("UNKNOWN", text)


def test_errors_too_long_for_the_client_are_cut(client: Any) -> None:
    code, text = failure(client.unary_unary("/test.Service/Fail"), b"plain " + b"x" * 100_000)
    assert code == "UNKNOWN" and len(text) > 4000
    assert text.endswith("xx…")


def test_unforeseen_errors_say_nothing(client: Any, service: Service) -> None:
    assert failure(client.unary_unary("/test.Service/Break")) == ("INTERNAL", "internal error")
    assert [record.message for record in service.log if record.level == "ERROR"] == ["a call failed"]


def test_unknown_methods_and_large_messages(client: Any) -> None:
    unknown = "unknown method Nope for service test.Service"
    assert failure(client.unary_unary("/test.Service/Nope")) == ("UNIMPLEMENTED", unknown)
    large = "grpc: received message larger than max (20971521 vs. 20971520)"
    assert failure(client.unary_unary("/test.Service/Echo"), b"x" * (20 * 1024 * 1024 + 1)) == (
        "RESOURCE_EXHAUSTED",
        large,
    )


def test_compression_is_refused(client: Any) -> None:
    code, _ = failure(client.unary_unary("/test.Service/Echo"), b"x" * 5000, compression=grpc.Compression.Gzip)
    assert code == "UNIMPLEMENTED"


def test_streams(client: Any) -> None:
    call = client.unary_stream("/test.Service/Count")
    assert list(call(b"5000", timeout=WAIT)) == [b"%d" % number for number in range(5000)]
    assert list(call(b"0", timeout=WAIT)) == []
    with pytest.raises(grpc.RpcError) as caught:
        list(call(b"many", timeout=WAIT))
    assert caught.value.code().name == "INTERNAL"


def test_cancelled_calls_end_their_handlers(client: Any, service: Service) -> None:
    stream = client.unary_stream("/test.Service/Count")(b"1000000000")
    assert next(stream) == b"0"
    stream.cancel()
    assert service.closed.wait(WAIT)
    waiting = client.unary_unary("/test.Service/Wait").future(b"")
    assert service.waiting.wait(WAIT)
    waiting.cancel()
    assert service.cancelled.wait(WAIT)


def test_a_client_that_goes_ends_its_handlers(server: Server, service: Service) -> None:
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    pending = channel.unary_unary("/test.Service/Wait").future(b"")
    assert service.waiting.wait(WAIT)
    channel.close()
    assert pending.done()
    assert service.cancelled.wait(WAIT)


def test_deadlines(client: Any, service: Service) -> None:
    assert failure(client.unary_unary("/test.Service/Wait"), timeout=0.2)[0] == "DEADLINE_EXCEEDED"
    assert service.cancelled.wait(WAIT)


def test_calls_at_the_same_time(client: Any) -> None:
    call = client.unary_unary("/test.Service/Echo")
    messages = [b"%d" % number * 500 for number in range(400)]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda message: call(message, timeout=WAIT), messages)) == messages


def test_more_streams_than_a_connection_may_have_wait(service: Service) -> None:
    with serving(service, limits=Limits(streams=3)) as server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as few:
        call = few.unary_unary("/test.Service/Echo")
        futures = [call.future(b"%d" % number, timeout=WAIT) for number in range(50)]
        assert [future.result() for future in futures] == [b"%d" % number for number in range(50)]


def test_draining_finishes_calls(server: Server, client: Any, service: Service) -> None:
    waiting = client.unary_unary("/test.Service/Wait").future(b"", timeout=WAIT)
    assert service.waiting.wait(WAIT)
    assert not server.drain(0.1)
    service.cancelled.set()
    assert waiting.result() == b""
    assert server.drain(WAIT) and server.connections == 0


def test_health(client: Any) -> None:
    check = client.unary_unary("/grpc.health.v1.Health/Check")
    assert check(b"", timeout=WAIT) == b"\x08\x01"
    assert failure(check, b"\x0a\x01x") == ("NOT_FOUND", "unknown service")
    watch = client.unary_stream("/grpc.health.v1.Health/Watch")(b"")
    assert next(watch) == b"\x08\x01"
    watch.cancel()


def test_over_tls_and_a_unix_socket(service: Service, tmp_path: Any) -> None:
    from charthouse.rpc.tls import ServerTLS
    from tests.unit.rpc.authorities import made

    ca, users = made("ca", ca=True), made("users", ca=True)
    tiller, joe = made("tiller", ca, names=["tiller"]), made("joe", users)
    path = str(tmp_path / "rpc.sock")
    server = Server(
        service.methods(), log=service.log.append, tls=ServerTLS(tiller.pem, tiller.key_pem, {"users": users.pem})
    )
    server.listen(f"unix:{path}")
    server.start()
    options = [("grpc.ssl_target_name_override", "tiller")]
    for holder in (None, joe):
        chain = (holder.key_pem, holder.pem) if holder is not None else (None, None)
        credentials = grpc.ssl_channel_credentials(ca.pem, *chain)
        with grpc.secure_channel(f"unix:{path}", credentials, options) as client:
            assert client.unary_unary("/test.Service/Echo")(b"x" * 100_000, timeout=WAIT) == b"x" * 100_000
    server.stop()


class Theirs:
    """grpcio's server."""

    def __init__(self) -> None:
        self.gone = threading.Event()
        handlers = {
            "Echo": grpc.unary_unary_rpc_method_handler(self.echo),
            "Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            "Wait": grpc.unary_unary_rpc_method_handler(self.wait),
            "Count": grpc.unary_stream_rpc_method_handler(self.count),
        }
        self.server = grpc.server(ThreadPoolExecutor(16), options=ANY_SIZE)
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Service", handlers),))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def echo(self, request: bytes, context: Any) -> bytes:
        seen = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-seen", seen.get("x-a", "")),))
        context.set_trailing_metadata((("x-size", str(len(request))),))
        return request

    def fail(self, request: bytes, context: Any) -> bytes:
        code, _, text = request.decode().partition(" ")
        context.abort(next(one for one in grpc.StatusCode if one.value[0] == int(code)), text)
        return b""

    def wait(self, request: bytes, context: Any) -> bytes:
        context.add_callback(self.gone.set)
        self.gone.wait(WAIT)
        return b""

    def count(self, request: bytes, context: Any) -> Iterator[bytes]:
        context.add_callback(self.gone.set)
        yield from (b"%d" % number for number in range(int(request)))


@pytest.fixture
def theirs() -> Iterator[Theirs]:
    running = Theirs()
    yield running
    running.gone.set()
    running.server.stop(None).wait(WAIT)


@pytest.fixture
def ours(theirs: Theirs) -> Iterator[Channel]:
    with Channel(lambda: socket.create_connection(("127.0.0.1", theirs.port)), authority="tiller") as channel:
        yield channel


def problem(channel: Channel, path: str, request: bytes = b"", **options: Any) -> tuple[int, str]:
    with pytest.raises(RpcError) as caught:
        channel.unary(path, request, timeout=options.pop("timeout", WAIT), **options)
    return int(caught.value.code), caught.value.message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: str(len(message)))
def test_our_client_echoes(ours: Channel, message: bytes) -> None:
    assert ours.unary("/test.Service/Echo", message, timeout=WAIT) == message


def test_our_clients_metadata(ours: Channel) -> None:
    responses = ours.stream("/test.Service/Echo", b"abc", {"x-a": "1"})
    assert list(responses) == [b"abc"]
    assert (responses.headers["x-seen"], responses.trailers["x-size"]) == ("1", "3")


@pytest.mark.parametrize("text", TEXTS)
def test_our_clients_errors(ours: Channel, text: str) -> None:
    assert problem(ours, "/test.Service/Fail", f"7 {text}".encode()) == (7, text)


def test_our_clients_other_errors(ours: Channel, theirs: Theirs) -> None:
    assert problem(ours, "/test.Service/Nope")[0] == Code.UNIMPLEMENTED
    large = "grpc: received message larger than max (21000000 vs. 20971520)"
    assert problem(ours, "/test.Service/Echo", b"x" * 21_000_000) == (8, large)
    assert problem(ours, "/test.Service/Wait", timeout=0.2) == (4, "context deadline exceeded")
    assert theirs.gone.wait(WAIT)


def test_our_clients_streams(ours: Channel, theirs: Theirs) -> None:
    assert list(ours.stream("/test.Service/Count", b"5000")) == [b"%d" % number for number in range(5000)]
    responses = ours.stream("/test.Service/Count", b"1000000000")
    assert next(responses) == b"0"
    theirs.gone.clear()
    responses.close()
    assert theirs.gone.wait(WAIT)


def test_our_client_in_many_threads(ours: Channel) -> None:
    messages = [b"%d" % number * 500 for number in range(400)]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda message: ours.unary("/test.Service/Echo", message), messages)) == messages


def test_our_client_when_the_server_stops(theirs: Theirs, ours: Channel) -> None:
    assert ours.unary("/test.Service/Echo", b"x", timeout=WAIT) == b"x"
    theirs.server.stop(None).wait(WAIT)
    assert problem(ours, "/test.Service/Echo")[0] == Code.UNAVAILABLE
