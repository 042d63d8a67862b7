"""The commands of the guides on repositories, registries and places without a network run against real servers, and
print what stands below them. `registry.example.com` is docker-registry, `charts.example.com` a folder on loopback.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import TOOLS, WHERE
from tests.conformance.test_registries import start

ROOT = Path(__file__).parent.parent.parent
GUIDES = ["repositories", "publishing-oci", "air-gapped"]
NOT_HERE = ("install ", "upgrade ")
"""Commands that need a cluster."""


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the guides' hosts are here; the registry wants anna's password."""
    process, registry = start(tmp_path / "registry", htpasswd=True)
    site = tmp_path / "home/site"
    site.mkdir(parents=True)
    (tmp_path / "home/examples").symlink_to(ROOT / "examples")
    (tmp_path / "home/password").write_text("secret")
    shutil.copytree(ROOT / "examples/bookshop", tmp_path / "home/ours")
    (tmp_path / "home/production.yaml").write_text("replicas: 2\n")
    with Repository(site) as server:
        yield {"https://charts.example.com": f"{server.address}/plain", "registry.example.com": registry}
    process.kill()
    process.wait()


def told(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a guide's consoles, and what it prints."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in block.split("$ charthouse ")[1:]:
            command, _, printed = part.partition("\n")
            yield re.sub(r"\s{2,}#.*", "", command), printed.split("$ ")[0]


def run(command: str, home: Path, places: dict[str, str]) -> str:
    for name, here in places.items():
        command = command.replace(name, here)
    command, _, source = command.partition(" < ")
    command, _, target = command.partition(" > ")
    words = shlex.split(command)
    if any(places["registry.example.com"] in word for word in words):
        words.append("--plain-http")
    with open(home / source if source else os.devnull, "rb") as stdin:
        done = subprocess.run(
            [*TOOLS["charthouse"], *words], cwd=home, stdin=stdin, capture_output=True, timeout=60, check=False,
            env={"HOME": str(home), "PATH": os.environ["PATH"], **WHERE},
        )  # fmt: skip
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    if target:
        (home / target).write_bytes(done.stdout)
    out = done.stdout.decode()
    for name, here in places.items():
        out = out.replace(here, name)
    return out


def fits(printed: str, out: str) -> bool:
    """Whether the lines below a command are those that were printed; ``…`` stands for anything."""
    lines = []
    for line in printed.splitlines():
        words = r"\s+".join(map(re.escape, line.split()))
        lines.append(words.replace("…", ".*"))
    wanted = r"\s*".join(lines)
    return re.search(wanted, out, re.S) is not None


def digest_of(text: str) -> str:
    return str(re.findall(r"Digest: (sha256:\w{64})", text)[0])


def test_the_guides(tmp_path: Path, places: dict[str, str]) -> None:
    home = tmp_path / "home"
    seen, digest = 0, ""
    for guide in GUIDES[:2]:
        for command, printed in told((ROOT / f"docs/guides/{guide}.md").read_text(encoding="utf-8")):
            if command.startswith(NOT_HERE):
                continue
            out = run(command.replace("sha256:…", digest), home, places)
            digest = digest_of(out) if "Digest: " in out else digest
            assert fits(printed, out), (command, printed, out)
            seen += 1
    assert seen == 16
    run(f"package {ROOT}/examples/bookshop -d site --version 1.9.0", home, places)
    air_gapped = list(told((ROOT / "docs/guides/air-gapped.md").read_text(encoding="utf-8")))
    assert [command.split(" ")[:2] for command, _ in air_gapped][:3] == [
        ["vendor", "make"], ["vendor", "check"], ["vendor", "images"]
    ]  # fmt: skip
    run(air_gapped[0][0].replace("example/monitoring ./ours ", ""), home, places)
    for command, _ in air_gapped[1:]:
        if not command.startswith(NOT_HERE):
            out = run(command, home, places)
            assert out or " > " in command, command
    assert (
        (home / "in.sh").read_text().startswith("skopeo copy --all oci:images:docker.io/library/busybox:1.36 docker://")
    )
