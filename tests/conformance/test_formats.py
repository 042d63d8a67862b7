"""YAML and JSON on values never seen before, against Helm's engine itself (tests/peers/oracle)."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from charthouse.formats import yaml
from charthouse.golang.json import encode
from tools.record_formats import mutated, value

ROOT = Path(__file__).parent.parent.parent
ORACLE = Path(os.environ.get("CHARTHOUSE_PEERS", ROOT / ".peers" / "bin")) / "oracle"
TEXTS = json.loads((ROOT / "tests" / "unit" / "formats" / "texts.json").read_text())["yaml"]

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not ORACLE.exists() and os.environ.get("CI") != "true", reason="no peer: oracle"),
]


def answers(template: str, inputs: list[Any]) -> list[str]:
    lines = "".join(json.dumps({"template": template, "values": {"x": item}}) + "\n" for item in inputs)
    done = subprocess.run([ORACLE], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line)["out"] for line in done.stdout.split("\n")[:-1]]


@pytest.mark.parametrize("seed", range(4))
def test_reading(seed: int) -> None:
    random.seed(seed)
    texts = [mutated(mutated(random.choice(TEXTS))) for _ in range(1500)]
    for text, expected in zip(texts, answers("{{ .Values.x | fromYaml | toJson }}", texts), strict=True):
        if "map[interface {}]" in expected:
            continue  # printed in Go's random order
        try:
            found: dict[str, Any] = yaml.load_map(text)
        except yaml.YamlError as error:
            found = {"Error": error.message}
        assert encode(found) == expected, text


@pytest.mark.parametrize("seed", range(2))
def test_writing(seed: int) -> None:
    random.seed(seed)
    values = [value() for _ in range(1500)]
    for item, expected in zip(values, answers("{{ .Values.x | toYaml }}", values), strict=True):
        try:
            found = yaml.dump(item).removesuffix("\n")
        except yaml.YamlError:
            found = ""
        assert found == expected, json.dumps(item)
