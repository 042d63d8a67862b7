"""The development cluster as a process of its own: start it, find it, stop it, connect to it.

What is running stands in ``cluster.json`` below the data directory: process, its start time (a number may be given to
another process), and the kubeconfig that was written. One dev cluster a data directory.
"""

from __future__ import annotations

import json
import os
import sys

from charthouse.errors import CharthouseError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.ports import Clock
    from charthouse.cli.context import Context
    from charthouse.kube.client import Client

__all__ = ["DevClusterError", "Protection", "Running", "connect_dev_cluster", "running", "start", "stop"]

_PATIENCE = 30.0


class DevClusterError(CharthouseError):
    """The dev cluster cannot be started or stopped."""


class Running(Record):
    """A dev cluster that runs. started: clock ticks since boot, 0 = unknown."""

    pid: int
    started: int
    kubeconfig: str


class Protection(Record):
    """How a dev cluster is guarded. authorization: simple or rbac; pki: the authorities' folder; audit_log: a file;
    forwards: `PORT=ADDRESS` of processes behind the ports of pods."""

    authorization: str = "simple"
    pki: str = ""
    audit_log: str = ""
    forwards: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Arguments of the process; none for what is off."""
        flags = {
            "--authorization": "" if self.authorization == "simple" else self.authorization,
            "--pki": os.path.abspath(self.pki) if self.pki else "",
            "--audit-log": os.path.abspath(self.audit_log) if self.audit_log else "",
            "--forward": ",".join(self.forwards),
        }
        return [word for name, value in flags.items() if value for word in (name, value)]


def _state(context: Context) -> str:
    return os.path.join(context.settings.own_data, "cluster.json")


def running(context: Context) -> Running | None:
    """The dev cluster of this user, None when there is none (what a dead one left is ignored)."""
    try:
        with open(_state(context), encoding="utf-8") as file:
            value = json.load(file)
        found = Running(int(value["pid"]), int(value["started"]), str(value["kubeconfig"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if _started(found.pid) == found.started else None


def _started(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; 0 where that cannot be known; None when there is none."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return 0
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return None if fields[0] == "Z" else int(fields[19])


def start(
    context: Context, protection: Protection | None = None, *, data: str = "", port: int = 0, speed: str = "1"
) -> Running:
    """Start it and wait until it serves; the one that runs already is returned as it is.

    The kubeconfig goes where --kubeconfig or KUBECONFIG points, unless there is another one; then into the data
    directory. Raises DevClusterError.
    """
    found = running(context)
    if found is not None:
        return found
    folder = context.settings.own_data
    os.makedirs(folder, mode=0o700, exist_ok=True)
    kubeconfig = _kubeconfig_path(context, folder)
    command = [sys.executable, "-m", "charthouse.devcluster", "--kubeconfig", kubeconfig, "--speed", speed]
    if port:
        command += ["--port", str(port)]
    if data:
        command += ["--data", os.path.abspath(data)]
    command += (protection or Protection()).words()
    pid = _spawn(command, os.path.join(folder, "cluster.log"))
    made = Running(pid, _started(pid) or 0, kubeconfig)
    state = {"pid": made.pid, "started": made.started, "kubeconfig": kubeconfig}
    with open(_state(context), "w", encoding="utf-8") as file:
        json.dump(state, file)
    return made


def _kubeconfig_path(context: Context, folder: str) -> str:
    wanted = context["kubeconfig"] or context.settings.kubeconfig.split(os.pathsep)[0]
    own = os.path.join(folder, "kubeconfig")
    if not wanted:
        return own
    try:
        with open(wanted, encoding="utf-8") as file:
            ours = "current-context: devcluster" in file.read()
    except FileNotFoundError:
        os.makedirs(os.path.dirname(os.path.abspath(wanted)), exist_ok=True)
        ours = True
    except (OSError, ValueError):
        ours = False
    return os.path.abspath(wanted) if ours else own


def _spawn(command: list[str], log: str) -> int:
    """Start a process that outlives this one; returns once it has said that it serves. Raises DevClusterError."""
    import select
    import subprocess

    with open(log, "wb") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], _PATIENCE)
    line = process.stdout.readline() if ready else b""
    process.stdout.close()
    if line:
        return process.pid
    process.kill()
    process.wait()
    with open(log, encoding="utf-8", errors="replace") as file:
        said = file.read().strip().splitlines()
    why = said[-1] if said else f"it did not answer within {_PATIENCE:.0f} s"
    raise DevClusterError(f"dev cluster did not start: {why}", hint=f"what it said is in {log}")


def stop(context: Context) -> bool:
    """Stop it; whether there was one. Raises DevClusterError when it does not go."""
    import signal
    import time

    found = running(context)
    if found is not None:
        os.kill(found.pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while _started(found.pid) is not None:
            if time.monotonic() > deadline:
                os.kill(found.pid, signal.SIGKILL)
                deadline += 10
            time.sleep(0.05)
        _forget(found.kubeconfig)
    _forget(_state(context))
    return found is not None


def _forget(path: str) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        return


def connect_dev_cluster(context: Context, clock: Clock) -> Client:
    """A client of the dev cluster, which is started when it does not run. Raises DevClusterError, KubeconfigError."""
    from charthouse.cli.wiring import connect_config
    from charthouse.kube.connect import connect
    from charthouse.kube.kubeconfig import Overrides
    from charthouse.records import replace

    found = start(context)
    config = replace(
        connect_config(context), kubeconfig=found.kubeconfig, overrides=Overrides(namespace=context["namespace"])
    )
    return connect(config, clock=clock, log=context.log)
