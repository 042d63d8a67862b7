"""The health service."""

from __future__ import annotations

import pytest

from charthouse.rpc.call import Call
from charthouse.rpc.health import NOT_SERVING, SERVING, Health
from charthouse.rpc.status import Code, RpcError
from tests.unit.rpc.memory import DONE, PEER, Session, framed

CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
TILLER = b"\x0a\x06Tiller"


@pytest.mark.parametrize(
    ("request_", "state"),
    [
        (b"", SERVING),
        (TILLER, NOT_SERVING),
        (b"\x10\x05\x1a\x01x" + TILLER, NOT_SERVING),
        (TILLER + b"\x0a\x00", SERVING),
    ],
)
def test_check(request_: bytes, state: int) -> None:
    session = Session(Health(Tiller=NOT_SERVING).methods())
    assert session.call(CHECK, request_).data == framed(bytes((8, state)))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"\x0a\x01x", ("5", "unknown service")),
        (b"\x0a\x05x", ("13", "grpc: error unmarshalling request: unexpected EOF")),
        (b"\x0b", ("13", "grpc: error unmarshalling request: a field of an unexpected type")),
        (b"\xff" * 11, ("13", "grpc: error unmarshalling request: unexpected EOF")),
    ],
)
def test_check_refuses(request_: bytes, expected: tuple[str, str]) -> None:
    headers = dict(Session(Health().methods()).call(CHECK, request_).headers)
    assert (headers["grpc-status"], headers["grpc-message"]) == expected


def test_states_change() -> None:
    health = Health(Tiller=NOT_SERVING)
    session = Session(health.methods())
    health.set("Tiller", SERVING)
    assert session.call(CHECK, TILLER).data == framed(b"\x08\x01")
    health.leave()
    assert session.call(CHECK, TILLER).data == session.call(CHECK, b"").data == framed(b"\x08\x02")
    assert session.call(CHECK, b"").trailers == DONE


def test_watch() -> None:
    health = Health()
    watch = health.methods()[1].handler
    call = Call(WATCH, {}, PEER)
    states = watch("Tiller", call)
    assert next(states) == 3
    health.set("Tiller", SERVING)
    assert next(states) == SERVING
    health.leave()
    assert next(states) == NOT_SERVING
    call.cancel()
    with pytest.raises(RpcError) as caught:
        next(states)
    assert caught.value.code == Code.CANCELLED


def test_few_may_watch() -> None:
    health = Health()
    watch = health.methods()[1].handler
    some = [watch("", Call(WATCH, {}, PEER)) for _ in range(17)]
    assert [next(states) for states in some[:16]] == [SERVING] * 16
    with pytest.raises(RpcError) as caught:
        next(some[16])
    assert (caught.value.code, caught.value.message) == (Code.RESOURCE_EXHAUSTED, "too many calls watch the health")
    some[0].close()
    assert next(watch("", Call(WATCH, {}, PEER))) == SERVING
