"""How `charthouse serve` does with thousands of charts: its starts, an upload, and what clients fetch.

    python benchmarks/serving.py [VERSIONS]

Prints milliseconds. Nothing to compare with is on the package index: ChartMuseum is not published there.
"""

from __future__ import annotations

import gzip
import http.client
import io
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CHARTS = 50


def archive(name: str, version: str) -> bytes:
    """A small chart; with metadata of a usual size."""
    out = io.BytesIO()
    files = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: '{version}'\n"
        f"description: {'What this chart is for and how it is used. ' * 3}\nhome: https://example.com/{name}\n"
        "keywords: [one, two, three]\nmaintainers: [{name: Ann, email: ann@example.com}]\n"
        "sources: ['https://example.com/source']\ndependencies:\n"
        "- {name: common, version: 2.x.x, repository: 'https://charts.example.com', tags: [common]}\n",
        "values.yaml": "replicas: 1\nimage: {repository: example.com/image, tag: latest}\n" * 1,
        "README.md": "# A chart\n\n" + "Some text. " * 100,
        "templates/deployment.yaml": "kind: Deployment\nspec: {replicas: {{ .Values.replicas }}}\n",
    }
    with tarfile.open(fileobj=out, mode="w") as tar:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(out.getvalue(), 6, mtime=0)


class Served:
    """A server of a folder, and how long it took to serve."""

    def __init__(self, folder: Path) -> None:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "charthouse", "serve", str(folder), "--port=0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.start = (time.perf_counter() - begun) * 1000
        self.client = http.client.HTTPConnection("127.0.0.1", int(line.rpartition(":")[2]), timeout=60)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, str]:
        self.client.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
        answer = self.client.getresponse()
        return answer.status, answer.read(), answer.getheader("ETag") or ""

    def memory(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def end(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def timed(times: int, function: Callable[[int], object]) -> float:
    """The median of some runs, in milliseconds."""
    spent = []
    for number in range(times):
        begun = time.perf_counter()
        function(number)
        spent.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spent)


def measure(folder: Path, versions: int) -> None:
    for number in range(versions):
        name, version = f"chart-{number % CHARTS}", f"1.{number // CHARTS}.0"
        (folder / f"{name}-{version}.tgz").write_bytes(archive(name, version))
    cold = Served(folder)
    print(f"first start, all archives read   {cold.start:9.1f} ms")
    cold.end()
    warm = Served(folder)
    print(f"next start, nothing changed      {warm.start:9.1f} ms")
    size = len(warm.ask("GET", "/index.yaml")[1])
    print(f"index.yaml                       {size / 1e6:9.1f} MB")
    new = [archive("chart-new", f"2.{number}.0") for number in range(101)]
    print(f"upload                           {timed(50, lambda n: warm.ask('POST', '/api/charts', new[n])):9.1f} ms")
    etag = ""

    def upload_and_fetch(number: int) -> None:
        nonlocal etag
        warm.ask("POST", "/api/charts", new[50 + number])
        etag = warm.ask("GET", "/index.yaml")[2]

    print(f"upload, then the whole index     {timed(50, upload_and_fetch):9.1f} ms")
    time.sleep(0.3)
    warm.ask("GET", "/index.yaml")
    print(f"the whole index again            {timed(50, lambda _: warm.ask('GET', '/index.yaml')):9.1f} ms")
    known = timed(50, lambda _: warm.ask("GET", "/index.yaml", If_None_Match=etag))
    print(f"the index a client knows (304)   {known:9.1f} ms")
    got = timed(50, lambda n: warm.ask("GET", f"/charts/chart-{n}-1.0.0.tgz"))
    print(f"an archive                       {got:9.1f} ms")
    print(f"a search on the page             {timed(20, lambda n: warm.ask('GET', f'/?q=chart-{n}')):9.1f} ms")
    print(f"memory                           {warm.memory():9.1f} MB")
    warm.end()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
