"""The metrics of one Tiller, and the layer that counts its calls.

`grpc_server_*` are those of Helm 2's Tiller (go-grpc-prometheus v1.2.0 ``server_metrics.go``: names, labels, the words
for codes), so dashboards made for it go on working; `charthouse_tiller_*` are ours (docs/tiller/monitoring.md).
"""

from __future__ import annotations

import time

from charthouse.rpc.status import Code
from charthouse.tiller.ending import to_the_end
from charthouse.tiller.metrics import Registry
from charthouse.tiller.process_metrics import add_process_metrics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from charthouse.rpc.call import Call, Handler, Method
    from charthouse.tiller.metrics import Counter

__all__ = ["Metering", "code_word"]

_WORDS = {Code.CANCELLED: "Canceled", Code.OK: "OK"}
_VERBS = frozenset(("install", "upgrade", "rollback", "uninstall", "test", "plan", "diff"))
_OUTCOMES = frozenset(("succeeded", "failed", "cancelled"))


def code_word(code: int) -> str:
    """A status as Go's codes package writes it: `NotFound`."""
    try:
        found = Code(code)
    except ValueError:
        return "Unknown"
    return _WORDS.get(found) or "".join(part.capitalize() for part in found.name.split("_"))


class Metering:
    """registry: all metrics of this server."""

    def __init__(self) -> None:
        self.registry = registry = Registry()
        labels = ("grpc_method", "grpc_service", "grpc_type")
        self._started = registry.counter(
            "grpc_server_started_total", "Total number of RPCs started on the server.", *labels
        )
        self._handled = registry.counter(
            "grpc_server_handled_total",
            "Total number of RPCs completed on the server, regardless of success or failure.",
            "grpc_code",
            *labels,
        )
        self._received = registry.counter(
            "grpc_server_msg_received_total", "Total number of RPC stream messages received on the server.", *labels
        )
        self._sent = registry.counter(
            "grpc_server_msg_sent_total", "Total number of gRPC stream messages sent by the server.", *labels
        )
        self._seconds = registry.histogram(
            "charthouse_tiller_call_seconds", "Seconds calls took, to the end of their last answer.", "grpc_method",
            "grpc_service",
        )  # fmt: skip
        self._operations = registry.counter(
            "charthouse_tiller_operations_total", "Operations that have ended.", "verb", "outcome"
        )
        self._operation_seconds = registry.histogram(
            "charthouse_tiller_operation_seconds", "Seconds operations took.", "verb"
        )
        self._taken_over = registry.counter(
            "charthouse_tiller_operations_taken_over_total", "Operations of replicas that died, gone on with.", "verb"
        )
        self._renders = registry.counter(
            "charthouse_tiller_renders_total", "Charts rendered in workers, by how that ended.", "outcome"
        )
        self._render_seconds = registry.histogram(
            "charthouse_tiller_render_seconds", "Seconds renders took, the wait for a worker counted."
        )
        self._requests = registry.counter(
            "charthouse_tiller_kubernetes_requests_total",
            "Requests to the API server, streams apart.",
            "method",
            "code",
        )
        self._request_seconds = registry.histogram(
            "charthouse_tiller_kubernetes_request_seconds", "Seconds requests to the API server took.", "method"
        )
        self._methods: dict[str, tuple[str, str, str]] = {}
        add_process_metrics(registry)

    def know(self, methods: Iterable[Method]) -> None:
        """The methods there are; all others are counted nowhere."""
        for method in methods:
            _, service, name = method.path.split("/")
            labels = (name, service, "server_stream" if method.streams else "unary")
            self._methods[method.path] = labels
            for counter in (self._started, self._received, self._sent):
                counter.add(*labels, amount=0.0)
            self._handled.add("OK", *labels, amount=0.0)

    def layer(self, request: Any, call: Call, handler: Handler) -> Any:
        """Around each call (``rpc.call.Layer``)."""
        labels = self._methods.get(call.method)
        if labels is None:
            return handler(request, call)
        self._started.add(*labels)
        self._received.add(*labels)
        started = time.monotonic()
        return to_the_end(
            request, call, handler, lambda code: self._done(labels, code, started),
            streams=labels[2] != "unary", sent=lambda: self._sent.add(*labels),
        )  # fmt: skip

    def _done(self, labels: tuple[str, str, str], code: Code, started: float) -> None:
        self._handled.add(code_word(code), *labels)
        self._seconds.observe(time.monotonic() - started, labels[0], labels[1])

    def operation(self, verb: str, outcome: str, seconds: float) -> None:
        """One has ended. Words that are none of ours count as `other`."""
        verb = verb if verb in _VERBS else "other"
        self._operations.add(verb, outcome if outcome in _OUTCOMES else "other")
        self._operation_seconds.observe(seconds, verb)

    def request(self, method: str, target: str, status: int, seconds: float) -> None:
        """For ``kube.transport``. A code of 0: there was no answer."""
        self._requests.add(method, str(status))
        self._request_seconds.observe(seconds, method)

    def taken_over(self, verb: str) -> None:
        """An operation another replica began."""
        self._taken_over.add(verb if verb in _VERBS else "other")

    def render(self, outcome: str, seconds: float) -> None:
        """For ``sandbox.renderer.Sandbox``."""
        self._renders.add(outcome)
        self._render_seconds.observe(seconds)

    def counter(self, name: str, help: str, labels: Sequence[str] = ()) -> Counter:
        """One more, `charthouse_tiller_NAME`."""
        return self.registry.counter(f"charthouse_tiller_{name}", help, *labels)
