"""Noise against the server's transport, in memory, for as long as wanted.

    python -m tools.fuzz_rpc --count 100000 --seed 1

Each session (tests/unit/rpc/mutations.py: valid ones damaged, odd frames, noise; a third of them HTTP/1.1) has a seed
of its own: `--seed N --count 1` plays one again. Prints what was wrong, how much was played and the slowest session;
the exit status is 1 when anything was.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from collections import Counter
from random import Random

from tests.unit.rpc.mutations import endure, http1_noise, http2_noise

_SLOW = 5.0


def play(seed: int) -> list[str]:
    """What is wrong with one session."""
    random, http1 = Random(seed), seed % 3 == 0
    began = time.process_time()
    try:
        wrong = endure((http1_noise if http1 else http2_noise)(random), random, http1=http1)
    except Exception:
        wrong = [traceback.format_exc()]
    seconds = time.process_time() - began
    return [*wrong, *([f"took {seconds:.1f} s of processor time"] if seconds > _SLOW else [])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    began, slowest = time.monotonic(), (0.0, 0)
    for seed in range(options.seed, options.seed + options.count):
        started = time.process_time()
        for wrong in play(seed):
            last = wrong.strip().splitlines()[-1]
            found[last] += 1
            if found[last] == 1:
                print(f"seed {seed}: {wrong}")
        slowest = max(slowest, (time.process_time() - started, seed))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{options.count} sessions in {time.monotonic() - began:.0f} s, the slowest in {slowest[0]:.2f} s "
        f"(seed {slowest[1]}), {memory} MiB at most, {sum(found.values())} wrong"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
