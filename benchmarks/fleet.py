"""Hundreds of releases: one `helm` process each beside one Tiller, and beside the library in one process, eight at a
time, on the same API server, in turns.

The API server is a real kube-apiserver (`make peers`) or, where there is none, the embedded one. What is counted as our
processor time is everything of ours but the API server: the client, and for Tiller the server and its render workers.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.measuring import PEERS, ROOT, Bench, Row

__all__ = ["fleet_jobs"]

_AT_ONCE = 8
_WALL, _CPU, _LIST = 0.35, 0.25, 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


def fleet_jobs(folder: Path, releases: int, records: int) -> list[tuple[str, Callable[[Bench], Row]]]:
    """(name, run) of each row; all of them come from one run, made when the first is asked for."""
    fleet = Fleet(folder, releases, records)
    verbs, lists = f"{releases} installs and upgrades", f"list of {records} releases x 10"
    return [
        (f"fleet, {verbs}, Tiller: wall", lambda bench: fleet.row(bench, verbs, "tiller", "wall", _WALL)),
        (f"fleet, {verbs}, Tiller: CPU", lambda bench: fleet.row(bench, verbs, "tiller", "cpu", _CPU)),
        (f"fleet, {verbs}, library: wall", lambda bench: fleet.row(bench, verbs, "library", "wall", _WALL)),
        (f"fleet, {verbs}, library: CPU", lambda bench: fleet.row(bench, verbs, "library", "cpu", _CPU)),
        (f"fleet, {lists}, Tiller", lambda bench: fleet.list_row(bench, lists, "tiller")),
        (f"fleet, {lists}, library", lambda bench: fleet.list_row(bench, lists, "library")),
    ]


class Side:
    """One of the three ways: what it took so far. do: one request of ``fleet_client``."""

    def __init__(self, name: str, do: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.name = name
        self.do = do
        self.took: dict[str, list[float]] = {}

    def work(self, request: dict[str, Any]) -> None:
        """Do it and keep what it took."""
        found = self.do(request)
        for figure in ("wall", "cpu"):
            self.took.setdefault(f"{request['do']} {figure}", []).append(found[figure])

    def total(self, figure: str) -> float:
        """Seconds of all installs and upgrades."""
        return sum(sum(self.took[f"{verb} {figure}"]) for verb in ("install", "upgrade"))


class Fleet:
    """folder: holds the chart `created`. releases: installed and upgraded; records: releases of ten revisions."""

    def __init__(self, folder: Path, releases: int, records: int) -> None:
        self.folder = folder
        self.releases = releases
        self.records = records
        self.sides: dict[str, Side] = {}
        self.where = ""

    def row(self, bench: Bench, what: str, name: str, figure: str, target: float) -> Row:
        """Installs and upgrades: ours over Helm's."""
        self._measure(bench)
        ours, helm = self.sides[name].total(figure), self.sides["helm"].total(figure)
        text = f"{ours:8.1f} {helm:8.1f} s   ({self.where})"
        job = f"fleet, {what}, {name}: {figure}"
        return Row(job, text, ours / helm, target, {"ours_s": round(ours, 2), "helm_s": round(helm, 2)})

    def list_row(self, bench: Bench, what: str, name: str) -> Row:
        """Lists: medians of wall time."""
        self._measure(bench)
        ours, helm = (statistics.median(self.sides[side].took["list wall"]) for side in (name, "helm"))
        text = f"{ours * 1000:8.0f} {helm * 1000:8.0f} ms  ({self.where})"
        return Row(f"fleet, {what}, {name}", text, ours / helm, _LIST, {"ours_s": ours, "helm_s": helm})

    def _measure(self, bench: Bench) -> None:
        if self.sides:
            return
        place = self.folder / "fleet"
        place.mkdir()
        cluster = Cluster(place)
        processes: list[Child] = []
        try:
            self.where = cluster.name
            cluster.prepare()
            tiller = Tiller(place, cluster.kubeconfig)
            processes.append(tiller)
            remote = Client(cluster.kubeconfig, tiller.address, tiller.authority)
            library = Client(cluster.kubeconfig)
            processes += [remote, library]
            helm = Helm(place, cluster.kubeconfig, bench.environment)
            self.sides = {
                "helm": Side("helm", helm.do),
                "tiller": Side("tiller", lambda request: tiller.counted(remote, request)),
                "library": Side("library", library.do),
            }
            self._verbs(cluster)
            self._lists(cluster)
        finally:
            for process in processes:
                process.end()
            cluster.end()

    def _verbs(self, cluster: Cluster) -> None:
        """In rounds, so that a machine that gets slower meets all three."""
        rounds = 4 if self.releases >= 40 else 1
        count = self.releases // rounds
        chart = str(self.folder / "created")
        for side in self.sides.values():  # what is read once
            cluster.kubectl("create", "namespace", f"warm-{side.name}")
            cluster.kubectl("create", "namespace", f"fleet-{side.name}")
            side.do({"do": "install", "first": 0, "count": 2, "namespace": f"warm-{side.name}", "chart": chart})
        for verb in ("install", "upgrade"):
            for number in range(rounds):
                for side in self.sides.values():
                    side.work({
                        "do": verb, "first": number * count, "count": count, "namespace": f"fleet-{side.name}",
                        "chart": chart,
                    })  # fmt: skip
        for side in self.sides.values():
            cluster.kubectl("delete", "namespace", f"warm-{side.name}", f"fleet-{side.name}", "--wait=true")

    def _lists(self, cluster: Cluster) -> None:
        store(cluster.kubeconfig, self.folder / "created", self.records)
        for side in self.sides.values():
            side.do({"do": "list"})
        for _ in range(5):
            for side in self.sides.values():
                side.work({"do": "list"})


class Child:
    """A process of the bench's own, told to end by SIGTERM."""

    process: subprocess.Popen[str]

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Cluster(Child):
    """A real API server where there is one, else the embedded one. The user `alice` becomes an administrator."""

    def __init__(self, place: Path) -> None:
        if (PEERS / "realcluster").is_file() and (PEERS / "up.sh").is_file():
            self.name = "real kube-apiserver"
            command = [str(PEERS / "up.sh"), str(PEERS), str(place / "data")]
        else:
            self.name = "embedded API server"
            command = [sys.executable, "-m", "charthouse.devcluster", "--kubeconfig", str(place / "kubeconfig")]
            command += ["--authorization", "rbac", "--pki", str(place)]
        log = (place / "cluster.log").open("w")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True, cwd=ROOT
        )
        assert self.process.stdout is not None
        self.kubeconfig = self.process.stdout.readline().strip()
        if not self.kubeconfig:
            raise SystemExit(f"no API server came up: {(place / 'cluster.log').read_text()[-2000:]}")

    def prepare(self) -> None:
        binding = ("--clusterrole=cluster-admin", "--user=alice")
        self.kubectl("create", "clusterrolebinding", "fleet", *binding)

    def kubectl(self, *arguments: str) -> None:
        done = subprocess.run(
            [str(PEERS / "kubectl"), "--kubeconfig", self.kubeconfig, "--context", "admin", *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"kubectl {' '.join(arguments)}: {done.stderr}")

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


class Tiller(Child):
    """Our Tiller with a certificate of its own; records as Secrets, as Helm's."""

    def __init__(self, place: Path, kubeconfig: str) -> None:
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        make += ["-keyout", "tls.key", "-out", "tls.crt", "-days", "1", "-subj", "/CN=tiller"]
        subprocess.run([*make, "-addext", "subjectAltName=IP:127.0.0.1"], cwd=place, check=True, capture_output=True)
        self.authority = str(place / "tls.crt")
        log = place / "tiller.log"
        command = [sys.executable, "-m", "charthouse", "tiller", "serve", "--kubeconfig", kubeconfig]
        command += ["--kube-context", "admin", "--listen", "127.0.0.1:0", "--probe-listen", "127.0.0.1:0", "--tls"]
        command += ["--tls-cert", self.authority, "--tls-key", str(place / "tls.key"), "--storage", "secret"]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=log.open("w"), text=True)
        deadline = time.monotonic() + 60
        while "Tiller is ready" not in log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Tiller did not start: {log.read_text()}")
            time.sleep(0.05)
        self.address = log.read_text().partition("GRPC listening on ")[2].split()[0]

    def counted(self, client: Client, request: dict[str, Any]) -> dict[str, Any]:
        """What a client's request took, this process and its children counted."""
        before = self.cpu()
        found = client.do(request)
        return {**found, "cpu": found["cpu"] + self.cpu() - before}

    def cpu(self) -> float:
        """Seconds of this process, and of the workers' parent with the workers that have ended."""
        total = 0
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (str(self.process.pid), *children):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
        return total / _TICKS


class Client(Child):
    """A ``fleet_client``. address, authority: of the Tiller it uses; without, it does the work itself."""

    def __init__(self, kubeconfig: str, address: str = "", authority: str = "") -> None:
        tiller = [address, authority] if address else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fleet_client", kubeconfig, "alice", *tiller], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the client ended at {request}")
        found: dict[str, Any] = json.loads(line)
        return found


class Helm:
    """One process a release."""

    def __init__(self, place: Path, kubeconfig: str, environment: dict[str, str]) -> None:
        home = place / "home"
        home.mkdir()
        self.environment = {
            **environment,
            "KUBECONFIG": kubeconfig,
            "HOME": str(home),
            "KUBECACHEDIR": str(home / "kube"),
        }
        self.threads = ThreadPoolExecutor(_AT_ONCE)

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, timed."""
        lines = self.lines(request)
        wall = time.perf_counter()
        cpu = sum(self.threads.map(self.one, lines))
        return {"wall": time.perf_counter() - wall, "cpu": cpu}

    def lines(self, request: dict[str, Any]) -> list[list[str]]:
        context = ["--kube-context", "alice"]
        if request["do"] == "list":
            return [["list", "-A", "--max", "0", *context]]
        numbers = range(request["first"], request["first"] + request["count"])
        more = ["--set", "replicaCount=2"] if request["do"] == "upgrade" else []
        space = ["-n", request["namespace"], *more, *context]
        return [[request["do"], f"r{number:04}", request["chart"], *space] for number in numbers]

    def one(self, line: list[str]) -> float:
        """Processor time of one process."""
        silent = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (0, 1, 2)]
        program = str(PEERS / "helm4")
        child = os.posix_spawn(program, [program, *line], self.environment, file_actions=silent)
        _, status, used = os.wait4(child, 0)
        if status:
            raise SystemExit(f"helm {' '.join(line)} ended with {os.waitstatus_to_exitcode(status)}")
        return used.ru_utime + used.ru_stime


def store(kubeconfig: str, chart: Path, releases: int) -> None:
    """Records of `releases` releases with ten revisions each, as Secrets."""
    from datetime import UTC, datetime

    from charthouse.actions.render import render_release
    from charthouse.api import Client as Library
    from charthouse.charts.capabilities import default_capabilities
    from charthouse.charts.loader import load
    from charthouse.golang.moment import now
    from charthouse.logs import silent
    from charthouse.releases.release import Info, Release

    client, namespace = Library(kubeconfig=kubeconfig, context="admin"), f"records-{secrets.token_hex(3)}"
    subprocess.run(
        [str(PEERS / "kubectl"), "--kubeconfig", kubeconfig, "--context", "admin", "create", "namespace", namespace],
        check=True, capture_output=True,
    )  # fmt: skip
    loaded, moment = load(str(chart), log=silent), now(datetime.now(UTC))
    made = render_release(
        loaded, {}, name="r", namespace=namespace, capabilities=default_capabilities(), log=silent
    )  # fmt: skip

    def one(number: int) -> None:
        storage = client.environment(namespace).storage
        for revision in range(1, 11):
            status = "deployed" if revision == 10 else "superseded"
            info = Info(first_deployed=moment, last_deployed=moment, status=status, description="Upgrade complete")
            storage.create(Release(
                name=f"r{number:04}", namespace=namespace, version=revision, info=info, chart=loaded, config={},
                manifest=made.manifest, hooks=made.hooks,
            ))  # fmt: skip

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(one, range(releases)))


def main() -> None:
    """By itself: `python -m benchmarks.fleet [RELEASES [RECORDS]]`."""
    import tempfile

    from benchmarks.jobs import make_created

    numbers = [int(text) for text in sys.argv[1:]]
    folder = Path(tempfile.mkdtemp(prefix="charthouse-fleet-"))
    bench = Bench(folder, 3)
    try:
        make_created(folder, bench.environment)
        for _, run in fleet_jobs(folder, *(numbers + [200, 300][len(numbers) :])):
            sys.stdout.write(run(bench).line() + "\n")
            sys.stdout.flush()
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
