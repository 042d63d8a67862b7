"""Which addresses stand behind pods, and which may not."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.devcluster.failures import ApiFailure
from charthouse.devcluster.forwarding import ForwardError, Forwards, parse_address, parse_forwards, split_target
from tests.unit.devcluster.conftest import Bench


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("80", ("127.0.0.1", 80)), ("127.0.0.1:80", ("127.0.0.1", 80)), ("localhost:81", ("localhost", 81)),
        ("[::1]:82", ("::1", 82)), ("127.8.8.8:83", ("127.8.8.8", 83)),
    ],
)  # fmt: skip
def test_addresses_of_the_loopback(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "-1", "8.8.8.8:80", "host:80", "127.0.0.1:", "[::2]:80", "１"])
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ForwardError):
        parse_address(text)


def test_lists_of_forwards() -> None:
    assert parse_forwards("44134=127.0.0.1:5000,80=81") == {44134: ("127.0.0.1", 5000), 80: ("127.0.0.1", 81)}
    for text in ("44134", "x=1", "80=9.9.9.9:1"):
        with pytest.raises(ForwardError):
            parse_forwards(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("web", ("http", "web", "")), ("web:80", ("http", "web", "80")), ("https:web:http", ("https", "web", "http")),
        ("http:web:", ("http", "web", "")),
    ],
)  # fmt: skip
def test_targets(text: str, parts: tuple[str, str, str]) -> None:
    assert split_target(text, "service") == parts


@pytest.mark.parametrize("text", ["", ":80", "web:", "ftp:web:80", "a:b:c:d"])
def test_no_targets(text: str) -> None:
    with pytest.raises(ApiFailure) as refused:
        split_target(text, "service")
    assert (refused.value.code, refused.value.message) == (400, f'invalid service request "{text}"')


def served(bench: Bench, **annotations: str) -> Forwards:
    """A ready pod behind a service, and what was told about all pods."""
    marks = {f"sim/{name.replace('_', '.')}": value for name, value in annotations.items()}
    containers = [{"name": "a", "image": "x", "ports": [{"containerPort": 8080, "name": "http"}]}]
    meta: dict[str, Any] = {"name": "web", "labels": {"app": "web"}, "annotations": marks}
    bench.post("/api/v1/namespaces/default/pods", {"metadata": meta, "spec": {"containers": containers}})
    ports = [{"name": "first", "port": 80, "targetPort": "http"}, {"name": "second", "port": 81, "targetPort": 9090}]
    spec = {"selector": {"app": "web"}, "ports": ports}
    bench.post("/api/v1/namespaces/default/services", {"metadata": {"name": "web"}, "spec": spec})
    bench.settle(timers=True)
    return Forwards(bench.store, {9090: ("127.0.0.1", 2)})


def test_services_lead_to_pods(bench: Bench) -> None:
    forwards = served(bench, port_8080="127.0.0.1:1")
    found = [forwards.of_service("default", "web", port) for port in ("80", "first", "81", "second")]
    assert found == [("127.0.0.1", 1), ("127.0.0.1", 1), ("127.0.0.1", 2), ("127.0.0.1", 2)]


@pytest.mark.parametrize(
    ("name", "port", "code", "text"),
    [
        ("web", "82", 503, 'no service port 82 found for service "web"'),
        ("web", "", 503, 'no endpoints available for service "web"'),
        ("web", "third", 503, 'no endpoints available for service "web"'),
        ("none", "", 503, 'no endpoints available for service "none"'),
        ("none", "80", 404, 'services "none" not found'),
    ],
)
def test_services_that_lead_nowhere(bench: Bench, name: str, port: str, code: int, text: str) -> None:
    forwards = served(bench)
    with pytest.raises(ApiFailure) as refused:
        forwards.of_service("default", name, port)
    assert (refused.value.code, refused.value.message) == (code, text)


def test_a_pod_without_a_process_says_what_would_help(bench: Bench) -> None:
    served(bench, port_8080="8.8.8.8:53")
    status, answer, _ = bench("GET", "/api/v1/namespaces/default/pods/web:7/proxy/x")
    assert (status, answer["message"]) == (
        503,
        "error trying to reach service: nothing stands behind port 7 of pod web: annotate it with sim/port.7: "
        '"127.0.0.1:PORT", or start the cluster with --forward 7=127.0.0.1:PORT',
    )
    status, answer, _ = bench("GET", "/api/v1/namespaces/default/services/web:80/proxy/")
    assert status == 503
    assert '"8.8.8.8:53" is not an address of the loopback' in answer["message"]
    assert bench("GET", "/api/v1/namespaces/default/pods/web:8080/proxy?a=b")[0] == 301
