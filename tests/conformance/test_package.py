"""Archives: helm uses those we pack as its own, we use those helm packs, and the same chart gives the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.odd_charts.play import Stage

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
HELM = Path(os.environ.get("CHARTHOUSE_PEERS", ROOT / ".peers" / "bin")) / "helm4"
CHARTS = ("web", "objects", "schema", "starter", "library", "deprecated")
USES = (["show", "all"], ["lint"], ["template", "r"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    if not HELM.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"the real helm is missing: {HELM} (make peers builds it)")
        pytest.skip(f"the real helm is missing: {HELM} (make peers builds it)")
    before = Path.cwd()
    made = Stage(tmp_path, str(HELM.resolve()))
    made.build({})
    for chart in CHARTS:
        shutil.copytree(ROOT / "tests" / "cli" / "charts" / chart, made.directory / chart)
    made.keep()
    yield made
    os.chdir(before)


def _packed(stage: Stage, folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((stage.directory / folder).glob("*.tgz"))}


def test_members_are_the_same_and_bytes_stay(stage: Stage) -> None:
    """With SOURCE_DATE_EPOCH: what is inside equals helm's byte for byte; packing again gives the same archive."""
    for folder, run in (("theirs", stage.theirs), ("ours", stage.ours), ("again", stage.ours)):
        assert run(["package", *CHARTS, "-d", folder])[0] == 0
    theirs, ours, again = (_packed(stage, folder) for folder in ("theirs", "ours", "again"))
    assert list(theirs) == list(ours)
    assert len(ours) == len(CHARTS)
    assert {name: gzip.decompress(data) for name, data in theirs.items()} == {
        name: gzip.decompress(data) for name, data in ours.items()
    }
    assert ours == again
    assert all(ours[name][:10] == data[:10] for name, data in theirs.items()), "the gzip headers"


def test_each_uses_what_the_other_packs(stage: Stage) -> None:
    assert stage.theirs(["package", *CHARTS, "-d", "theirs"])[0] == 0
    assert stage.ours(["package", *CHARTS, "-d", "ours"])[0] == 0
    different = []
    for name in _packed(stage, "ours"):
        for use in USES:
            answers = [
                tuple(str(part).replace(f"{folder}/", "") for part in run([*use, f"{folder}/{name}"])[:3])
                for run in (stage.theirs, stage.ours)
                for folder in ("theirs", "ours")
            ]
            if len(set(answers)) != 1:
                different.append((name, use, answers))
    assert different == []


def test_a_local_dependency_is_packed_as_helm_packs_it(stage: Stage) -> None:
    """package -u: charts/ and the lock, its time aside."""
    found = []
    for run in (stage.theirs, stage.ours):
        stage.build(
            {
                "sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.2.0\n",
                "sub/values.yaml": "a: 1\n",
                "old/Chart.yaml": "apiVersion: v2\nname: old\nversion: 0.1.0\n",
                "odd/Chart.yaml": "apiVersion: v2\nname: odd\nversion: 0.1.0\ndependencies:\n- name: sub\n"
                "  version: ^0.2\n  repository: file://../sub\n  tags: [t]\n- name: here\n  version: '*'\n",
                "odd/charts/here/Chart.yaml": "apiVersion: v2\nname: here\nversion: 3.0.0\n",
            }
        )
        stage.keep()
        assert stage.theirs(["package", "old", "-d", "odd/charts"])[0] == 0
        answer = run(["template", "r", "odd", "--dependency-update", "--debug"])
        files = {
            str(path.relative_to(stage.directory)): _content(path)
            for path in sorted((stage.directory / "odd").rglob("*"))
            if path.is_file()
        }
        found.append((answer[:3], files))
        assert sorted(files) == [
            "odd/Chart.lock",
            "odd/Chart.yaml",
            "odd/charts/here/Chart.yaml",
            "odd/charts/sub-0.2.0.tgz",
        ]
    assert found[0] == found[1]


def _content(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return hashlib.sha256(gzip.decompress(data)).hexdigest()
    return "".join(line for line in data.decode().splitlines(keepends=True) if not line.startswith("generated:"))
