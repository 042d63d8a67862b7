"""Every scenario renders to what helm 4.3.1 printed: both streams and the exit status, byte for byte."""

from __future__ import annotations

import io
import json
import pathlib

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
RECORDED: dict[str, dict[str, Any]] = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))


def _scenarios() -> dict[str, dict[str, Any]]:
    namespace: dict[str, Any] = {}
    exec(compile((HERE / "scenarios.py").read_text(encoding="utf-8"), "scenarios.py", "exec"), namespace)
    scenarios: dict[str, dict[str, Any]] = namespace["SCENARIOS"]
    return scenarios


SCENARIOS = _scenarios()


def test_every_scenario_is_recorded() -> None:
    assert sorted(SCENARIOS) == sorted(RECORDED)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_renders_as_helm(name: str, tmp_path: pathlib.Path) -> None:
    scenario = SCENARIOS[name]
    chart = tmp_path / "chart"
    for path, text in scenario["files"].items():
        (chart / path).parent.mkdir(parents=True, exist_ok=True)
        (chart / path).write_text(text, encoding="utf-8")
    values = tmp_path / "values.yaml"
    values.write_text(scenario["values"], encoding="utf-8")
    out, err = io.BytesIO(), io.BytesIO()
    arguments = ["template", "rel", str(chart), "-f", str(values), *scenario["flags"]]
    environ = {"HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none")}
    errors, output = Output(err), Output(out)
    status = run(arguments, environ, output, errors, lambda: b"")
    output.flush()
    errors.flush()
    lines = err.getvalue().decode().replace(str(chart), "CHART").splitlines(keepends=True)
    got = {
        "status": status,
        "out": out.getvalue().decode(),
        "err": "".join(line for line in lines if not line.startswith("hint: ")),
    }
    assert got == RECORDED[name]
