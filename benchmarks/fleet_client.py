"""The process the fleet bench compares with `helm`: eight threads that install, upgrade and list, in this process or
through a Tiller. Run by ``benchmarks.fleet`` as

    python -m benchmarks.fleet_client KUBECONFIG CONTEXT [ADDRESS CA]

One request a line comes in, one result a line goes out, both JSON: `{"do": "install", "first": 0, "count": 50,
"namespace": "n", "chart": PATH}` → `{"wall": seconds, "cpu": seconds of this process}`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # when run as a file

THREADS = 8


def through_tiller(kubeconfig: str, context: str, address: str, authority: str) -> Any:
    """The verbs of a release server."""
    from charthouse.actions.environment import no_hints, no_output
    from charthouse.kube.connect import ConnectConfig, SystemClock, connect, resolve
    from charthouse.kube.kubeconfig import Overrides
    from charthouse.logs import silent
    from charthouse.profile import HELM4
    from charthouse.tiller.client.connection import Connection
    from charthouse.tiller.client.settings import ClientSettings, ClusterSide, TLSSettings
    from charthouse.tiller.client.verbs import verbs_over
    from charthouse.tiller.identity.credentials import TillerCredentials

    clock = SystemClock()
    config = ConnectConfig(environ=os.environ, kubeconfig=kubeconfig, overrides=Overrides(context=context))
    client = connect(config, clock=clock)
    credentials = TillerCredentials(resolve(config), client, clock=clock, environ=os.environ)
    settings = ClientSettings(address, tls=TLSSettings(ca_file=authority))
    connection = Connection(settings, ClusterSide(lambda: client, lambda: credentials), hint=no_hints)
    return verbs_over(
        connection, clock=clock, log=silent, hint=no_hints, hook_output=no_output, profile=HELM4, patience=60.0
    )


def in_process(kubeconfig: str, context: str) -> Callable[[str], Any]:
    """The library's own verbs, by namespace."""
    from charthouse.actions.verbs import LocalVerbs
    from charthouse.api import Client

    client = Client(kubeconfig=kubeconfig, context=context)
    return lambda namespace: LocalVerbs(client.environment(namespace))


class Worker:
    """verbs: of a namespace."""

    def __init__(self, verbs: Callable[[str], Any]) -> None:
        self.verbs = verbs
        self.threads = ThreadPoolExecutor(THREADS)

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, timed."""
        work = {"install": self.install, "upgrade": self.upgrade, "list": self.list}[request["do"]]
        cpu, wall = time.process_time(), time.perf_counter()
        found = work(request)
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, **found}

    def install(self, request: dict[str, Any]) -> dict[str, Any]:
        from charthouse.actions.environment import no_progress
        from charthouse.actions.options import InstallOptions

        verbs, chart = self.verbs(request["namespace"]), self.chart(request)

        def one(number: int) -> None:
            options = InstallOptions(name=f"r{number:04}", namespace=request["namespace"])
            verbs.install(chart, {}, options, progress=no_progress)

        return self.all(one, request)

    def upgrade(self, request: dict[str, Any]) -> dict[str, Any]:
        from charthouse.actions.environment import no_progress
        from charthouse.actions.options import UpgradeOptions

        verbs, chart = self.verbs(request["namespace"]), self.chart(request)

        def one(number: int) -> None:
            options = UpgradeOptions(name=f"r{number:04}", namespace=request["namespace"])
            verbs.upgrade(chart, {"replicaCount": 2.0}, options, progress=no_progress)

        return self.all(one, request)

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        from charthouse.actions.options import ListOptions

        return {"found": len(self.verbs("").list(ListOptions(limit=0)))}

    def chart(self, request: dict[str, Any]) -> Any:
        from charthouse.charts.loader import load
        from charthouse.logs import silent

        return load(request["chart"], log=silent)

    def all(self, one: Callable[[int], None], request: dict[str, Any]) -> dict[str, Any]:
        """Every number of the request, eight at a time."""
        numbers = range(request["first"], request["first"] + request["count"])
        return {"done": len(list(self.threads.map(one, numbers)))}


def main() -> None:
    kubeconfig, context, *tiller = sys.argv[1:]
    if tiller:
        verbs = through_tiller(kubeconfig, context, *tiller)
        worker = Worker(lambda namespace: verbs)
    else:
        worker = Worker(in_process(kubeconfig, context))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(worker.do(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
