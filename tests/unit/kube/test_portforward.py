"""Tunnels to pods: the channels' grammar, and which pod is taken."""

from __future__ import annotations

from typing import Any, cast

import pytest

from charthouse.kube.client import Client
from charthouse.kube.portforward import PortForwardError, Tunnel, ready_pod
from charthouse.web.websocket import WebSocketError

PORT = 44134
MARK = PORT.to_bytes(2, "little")


class Script:
    """A client whose WebSocket says what it is told and keeps what it hears."""

    def __init__(self, *messages: bytes | WebSocketError, pods: list[Any] | None = None) -> None:
        self.messages = list(messages)
        self.heard: list[bytes] = []
        self.asked: list[tuple[str, str]] = []
        self.pods = pods or []

    def websocket(self, target: str, protocol: str) -> Script:
        self.asked.append((target, protocol))
        return self

    def receive(self) -> bytes:
        message = self.messages.pop(0)
        if isinstance(message, WebSocketError):
            raise message
        return message

    def send(self, data: bytes) -> None:
        self.heard.append(data)

    def close(self) -> None:
        self.messages = [WebSocketError("unexpected EOF")]

    def resource_type(self, api_version: str, kind: str) -> str:
        return f"{api_version}/{kind}"

    def list(self, type: str, namespace: str, *, label_selector: str) -> list[Any]:
        self.asked.append((namespace, label_selector))
        return self.pods


def tunnel(*messages: bytes | WebSocketError) -> tuple[Tunnel, Script]:
    script = Script(*messages)
    return Tunnel(cast(Client, script), "ns", "a pod", PORT), script


def test_data_comes_after_the_channels_are_opened() -> None:
    bye = WebSocketError("", closed=True)
    opened, script = tunnel(b"\x00" + MARK, b"\x01" + MARK, b"\x00one", b"\x00", b"\x00two", bye)
    assert script.asked == [("/api/v1/namespaces/ns/pods/a%20pod/portforward?ports=44134", "v4.channel.k8s.io")]
    assert [opened.recv(), opened.recv(), opened.recv()] == [b"one", b"two", b""]


def test_the_first_data_may_share_the_opening_message() -> None:
    assert tunnel(b"\x00" + MARK + b"hello")[0].recv() == b"hello"


def test_what_is_sent_goes_in_pieces_on_channel_0() -> None:
    opened, script = tunnel()
    opened.sendall(b"x" * 70_000)
    assert [len(piece) for piece in script.heard] == [32769, 32769, 4465]
    assert {piece[:2] for piece in script.heard} == {b"\x00x"}


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ((b"\x01" + MARK, b"\x01no such luck\n"), "port 44134 of pod a pod: no such luck"),
        ((b"\x01" + MARK + b"at once",), "port 44134 of pod a pod: at once"),
        ((b"\x00\x01\x02",), "port 44134 of pod a pod: the server opened another port"),
        ((b"\x02x",), "port 44134 of pod a pod: the server sent something that is no channel of ours"),
        ((b"",), "port 44134 of pod a pod: the server sent something that is no channel of ours"),
        ((WebSocketError("unexpected EOF"),), "port 44134 of pod a pod: unexpected EOF"),
    ],
)
def test_what_goes_wrong_is_said(messages: tuple[bytes | WebSocketError, ...], text: str) -> None:
    with pytest.raises(PortForwardError) as failed:
        tunnel(*messages)[0].recv()
    assert str(failed.value) == text


def test_our_own_goodbye_is_no_problem() -> None:
    opened, _ = tunnel(b"\x00" + MARK)
    opened.close()
    assert opened.recv() == b""


def pod(name: str, created: str, *, phase: str = "Running", ready: str = "True", deleted: bool = False) -> Any:
    meta = {"name": name, "creationTimestamp": created, **({"deletionTimestamp": "x"} if deleted else {})}
    return {"metadata": meta, "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready}]}}


def test_the_oldest_ready_pod_is_taken() -> None:
    pods = [pod("d", "4"), pod("a", "1", ready="False"), pod("b", "2", deleted=True), pod("c", "3")]
    pods.append(pod("e", "0", phase="Failed"))
    script = Script(pods=pods)
    assert ready_pod(cast(Client, script), "ns", "app=helm") == "c"
    assert script.asked == [("ns", "app=helm")]


def test_no_pod_is_ready() -> None:
    with pytest.raises(PortForwardError) as none:
        ready_pod(cast(Client, Script()), "ns", "app=helm")
    assert str(none.value) == 'no pod with the labels app=helm in the namespace "ns"'
    with pytest.raises(PortForwardError) as unready:
        ready_pod(cast(Client, Script(pods=[pod("a", "1", ready="False")])), "ns", "app=helm")
    assert str(unready.value) == 'no pod with the labels app=helm is ready in the namespace "ns": a'
