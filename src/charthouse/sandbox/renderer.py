"""Rendering and loading in a worker, with the interface of ``actions.render.render_release``.

The parent keeps what a chart must not have: it answers `lookup` with the rights of the caller, resolves hosts when the
caller enabled it, runs the post-renderer, writes the log, and counts the time. Whatever a worker says is checked
(``answers``); a worker that says nonsense, is too slow or dies costs its own render and nothing else.
"""

from __future__ import annotations

import marshal
import signal
import time as clock

from charthouse.actions.render import Rendered
from charthouse.charts.chart import Chart
from charthouse.charts.metadata import ChartError
from charthouse.engine.errors import RenderError
from charthouse.errors import CharthouseError
from charthouse.formats.jsonshape import too_many_values
from charthouse.golang.kinds import GoError
from charthouse.gotemplate.errors import LimitError
from charthouse.logs import DEBUG, ERROR, INFO, WARN, LogRecord
from charthouse.profile import HELM4
from charthouse.sandbox import answers, frames
from charthouse.sandbox.charts import to_chart
from charthouse.sandbox.errors import BadFrame, SandboxError, WorkerLost
from charthouse.sandbox.flat import Flattening
from charthouse.sandbox.kept import KeptCharts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.render import PostRenderer
    from charthouse.charts.capabilities import Capabilities
    from charthouse.engine.cache import TreeCache
    from charthouse.engine.functions import Lookup
    from charthouse.engine.programs import Programs
    from charthouse.golang.moment import Moment
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.sandbox.confine import Bounds
    from charthouse.sandbox.pool import Pool, Worker

__all__ = ["Sandbox"]

_LEVELS = frozenset((DEBUG, INFO, WARN, ERROR))
_MOST_LOGS = 1000  # lines of one worker, which keeps to that unless it was taken over
_MOST_VALUES = 2_000_000  # of a message: as objects they take many times the bytes they have as JSON
_HINT = "the limits are those of this Tiller: --render-seconds, --render-memory"


def _unwatched(outcome: str, seconds: float) -> None:
    """For those who count nothing."""


class Sandbox:
    """pool: of workers. observe: told of each render: its outcome (`ok`, `failed`, `limit`, `lost`, `busy`) and
    seconds. resolve: a host's addresses."""

    def __init__(
        self,
        pool: Pool,
        *,
        observe: Callable[[str, float], None] = _unwatched,
        resolve: Callable[[str], list[str]] | None = None,
    ) -> None:
        self._pool = pool
        self._kept = KeptCharts()
        self._observe = observe
        self._resolve = resolve

    def render(
        self,
        chart: Chart,
        values: dict[str, Any],
        *,
        name: str,
        namespace: str,
        capabilities: Capabilities,
        log: Log,
        revision: int = 1,
        is_upgrade: bool = False,
        lookup: Lookup | None = None,
        include_crds: bool = False,
        sub_notes: bool = False,
        post_renderer: PostRenderer | None = None,
        post_render_strategy: str = "combined",
        hide_secret: bool = False,
        enable_dns: bool = False,
        skip_schema: bool = False,
        cache: TreeCache | None = None,
        limits: Limits | None = None,
        profile: Profile = HELM4,
        programs: Programs | None = None,
        time: Moment | None = None,
    ) -> Rendered:
        """As ``render_release``; `cache`, `limits` and `programs` are the worker's own affair. `Rendered.documents` and
        `crds` are empty. Raises SandboxError when no worker answers, beside what rendering raises."""
        options = {
            "name": name, "namespace": namespace, "revision": revision, "is_upgrade": is_upgrade,
            "include_crds": include_crds, "sub_notes": sub_notes, "post_render_strategy": post_render_strategy,
            "hide_secret": hide_secret, "enable_dns": enable_dns, "skip_schema": skip_schema,
        }  # fmt: skip
        request = _request(chart, values, capabilities, profile, time)
        request.update(options=options, asks=lookup is not None, posts=post_renderer is not None)
        asked = _Asked(lookup, post_renderer, self._resolve if enable_dns else None, log)
        made = self._run(marshal.dumps(request), asked, name)
        if isinstance(made, LimitError):
            return Rendered(name, "", error=RenderError(made.message, hint=made.hint))
        if not isinstance(made, Rendered):
            raise BadFrame("a worker's answer is another one than was asked for")
        return made

    def load(self, archive: bytes, profile: Profile, log: Log) -> Chart:
        """The chart in an archive, with all it depends on. Raises ChartError, LimitError, SandboxError."""
        key = self._kept.key(archive, profile)
        known = self._kept.find(key)
        if known is not None:
            for record in known[1]:
                log(record)
            return known[0]
        said: list[LogRecord] = []

        def heard(record: LogRecord, /) -> None:
            said.append(record)
            log(record)

        request = {"archive": archive, "profile": profile.name, "exact": profile.exact_numbers}
        made = self._run(marshal.dumps(request), _Asked(None, None, None, heard), "")
        if isinstance(made, LimitError):
            raise made
        if not isinstance(made, Chart):
            raise BadFrame("a worker's answer is another one than was asked for")
        self._kept.keep(key, made, tuple(said))
        return made

    def _run(self, request: bytes, asked: _Asked, name: str) -> Rendered | Chart | LimitError:
        started = clock.monotonic()
        outcome = "busy"
        bounds = self._pool.bounds
        if not self._pool.places.acquire(timeout=bounds.wall):
            self._observe(outcome, clock.monotonic() - started)
            raise SandboxError("no render worker became free", hint="other charts are being rendered; try again")
        try:
            outcome = "lost"
            worker = self._pool.take()
            try:
                made: Any = _Conversation(worker, asked, bounds).run(request)
                outcome = "ok" if getattr(made, "error", None) is None else "failed"
            except WorkerLost as error:
                made, outcome = self._lost(worker, error, asked, name), "limit"
            finally:
                worker.end()
            return made  # type: ignore[no-any-return]  # one of three
        except (ChartError, LimitError):
            outcome = "failed"
            raise
        finally:
            self._pool.places.release()
            self._observe(outcome, clock.monotonic() - started)

    def _lost(self, worker: Worker, error: WorkerLost, asked: _Asked, name: str) -> LimitError:
        """What a worker's end means. Raises WorkerLost when it was not the chart's limits."""
        bounds = self._pool.bounds
        ended = error.signal or worker.fate()
        limit = "seconds"
        if ended == signal.SIGXCPU:
            text = f"chart ran longer than {bounds.seconds:g} seconds of processor time"
        elif ended == signal.SIGALRM:  # ours: see _Conversation
            text = f"chart ran longer than {bounds.wall:g} seconds"
        elif ended == signal.SIGKILL:
            text, limit = "chart needs more memory than it may have", "memory"
        else:
            what = {
                signal.SIGSYS: "the chart made its renderer try what it may not do; it was stopped",
                signal.SIGSEGV: "the renderer crashed on this chart",
            }.get(ended, "the renderer ended without an answer")  # type: ignore[call-overload]  # an int is looked up
            asked.log(LogRecord(ERROR, what, release=name, signal=ended))
            raise WorkerLost(what, signal=ended, hint="nothing was changed") from error
        return LimitError(text, limit=limit, hint=_HINT)


def _request(
    chart: Chart, values: dict[str, Any], capabilities: Capabilities, profile: Profile, time: Moment | None
) -> dict[str, Any]:
    """The part of a request that is data of the chart. Raises ChartError when it is nested too deeply."""
    from charthouse.golang.moment import to_text

    flattening = Flattening()
    kube = capabilities.kube_version
    try:
        request: dict[str, Any] = {"chart": flattening.chart(chart), "values": flattening.value(values)}
        marshal.dumps(request["values"])
    except (RecursionError, ValueError) as error:
        raise ChartError("chart is nested too deeply") from error
    request.update(
        profile=profile.name,
        exact=profile.exact_numbers,
        kube=[kube.version, kube.normalized, kube.major, kube.minor],
        api_versions=list(capabilities.api_versions),
        time=to_text(time) if time is not None else "",
    )
    return request


class _Asked:
    """Who answers what a worker asks."""

    def __init__(
        self,
        lookup: Lookup | None,
        post_renderer: PostRenderer | None,
        resolve: Callable[[str], list[str]] | None,
        log: Log,
    ) -> None:
        self._lookup = lookup
        self._post_renderer = post_renderer
        self._resolve = resolve
        self.log = log

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """The reply to a question. Raises BadFrame when nothing of the kind may be asked."""
        try:
            if "lookup" in message and self._lookup is not None:
                return {"value": self._lookup(*_texts(message["lookup"], 4))}
            if "resolve" in message and self._resolve is not None:
                return {"value": self._resolve(*_texts([message["resolve"]], 1))}
            if "post" in message and self._post_renderer is not None:
                return {"value": self._post_renderer(*_texts([message["post"]], 1))}
        except (GoError, CharthouseError) as error:
            if isinstance(error, BadFrame):
                raise
            return {"error": str(error)}
        raise BadFrame("a worker asks what it may not")

    def tell(self, form: Any) -> None:
        """A line of log. Raises BadFrame."""
        if not isinstance(form, list) or len(form) != 3 or form[0] not in _LEVELS or not isinstance(form[1], str):
            raise BadFrame("a worker's line of log is none")
        attributes = form[2] if isinstance(form[2], dict) else {}
        self.log(LogRecord(form[0], form[1], **{key: value for key, value in attributes.items() if _is_plain(value)}))


def _texts(items: Any, count: int) -> list[str]:
    if not isinstance(items, list) or len(items) != count or not all(isinstance(item, str) for item in items):
        raise BadFrame("a worker's question is none")
    return items


def _is_plain(value: Any) -> bool:
    return value is None or type(value) in (str, int, float, bool)


class _Conversation:
    """One request, the questions in between, one answer. bounds: the worker's, which are counted here as well."""

    def __init__(self, worker: Worker, asked: _Asked, bounds: Bounds) -> None:
        self._line = worker.line
        self._asked = asked
        self._most = bounds.frame
        self._left = bounds.wall
        self._asks = bounds.asks
        self._logs = _MOST_LOGS

    def run(self, request: bytes) -> Rendered | Chart:
        """Raises WorkerLost, BadFrame, and the chart's error."""
        self._send(request)
        while True:
            message = self._receive()
            if "rendered" in message:
                return answers.to_rendered(message["rendered"])
            if "chart" in message:
                return to_chart(message["chart"])
            if "raised" in message:
                raise answers.to_error(message["raised"])
            if "log" in message:
                self._logs -= 1
                self._asked.tell(message["log"])
            else:
                self._asks -= 1
            if min(self._logs, self._asks) < 0:
                raise BadFrame("a worker asks or logs more than was agreed")
            if "log" in message:
                continue
            reply = answers.dump(self._asked.answer(message))
            if len(reply) > self._most:
                reply = answers.dump({"error": "the answer is too large for a template"})
            self._send(reply)

    def _send(self, data: bytes) -> None:
        try:
            self._line.settimeout(max(self._left, 0.001))
            self._line.sendall(frames.framed(data, self._most))
        except OSError as error:
            raise self._gone(error) from error

    def _receive(self) -> dict[str, Any]:
        try:
            data = frames.read_frame(self._some, self._most)
        except OSError as error:
            raise self._gone(error) from error
        if data is None:
            raise WorkerLost("the renderer ended without an answer")
        if too_many_values(data, _MOST_VALUES):
            raise BadFrame(f"a worker's message has more than {_MOST_VALUES} values")
        message = answers.load(data)
        if not isinstance(message, dict):
            raise BadFrame("a worker's message is none")
        return message

    def _some(self, size: int) -> bytes:
        if self._left <= 0:
            raise TimeoutError
        started = clock.monotonic()
        self._line.settimeout(self._left)
        try:
            return self._line.recv(size)
        finally:
            self._left -= clock.monotonic() - started

    def _gone(self, error: OSError) -> WorkerLost:
        """Out of time (told as SIGALRM: nobody else sends it), or gone."""
        ended = signal.SIGALRM if isinstance(error, TimeoutError) else 0
        return WorkerLost("the renderer ended without an answer", signal=ended)
