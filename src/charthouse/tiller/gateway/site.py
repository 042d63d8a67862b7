"""The gateway: every HTTP request that is no gRPC, and its answer.

What describes the API (its OpenAPI documents, Kubernetes' discovery, the front page) anybody may read; the rest goes
through the methods of the server, which ask who calls.
"""

from __future__ import annotations

from charthouse.logs import silent
from charthouse.rpc.call import HttpAnswer
from charthouse.rpc.status import RpcError
from charthouse.tiller.gateway import grpc_web
from charthouse.tiller.gateway.answers import form_of, streamed, unary
from charthouse.tiller.gateway.discovery import document
from charthouse.tiller.gateway.pages import front
from charthouse.tiller.gateway.requests import asked
from charthouse.tiller.gateway.routes import WrongMethod, find
from charthouse.tiller.gateway.running import Runner
from charthouse.tiller.gateway.statuses import JSON, failed, plain, status_text
from charthouse.tiller.v1.rpcs import METHODS, SERVICE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.logs import Log
    from charthouse.rpc.call import HttpRequest, Layer, Method
    from charthouse.tiller.caller import Caller
    from charthouse.tiller.gateway.routes import Found

__all__ = ["RestGateway"]

_RPCS = {method.name: method for method in METHODS}
_ENDLESS = ("Watch",)
_SAFE = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


class RestGateway:
    """An ``rpc.call.Gateway``. methods: of the server, of which `charthouse.v1` counts; layers, identify, log: as of
    ``Runner``; version: of this program, for the description."""

    def __init__(
        self,
        methods: Iterable[Method],
        layers: Sequence[Layer] = (),
        *,
        version: str,
        identify: Callable[[HttpRequest], Caller] | None = None,
        log: Log = silent,
    ) -> None:
        own = [method for method in methods if method.path.startswith(f"/{SERVICE}/")]
        self._runner = Runner(own, layers, identify=identify, log=log)
        self._version = version
        self._documents: dict[str, bytes] = {}

    def __call__(self, request: HttpRequest) -> HttpAnswer:
        answer = self._answer(request)
        present = {name for name, _ in answer.headers}
        return HttpAnswer(
            answer.status, (*answer.headers, *(pair for pair in _SAFE if pair[0] not in present)), answer.body
        )

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        path = request.target.partition("?")[0]
        if path in self._runner.methods:
            return self._called(path, request)
        if request.method in ("GET", "HEAD"):
            described = self._described(path)
            if described is not None:
                return described
        try:
            found = find(request.method, path)
        except WrongMethod as wrong:
            text = f"{request.method[:20]} is not allowed here; allowed: {wrong}"
            return plain(405, "MethodNotAllowed", text, ("allow", str(wrong)))
        if found is None:
            return plain(404, "NotFound", "there is nothing at this path; /openapi.json describes the API")
        return self._perform(found, request)

    def _perform(self, found: Found, request: HttpRequest) -> HttpAnswer:
        rpc = _RPCS[found.route.rpc]
        call = self._runner.call(rpc.path, request)
        waits = True

        def make() -> Any:
            nonlocal waits
            wanted = asked(found, rpc.request, request)
            waits = wanted.wait
            if rpc.name == "Attach" and not wanted.message.after:
                wanted.message.after = _last_seen(request)
            return wanted.message

        try:
            result = self._runner.run(make, call)
        except RpcError as error:
            return failed(error)
        if not rpc.streams:
            return unary(result)
        form = form_of(request, endless=rpc.name in _ENDLESS)
        return streamed(result, call, self._runner, form=form, wait=lambda: waits)

    def _called(self, path: str, request: HttpRequest) -> HttpAnswer:
        """A call in the form of gRPC-Web."""
        if request.method != "POST":
            return plain(405, "MethodNotAllowed", "calls are made with POST", ("allow", "POST"))
        if not grpc_web.is_grpc_web(request):
            text = f"this path takes gRPC, or content of type {grpc_web.CONTENT_TYPE}; /openapi.json describes REST"
            return plain(415, "UnsupportedMediaType", text)
        return grpc_web.answer(request, self._runner.methods[path], self._runner)

    def _described(self, path: str) -> HttpAnswer | None:
        if path in ("", "/"):
            return front()
        made = self._documents.get(path)
        if made is None:
            from charthouse.tiller.gateway.openapi import description

            found = document(path) or description(path, self._version)
            if found is None:
                return None
            made = self._documents[path] = status_text(found)
        return HttpAnswer(200, (JSON,), made)


def _last_seen(request: HttpRequest) -> int:
    """Where a browser's EventSource goes on."""
    text = request.header("last-event-id")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
