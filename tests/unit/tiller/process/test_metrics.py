"""Metrics as Prometheus reads them."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.errors import CharthouseError
from charthouse.rpc.call import Call, Method, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.metering import Metering, code_word
from charthouse.tiller.metrics import Histogram, Registry


def test_the_text_form() -> None:
    registry = Registry()
    counter = registry.counter("calls_total", 'Calls,\nwith a "\\".', "method")
    counter.add("List")
    counter.add("List", amount=2.5)
    counter.add('a"b\\c\n')
    registry.gauge("up", "Up.", lambda: 1)
    registry.gauge("leases", "Leases.", lambda: {"held": 2.0, "free": 0.5}, label="state")
    histogram = Histogram("seconds", "Time.", ("verb",), (0.1, 1.0))
    registry.add(histogram)
    for amount in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(amount, "install")
    assert registry.text() == (
        '# HELP calls_total Calls,\\nwith a "\\\\".\n# TYPE calls_total counter\n'
        'calls_total{method="List"} 3.5\ncalls_total{method="a\\"b\\\\c\\n"} 1\n'
        "# HELP up Up.\n# TYPE up gauge\nup 1\n"
        '# HELP leases Leases.\n# TYPE leases gauge\nleases{state="free"} 0.5\nleases{state="held"} 2\n'
        "# HELP seconds Time.\n# TYPE seconds histogram\n"
        'seconds_bucket{verb="install",le="0.1"} 2\nseconds_bucket{verb="install",le="1"} 3\n'
        'seconds_bucket{verb="install",le="+Inf"} 4\n'
        'seconds_sum{verb="install"} 7.65\nseconds_count{verb="install"} 4\n'
    )


def test_names_and_labels_must_fit() -> None:
    registry = Registry()
    counter = registry.counter("a", "A.", "one")
    with pytest.raises(ValueError, match="two metrics are called a"):
        registry.counter("a", "A.")
    with pytest.raises(ValueError, match="a has the labels one"):
        counter.add("x", "y")


@pytest.mark.parametrize(
    ("code", "word"),
    [(0, "OK"), (1, "Canceled"), (5, "NotFound"), (4, "DeadlineExceeded"), (16, "Unauthenticated"), (99, "Unknown")],
)
def test_codes_are_called_as_in_go(code: int, word: str) -> None:
    assert code_word(code) == word


UNARY, STREAM = "/hapi.S/Get", "/hapi.S/List"


def called(metering: Metering, path: str, handler: Any) -> Any:
    answer = metering.layer(b"", Call(path, {}, Peer("192.0.2.1:1")), handler)
    return list(answer) if path == STREAM else answer


def counted(metering: Metering, name: str) -> list[str]:
    lines = [line for line in metering.registry.text().splitlines() if line.startswith(name + "{")]
    return [line.removeprefix(name) for line in lines if not line.endswith(" 0")]


def failing(error: BaseException) -> Any:
    def handler(request: Any, call: Call) -> Any:
        raise error

    return handler


def test_calls_are_counted_by_method_and_code() -> None:
    metering = Metering()
    methods = [Method(UNARY, str, str, str), Method(STREAM, str, str, str, streams=True)]  # type: ignore[arg-type]  # not called
    metering.know(methods)
    assert called(metering, UNARY, lambda request, call: "answer") == "answer"
    assert called(metering, STREAM, lambda request, call: iter("abc")) == ["a", "b", "c"]
    for error in (RpcError(Code.NOT_FOUND, "no"), CharthouseError("no"), ZeroDivisionError()):
        with pytest.raises(type(error)):
            called(metering, UNARY, failing(error))
    called(metering, "/unknown.S/X", lambda request, call: None)
    unary = '{grpc_method="Get",grpc_service="hapi.S",grpc_type="unary"} '
    stream = '{grpc_method="List",grpc_service="hapi.S",grpc_type="server_stream"} '
    assert counted(metering, "grpc_server_started_total") == [unary + "4", stream + "1"]
    assert counted(metering, "grpc_server_msg_received_total") == [unary + "4", stream + "1"]
    assert counted(metering, "grpc_server_msg_sent_total") == [unary + "1", stream + "3"]
    assert counted(metering, "grpc_server_handled_total") == [
        '{grpc_code="Internal",' + unary[1:] + "1",
        '{grpc_code="NotFound",' + unary[1:] + "1",
        '{grpc_code="OK",' + unary[1:] + "1",
        '{grpc_code="OK",' + stream[1:] + "1",
        '{grpc_code="Unknown",' + unary[1:] + "1",
    ]


def test_a_stream_given_up_counts_as_cancelled() -> None:
    metering = Metering()
    metering.know([Method(STREAM, str, str, str, streams=True)])  # type: ignore[arg-type]  # not called
    closed: list[bool] = []

    def endless(request: Any, call: Call) -> Any:
        try:
            while True:
                yield "x"
        finally:
            closed.append(True)

    answers = metering.layer(b"", Call(STREAM, {}, Peer("192.0.2.1:1")), endless)
    assert next(answers) == "x"
    answers.close()
    assert closed == [True]
    assert counted(metering, "grpc_server_handled_total")[0].startswith('{grpc_code="Canceled"')


def test_no_label_is_a_callers() -> None:
    metering = Metering()
    metering.operation("install", "succeeded", 1.0)
    metering.operation('x"} 1\nforged{', "what the user said", 1.0)
    assert counted(metering, "charthouse_tiller_operations_total") == [
        '{verb="install",outcome="succeeded"} 1',
        '{verb="other",outcome="other"} 1',
    ]


def test_the_process_is_told() -> None:
    text = Metering().registry.text()
    values = dict(line.split() for line in text.splitlines() if line.startswith("process_"))
    assert float(values["process_resident_memory_bytes"]) > 1 << 20
    assert 1.6e9 < float(values["process_start_time_seconds"]) < 1e11
    assert "# TYPE process_cpu_seconds_total counter\n" in text
