"""What random documents and trees of charts found, each a numbered case with Helm's own answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.chart_trees.grow import Case
from tests.conformance.chart_trees.inside import ours
from tests.conformance.documents.compare import FUNCTIONS, READERS, function_outcomes, parsed

HERE = Path(__file__).parent


def rows(folder: str) -> list[Any]:
    found = json.loads((HERE / folder / "found.json").read_text())
    return [pytest.param(row, id=f"{row['number']}: {row['rule']}") for row in found]


@pytest.mark.parametrize("row", rows("documents"))
def test_document(row: dict[str, Any]) -> None:
    document = base64.b64decode(row["document"])
    if row["kind"] == "functions":
        lines = function_outcomes([document])[0]["out"].split("\n")
        texts = [base64.b64decode(line).decode("utf-8", "backslashreplace") for line in lines]
        assert dict(zip(FUNCTIONS, texts, strict=True)) == row["answer"]
    else:
        wanted = {key: text.encode() for key, text in row["answer"].items()}
        assert parsed(READERS[row["kind"]](document)) == parsed(wanted)


@pytest.mark.parametrize("row", rows("chart_trees"))
def test_values(row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = row["case"]
    sets = [(flag, text) for flag, text in case["sets"]]
    assert ours(Case(case["files"], case["values"], sets, case["side"]), tmp_path) == row["answer"]
