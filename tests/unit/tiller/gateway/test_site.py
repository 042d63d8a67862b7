"""Whole answers: JSON, lines, events, errors, gRPC-Web, and what describes the API."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from charthouse.logs import LogRecord
from charthouse.rpc.call import Call, Handler, HttpAnswer, HttpRequest, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.gateway.grpc_web import CONTENT_TYPE, frames
from charthouse.tiller.gateway.openapi import description
from charthouse.tiller.gateway.routes import AGGREGATED, ROUTES
from charthouse.tiller.gateway.site import RestGateway
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.failures import error_from
from charthouse.tiller.v1.sources import SourceLimits

from tests.unit.tiller.v1.serving import ANN, JOE, Served, archive, chart, config_map  # isort: skip

CHART = base64.b64encode(chart()).decode()
RELEASES = "/v1/namespaces/ns/releases"


class Site:
    """A gateway in hand; `caller` is who asks."""

    def __init__(self, limits: SourceLimits | None = None) -> None:
        self.served = Served(limits=limits)
        self.logged: list[LogRecord] = []
        self.layered: list[str] = []
        self.caller: Any = JOE
        self.gateway = RestGateway(
            self.served.list, [self.layer], version="v1.2.3", identify=self.identify, log=self.logged.append
        )

    def layer(self, request: Any, call: Call, handler: Handler) -> Any:
        self.layered.append(call.method.rpartition("/")[2])
        return handler(request, call)

    def identify(self, request: HttpRequest) -> Any:
        if self.caller is None:
            raise RpcError(Code.UNAUTHENTICATED, "who are you?")
        return self.caller

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> HttpAnswer:
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if data and "content_type" not in headers:
            given.append(("content-type", "application/json"))
        return self.gateway(HttpRequest(method, target, tuple(given), data, Peer("192.0.2.1:1")))

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.send(method, target, body, **headers)
        assert isinstance(answer.body, bytes)
        assert dict(answer.headers)["content-type"] == "application/json"
        return answer.status, json.loads(answer.body)

    def lines(self, method: str, target: str, body: Any = None) -> list[Any]:
        answer = self.send(method, target, body, accept="application/x-ndjson")
        assert dict(answer.headers)["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in pieces(answer).splitlines()]


def pieces(answer: HttpAnswer) -> bytes:
    """All of a streamed body."""
    assert not isinstance(answer.body, bytes)
    return b"".join(answer.body)


@pytest.fixture
def site() -> Site:
    return Site()


def install(site: Site, **more: Any) -> tuple[int, Any]:
    return site.ask("POST", RELEASES, {"name": "r", "source": {"chart": CHART}, **more})


def test_a_release_lives_and_goes(site: Site) -> None:
    status, result = install(site, description="made by a portal")
    assert status == 200
    release = result["release"]
    assert release.pop("manifest") == "---\n# Source: web/templates/map.yaml\n" + config_map("web", colour="red") + "\n"
    assert release == {
        "name": "r",
        "namespace": "ns",
        "revision": 1,
        "info": {
            "firstDeployed": "2026-11-22T20:00:00Z",
            "lastDeployed": "2026-11-22T20:00:00Z",
            "description": "made by a portal",
            "status": "deployed",
        },
        "chart": {"name": "web", "version": "1.0.0", "apiVersion": "v2", "appVersion": "9"},
        "config": {},
        "applyMethod": "ssa",
    }
    body = {"source": {"chart": CHART, "values": {"colour": "blue"}}}
    assert site.ask("PUT", f"{RELEASES}/r", body)[1]["release"]["config"] == {"colour": "blue"}
    status, found = site.ask("GET", RELEASES)
    assert (status, [entry["revision"] for entry in found["releases"]]) == (200, [2])
    status, found = site.ask("GET", f"{RELEASES}/r/history")
    assert [entry["info"]["status"] for entry in found["releases"]] == ["superseded", "deployed"]
    assert site.ask("GET", f"{RELEASES}/r/values?allValues=true")[1]["values"] == {"colour": "blue"}
    assert site.ask("GET", f"{RELEASES}/r/metadata")[1]["metadata"]["chart"] == "web"
    assert list(site.ask("GET", f"{RELEASES}/r/status")[1]["release"]["resources"]) == ["v1/ConfigMap"]
    assert site.ask("GET", f"{RELEASES}/r?revision=1&view=summary")[1]["release"].get("manifest") is None
    assert site.ask("POST", f"{RELEASES}/r/rollback")[1]["release"]["revision"] == 3
    assert site.ask("POST", f"{RELEASES}/r/test")[1]["release"]["revision"] == 3
    status, found = site.ask("POST", f"{RELEASES}/r/diff", {"upgrade": {"source": {"chart": CHART}}})
    assert (status, found["diff"].get("changes")) == (200, None)
    status, found = site.ask("POST", f"{RELEASES}/r/plan", {"source": {"chart": CHART}})
    assert (found["plan"]["verb"], found["plan"]["baseRevision"]) == ("upgrade", 3)
    assert site.ask("POST", f"{RELEASES}/s/install-instead", {"install": True})[1] == {"install": True}
    assert site.ask("DELETE", f"{RELEASES}/r")[1]["release"]["info"]["status"] == "uninstalled"
    assert site.ask("GET", "/v1/operations")[1] == {}
    assert site.ask("GET", "/v1/server")[1]["caller"] == {"user": "joe", "uid": "1", "groups": ["dev"], "how": "token"}
    assert {user for user, _ in site.served.workplace.asked} == {"joe"}
    assert site.layered[:2] == ["Install", "Upgrade"]


def test_the_aggregated_paths_are_the_same(site: Site) -> None:
    install(site)
    assert site.ask("GET", f"{AGGREGATED}/namespaces/ns/releases/r")[1]["release"]["name"] == "r"


def test_events_as_lines_and_as_server_sent_events(site: Site) -> None:
    body = {"name": "r", "source": {"chart": CHART}}
    events = site.lines("POST", RELEASES, body)
    assert events[0] == {
        "started": {"operation": events[0]["started"]["operation"], "verb": "install", "namespace": "ns", "name": "r"}
    }
    assert events[-1]["result"]["release"]["info"]["status"] == "deployed"
    assert [event["number"] for event in events[1:]] == list(range(1, len(events)))
    operation = events[0]["started"]["operation"]
    last = events[-1]["number"]
    answer = site.send("GET", f"/v1/operations/{operation}/events", accept="text/event-stream",
                       last_event_id=str(last - 1))  # fmt: skip
    assert dict(answer.headers)["content-type"] == "text/event-stream; charset=utf-8"
    assert dict(answer.headers)["x-charthouse-operation"] == operation
    first, second, end = pieces(answer).decode().split("\n\n")
    assert first.splitlines()[0] == "event: started"
    assert second.splitlines()[:2] == [f"id: {last}", "event: result"]
    assert json.loads(second.splitlines()[2].removeprefix("data: ")) == events[-1]
    assert end == ""


def test_not_waiting_gives_the_operation(site: Site) -> None:
    answer = site.send("POST", f"{RELEASES}?wait=false", {"name": "r", "source": {"chart": CHART}})
    assert isinstance(answer.body, bytes)
    operation = json.loads(answer.body)["operation"]
    assert (answer.status, operation["verb"], operation["state"]) == (202, "install", "running")
    assert dict(answer.headers)["x-charthouse-operation"] == operation["id"]
    events = site.lines("GET", f"/v1/operations/{operation['id']}/events")
    assert events[-1]["result"]["release"]["revision"] == 1
    status, found = site.ask("GET", f"/v1/operations/{operation['id']}")
    assert (status, found["operation"]["state"]) == (200, "succeeded")


def test_what_helm_warns_of_is_in_headers(site: Site) -> None:
    files = {
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndeprecated: true\n",
        "templates/a.yaml": config_map("a"),
    }
    body = {"name": "r", "source": {"chart": base64.b64encode(archive(files)).decode()}}
    answer = site.send("POST", RELEASES, body)
    assert ("warning", '299 - "this chart is deprecated"') in answer.headers


def test_a_failure(site: Site) -> None:
    hook = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: pre-install\n"
    site.served.world.cluster.failing["Job/ns/j"] = "no"
    body = {"name": "r", "source": {"chart": base64.b64encode(chart(hook=hook)).decode()}}
    status, found = site.ask("POST", RELEASES, body)
    assert (status, found["kind"], found["status"], found["reason"], found["code"]) == (
        422, "Status", "Failure", "Failed", 422,
    )  # fmt: skip
    assert found["details"]["failure"]["error"] == "VerbFailed"
    assert found["message"] == found["details"]["failure"]["message"]
    events = site.lines("PUT", f"{RELEASES}/other", {**body, "name": "other", "install": True})
    assert events[-1]["failed"]["release"]["info"]["status"] == "failed"
    assert [event for event in events if "error" in event] == []


STATUSES: list[tuple[str, str, Any, int, str]] = [
    ("GET", f"{RELEASES}/no", None, 404, "NotFound"),
    ("DELETE", f"{RELEASES}/no", None, 404, "NotFound"),
    ("POST", RELEASES, {"name": "taken", "source": {"chart": CHART}}, 409, "AlreadyExists"),
    ("POST", RELEASES, {"name": "r"}, 400, "BadRequest"),
    ("POST", RELEASES, {"name": "r", "source": {"chart": "AAAA"}}, 400, "BadRequest"),
    ("POST", RELEASES, {"name": "r", "source": {"chart": "A" * 40000}}, 413, "RequestEntityTooLarge"),
    ("POST", RELEASES, {"name": "r", "postRenderer": "sed", "source": {"chart": CHART}}, 400, "BadRequest"),
    ("POST", f"{RELEASES}/taken/plan", {"control": {"approvedDigest": "x"}}, 400, "BadRequest"),
    ("PUT", f"{RELEASES}/taken", {"source": {"chart": CHART}, "control": {"approvedDigest": "x"}}, 412,
     "PreconditionFailed"),
    ("GET", "/v1/operations/none", None, 404, "NotFound"),
    ("PATCH", f"{RELEASES}/taken", None, 405, "MethodNotAllowed"),
    ("GET", "/v1/nothing", None, 404, "NotFound"),
    ("POST", "/charthouse.v1.ReleaseService/List", None, 415, "UnsupportedMediaType"),
    ("GET", "/charthouse.v1.ReleaseService/List", None, 405, "MethodNotAllowed"),
    ("GET", "/hapi.services.tiller.ReleaseService/GetVersion", None, 404, "NotFound"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target", "body", "http", "reason"), STATUSES,
                         ids=[f"{row[0]} {row[1]} {row[3]}" for row in STATUSES])  # fmt: skip
def test_errors_are_status_objects(method: str, target: str, body: Any, http: int, reason: str) -> None:
    site = Site(SourceLimits(chart=20000))
    install(site, name="taken")
    status, found = site.ask(method, target, body)
    assert (status, found["code"], found["reason"], found["kind"]) == (http, http, reason, "Status")


def test_the_api_servers_refusal_is_told(site: Site) -> None:
    text = 'secrets is forbidden: User "joe" cannot list resource "secrets" in API group "" in the namespace "ns"'
    site.served.world.client.refused("list", "Secret", 403, "Forbidden", text)
    status, found = site.ask("GET", RELEASES)
    assert (status, found["reason"]) == (403, "Forbidden")
    assert text in found["message"]


def test_nobody_is_told_to_show_who_they_are(site: Site) -> None:
    site.caller = None
    for route in ROUTES:
        path = "/v1" + route.path.replace("{namespace}", "ns").replace("{name}", "r").replace("{operation}", "abc")
        answer = site.send(route.method, path, b"{" if route.body else None)
        assert (answer.status, path) == (401, path)
        assert ("www-authenticate", 'Bearer realm="charthouse-tiller"') in answer.headers
    assert site.served.workplace.asked == []


def test_an_operation_is_its_callers(site: Site) -> None:
    answer = site.send("POST", RELEASES, {"name": "r", "source": {"chart": CHART}})
    operation = dict(answer.headers)["x-charthouse-operation"]
    site.caller = ANN
    assert site.ask("GET", f"/v1/operations/{operation}")[0] == 404
    assert site.ask("POST", f"/v1/operations/{operation}/cancel")[0] == 404


def test_a_mistake_of_ours_tells_nothing(site: Site) -> None:
    site.caller = object()  # no Caller: handlers trip over it
    status, found = site.ask("GET", "/v1/server")
    assert (status, found["message"]) == (500, "internal error")
    assert site.logged[0].message == "a call failed"


def test_a_watch_is_lines_and_ends_with_its_caller(site: Site) -> None:
    install(site)
    answer = site.send("GET", "/v1/watch/namespaces/ns/releases")
    assert dict(answer.headers)["content-type"] == "application/x-ndjson"
    body: Any = answer.body
    found: Iterator[bytes] = (piece for piece in body if piece)
    assert [json.loads(next(found))["kind"] for _ in range(2)] == ["ADDED", "SYNCED"]
    body.close()
    assert list(body) == []
    client = site.served.world.client
    with client.changed:
        assert client.changed.wait_for(lambda: all(watch.over for watch in client.watching), 60)


def web(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return b"\0" + len(data).to_bytes(4, "big") + data


def test_grpc_web(site: Site) -> None:
    install(site)
    path = "/charthouse.v1.ReleaseService/"
    answer = site.send("POST", path + "GetRelease", web(messages.GetRequest(name="r", namespace="ns")),
                       content_type=CONTENT_TYPE)  # fmt: skip
    assert isinstance(answer.body, bytes)
    (data, trailers), rest = frames(answer.body)
    assert (answer.status, rest, data[0], trailers) == (200, b"", 0, (0x80, b"grpc-status: 0\r\n"))
    assert messages.ReleaseResponse.FromString(data[1]).release.name == "r"
    answer = site.send("POST", path + "List", web(messages.ListRequest()), content_type=CONTENT_TYPE)
    found, _ = frames(pieces(answer))
    assert [flags for flags, _ in found] == [0, 0x80]
    answer = site.send("POST", path + "GetRelease", web(messages.GetRequest(name="no", namespace="ns")),
                       content_type="application/grpc-web")  # fmt: skip
    assert isinstance(answer.body, bytes)
    ((flags, text),), _ = frames(answer.body)
    lines = dict(line.split(b": ", 1) for line in text.split(b"\r\n") if line)
    assert (flags, lines[b"grpc-status"], lines[b"grpc-message"]) == (0x80, b"5", b"release: not found")
    raw = lines[b"grpc-status-details-bin"]
    details = base64.b64decode(raw + b"=" * (-len(raw) % 4))
    assert type(error_from(RpcError(Code.NOT_FOUND, "", details=details))).__name__ == "NotFound"


@pytest.mark.parametrize("body", [b"", b"\0\0\0\0", b"\1\0\0\0\0", web(messages.GetRequest()) * 2, b"\0\0\0\0\1\xff"])
def test_grpc_web_that_is_none(site: Site, body: bytes) -> None:
    answer = site.send("POST", "/charthouse.v1.ReleaseService/GetRelease", body, content_type=CONTENT_TYPE)
    assert isinstance(answer.body, bytes)
    ((flags, text),), _ = frames(answer.body)
    assert flags == 0x80
    assert text.startswith(b"grpc-status: 13\r\n")


def test_what_describes_the_api_needs_no_identity(site: Site) -> None:
    site.caller = None
    answer = site.send("GET", "/")
    assert (answer.status, b"openapi.json" in bytes(answer.body)) == (200, True)  # type: ignore[arg-type]  # it is whole
    assert dict(answer.headers)["content-security-policy"].startswith("default-src 'none'")
    assert site.ask("GET", "/openapi/v3")[1] == {
        "paths": {
            "v1": {"serverRelativeURL": "/openapi/v3/v1"},
            "apis/tiller.charthouse.dev/v1": {"serverRelativeURL": "/openapi/v3/apis/tiller.charthouse.dev/v1"},
        }
    }
    assert site.ask("GET", "/apis")[1]["groups"][0]["name"] == "tiller.charthouse.dev"
    assert site.ask("GET", "/apis/tiller.charthouse.dev")[1]["kind"] == "APIGroup"
    resources = site.ask("GET", AGGREGATED)[1]
    assert (resources["kind"], resources["groupVersion"]) == ("APIResourceList", "tiller.charthouse.dev/v1")
    assert resources["resources"][0]["name"] == "releases"


@pytest.mark.parametrize("path", ["/openapi.json", f"/openapi/v3{AGGREGATED}"])
def test_the_description_is_valid(path: str) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = description(path, "v1.2.3")
    assert document is not None
    validator.validate(document)
    assert description("/openapi/v3/v1", "v1.2.3") == description("/openapi.json", "v1.2.3")
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len(operations) == len(ROUTES)
    assert len({operation["operationId"] for operation in operations}) == len(ROUTES)
