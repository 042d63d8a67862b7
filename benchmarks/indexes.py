"""Chart repositories of any size for the bench: indexes as `helm repo index` writes them, and folders of archives.

Made from a fixed seed, so that two runs measure the same. Descriptions, sources and maintainers repeat from version to
version, digests, dates and addresses do not, as in repositories of years.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

from benchmarks.charts import named
from benchmarks.measuring import PEERS

__all__ = ["archives", "index", "packed"]

_WORDS = (
    "apache cache cluster database dashboard distributed elastic event fast gateway graph highly ingress key kubernetes "
    "log manager metrics monitor native object open operator platform proxy queue registry relational replicated scalable "
    "search server service storage stream system tracing value vector web"
).split()
_CATEGORIES = ("Analytics", "Database", "DeveloperTools", "Infrastructure", "MachineLearning")


def _chart(random_: random.Random, name: str) -> tuple[str, str, str]:
    """What all versions of a chart share: annotations, the middle part, the sources."""
    words = [random_.choice(_WORDS) for _ in range(22)]
    first = " ".join(words[:11]).capitalize()
    rest = " ".join(words[11:])
    keywords = "".join(f"    - {word}\n" for word in sorted({name.partition("-")[0], *words[:4]}))
    people = "".join(
        f"    - email: {person}@example.com\n      name: {person}\n      url: https://example.com/{person}\n"
        for person in random_.sample(_WORDS, 2)
    )
    head = f"  - annotations:\n      category: {random_.choice(_CATEGORIES)}\n      licenses: Apache-2.0\n"
    middle = f"    description: {first}\n      {rest}.\n"
    tail = (
        f"    home: https://example.com/charts/{name}\n    icon: https://example.com/icons/{name}.svg\n    keywords:\n{keywords}"
        f"    kubeVersion: '>=1.23.0-0'\n    maintainers:\n{people}    name: {name}\n    sources:\n"
        f"    - https://example.com/sources/{name}\n    - https://git.example.com/charts/{name}\n    type: application\n"
    )
    return head, middle, tail


def index(size: int, *, seed: int = 1, base: str = "") -> str:
    """An index of about `size` bytes. base: before the archives' addresses."""
    random_ = random.Random(seed)
    out = ["apiVersion: v1\nentries:\n"]
    written = 0
    number = 0
    while written < size:
        name = f"{random_.choice(_WORDS)}-{number:04}"
        number += 1
        head, middle, tail = _chart(random_, name)
        lines = [f"  {name}:\n"]
        for age in range(random_.randrange(20, 380)):
            version = f"{9 - age // 100}.{9 - age // 10 % 10}.{9 - age % 10}"
            lines.append(
                f'{head}    apiVersion: v2\n    appVersion: {10 - age // 40}.{age % 40}.0\n'
                f'    created: "20{24 - age // 100}-0{1 + age % 9}-1{age % 10}T10:{10 + age % 50}:11.{random_.randrange(10**9):09}Z"\n'
                f"{middle}    digest: {random_.getrandbits(256):064x}\n{tail}"
                f"    urls:\n    - {base}{name}-{version}.tgz\n    version: {version}\n"
            )
        out += lines
        written += sum(map(len, lines))
    out.append('generated: "2026-11-01T10:11:12.123456789Z"\n')
    return "".join(out)


def archives(folder: Path, count: int, created: Path) -> None:
    """So many archives: a third each of two large charts of the corpus and of `created`; without a corpus all of
    `created`."""
    folder.mkdir()
    large = [Path(found[2]) for prefix in ("prometheus-community__kube", "bitnami__airflow") if (found := named(prefix))]
    small = packed(created, folder.parent)
    sources = [*large, small]
    for number in range(count):
        shutil.copyfile(sources[number % len(sources)], folder / f"chart-{number:03}.tgz")
    small.unlink()


def packed(chart: Path, folder: Path) -> Path:
    """The archive Helm makes of a chart."""
    done = subprocess.run(
        [str(PEERS / "helm4"), "package", str(chart), "-d", str(folder)], check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip().rpartition(": ")[2])
