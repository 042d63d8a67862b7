"""Probes say how things are; the API server's silence counts, a moment's silence does not."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.logs import LogRecord
from charthouse.rpc.call import HttpRequest, Peer
from charthouse.tiller.metrics import CONTENT_TYPE, Registry
from charthouse.tiller.probes import Probes, Reachability


def asked(probes: Probes, target: str, method: str = "GET") -> tuple[int, bytes, str]:
    answer = probes.gateway(HttpRequest(method, target, (), b"", Peer("")))
    assert isinstance(answer.body, bytes)
    return answer.status, answer.body, dict(answer.headers)["content-type"]


def test_paths() -> None:
    problems = [""]
    registry = Registry()
    registry.gauge("up", "Up.", lambda: 1)
    probes = Probes(registry, lambda: problems[0])
    plain = "text/plain; charset=utf-8"
    assert asked(probes, "/liveness") == (200, b"", plain)
    assert asked(probes, "/readiness?x") == (200, b"", plain)
    assert asked(probes, "/metrics") == (200, b"# HELP up Up.\n# TYPE up gauge\nup 1\n", CONTENT_TYPE)
    assert asked(probes, "/") == (404, b"404 page not found\n", plain)
    assert asked(probes, "/readiness", "POST")[0] == 405
    problems[0] = "shutting down"
    assert asked(probes, "/readiness") == (503, b"shutting down\n", plain)
    assert asked(probes, "/liveness") == (200, b"", plain)


def test_reachability() -> None:
    time, said = [100.0], []
    failures: list[CharthouseError] = []

    def ask() -> None:
        if failures:
            raise failures[0]

    def log(record: LogRecord, /) -> None:
        said.append(record.message)

    reach = Reachability(ask, log=log, monotonic=lambda: time[0], every=8.0)
    assert reach.problem == "the API server has not answered yet"
    failures.append(CharthouseError("connection refused"))
    reach.look()
    assert reach.problem == "the API server has not answered yet: connection refused"
    failures.clear()
    reach.look()
    assert reach.problem == ""
    failures.append(CharthouseError("timed out"))
    time[0] = 120.0
    reach.look()
    assert reach.problem == ""
    time[0] = 129.0
    reach.look()
    assert reach.problem == "the API server has not answered for 29 seconds: timed out"
    failures.clear()
    reach.look()
    assert reach.problem == ""
    assert said == [
        "the API server cannot be reached", "the API server can be reached again",
        "the API server cannot be reached", "the API server can be reached again",
    ]  # fmt: skip
