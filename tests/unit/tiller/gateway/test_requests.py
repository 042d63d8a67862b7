"""Paths, queries and bodies become messages; what is not understood is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from charthouse.rpc.call import HttpRequest, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.gateway.requests import asked
from charthouse.tiller.gateway.routes import AGGREGATED, ROUTES, WrongMethod, find
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.rpcs import METHODS

REQUESTS = {method.name: method.request for method in METHODS}
JSON = (("content-type", "application/json"),)


def made(method: str, target: str, body: Any = None, headers: tuple[tuple[str, str], ...] = JSON) -> tuple[Any, bool]:
    """The message of a request and whether its answer waits."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    found = find(method, target.partition("?")[0])
    assert found is not None
    got = asked(found, REQUESTS[found.route.rpc], HttpRequest(method, target, headers, data, Peer("192.0.2.1:1")))
    return got.message, got.wait


RELEASE = "/v1/namespaces/ns/releases/web"
GOOD: list[tuple[str, str, Any, str, dict[str, Any]]] = [
    ("GET", "/v1/releases", None, "ListRequest", {}),
    ("GET", "/v1/namespaces/ns/releases?limit=5&filter=%5Ea&deployed&byDate=true&view=full", None, "ListRequest",
     {"namespace": "ns", "limit": 5, "filter": "^a", "deployed": True, "by_date": True, "view": 2}),
    ("POST", "/v1/namespaces/ns/releases", {"name": "web", "source": {"chart": "Zm9v"}, "dryRun": "server"},
     "InstallRequest", {"namespace": "ns", "name": "web", "dry_run": "server"}),
    ("GET", f"{AGGREGATED}/namespaces/ns/releases/web?revision=3", None, "GetRequest",
     {"namespace": "ns", "name": "web", "revision": 3}),
    ("PUT", RELEASE, {"install": True, "labels": {"a": "b"}, "history_max": 0}, "UpgradeRequest",
     {"namespace": "ns", "name": "web", "install": True, "history_max": 0}),
    ("DELETE", f"{RELEASE}?wait=watcher&keep_history=true&control.view=RECORD", None, "UninstallRequest",
     {"namespace": "ns", "name": "web", "wait": "watcher", "keep_history": True}),
    ("GET", f"{RELEASE}/status?resources=false", None, "StatusRequest", {"resources": False}),
    ("GET", f"{RELEASE}/history", None, "HistoryRequest", {"name": "web"}),
    ("GET", f"{RELEASE}/values?allValues=true", None, "ValuesRequest", {"all_values": True}),
    ("GET", f"{RELEASE}/metadata", None, "MetadataRequest", {"name": "web"}),
    ("POST", f"{RELEASE}/rollback", {"revision": 2}, "RollbackRequest", {"revision": 2, "name": "web"}),
    ("POST", f"{RELEASE}/rollback", None, "RollbackRequest", {"name": "web"}),
    ("POST", f"{RELEASE}/test", {"include": ["a"]}, "TestRequest", {"name": "web"}),
    ("GET", "/v1/watch/releases?changesOnly=true", None, "WatchRequest", {"changes_only": True}),
    ("GET", "/v1/watch/namespaces/ns/releases/web", None, "WatchRequest", {"namespace": "ns", "name": "web"}),
    ("GET", "/v1/operations", None, "ListOperationsRequest", {}),
    ("GET", "/v1/operations/abc", None, "GetOperationRequest", {"operation": "abc"}),
    ("GET", "/v1/operations/abc/events?after=7", None, "AttachRequest", {"operation": "abc", "after": 7}),
    ("POST", "/v1/operations/abc/cancel", None, "CancelRequest", {"operation": "abc"}),
    ("POST", "/v1/operations/abc/approve", {"digest": "sha256:1"}, "ApproveRequest", {"digest": "sha256:1"}),
    ("GET", "/v1/server", None, "GetServerRequest", {}),
    ("GET", "/v1/namespaces/%6es/releases/w%65b", None, "GetRequest", {"namespace": "ns", "name": "web"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target", "body", "kind", "fields"), GOOD, ids=[f"{r[0]} {r[1]}" for r in GOOD])
def test_requests(method: str, target: str, body: Any, kind: str, fields: dict[str, Any]) -> None:
    message, wait = made(method, target, body)
    assert type(message).__name__ == kind
    assert wait
    for name, value in fields.items():
        assert getattr(message, name) == value, name


def test_what_goes_into_an_inner_message() -> None:
    message, wait = made("POST", f"{RELEASE}/plan?wait=false", {"install": True})
    assert (message.WhichOneof("verb"), message.upgrade.name, message.upgrade.namespace, message.upgrade.install) == (
        "upgrade", "web", "ns", True,
    )  # fmt: skip
    assert not wait
    for verb in ("install", "rollback", "uninstall", "test"):
        message, _ = made("POST", f"{RELEASE}/plan/{verb}")
        assert message.WhichOneof("verb") == verb
        assert getattr(message, verb).name == "web"
    message, _ = made("POST", f"{RELEASE}/diff", {"live": True, "upgrade": {"resetValues": True}})
    assert (message.live, message.upgrade.reset_values, message.upgrade.name) == (True, True, "web")


def test_values_are_json() -> None:
    values = {"a": 1, "b": [1.5, None, {"c": "é"}]}
    message, _ = made("PUT", RELEASE, {"source": {"values": values, "chart": "AAE="}})
    assert message.source.chart == b"\x00\x01"
    assert message.source.values.fields["b"].list_value.values[2].struct_value.fields["c"].string_value == "é"


DEEP = b'{"source":{"values":' + b'{"a":' * 70 + b"1" + b"}" * 72
REFUSED: list[tuple[str, str, Any, str]] = [
    ("PUT", RELEASE, {"colour": 1}, 'body: Message type "charthouse.v1.UpgradeRequest" has no field named "colour"'),
    ("PUT", RELEASE, {"install": "yes"}, "body: Failed to parse install field"),
    ("PUT", RELEASE, {"timeout": "long"}, "body: Couldn't parse float: long at UpgradeRequest.timeout"),
    ("PUT", RELEASE, {"historyMax": 1 << 40}, "body: Failed to parse historyMax field"),
    ("PUT", RELEASE, {"source": {"chart": 1}}, "body: Failed to parse source field"),
    ("PUT", RELEASE, [], "body: it is no JSON object"),
    ("PUT", RELEASE, b"{", "body: Failed to load JSON"),
    ("PUT", RELEASE, b'{"name": "web", "name": "x"}', "body: Failed to load JSON: Failed to load JSON: duplicate"),
    ("PUT", RELEASE, b"\xff{}", "body: not UTF-8 at byte 0"),
    ("PUT", RELEASE, DEEP, "body: nested more than 64 levels deep"),
    ("PUT", RELEASE, b'{"a":' * 100000, "body: nested more than 64 levels deep"),
    ("PUT", RELEASE, {"name": "other"}, "field name: the body says 'other', the path 'web'"),
    ("PUT", f"{RELEASE}?install=true", {}, "query: 'install' is no parameter; the fields of this request go into its"),
    ("GET", f"{RELEASE}?revision=x", None, "query: revision: 'x' is not what it takes"),
    ("GET", f"{RELEASE}?revision=99999999999", None, "query: revision: '99999999999' is not what it takes"),
    ("GET", f"{RELEASE}?view=most", None, "query: view: 'most' is not what it takes"),
    ("GET", f"{RELEASE}?a=b", None, "query: unknown parameter 'a'"),
    ("GET", f"{RELEASE}?a.b.c=d", None, "query: unknown parameter 'a.b.c'"),
    ("GET", f"{RELEASE}?name.x=d", None, "query: unknown parameter 'name.x'"),
    ("GET", f"{RELEASE}?revision=%zz", None, "query: a bad percent escape"),
    ("GET", f"{RELEASE}?revision=%ff", None, "query: not UTF-8"),
    ("GET", f"{RELEASE}?" + "&".join(["revision=1"] * 101), None, "query: more than 100 parameters"),
    ("GET", "/v1/namespaces/a%2Fb/releases/web", None, "path: namespace: 'a/b' cannot be a name"),
    ("GET", "/v1/namespaces/ns/releases/%00", None, "path: name: '\\x00' cannot be a name"),
    ("GET", "/v1/namespaces/ns/releases/%C0%AF", None, "path: name: not UTF-8"),
    ("GET", "/v1/namespaces/ns/releases/%2", None, "path: name: a bad percent escape"),
    ("GET", "/v1/namespaces//releases", None, "path: namespace: '' cannot be a name"),
    ("GET", "/v1/namespaces/n\xe9/releases", None, "path: namespace: letters beyond ASCII must be percent-encoded"),
    ("GET", RELEASE, {"revision": 1}, "this request takes no body"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target", "body", "text"), REFUSED, ids=[r[3][:40] + r[1][-20:] for r in REFUSED])
def test_what_is_refused(method: str, target: str, body: Any, text: str) -> None:
    with pytest.raises(RpcError) as caught:
        made(method, target, body)
    assert caught.value.code == Code.INVALID_ARGUMENT
    assert caught.value.message.startswith(text)
    assert len(caught.value.message) < 700


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(kind: str) -> None:
    """A page of another site can make a browser send the others without asking."""
    with pytest.raises(RpcError) as caught:
        made("POST", f"{RELEASE}/rollback", {}, (("content-type", kind),))
    assert caught.value.message == f"body: the content type is {kind!r}, not 'application/json'"


def test_routes_lead_to_every_method() -> None:
    assert {route.rpc for route in ROUTES} == {method.name for method in METHODS}
    for route in ROUTES:
        for name in (part[1:-1] for part in route.path.split("/") if part.startswith("{")):
            message = getattr(messages, REQUESTS[route.rpc])
            inner = message.DESCRIPTOR.fields_by_name[route.inside].message_type if route.inside else message.DESCRIPTOR
            assert name in inner.fields_by_name
        assert find(route.method, "/v1" + route.path.replace("{", "").replace("}", "")) is not None


@pytest.mark.parametrize(
    "path", ["/v2/releases", "/v1", "/v1/", "/v1/releases/", "/v1//releases", "/v1/namespaces", "/x"]
)
def test_paths_that_lead_nowhere(path: str) -> None:
    assert find("GET", path) is None


def test_the_wrong_method() -> None:
    with pytest.raises(WrongMethod) as caught:
        find("PATCH", RELEASE)
    assert caught.value.allowed == ("GET", "PUT", "DELETE")
