"""Names that charts choose become parts of paths, on connections that carry somebody's credentials: no name may end the
line it stands in, or become more than one segment of a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.kube.client import Client
from charthouse.kube.discovery import DiscoveryCache
from charthouse.kube.errors import KubeError
from charthouse.logs import silent
from tests.unit.kube.fakes import FakeClock
from tests.unit.kube.test_transport import Net, answer

CONFIG_MAP = ResourceType("v1", "ConfigMap", "configmaps", True)
SMUGGLED = "x HTTP/1.1\r\nHost: k\r\nContent-Length: 400\r\n\r\n"

Ask = Callable[[Client, str], Any]
ASKED: dict[str, Ask] = {
    "list": lambda client, name: client.list(CONFIG_MAP, name),
    "fetch": lambda client, name: client.fetch(CONFIG_MAP, name),
    "create": lambda client, name: client.create(ObjectRef(CONFIG_MAP, name, "a"), {"metadata": {}}),
    "get": lambda client, name: client.get(ObjectRef(CONFIG_MAP, name, "a")),
    "get by name": lambda client, name: client.get(ObjectRef(CONFIG_MAP, "ns", name)),
    "watch": lambda client, name: client.watch(CONFIG_MAP, name, timeout=1.0),
    "logs of a namespace": lambda client, name: client.pod_logs(name, "pod"),
    "logs": lambda client, name: client.pod_logs("ns", name),
}


def client_on(net: Net) -> Client:
    return Client(lambda: (net.transport, cast(DiscoveryCache, None)), clock=net.clock, log=silent)


@pytest.mark.parametrize("what", ASKED)
def test_a_name_stays_in_its_segment(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    net = Net(monkeypatch, answer(200, b'{"items":[]}'))
    ASKED[what](client_on(net), SMUGGLED.replace("/", "-"))
    (sent,) = net.used[0].sent
    line, _, rest = sent.partition(b"\r\n")
    assert line.count(b" ") == 2
    assert b"%0D%0A" in line
    assert b"Content-Length: 400" not in rest


@pytest.mark.parametrize("name", [SMUGGLED, "a/b", "..", ".", "a%2fb"])
@pytest.mark.parametrize("what", ASKED)
def test_what_is_no_segment_is_refused(monkeypatch: pytest.MonkeyPatch, what: str, name: str) -> None:
    net = Net(monkeypatch)
    with pytest.raises(KubeError, match=r"invalid (namespace|resource name)"):
        ASKED[what](client_on(net), name)


def test_no_target_is_more_than_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(monkeypatch)
    with pytest.raises(KubeError) as caught:
        net.transport.request("GET", "/apis/a\r\nb")
    assert str(caught.value) == r'parse "http://k:80/apis/a\r\nb": net/url: invalid control character in URL'
    assert net.clock.slept == FakeClock().slept
