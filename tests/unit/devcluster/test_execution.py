"""`exec` and `attach`: what annotations say is printed, and how commands end."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any
from urllib.parse import urlencode

import pytest

from charthouse.devcluster.execution import execute
from charthouse.devcluster.failures import ApiFailure
from charthouse.devcluster.wire import Request
from charthouse.web.websocket import WebSocket, WebSocketError, handshake

POD: dict[str, Any] = {
    "metadata": {"name": "p", "annotations": {
        "sim/exec": "any", "sim/exec.ls": "a\nb\n", "sim/exec-code.ls": "3", "sim/log": "line"}},
    "spec": {"containers": [{"name": "c"}, {"name": "d"}]},
}  # fmt: skip


def asked(pod: dict[str, Any], *command: str, attach: bool = False, **query: str) -> list[tuple[int, bytes]]:
    """The messages of the server: (channel, bytes)."""
    pairs = [*(("command", word) for word in command), *query.items()]
    headers = {name.lower(): value for name, value in handshake("v5.channel.k8s.io")[1]}
    request = Request("GET", "/x?" + urlencode(pairs), headers, b"")
    answer = execute(request, pod, attach=attach)
    assert answer.upgrade is not None
    near, far = socket.socketpair()
    with near, far:
        thread = threading.Thread(target=answer.upgrade, args=(far,), daemon=True)
        thread.start()
        client = WebSocket(near)
        found = []
        while True:
            try:
                message = client.receive()
            except WebSocketError as bye:
                assert bye.closed
                break
            found.append((message[0], message[1:]))
        client.close()
        thread.join(5)
    return found


def status(**fields: Any) -> bytes:
    return json.dumps({"metadata": {}, **fields}).encode()


def test_what_is_printed() -> None:
    assert asked(POD, "/bin/echo", "x") == [(1, b"any"), (3, status(status="Success"))]
    assert asked(POD, attach=True) == [(1, b"line\n"), (3, status(status="Success"))]


def test_an_exit_code() -> None:
    printed, ended = asked(POD, "ls", container="d")
    assert printed == (1, b"a\nb\n")
    assert json.loads(ended[1]) == {
        "metadata": {},
        "status": "Failure",
        "message": "command terminated with non-zero exit code: exit status 3",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": "3"}]},
    }


def test_without_annotations_it_says_so() -> None:
    ((channel, ended),) = asked({**POD, "metadata": {"name": "p"}}, "ls")
    assert channel == 3
    assert json.loads(ended)["message"] == (
        'no container runs in pod p, so "ls" cannot: annotate it with sim/exec.ls (what it prints)'
    )


@pytest.mark.parametrize(
    ("command", "query", "headers", "text"),
    [
        ([], {}, {}, "you must specify at least 1 command for exec"),
        (["ls"], {"container": "x"}, {}, "container x is not valid for pod p"),
        (["ls"], {}, {"upgrade": "SPDY/3.1", "connection": "Upgrade"}, "Upgrade request required"),
    ],
)
def test_refusals(command: list[str], query: dict[str, str], headers: dict[str, str], text: str) -> None:
    request = Request("POST", "/x?" + urlencode([*(("command", c) for c in command), *query.items()]), headers, b"")
    with pytest.raises(ApiFailure, match=text) as refused:
        execute(request, POD, attach=False)
    assert refused.value.code == 400
