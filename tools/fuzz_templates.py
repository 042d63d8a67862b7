"""Compare many random snippets with Helm's engine.

    python -m tools.fuzz_templates --count 100000 --seed 1 [--mode corpus] [--found FILE]

Prints what was compared and the differences by class, each made small; with --found they are written as JSON lines
(`{"template", "values", "helm", "ours"}`). Exit status 1 when a difference has no explanation.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.fuzz.comparison import difference, explanation, functions_of
from tests.conformance.fuzz.generation import generated, mutated
from tests.conformance.fuzz.peers import Oracle, Outcome, Running, oracle_path, ours
from tests.conformance.fuzz.shrinking import shrunk
from tests.conformance.fuzz.statements import Snippet

_BATCH = 1200
_SILENT = 5  # snippets without an answer that are shown
_OF_A_CLASS = 4  # differences of one class that are made small


class Tally:
    """What a run found."""

    def __init__(self, oracle: Oracle, found: Path | None, most: int) -> None:
        self.oracle = oracle
        self.found = found
        self.most = most
        self.compared = 0
        self.failing = 0
        self.silent = 0
        self.explained: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()
        self.small: list[tuple[str, Snippet, Outcome, Outcome]] = []
        self.seen: set[str] = set()

    def take(self, snippet: Snippet, helm: Outcome | None, mine: Outcome) -> None:
        self.compared += 1
        if helm is None:
            self.silent += 1
            if self.silent <= _SILENT:
                print(f"--- no answer\n    {snippet[0]!r}\n    ours {str(mine)[:300]}", flush=True)
            return
        self.failing += "err" in helm
        kind = difference(helm, mine)
        if not kind:
            return
        reason = explanation(snippet, helm, mine)
        if reason:
            self.explained[reason] += 1
            return
        self.classes[kind] += 1
        if self.classes[kind] <= _OF_A_CLASS * (10 if kind == "text differs" else 1) and len(self.small) < self.most:
            self.shrink(kind, snippet)

    def shrink(self, kind: str, snippet: Snippet) -> None:
        small = shrunk(self.oracle, snippet)
        helm = self.oracle.judge([small])[0]
        mine = ours([small])[0]
        name = f"{kind} | {functions_of(small[0])}"
        if helm is None or name in self.seen:
            return
        self.seen.add(name)
        self.small.append((name, small, helm, mine))
        print(f"--- {name}\n    {small[0]!r} {json.dumps(small[1])}\n    helm {helm}\n    ours {mine}", flush=True)
        if self.found is not None:
            case = {"template": small[0], "values": small[1], "helm": helm, "ours": mine}
            with self.found.open("a") as file:
                file.write(json.dumps(case) + "\n")


def batches(snippets: Iterator[Snippet], oracle: Oracle) -> Iterator[tuple[list[Snippet], Running]]:
    """Batches the oracle is already at work on, one ahead of us."""
    waiting: list[tuple[list[Snippet], Running]] = []
    while batch := list(itertools.islice(snippets, _BATCH)):
        waiting.append((batch, oracle.begin(batch)))
        if len(waiting) > 1:
            yield waiting.pop(0)
    yield from waiting


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mode", choices=("grammar", "corpus"), default="grammar")
    parser.add_argument("--found", type=Path)
    parser.add_argument("--most", type=int, default=60, help="how many differences are made small and shown")
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("CHARTHOUSE_CORPUS", "corpus")) / "charts")
    parser.add_argument("--progress", action="store_true", help="tell on standard error how far it is")
    options = parser.parse_args()
    gc.freeze()
    gc.set_threshold(100_000)
    oracle = Oracle(oracle_path())
    tally = Tally(oracle, options.found, options.most)
    begun = time.monotonic()
    if options.mode == "grammar":
        snippets = generated(options.seed, options.count)
    else:
        snippets = mutated(options.seed, options.count, options.corpus)
    for batch, running in batches(snippets, oracle):
        mine = ours(batch)
        for snippet, helm, outcome in zip(batch, running.outcomes(), mine, strict=True):
            tally.take(snippet, helm, outcome)
        if options.progress:
            print(f"{tally.compared} after {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    report(options.seed, tally, time.monotonic() - begun)
    return 1 if tally.classes else 0


def report(seed: int, tally: Tally, seconds: float) -> None:
    print(
        f"seed {seed}: {tally.compared} snippets in {seconds:.0f} s, {tally.failing} of them errors in Helm,"
        f" {tally.silent} without an answer of Helm's; {sum(tally.classes.values())} unexplained differences"
    )
    for reason, count in tally.explained.most_common():
        print(f"  explained {count}: {reason}")
    for kind, count in tally.classes.most_common(40):
        print(f"  {count} × {kind}")


if __name__ == "__main__":
    sys.exit(main())
