"""`--compat helm3` answers as the real helm 3.17.3 does: recorded command lines, template snippets, and real charts.

The records in tests/conformance/helm3 were made by tools/record_helm3.py; this test needs no peer. Real charts need the
corpus (CHARTHOUSE_CORPUS, as in test_corpus); CHARTHOUSE_CORPUS_SAMPLE is how many of its cases to take (0 = all).
"""

from __future__ import annotations

import functools
import io
import json
import os
import random
import shlex
from pathlib import Path
from typing import Any

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output
from charthouse.profile import HELM3
from tests.conformance import test_corpus, test_snippets
from tools.record_helm3 import FOLDER, corpus_line, digest, environment

CHARTS: list[dict[str, Any]] = json.loads((FOLDER / "charts.json").read_text())
ANSWERS: dict[str, list[list[Any]]] = json.loads((FOLDER / "answers.json").read_text())
LINES = [(chart, index) for chart in CHARTS for index in range(len(chart["lines"]))]


def answer(words: list[str], home: Path, folder: str, name: str) -> list[Any]:
    """Ours to a command line: exit status and both outputs, hints left out, `folder` written as `name`."""
    out, err = io.BytesIO(), io.BytesIO()
    output = Output(out)
    errors = Output(err, before=output)
    environ = {**environment(home), "CHARTHOUSE_COMPAT": "helm3", "CHARTHOUSE_CACHE": ""}
    status = run(words, environ, output, errors, lambda: b"")
    output.flush()
    errors.flush()
    texts = [data.getvalue().decode("utf-8", "surrogateescape").replace(folder, name) for data in (out, err)]
    told = "".join(line for line in texts[1].splitlines(keepends=True) if not line.startswith("hint:"))
    return [status, texts[0], told]


@pytest.mark.parametrize(
    ("chart", "index"), LINES, ids=[f"{chart['name']}: {chart['lines'][index]}" for chart, index in LINES]
)
def test_command_lines(chart: dict[str, Any], index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    for path, text in chart["files"].items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    monkeypatch.chdir(folder)
    words = shlex.split(chart["lines"][index])
    status, out, err = ANSWERS[chart["name"]][index]
    found = answer(words, tmp_path / "home", str(folder), "$DIR")
    assert [found[0], steady(found[1]), steady(found[2])] == [status, steady(out), steady(err)]


def steady(text: str) -> str:
    """With the lines of what breaks a schema sorted: Helm's order changes from run to run."""
    lines = text.split("\n")
    broken = sorted(line.rpartition("values.yaml: ")[2] for line in lines if "- " in line[:24])
    return "\n".join([line for line in lines if "- " not in line[:24]] + broken)


@functools.cache
def recorded() -> dict[str, dict[str, dict[str, str] | None]]:
    found: dict[str, dict[str, dict[str, str] | None]] = json.loads((FOLDER / "snippets.json").read_text())
    return found


# Where the profile does not follow Helm 3 (docs/compatibility.md), by snippet.
_TOML = "TOML is read as BurntSushi/toml 1.6 reads it"
_RANGE = "a number out of range is told as Go 1.27 tells it"
_LENGTH = "lengths of versions and constraints are limited"
KNOWN = {
    ("fuzz", "033"): _TOML,
    ("fuzz", "034"): _TOML,
    ("fuzz", "035"): _TOML,
    ("fuzz", "036"): _TOML,
    ("fuzz", "038"): _TOML,
    ("fuzz", "039"): _TOML,
    ("fuzz", "043"): _RANGE,
    ("fuzz", "061"): _RANGE,
    ("fuzz", "072"): _RANGE,
    ("fuzz", "050"): "toYamlPretty of .Chart sorts its fields",
    ("fuzz", "110"): "parts of a version may not be empty",
    ("fuzz", "111"): "parts of a version may not be empty",
    ("sprig_semver", '18 semver (repeat 300 "1")'): _LENGTH,
    ("sprig_semver", '39 semverCompare (repeat 600 "1") "1"'): _LENGTH,
    ("sprig_semver", '40 semverCompare (repeat 33 "1||") "1"'): _LENGTH,
}
SNIPPETS = [(stem, name, golden) for stem, found in recorded().items() for name, golden in found.items()]
DIFFERING = [(stem, name) for stem, name, golden in SNIPPETS if golden is not None and (stem, name) not in KNOWN]


@pytest.mark.parametrize(("stem", "name"), DIFFERING)
def test_snippets_that_differ(stem: str, name: str) -> None:
    golden = recorded()[stem][name]
    assert golden is not None
    assert outcome(snippets_by_name(stem)[name], golden) == golden


def test_other_snippets_are_helm4s() -> None:
    """Sampled: what Helm 3 answers as Helm 4 does, the profile does too."""
    for stem, name, golden in random.Random(3).sample(SNIPPETS, 300):
        if golden is None:
            found = json.loads((test_snippets.HERE / f"{stem}.golden.json").read_text())[name]
            expected = {key: text for key, text in found.items() if key != "key"}
            assert outcome(snippets_by_name(stem)[name], expected) == expected, (stem, name)


@functools.cache
def snippets_by_name(stem: str) -> dict[str, dict[str, Any]]:
    found = json.loads((test_snippets.HERE / f"{stem}.json").read_text())
    shared = {"values": found["values"]} if isinstance(found, dict) else {}
    return {snippet["name"]: {**shared, **snippet} for snippet in (found["snippets"] if shared else found)}


def outcome(snippet: dict[str, Any], golden: dict[str, str]) -> dict[str, str]:
    return test_snippets.outcome(snippet, as_partial="out" in golden, profile=HELM3)


SAMPLE = int(os.environ.get("CHARTHOUSE_CORPUS_SAMPLE") or 30)
CASES = random.Random(11).sample(test_corpus.CASES, min(SAMPLE or 10**6, len(test_corpus.CASES)))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_corpus_case(case: dict[str, Any], tmp_path: Path) -> None:
    corpus = test_corpus.CORPUS
    status, out, err = json.loads((FOLDER / "corpus.json").read_text())[case["case"]]
    found = answer(corpus_line(case, corpus), tmp_path, str(corpus), "CORPUS")
    assert [found[0], digest(found[1]) if out else "", digest(found[2])] == [status, out, err], found[2]
