"""What the real client sent in the recorded session, sent to our Tiller: its answers say what the real Tiller's did,
and somebody else's description of the messages (pyhelm's) reads them as ours does."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import PEERS, RunningCluster
from tests.cluster.interop import Tool, fresh
from tests.cluster.sameness import mask
from tests.cluster.serving import running

pytest.importorskip("google.protobuf")

RECORDED = Path(__file__).parent.parent / "conformance" / "helm2" / "recorded.json"
TIMES = ("first_deployed", "last_deployed", "deleted", "last_run", "started_at", "completed_at")
BUILD = ("2 git_commit", "3 git_tree_state")  # the peer is built without them


def test_answers_to_the_recorded_requests(cluster: RunningCluster, kubectl: Tool) -> None:
    if cluster.name == "real":
        pytest.skip("the requests are put to the embedded cluster")
    from charthouse.rpc.channel import Channel

    calls: list[dict[str, Any]] = json.loads(RECORDED.read_text())
    place = fresh("recorded")
    kubectl.run("create", "namespace", place)
    with running(cluster, namespace=place, anonymous=True) as served:
        host, _, port = served.address.rpartition(":")
        channel = Channel(lambda: socket.create_connection((host, int(port)), 60))
        try:
            for call in calls:
                compared(channel, call)
        finally:
            channel.close()


def compared(channel: Any, call: dict[str, Any]) -> None:
    """One call: the same end, the same messages."""
    from charthouse.hapi import messages
    from charthouse.hapi.service import METHODS, SERVICE
    from charthouse.rpc.status import RpcError
    from tests.conformance.helm2.wire import content, independent_class, peer_pool, without

    method = next(method for method in METHODS if method.path == call["method"])
    answers: list[bytes] = []
    code, text = 0, ""
    try:
        request = base64.b64decode(call["request"])
        answers += channel.stream(method.path, request, metadata=call["headers"], timeout=120)
    except RpcError as error:
        code, text = error.code, error.message
    assert (code, text) == (call["code"], call["message"]), method.name
    kind = getattr(messages, method.response)
    ours = [messages.parse(kind, data) for data in answers]
    other = independent_class(peer_pool(PEERS), f"{SERVICE.rpartition('.')[0]}.{method.response}")
    for data, message in zip(answers, ours, strict=True):
        theirs = other.FromString(data)
        assert content(theirs) == without(content(message)), method.name
        assert theirs.SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)
    if method.name == "ListReleases":
        return  # there may be releases of other tests in the cluster
    real = [messages.parse(kind, base64.b64decode(data)) for data in call["responses"]]
    assert [settled(content(message)) for message in ours] == [settled(content(message)) for message in real]


def settled(found: Any, name: str = "") -> Any:
    """A message without what differs between two runs: times, the build of the server, the order of hooks."""
    if name in TIMES:
        return "a time"
    if isinstance(found, dict):
        return {key: settled(value, key.split(" ")[-1]) for key, value in found.items() if key not in BUILD}
    if isinstance(found, list):
        inner = [settled(value) for value in found]
        return sorted(inner, key=str) if name == "hooks" else inner
    if name == "resources":
        return mask(found, "fields")
    return found
