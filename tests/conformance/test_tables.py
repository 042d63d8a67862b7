"""Versions, ranges, --set, printf, dates, regular expressions, globs and .helmignore answer as Helm was recorded to.

The tables are written by `python -m tests.conformance.tables --record`; this test needs no peer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.tables.answers import ours
from tests.conformance.tables.rows import TABLES

HERE = Path(__file__).parent / "tables"


@pytest.fixture
def greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone the tables were recorded in."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("greenwich")
@pytest.mark.parametrize("table", TABLES)
def test_table(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pairs = [json.loads(line) for line in (HERE / f"{table}.jsonl").read_text().split("\n")[:-1]]
    assert len(pairs) > 400
    answers = [ours(table, row, tmp_path) for row, _ in pairs]
    wrong = [(row, wanted, given) for (row, wanted), given in zip(pairs, answers, strict=True) if given != wanted]
    assert wrong == []
