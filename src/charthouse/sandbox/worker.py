"""In the worker: confine the process, read one request, render or load, answer, end.

Runs in a fork of the zygote (``zygote``), which has one thread and nothing secret. The work is done in a thread with a
stack for deep templates; the filter is put on all threads before the request is read.
"""

from __future__ import annotations

import marshal
import os

from charthouse.sandbox import answers, frames
from charthouse.sandbox.confine import apply_limits, close_all_but
from charthouse.sandbox.errors import BadFrame
from charthouse.sandbox.flat import Restoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from charthouse.logs import LogRecord
    from charthouse.sandbox.confine import Bounds, Filter

__all__ = ["STACK", "live"]

STACK = 640 << 20
"""Bytes of address space the stack of the render and a thread's own heap may take (``gotemplate.deepstack``)."""
_MOST_LOGS = 1000
_TOO_MUCH_MEMORY, _TOO_DEEP = (  # made while there is memory
    answers.dump({"raised": {"kind": "LimitError", "message": message, "hint": hint, "limit": limit}})
    for message, hint, limit in (
        ("chart needs more memory than it may have", "Tiller's operator sets the limit: --render-memory", "memory"),
        ("chart is nested too deeply", "", "depth"),
    )
)


def live(descriptor: int, bounds: Bounds, base: int, filter: Filter) -> NoReturn:
    """The whole life of a worker; `descriptor` is its socket. base: bytes of address space used so far."""
    from charthouse.gotemplate.deepstack import deep

    line = _Line(bounds)
    status = 1
    try:
        close_all_but(descriptor)
        filter.orphan_dies()
        apply_limits(bounds, base + STACK)
        deep(lambda: _serve(line, filter))
        status = 0
    except Exception as error:  # a mistake of ours: Tiller must hear of it
        line.send(answers.dump({"raised": answers.error_form(error)}))
    finally:
        os._exit(status)


def _serve(line: _Line, filter: Filter) -> None:
    filter.apply()
    data = line.receive()
    if data is None:
        return  # it was not needed
    try:
        request = marshal.loads(data)
        answer = answers.dump(_loaded(line, request) if "archive" in request else _rendered(line, request))
        if len(answer) > line.bounds.frame:
            answer = answers.dump(_too_long(len(answer), line.bounds.frame))
    except (MemoryError, SystemError):  # CPython's words for some allocations that fail
        answer = _TOO_MUCH_MEMORY
    except RecursionError:
        answer = _TOO_DEEP
    except Exception as error:
        answer = answers.dump({"raised": answers.error_form(error)})
    line.send(answer)


def _too_long(size: int, most: int) -> dict[str, Any]:
    text = f"chart rendered to {size} bytes, more than {most}"
    return {"raised": {"kind": "LimitError", "message": text, "hint": "", "limit": "output"}}


def _loaded(line: _Line, request: dict[str, Any]) -> dict[str, Any]:
    from charthouse.charts.dependencies import check
    from charthouse.charts.loader import load_archive
    from charthouse.profile import profile_named
    from charthouse.sandbox.charts import chart_form

    profile = profile_named(request["profile"], exact_numbers=request["exact"])
    chart = load_archive(request["archive"], log=line.log, profile=profile)
    check(chart)
    return {"chart": chart_form(chart)}


def _rendered(line: _Line, request: dict[str, Any]) -> dict[str, Any]:
    from charthouse.actions.render import render_release
    from charthouse.golang.moment import from_text
    from charthouse.gotemplate.limits import Limits
    from charthouse.profile import profile_named
    from charthouse.sprig.network import use_resolver

    bounds, restoring = line.bounds, Restoring()
    profile = profile_named(request["profile"], exact_numbers=request["exact"])
    use_resolver(line.resolve)
    rendered = render_release(
        restoring.chart(request["chart"]),
        restoring.value(request["values"]),
        capabilities=_capabilities(request, profile),
        log=line.log,
        lookup=line.lookup if request["asks"] else None,
        post_renderer=line.post_render if request["posts"] else None,
        limits=Limits(steps=bounds.steps, depth=bounds.depth, output=bounds.output, seconds=0.0),
        profile=profile,
        time=from_text(request["time"]) if request["time"] else None,
        **request["options"],
    )
    return {"rendered": answers.rendered_form(rendered)}


def _capabilities(request: dict[str, Any], profile: Any) -> Any:
    from charthouse.charts.capabilities import default_capabilities

    known = default_capabilities(profile)
    kube = type(known.kube_version)(*request["kube"])
    return type(known)(kube, type(known.api_versions)(request["api_versions"]), known.helm_version)


class _Line:
    """The socket, and what is asked through it while templates run."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._asked = 0
        self._logged = 0

    def receive(self) -> bytes | None:
        """The next message. Raises BadFrame."""
        return frames.read_frame(lambda size: os.read(0, size), self.bounds.frame)

    def send(self, data: bytes) -> None:
        """All of it."""
        rest = memoryview(frames.framed(data, self.bounds.frame))
        while rest:
            rest = rest[os.write(0, rest) :]

    def _ask(self, message: dict[str, Any]) -> Any:
        from charthouse.gotemplate.errors import LimitError

        self._asked += 1
        if self._asked > self.bounds.asks:
            raise LimitError(f"chart asked the cluster more than {self.bounds.asks} times", limit="asks")
        self.send(answers.dump(message))
        answer = self.receive()
        if answer is None:
            raise BadFrame("nobody answers")
        return answers.load(answer)

    def _value(self, message: dict[str, Any]) -> Any:
        """The answer's value. Raises GoError with the parent's text."""
        from charthouse.golang.kinds import GoError

        answer = self._ask(message)
        if "error" in answer:
            raise GoError(answer["error"])
        return answer["value"]

    def lookup(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        """For templates. Raises GoError."""
        from charthouse.actions.lookup import unstructured

        found: dict[str, Any] = unstructured(self._value({"lookup": [api_version, kind, namespace, name]}))
        return found

    def resolve(self, host: str) -> list[str]:
        """A host's addresses, for `getHostByName`."""
        found = self._value({"resolve": host})
        return [str(address) for address in found]

    def post_render(self, text: str) -> str:
        """The post-renderer runs in the parent. Raises PostRenderFailed with its text."""
        from charthouse.sandbox.errors import RenderFailed

        answer = self._ask({"post": text})
        if "error" in answer:
            raise RenderFailed(str(answer["error"]))
        return str(answer["value"])

    def log(self, record: LogRecord, /) -> None:
        """For what rendering logs; so much of it."""
        self._logged += 1
        if self._logged <= _MOST_LOGS:
            attributes = {key: _plain(value) for key, value in record.attributes.items()}
            self.send(answers.dump({"log": [record.level, record.message, attributes]}))


def _plain(value: Any) -> Any:
    return value if type(value) in (str, int, float, bool, type(None)) else str(value)
