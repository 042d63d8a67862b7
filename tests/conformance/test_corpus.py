"""A sample of real charts renders to helm 4.3.1's recorded output, byte for byte.

CHARTHOUSE_CORPUS names the corpus (cases.json, charts/, values/, golden/); by default ../shared/corpus beside the
repository. CHARTHOUSE_CORPUS_SAMPLE is how many cases to take (default 60, 0 = all). In a golden, U+0000 stands for
text that varies from run to run inside a line.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pathlib
import random
import re

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("CHARTHOUSE_CORPUS") or REPOSITORY.parent / "shared" / "corpus")
SAMPLE = int(os.environ.get("CHARTHOUSE_CORPUS_SAMPLE") or 60)


def _cases() -> list[dict[str, Any]]:
    try:
        cases: list[dict[str, Any]] = json.loads((CORPUS / "cases.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return random.Random(7).sample(cases, SAMPLE) if 0 < SAMPLE < len(cases) else cases


CASES = _cases()


def test_the_corpus_is_here() -> None:
    if not CASES:
        pytest.skip(f"no corpus at {CORPUS} (CHARTHOUSE_CORPUS)")


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_renders_as_helm(case: dict[str, Any], tmp_path: pathlib.Path) -> None:
    arguments = ["template", "rel", str(CORPUS / case["tgz"]), "-n", "testns", "--include-crds"]
    if case.get("values"):
        arguments += ["-f", str(CORPUS / case["values"])]
    out, err = io.BytesIO(), io.BytesIO()
    output, errors = Output(out), Output(err)
    environ = {"HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none"), "CHARTHOUSE_CACHE": ""}
    status = run([*arguments, *case["flags"]], environ, output, errors, lambda: b"")
    output.flush()
    errors.flush()
    said = err.getvalue().decode(errors="replace")
    assert status == case["rc"], said
    golden = CORPUS / "golden" / case["case"]
    if status == 0:
        want = gzip.decompress(golden.with_name(golden.name + ".out.gz").read_bytes()).decode()
        _compare(want, out.getvalue().decode(errors="replace"))
    else:
        lines = [line for line in said.strip().splitlines() if not line.startswith("hint:")]
        want = golden.with_name(golden.name + ".err").read_text(encoding="utf-8").strip()
        assert "\n".join(lines).replace(str(CORPUS), "CORPUS") == want


def _compare(want: str, got: str) -> None:
    if "\0" not in want:
        assert got == want
        return
    wanted, have = want.split("\n"), got.split("\n")
    assert len(have) == len(wanted)
    for one, other in zip(wanted, have, strict=True):
        assert re.fullmatch(".*".join(map(re.escape, one.split("\0"))), other), (one, other)
