"""Versions and constraints: what Masterminds/semver v3.5.0 itself said (cases.json), order, limits."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from charthouse.formats.semver import Constraint, SemverError, Version

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("cases.json").read_text())
VERSIONS = [case for case in CASES if "constraint" not in case]
CONSTRAINTS = [case for case in CASES if "constraint" in case]


def attempt(action: Any, *arguments: Any) -> tuple[Any, str | None]:
    try:
        return action(*arguments), None
    except SemverError as error:
        return None, error.message


@pytest.mark.parametrize("case", VERSIONS, ids=[repr(case["version"][:30]) for case in VERSIONS])
def test_versions(case: dict[str, Any]) -> None:
    parsed, error = attempt(Version.parse, case["version"])
    strict, strict_error = attempt(Version.parse_strict, case["version"])
    assert {
        "version": case["version"],
        "parsed": [str(parsed), parsed.original, parsed.prerelease, parsed.metadata] if parsed else None,
        "error": error,
        "strict": str(strict) if strict else None,
        "strict error": strict_error,
    } == case


@pytest.mark.parametrize("case", CONSTRAINTS, ids=[repr(case["constraint"][:30]) for case in CONSTRAINTS])
def test_constraints(case: dict[str, Any]) -> None:
    constraint, error = attempt(Constraint.parse, case["constraint"])
    found: dict[str, Any] = {"text": None, "holds": None, "validated": None}
    if constraint is not None:
        version = Version.parse(case["version"])
        holds, reasons = constraint.validate(version)
        found = {
            "text": str(constraint),
            "holds": constraint.check(version),
            "validated": [holds, list(reasons) or None],
        }
    assert {"constraint": case["constraint"], "version": case["version"], "error": error, **found} == case


def test_order() -> None:
    ordered = "0.9.9 1.0.0-a 1.0.0-a.1 1.0.0-a.b 1.0.0-b.2 1.0.0-b.11 1.0.0-rc.1 1.0.0 1.0.1"
    versions = [Version.parse(text) for text in ordered.split()]
    assert sorted([*versions[4:], *versions[:4]]) == versions
    assert Version.parse("1.0.0+a") == Version.parse("v1+b")
    assert len({Version.parse("1.0.0+a"), Version.parse("1")}) == 1


def test_prereleases_can_be_included() -> None:
    constraint = Constraint.parse(">=1.0")
    assert not constraint.check(Version.parse("2.0.0-a"))
    constraint.include_prerelease = True
    assert constraint.check(Version.parse("2.0.0-a"))


def test_hostile_constraints_take_little_time() -> None:
    begin = time.process_time()
    for text in (" ".join("1  " * 80), "1 " + " " * 500 + "!", "1 - " * 120, "1" * 500 + " -"):
        attempt(Constraint.parse, text)
    assert time.process_time() - begin < 1
