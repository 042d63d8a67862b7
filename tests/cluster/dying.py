"""A charthouse process that kills itself at a chosen write to the API server.

Moment 2n dies before the n-th write, 2n + 1 after it (the server has it, the process has not seen the answer).
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any, cast

import charthouse
from charthouse.k8s.ports import KubeClient
from charthouse.kube.cluster import Cluster
from charthouse.kube.connect import ConnectConfig, connect

WRITES = ("create", "replace", "patch", "delete")


class Dying:
    """A KubeClient that dies at its n-th write."""

    def __init__(self, client: Any, moment: int) -> None:
        self._client = client
        self._moment = moment
        self._mutex = threading.Lock()
        self.writes = 0

    def around(self, client: Any) -> Any:
        """Another client whose writes are counted with these."""
        return _Around(self, client)

    def __getattr__(self, name: str) -> Any:
        return self.method(self._client, name)

    def method(self, client: Any, name: str) -> Any:
        """A client's method, deadly when it writes."""
        method = getattr(client, name)
        if name not in WRITES:
            return method

        def write(*arguments: Any, **options: Any) -> Any:
            with self._mutex:
                write = self.writes
                self.writes += 1
            if write * 2 == self._moment:
                die()
            try:
                return method(*arguments, **options)
            finally:
                if write * 2 + 1 == self._moment:
                    die()

        return write


class _Around:
    """A client whose writes a Dying counts."""

    def __init__(self, dying: Dying, client: Any) -> None:
        self._dying = dying
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return self._dying.method(self._client, name)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def perform(
    kubeconfig: str, namespace: str, verb: str, chart: str, kind: str, moment: int = -1, said: Any = None
) -> None:
    """Run a verb on release `r`. said: gets how many moments it had."""
    dying = Dying(connect(ConnectConfig(environ={**os.environ, "KUBECONFIG": kubeconfig})), moment)
    client = charthouse.Client(cluster=Cluster(cast("KubeClient", dying)), namespace=namespace)
    waiting: dict[str, Any] = {"wait": "watcher", "timeout": 120.0}
    if verb == "install":
        client.install("r", chart, {"kind": kind}, **waiting)
    elif verb == "upgrade":
        client.upgrade("r", chart, {"kind": kind}, **waiting)
    elif verb == "rollback":
        client.rollback("r", 1, **waiting)
    elif verb == "uninstall":
        client.uninstall("r", **waiting)
    else:
        raise ValueError(f"unknown verb {verb}")
    if said is not None:
        said.put(dying.writes * 2)
