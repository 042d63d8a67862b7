"""OpenTelemetry traces: a span for each call, operation, phase of an operation, rendering, request to the API server.

Off unless the usual variables ask for it (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER=otlp …; the SDK reads all
of them itself), and an extra of the package: `pip install 'charthouse[otel]'`. A caller's `traceparent` is taken up, so
a call stands in the caller's trace. Spans hold names of methods, verbs, releases and namespaces, never values.

Names of attributes: opentelemetry.io/docs/specs/semconv (rpc, http, url).
"""

from __future__ import annotations

import time
from contextlib import contextmanager

from charthouse.rpc.status import Code
from charthouse.tiller.ending import to_the_end
from charthouse.tiller.metering import code_word
from charthouse.tiller.options import NotStarted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from charthouse.actions.ports import Progress
    from charthouse.rpc.call import Call, Handler, Method
    from charthouse.tiller.operations import Work

    Watch = Callable[[Progress], None]

__all__ = ["Tracing", "tracing_from", "wanted"]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the variables ask for traces."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "")
    return exporter == "otlp" or (not exporter and any(environ.get(name) for name in _ENDPOINTS))


def tracing_from(environ: Mapping[str, str], *, version: str) -> Tracing | None:
    """What the variables ask for, None when that is nothing. Raises NotStarted when the library is not there."""
    if not wanted(environ):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise NotStarted(
            f"OTEL_… asks for traces, but OpenTelemetry is not installed: {error}",
            hint="pip install 'charthouse[otel]', or set OTEL_SDK_DISABLED=true",
        ) from error
    name = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": "tiller"}
    provider = TracerProvider(resource=Resource.create({**name, "service.version": version}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)


class Tracing:
    """provider: an SDK's TracerProvider."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry import context, propagate, trace
        from opentelemetry.trace import SpanKind, Status, StatusCode

        self._provider = provider
        self._tracer = provider.get_tracer("charthouse.tiller")
        self._context, self._propagate, self._trace = context, propagate, trace
        self._kinds, self._status, self._status_code = SpanKind, Status, StatusCode
        self._streams: set[str] = set()

    def know(self, methods: Iterable[Method]) -> None:
        """Which methods stream."""
        self._streams = {method.path for method in methods if method.streams}

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def layer(self, request: Any, call: Call, handler: Handler) -> Any:
        """Around each call (``rpc.call.Layer``)."""
        _, service, name = call.method.split("/")
        span = self._tracer.start_span(
            f"{service}/{name}",
            context=self._propagate.extract(dict(call.metadata)),
            kind=self._kinds.SERVER,
            attributes={"rpc.system": "grpc", "rpc.service": service, "rpc.method": name},
        )
        return to_the_end(
            request, call, handler, lambda code: self._ended(span, code), streams=call.method in self._streams,
            within=lambda: self._trace.use_span(span, record_exception=False, set_status_on_exception=False),
        )  # fmt: skip

    def _ended(self, span: Any, code: Code) -> None:
        span.set_attribute("rpc.grpc.status_code", int(code))
        if code not in (Code.OK, Code.CANCELLED):
            span.set_status(self._status(self._status_code.ERROR, code_word(code)))
        span.end()

    def here(self) -> Any:
        """The place in the trace this thread is at, for ``operation`` in another one."""
        return self._context.get_current()

    @contextmanager
    def operation(self, work: Work, id: str, place: Any, watch: Watch) -> Iterator[Watch]:
        """A span for an operation while the block runs. place: of ``here``. Gives the `watch` to tell progress to,
        which makes a span of each phase."""
        attributes = {
            "charthouse.operation": id, "charthouse.release": work.name, "charthouse.namespace": work.namespace,
        }  # fmt: skip
        with self._tracer.start_as_current_span(
            f"operation {work.verb}", context=place, attributes=attributes, record_exception=False
        ):
            phases = _Phases(self._tracer)

            def told(progress: Progress, /) -> None:
                phases.enter(progress.phase)
                watch(progress)

            try:
                yield told
            finally:
                phases.leave()

    def took(self, name: str, seconds: float, **attributes: Any) -> None:
        """Something in this thread has just ended. Outside of any trace nothing is told."""
        if not self._trace.get_current_span().get_span_context().is_valid:
            return
        ended = time.time_ns()
        span = self._tracer.start_span(
            name, start_time=ended - int(seconds * 1e9), kind=self._kinds.CLIENT, attributes=attributes
        )
        span.end(ended)

    def request(self, method: str, target: str, status: int, seconds: float) -> None:
        """For ``kube.transport``: a request to the API server."""
        self.took(
            f"{method} Kubernetes", seconds,
            **{"http.request.method": method, "url.path": target.partition("?")[0],
               "http.response.status_code": status},
        )  # fmt: skip


class _Phases:
    """Spans of the phases of one operation, one after the other; several threads may tell of them."""

    def __init__(self, tracer: Any) -> None:
        self._tracer = tracer
        self._name = ""
        self._span: Any = None

    def enter(self, name: str) -> None:
        if name != self._name:
            self.leave()
            self._name, self._span = name, self._tracer.start_span(f"phase {name}")

    def leave(self) -> None:
        if self._span is not None:
            self._span.end()
        self._name, self._span = "", None
