"""YAML, JSON and TOML never seen before, against Helm's engine itself (tests/peers/oracle).

`python -m tests.conformance.documents` does the same at length, with real charts' files and more readers.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from charthouse.formats import yaml
from tests.conformance.documents.compare import differences
from tests.conformance.documents.grammar import Documents, known_texts
from tests.conformance.documents.judges import ask_oracle
from tools.record_formats import value

PEERS = Path(os.environ.get("CHARTHOUSE_PEERS", Path(__file__).parents[2] / ".peers" / "bin"))
ORACLE, JUDGE = PEERS / "oracle", PEERS / "judge"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not ORACLE.exists() and os.environ.get("CI") != "true", reason="no peer: oracle"),
]


@pytest.mark.parametrize("seed", range(3))
def test_documents(seed: int) -> None:
    documents = Documents(seed, known_texts())
    texts = [documents.document() for _ in range(250)]
    assert list(differences(ORACLE, JUDGE if JUDGE.exists() else None, texts)) == []


def test_writing() -> None:
    random.seed(1)
    values = [value() for _ in range(2500)]
    answers = ask_oracle(ORACLE, "{{ .Values.x | toYaml }}", [{"x": item} for item in values])
    for item, expected in zip(values, answers, strict=True):
        try:
            found = yaml.dump(item).removesuffix("\n")
        except yaml.YamlError:
            found = ""
        assert found == expected["out"], json.dumps(item)
