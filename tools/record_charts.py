"""Record what helm makes of the charts of tests/unit/engine/scenarios.py.

    record_charts.py HELM

HELM is a helm 4.3.1 binary; the result goes to tests/unit/engine/recorded.json. Paths are written as CHART.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "unit" / "engine"


def main() -> int:
    spec = importlib.util.spec_from_file_location("scenarios", ROOT / "scenarios.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    recorded = {name: _record(sys.argv[1], scenario) for name, scenario in module.SCENARIOS.items()}
    (ROOT / "recorded.json").write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def _record(helm: str, scenario: dict[str, object]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as place:
        chart = pathlib.Path(place) / "chart"
        files = scenario["files"]
        assert isinstance(files, dict)
        for path, text in files.items():
            (chart / path).parent.mkdir(parents=True, exist_ok=True)
            (chart / path).write_text(text, encoding="utf-8")
        values = pathlib.Path(place) / "values.yaml"
        values.write_text(str(scenario["values"]), encoding="utf-8")
        flags = scenario["flags"]
        assert isinstance(flags, list)
        command = [helm, "template", "rel", str(chart), "-f", str(values), *flags]
        env = {**os.environ, "HOME": place, "KUBECONFIG": f"{place}/none"}
        done = subprocess.run(command, capture_output=True, env=env, check=False)
        return {
            "status": done.returncode,
            "out": done.stdout.decode(),
            "err": done.stderr.decode().replace(str(chart), "CHART"),
        }


if __name__ == "__main__":
    raise SystemExit(main())
