"""Everything we say about typical mistakes, word for word; Helm's lines among it were compared when recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.mistake_cases import Mistake, answer, read_cases, write_chart

HERE = Path(__file__).parent / "mistakes"
CASES = [case for path in sorted(HERE.glob("*.txt")) for case in read_cases(path)]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_says_what_is_wrong(case: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_chart(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    status, said = answer(case, tmp_path)
    assert said == case.expected
    assert status == 1


def test_titles_are_unique_and_hints_are_given() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert [case.title for case in CASES if "hint: " not in case.expected] == []
