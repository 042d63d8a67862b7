"""A run of many documents: prints each difference and the figures; exit status 1 when there was a difference."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

from tests.conformance.documents.compare import differences
from tests.conformance.documents.grammar import Documents, known_texts, real_texts

ROOT = Path(__file__).parents[3]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    home = Path.home() / ".cache" / "charthouse-peers" / "bin"
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("CHARTHOUSE_PEERS", home)))
    corpus = os.environ.get("CHARTHOUSE_CORPUS", ROOT.parent / "shared" / "corpus")
    parser.add_argument("--corpus", type=Path, default=Path(corpus))
    arguments = parser.parse_args()
    judge: Path | None = arguments.peers / "judge"
    if judge is None or not judge.exists():
        say("the peer judge is missing: only template functions are compared")
        judge = None
    documents = Documents(arguments.seed, known_texts() * 3 + real_texts(arguments.corpus))
    counts: Counter[str] = Counter()
    done = 0
    while done < arguments.count:
        batch = [documents.document() for _ in range(min(500, arguments.count - done))]
        done += len(batch)
        for kind, document, wanted, found in differences(arguments.peers / "oracle", judge, batch):
            counts[kind] += 1
            if counts[kind] <= arguments.show:
                say(f"== {kind}\n   document {document!r}\n   helm     {wanted!r}\n   ours     {found!r}")
    say(json.dumps({"seed": arguments.seed, "documents": done, "differences": counts}))
    return 1 if counts else 0


if __name__ == "__main__":
    sys.exit(main())
