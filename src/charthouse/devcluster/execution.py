"""`exec` and `attach`, simulated: no container runs, so what a command prints is what the pod's annotations say.

``sim/exec`` is printed for any command, ``sim/exec.NAME`` for the command NAME (its first word, without folders);
``sim/exec-code`` (or ``sim/exec-code.NAME``) is its exit code. Without them the command fails and says so. `attach`
shows what `logs` shows. Channels: 0 in, 1 out, 2 errors, 3 the end as a Status (`v4` and `v5.channel.k8s.io`,
apimachinery/pkg/util/remotecommand v0.37.2). Differs: not over SPDY, so kubectl must be 1.30 or newer.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from charthouse.devcluster import simulation
from charthouse.devcluster.failures import bad_request
from charthouse.devcluster.websocket import SocketClosed, asks_for_websocket, upgrade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.websocket import WebSocket
    from charthouse.devcluster.wire import Request, Response

    Object = dict[str, Any]

__all__ = ["execute"]

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
OUT, END = b"\x01", b"\x03"


def execute(request: Request, pod: Object, *, attach: bool) -> Response:
    """The answer to pods/exec or pods/attach. Raises ApiFailure (400)."""
    query = parse_qsl(request.raw_query)
    command = [value for key, value in query if key == "command"]
    if not attach and not command:
        raise bad_request("you must specify at least 1 command for exec")
    name = pod["metadata"]["name"]
    names = [c["name"] for c in pod["spec"].get("containers") or ()]
    container = request.query.get("container") or (names[0] if names else "")
    if container not in names:
        raise bad_request(f"container {container} is not valid for pod {name}")
    if not asks_for_websocket(request):
        raise bad_request("Upgrade request required: exec and attach are served over WebSocket only")
    printed, failure = _attached(pod, container) if attach else _executed(pod, command)
    return upgrade(request, PROTOCOLS, lambda ws, _: _say(ws, printed, failure))


def _attached(pod: Object, container: str) -> tuple[str, Object | None]:
    return "".join(line + "\n" for line in simulation.log_lines(pod, container)), None


def _executed(pod: Object, command: list[str]) -> tuple[str, Object | None]:
    """(what the command prints, its failure or None)."""
    program = command[0].rpartition("/")[2]
    annotations = pod["metadata"].get("annotations") or {}
    found = next((n for n in (f"sim/exec.{program}", "sim/exec") if n in annotations), None)
    if found is None:
        text = (
            f'no container runs in pod {pod["metadata"]["name"]}, so "{program}" cannot: annotate it with '
            f"sim/exec.{program} (what it prints)"
        )
        return "", {"status": "Failure", "message": text, "reason": "InternalError", "code": 500}
    code = annotations.get(found.replace("sim/exec", "sim/exec-code", 1), "0")
    if not code.isdigit() or int(code) == 0:
        return annotations[found], None
    cause = {"reason": "ExitCode", "message": code}
    text = f"command terminated with non-zero exit code: exit status {code}"
    return annotations[found], {
        "status": "Failure", "message": text, "reason": "NonZeroExitCode", "details": {"causes": [cause]},
    }  # fmt: skip


def _say(ws: WebSocket, printed: str, failure: Object | None) -> None:
    try:
        if printed:
            ws.send(OUT + printed.encode())
        ws.send(END + json.dumps({"metadata": {}, **(failure or {"status": "Success"})}).encode())
        ws.close()
        while True:  # until the client has closed, too
            ws.receive()
    except (SocketClosed, OSError):
        return
