"""Chart repositories of any size for the bench: indexes as `helm repo index` writes them, and folders of archives.

Made from a fixed seed, so that two runs measure the same. Descriptions, sources and maintainers repeat from version to
version, digests, dates and addresses do not, as in repositories of years.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

from benchmarks.charts import CORPUS
from benchmarks.measuring import PEERS

__all__ = ["archives", "index"]

_WORDS = (
    *("apache", "cache", "cluster", "database", "dashboard", "distributed", "elastic", "event", "fast", "gateway"),
    *("graph", "highly", "ingress", "key", "kubernetes", "log", "manager", "metrics", "monitor", "native", "object"),
    *("open", "operator", "platform", "proxy", "queue", "registry", "relational", "replicated", "scalable", "search"),
    *("server", "service", "storage", "stream", "system", "tracing", "value", "vector", "web"),
)
_CATEGORIES = ("Analytics", "Database", "DeveloperTools", "Infrastructure", "MachineLearning")
_HEAD = """  - annotations:
      category: {category}
      licenses: Apache-2.0
    apiVersion: v2
"""
_TAIL = """    home: https://example.com/charts/{name}
    icon: https://example.com/icons/{name}.svg
    keywords:
{keywords}    kubeVersion: '>=1.23.0-0'
    maintainers:
{people}    name: {name}
    sources:
    - https://example.com/sources/{name}
    - https://git.example.com/charts/{name}
    type: application
"""
_ENTRY = """{head}    appVersion: {major}.{minor}.0
    created: "{day}T10:{minute}:11.{nanoseconds:09}Z"
    description: {description}
    digest: {digest:064x}
{tail}    urls:
    - {base}{name}-{version}.tgz
    version: {version}
"""


def index(size: int, *, seed: int = 1, base: str = "") -> str:
    """An index of about `size` bytes. base: before the archives' addresses."""
    random_ = random.Random(seed)
    out = ["apiVersion: v1\nentries:\n"]
    written, number = 0, 0
    while written < size:
        chart = _chart(random_, f"{random_.choice(_WORDS)}-{number:04}", base)
        written += len(chart)
        number += 1
        out.append(chart)
    out.append('generated: "2026-11-01T10:11:12.123456789Z"\n')
    return "".join(out)


def _chart(random_: random.Random, name: str, base: str) -> str:
    """A chart with its versions, which differ in what versions differ in."""
    words = [random_.choice(_WORDS) for _ in range(22)]
    keywords = "".join(f"    - {word}\n" for word in sorted({name.partition("-")[0], *words[:4]}))
    people = "".join(
        f"    - email: {person}@example.com\n      name: {person}\n      url: https://example.com/{person}\n"
        for person in random_.sample(_WORDS, 2)
    )
    head = _HEAD.format(category=random_.choice(_CATEGORIES))
    tail = _TAIL.format(name=name, keywords=keywords, people=people)
    description = f"{' '.join(words[:11]).capitalize()}\n      {' '.join(words[11:])}."
    out = [f"  {name}:\n"]
    for age in range(random_.randrange(20, 380)):
        out.append(
            _ENTRY.format(
                head=head, tail=tail, description=description, name=name, base=base, major=10 - age // 40,
                minor=age % 40, day=f"20{24 - age // 100}-0{1 + age % 9}-1{age % 10}", minute=10 + age % 50,
                nanoseconds=random_.randrange(10**9), digest=random_.getrandbits(256),
                version=f"{9 - age // 100}.{9 - age // 10 % 10}.{9 - age % 10}",
            )
        )  # fmt: skip
    return "".join(out)


def archives(folder: Path, count: int, created: Path) -> None:
    """So many archives, each another chart or version: drawn from the corpus, else of the chart `created`."""
    folder.mkdir()
    charts = sorted((CORPUS / "charts").glob("*.tgz"))
    if len(charts) >= count:
        for archive in random.Random(1).sample(charts, count):
            shutil.copyfile(archive, folder / archive.name)
        return
    for number in range(count):
        subprocess.run(
            [str(PEERS / "helm4"), "package", str(created), "-d", str(folder), "--version", f"1.{number}.0"],
            check=True, capture_output=True,
        )  # fmt: skip
