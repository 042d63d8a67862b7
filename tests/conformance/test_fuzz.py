"""A sample of the differential fuzzing (docs/fuzzing.md): the same snippets every time, against Helm's own engine.

The seeded part is a slice of what ``tools/fuzz_templates.py`` runs by the hundred thousand; Hypothesis drives the same
grammar, derandomized, so that a difference comes out small.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charthouse.engine.functions import _FORMATS
from charthouse.gotemplate.builtins import BUILTINS
from charthouse.sprig import TABLE
from tests.conformance.fuzz.comparison import difference, explanation
from tests.conformance.fuzz.draws import Draws
from tests.conformance.fuzz.generation import generated, mutated, one
from tests.conformance.fuzz.peers import Oracle, oracle_path, ours
from tests.conformance.fuzz.signatures import EXCLUDED, ROWS
from tests.conformance.fuzz.statements import Snippet

CORPUS = Path(os.environ.get("CHARTHOUSE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus")) / "charts"
SNIPPETS = 5000
DAMAGED = 600
EXAMPLES = 12
OF_AN_EXAMPLE = 15


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    path = oracle_path()
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the peer {path} is missing")
        pytest.skip(f"the peer {path} is missing")
    return Oracle(path)


class Drawn(Draws):
    """Choices of Hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def below(self, count: int) -> int:
        return self.data.draw(st.integers(0, count - 1)) if count > 1 else 0


def compare(oracle: Oracle, snippets: list[Snippet]) -> None:
    unexplained = []
    for snippet, helm, mine in zip(snippets, oracle.judge(snippets), ours(snippets), strict=True):
        if helm is not None and difference(helm, mine) and not explanation(snippet, helm, mine):
            unexplained.append((snippet, helm, mine))
    assert not unexplained, unexplained[0]


def batched(snippets: Iterator[Snippet]) -> Iterator[list[Snippet]]:
    batch: list[Snippet] = []
    for snippet in snippets:
        batch.append(snippet)
        if len(batch) == 500:
            yield batch
            batch = []
    if batch:
        yield batch


@pytest.mark.peer
def test_generated_snippets(oracle: Oracle) -> None:
    for batch in batched(generated(4301, SNIPPETS)):
        compare(oracle, batch)


@pytest.mark.peer
def test_damaged_templates(oracle: Oracle) -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus {CORPUS} is missing")
    for batch in batched(mutated(4301, DAMAGED, CORPUS, charts=40)):
        compare(oracle, batch)


@pytest.mark.peer
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_drawn_snippets(oracle: Oracle, data: st.DataObject) -> None:
    draws = Drawn(data)
    compare(oracle, [one(draws, big=draws.chance(25)) for _ in range(data.draw(st.integers(1, OF_AN_EXAMPLE)))])


def test_every_function_is_drawn_or_excluded() -> None:
    everything = {*TABLE, *_FORMATS, *BUILTINS, "include", "tpl", "required", "fail", "lookup"}
    excluded = {name for names in EXCLUDED.values() for name in names.split()}
    assert {row[0] for row in ROWS if row[0].replace("_", "").isalnum()} == everything - excluded
