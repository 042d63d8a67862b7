"""A charthouse process that kills itself at a chosen write to the API server.

``python dying.py KUBECONFIG NAMESPACE MOMENT VERB CHART KIND``: MOMENT 2n dies before the n-th write, 2n + 1 after it (the server has it, the
process has not seen the answer); "-1" does not die and prints how many moments there are.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

import charthouse
from charthouse.actions.ports import Progress
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

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
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


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    kubeconfig, namespace, moment, verb, chart, kind = sys.argv[1:]
    real = connect(ConnectConfig(environ={**os.environ, "KUBECONFIG": kubeconfig}))
    dying = Dying(real, int(moment))

    def tell(progress: Progress) -> None:
        if os.environ.get("DYING_TELL"):
            sys.stderr.write(f"{progress.phase} {progress.subject} {progress.state} {progress.message}\n")

    client = charthouse.Client(cluster=Cluster(dying), namespace=namespace, progress=tell)
    if verb == "install":
        client.install("r", chart, {"kind": kind}, wait="watcher", timeout=60)
    elif verb == "upgrade":
        client.upgrade("r", chart, {"kind": kind}, wait="watcher", timeout=60)
    elif verb == "apply":
        client.upgrade("r", chart, {"kind": kind}, install=True, wait="watcher", timeout=60)
    elif verb == "rollback":
        client.rollback("r", 1, wait="watcher", timeout=60)
    elif verb == "uninstall":
        client.uninstall("r", wait="watcher", timeout=60)
    else:
        sys.exit(f"unknown verb {verb}")
    sys.stdout.write(f"{dying.writes * 2}\n")


if __name__ == "__main__":
    main()
