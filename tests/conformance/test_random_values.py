"""Random trees of charts under random values: what templates see, what is rendered, warned of and refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conformance.chart_trees.grow import Grower
from tests.conformance.chart_trees.outside import differences

HELM = Path(os.environ.get("CHARTHOUSE_PEERS", Path(__file__).parents[2] / ".peers" / "bin")) / "helm4"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not HELM.exists() and os.environ.get("CI") != "true", reason="no peer: helm4"),
]


@pytest.mark.parametrize(("seed", "count", "all_of_them"), [(1, 45, False), (2, 6, True)])
def test_values(seed: int, count: int, all_of_them: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    grower = Grower(seed)
    cases = [grower.case() for _ in range(count)]
    assert differences(HELM, cases, tmp_path, all_of_them=all_of_them) == []
