"""The answers recorded from the real server (tests/cluster) hold without a network, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.devcluster.pki import Pki
from tests.cluster import api_steps
from tests.unit.devcluster.conftest import Bench

ANSWERS = json.loads((Path(api_steps.__file__).parent / "data" / "api_answers.json").read_text())


class Settling:
    """A bench whose controllers have nothing left to do after each request."""

    pause = 0.0

    def __init__(self) -> None:
        self.bench = Bench(Pki())

    def __call__(self, method: str, path: str, body: Any = None, **options: str) -> tuple[int, Any, list[str]]:
        answer = self.bench(method, path, body, **options)
        self.bench.settle()
        return answer


@pytest.mark.parametrize("group", list(api_steps.GROUPS))
def test_answers(group: str) -> None:
    answers = api_steps.run(Settling(), group)
    assert [found for found, recorded in zip(answers, ANSWERS[group], strict=True) if found != recorded] == []
