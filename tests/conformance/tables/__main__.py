"""Compares fresh rows with the judges, or records the tables."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.conformance.tables.answers import ours, theirs
from tests.conformance.tables.rows import TABLES, rows

HERE = Path(__file__).parent
RECORDED = 450


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=8)
    parser.add_argument("--zone", default="UTC", help="the local time zone")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--tables", nargs="*", default=TABLES)
    home = Path.home() / ".cache" / "charthouse-peers" / "bin"
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("CHARTHOUSE_PEERS", home)))
    arguments = parser.parse_args()
    os.environ["TZ"] = "UTC" if arguments.record else arguments.zone
    time.tzset()
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        for table in arguments.tables:
            asked = rows(
                table, 0 if arguments.record else arguments.seed, RECORDED if arguments.record else arguments.rows
            )
            answers = theirs(arguments.peers, table, asked)
            if arguments.record:
                lines = [json.dumps(pair, ensure_ascii=False) + "\n" for pair in zip(asked, answers, strict=True)]
                (HERE / f"{table}.jsonl").write_text("".join(lines))
            counts[table] = 0
            for row, wanted in zip(asked, answers, strict=True):
                found = ours(table, row, Path(folder))
                if found != wanted and "panic" not in wanted:
                    counts[table] += 1
                    if counts[table] <= arguments.show:
                        say(f"== {table} {row!r}\n   helm {wanted!r}\n   ours {found!r}")
    say(json.dumps({"seed": arguments.seed, "rows": arguments.rows, "differences": counts}))
    return 1 if any(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
