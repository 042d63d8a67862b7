"""The embedded API server answers as the real one does: the same requests, the same recorded answers, on both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cluster import api_steps
from tests.cluster.conftest import RunningCluster

ANSWERS = json.loads((Path(__file__).parent / "data" / "api_answers.json").read_text())


@pytest.mark.parametrize("group", list(api_steps.GROUPS))
def test_answers(cluster: RunningCluster, group: str) -> None:
    answers = api_steps.run(api_steps.Client(cluster.kubeconfig), group)
    different = [
        {"recorded": recorded, "answered": answered}
        for recorded, answered in zip(ANSWERS[group], answers, strict=True)
        if recorded != answered
    ]
    assert different == []
