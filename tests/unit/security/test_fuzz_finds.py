"""What fuzzing found stays fixed: each input in `finds/TARGET` runs through its target (tools/fuzz/targets.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.fuzz.targets import EXPECTED, TARGETS

FINDS = Path(__file__).parent / "finds"
INPUTS = sorted(path for path in FINDS.rglob("*") if path.is_file())


def test_there_are_finds_for_known_targets_only() -> None:
    assert INPUTS
    assert {path.parent.name for path in INPUTS} <= set(TARGETS)


@pytest.mark.parametrize("path", INPUTS, ids=[f"{path.parent.name}/{path.name}" for path in INPUTS])
def test_finds_stay_fixed(path: Path) -> None:
    try:
        TARGETS[path.parent.name](path.read_bytes())
    except EXPECTED:
        return


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\xff\xfe", b"{{ if .a }}{{ end }}", b"a: [1, {b: 2}]\n- c", b">=1.2 <3"]
)
def test_targets_take_any_bytes(target: str, data: bytes) -> None:
    try:
        TARGETS[target](data)
    except EXPECTED:
        return
