"""Traces: which spans there are, whose children they are, what they tell and what not."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from charthouse.actions.ports import Progress
from charthouse.rpc.call import Call, Method, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.operations import Work
from charthouse.tiller.options import NotStarted
from charthouse.tiller.tracing import Tracing, tracing_from, wanted

UNARY, STREAM = "/charthouse.v1.ReleaseService/GetStatus", "/charthouse.v1.ReleaseService/Install"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("environ", "answer"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
        ({"OTEL_SDK_DISABLED": "TRUE", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
    ],
)
def test_traces_are_made_when_asked_for(environ: dict[str, str], answer: bool) -> None:
    assert wanted(environ) is answer


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(NotStarted, match="OpenTelemetry is not installed") as caught:
        tracing_from({"OTEL_TRACES_EXPORTER": "otlp"}, version="v1")
    assert "charthouse[otel]" in caught.value.hint
    assert tracing_from({}, version="v1") is None


@pytest.fixture
def traced() -> tuple[Tracing, Any]:
    export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider, spans = TracerProvider(), export.InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracing = Tracing(provider)
    tracing.know([Method(STREAM, str, str, str, streams=True)])  # type: ignore[arg-type]  # not called
    return tracing, spans


def test_a_call_stands_in_its_callers_trace(traced: tuple[Tracing, Any]) -> None:
    tracing, spans = traced
    call = Call(UNARY, {"traceparent": PARENT, "authorization": "Bearer secret"}, Peer("192.0.2.1:1"))

    def handler(request: Any, call: Call) -> Any:
        tracing.request("GET", "/api/v1/secrets?labelSelector=owner%3Dhelm", 200, 0.5)
        raise RpcError(Code.NOT_FOUND, "the password is hunter2")

    with pytest.raises(RpcError):
        tracing.layer(b"", call, handler)
    inner, outer = spans.get_finished_spans()
    assert (outer.name, outer.parent.span_id) == ("charthouse.v1.ReleaseService/GetStatus", 0xB7AD6B7169203331)
    assert dict(outer.attributes) == {
        "rpc.system": "grpc", "rpc.service": "charthouse.v1.ReleaseService", "rpc.method": "GetStatus",
        "rpc.grpc.status_code": 5,
    }  # fmt: skip
    assert (outer.status.status_code.name, outer.status.description) == ("ERROR", "NotFound")
    assert (inner.name, inner.parent.span_id) == ("GET Kubernetes", outer.context.span_id)
    assert inner.attributes["url.path"] == "/api/v1/secrets"
    assert inner.end_time - inner.start_time == 500_000_000
    told = "".join(span.to_json() for span in (inner, outer))
    assert 'secret"' not in told and "hunter2" not in told


def test_an_operation_and_its_phases(traced: tuple[Tracing, Any]) -> None:
    tracing, spans = traced
    seen: list[str] = []

    def handler(request: Any, call: Call) -> Any:
        place = tracing.here()
        work = Work("install", "ns", "web", {}, "v1")
        with tracing.operation(work, "op1", place, lambda progress: seen.append(progress.phase)) as watch:
            for phase in ("plan", "apply", "apply", "wait"):
                watch(Progress(phase, "x", "done"))
                yield phase

    assert len(list(tracing.layer(b"", Call(STREAM, {}, Peer("")), handler))) == 4
    assert seen == ["plan", "apply", "apply", "wait"]
    found = {span.name: span for span in spans.get_finished_spans()}
    assert list(found) == [
        "phase plan", "phase apply", "phase wait", "operation install", "charthouse.v1.ReleaseService/Install",
    ]  # fmt: skip
    operation = found["operation install"]
    assert dict(operation.attributes) == {
        "charthouse.operation": "op1", "charthouse.release": "web", "charthouse.namespace": "ns",
    }  # fmt: skip
    assert operation.parent.span_id == found["charthouse.v1.ReleaseService/Install"].context.span_id
    assert found["phase wait"].parent.span_id == operation.context.span_id


def test_what_belongs_to_no_trace_is_not_told(traced: tuple[Tracing, Any]) -> None:
    tracing, spans = traced
    tracing.took("render", 1.0)
    assert spans.get_finished_spans() == ()
