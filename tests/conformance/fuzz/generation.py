"""The stream of snippets of a seed, and its modes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.fuzz.draws import Draws, Seeded
from tests.conformance.fuzz.mutations import Corpus
from tests.conformance.fuzz.statements import Snippet, call_snippet, program, soup
from tests.conformance.fuzz.trees import Tree, tree

__all__ = ["generated", "mutated", "one"]

_SHARED = 12  # snippets in a row that share their values


def one(draws: Draws, shared: Tree | None = None, *, big: bool = False) -> Snippet:
    """A snippet of any sort."""
    choice = draws.below(100)
    if choice < 62:
        return call_snippet(draws, shared, big=big)
    if choice < 92:
        return program(draws, shared, big=big)
    return soup(draws)


def generated(seed: int, count: int) -> Iterator[Snippet]:
    """`count` snippets of a seed."""
    draws = Seeded(seed)
    for number in range(count):
        if number % _SHARED == 0:
            big = draws.chance(25)
            shared = tree(draws, big=big)
        yield one(draws, shared, big=big)


def mutated(seed: int, count: int, folder: Path, *, charts: int = 400) -> Iterator[Snippet]:
    """`count` damaged templates of the first `charts` charts in a folder."""
    draws = Seeded(seed)
    corpus = Corpus(folder, charts)
    for _ in range(count):
        yield corpus.snippet(draws)
