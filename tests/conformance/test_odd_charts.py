"""Odd and damaged charts made by number, and lines of random words and flags: a live helm and we answer alike.

tests/cli/test_odd_charts.py holds recorded answers; more numbers: `python -m tests.conformance.odd_charts HELM`.
"""

from __future__ import annotations

import os
import random
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.odd_charts.__main__ import created_chart, make
from tests.conformance.odd_charts.lines import surface_line
from tests.conformance.odd_charts.play import Stage, difference

pytestmark = pytest.mark.peer

HELM = Path(os.environ.get("CHARTHOUSE_PEERS", Path(__file__).parents[2] / ".peers" / "bin")) / "helm4"
CHARTS, LINES = 25, 40


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    if not HELM.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"the real helm is missing: {HELM} (make peers builds it)")
        pytest.skip(f"the real helm is missing: {HELM} (make peers builds it)")
    before = Path.cwd()
    yield Stage(tmp_path, str(HELM.resolve()))
    os.chdir(before)


def test_odd_charts(stage: Stage) -> None:
    stage.build({})
    created = created_chart(stage)
    different = []
    for number in range(CHARTS):
        files, lines, story = make(number, created, [])
        if stage.build(files):
            different += [(number, shlex.join(line), story) for line in lines if difference(stage, line) is not None]
    assert different == []


def test_words_and_flags(stage: Stage) -> None:
    stage.build({})
    stage.build(created_chart(stage))
    lines = [surface_line(random.Random(number)) for number in range(LINES)]
    assert [shlex.join(line) for line in lines if difference(stage, line) is not None] == []
