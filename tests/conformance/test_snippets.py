"""Template snippets render as the real Helm renders them.

The expected outcomes beside the snippets were recorded by tools/record_snippets.py; this test needs no peer.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import File
from charthouse.charts.loader import load_files
from charthouse.charts.metadata import ChartError
from charthouse.charts.values import to_render_values
from charthouse.engine.render import RenderError, render
from charthouse.logs import silent
from charthouse.profile import HELM4, Profile

HERE = Path(__file__).parent / "snippets"
CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"


def load() -> list[Any]:
    cases = []
    for path in sorted(HERE.glob("*.json")):
        if path.name.endswith(".golden.json"):
            continue
        golden = json.loads(path.with_suffix(".golden.json").read_text())
        found = json.loads(path.read_text())
        shared = {"values": found["values"]} if isinstance(found, dict) else {}
        for snippet in found["snippets"] if shared else found:
            snippet = {**shared, **snippet}
            cases.append(pytest.param(snippet, golden[snippet["name"]], id=f"{path.stem}: {snippet['name']}"))
    return cases


def outcome(snippet: dict[str, Any], *, as_partial: bool, profile: Profile = HELM4) -> dict[str, str]:
    """What charthouse makes of a snippet, rendered as it was recorded: {"out"} or {"err"}."""
    texts = {"Chart.yaml": CHART, **snippet.get("files", {})}
    if as_partial:
        texts["templates/_t.tpl"] = snippet["template"]
        texts["templates/out.yaml"] = '{{ include "c/templates/_t.tpl" . | b64enc }}'
    else:
        texts["templates/t"] = snippet["template"]
    files = [File(name, text.encode("utf-8", "surrogateescape")) for name, text in texts.items()]
    try:
        chart = load_files(files, log=silent)
        values = to_render_values(
            chart,
            as_yaml(snippet.get("values", {})),
            name="r",
            namespace="default",
            revision=1,
            is_install=True,
            is_upgrade=False,
            capabilities=default_capabilities(profile),
            log=silent,
            profile=profile,
        )
        made = render(chart, values, log=silent, profile=profile)
        text = made["c/templates/out.yaml" if as_partial else "c/templates/t"]
        if as_partial:
            text = base64.b64decode(text).decode("utf-8", "surrogateescape").replace("<no value>", "")
        return {"out": text}
    except (RenderError, ChartError) as error:
        return {"err": error.message}


def as_yaml(value: Any) -> Any:
    """JSON data as a values file gives them: all numbers are float64."""
    if isinstance(value, dict):
        return {key: as_yaml(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_yaml(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


@pytest.mark.parametrize(("snippet", "golden"), load())
def test_snippet(snippet: dict[str, Any], golden: dict[str, str]) -> None:
    expected = {key: text for key, text in golden.items() if key != "key"}
    assert outcome(snippet, as_partial="out" in golden) == expected
