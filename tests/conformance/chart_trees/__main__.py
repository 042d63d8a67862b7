"""A run of many cases: prints each difference and the figures; exit status 1 when there was a difference."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.conformance.chart_trees import inside, outside
from tests.conformance.chart_trees.grow import Grower


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", action="store_true", help="run both programs")
    parser.add_argument("--all", action="store_true", help="with --live: lint, show and dependency list too")
    parser.add_argument("--show", type=int, default=5)
    home = Path.home() / ".cache" / "charthouse-peers" / "bin"
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("CHARTHOUSE_PEERS", home)))
    arguments = parser.parse_args()
    grower = Grower(arguments.seed)
    found = done = 0
    with tempfile.TemporaryDirectory() as folder:
        while done < arguments.count:
            cases = [grower.case() for _ in range(min(20 if arguments.live else 200, arguments.count - done))]
            done += len(cases)
            rows: list[tuple[Any, Any, Any]]
            if arguments.live:
                helm = arguments.peers / "helm4"
                rows = outside.differences(helm, cases, Path(folder), all_of_them=arguments.all)
            else:
                rows = inside.differences(arguments.peers / "judge", cases, Path(folder))
            for case, wanted, given in rows:
                found += 1
                if found <= arguments.show:
                    say(f"== {json.dumps(case)}\n   helm {json.dumps(wanted)}\n   ours {json.dumps(given)}")
    say(json.dumps({"seed": arguments.seed, "cases": done, "differences": found}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
