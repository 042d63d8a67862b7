"""Record what the real Helm 4 makes of the template snippets of tests/conformance/snippets.

Usage: record_snippets.py [--peers DIR] [--all] [FILE.json …]

Each snippet file is a JSON list of objects:

    {"name": unique in its file, "template": text, "values": object (optional), "files": {path in the chart: text}
    (optional)}

or an object {"values": what snippets without values of their own get, "snippets": such a list}.

For each one a chart `c` is made, the snippet is rendered for the release `r`, and the outcome is written to
`FILE.golden.json` beside it: `{name: {"key": digest of the snippet, "out": text}}` or `"err"` in place of `"out"`.
Only snippets that are new or changed are run again, unless `--all` is given.

How the exact bytes are got: `helm template` splits, trims and sorts documents, so the snippet is put into a partial and
the only document prints the partial's output in base64; Helm's own removal of `<no value>`, which comes after that, is
applied here. When that fails, the snippet is rendered once more as a template of its own, `templates/t`, so that the
error is not wrapped in the include.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
SNIPPETS = HERE / "tests" / "conformance" / "snippets"
CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"
TAIL = "\n\nUse --debug flag to render out invalid YAML"


def snippets_of(path: Path) -> list[dict[str, Any]]:
    """The snippets of a file, each with its values."""
    found = json.loads(path.read_text())
    if isinstance(found, dict):
        return [{"values": found["values"], **snippet} for snippet in found["snippets"]]
    return list(found)


def key(snippet: Mapping[str, Any]) -> str:
    """What a recorded outcome depends on, as a short digest."""
    parts = [snippet["template"], snippet.get("values", {}), snippet.get("files", {})]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def chart_files(snippet: Mapping[str, Any], path: str) -> dict[str, str]:
    """The chart a snippet is rendered in, the snippet at `path`; the chart's own files may be replaced by the
    snippet's.
    """
    return {"Chart.yaml": CHART, **snippet.get("files", {}), path: snippet["template"]}


def run(helm: Path, snippet: Mapping[str, Any], files: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, "c", path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8", "surrogateescape"))
        Path(folder, "values.json").write_text(json.dumps(snippet.get("values", {})))
        environment = {"HOME": folder, "PATH": os.environ.get("PATH", "")}
        command = [str(helm), "template", "r", "c", "-f", "values.json"]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)


def record(helm: Path, snippet: Mapping[str, Any]) -> dict[str, str]:
    """Render one snippet with Helm: {"key", "out"} or {"key", "err"}."""
    files = chart_files(snippet, "templates/_t.tpl")
    files["templates/out.yaml"] = 'out: {{ include "c/templates/_t.tpl" . | b64enc | quote }}\n'
    done = run(helm, snippet, files)
    if done.returncode == 0:
        document = done.stdout.split(b"\nout: ", 1)[1].split(b"\n", 1)[0]
        out = base64.b64decode(json.loads(document)).decode("utf-8", "surrogateescape")
        return {"key": key(snippet), "out": out.replace("<no value>", "")}
    done = run(helm, snippet, chart_files(snippet, "templates/t"))
    if done.returncode == 0:
        raise SystemExit(f"{snippet['name']}: fails when included, renders when not")
    text = done.stderr.decode("utf-8", "surrogateescape")
    text = text[text.index("Error: ") + len("Error: ") :].rstrip("\n")
    return {"key": key(snippet), "err": text.removesuffix(TAIL)}


def refresh(helm: Path, path: Path, *, everything: bool) -> None:
    golden_path = path.with_suffix(".golden.json")
    golden = json.loads(golden_path.read_text()) if golden_path.exists() else {}
    fresh: dict[str, dict[str, str]] = {}
    ran = 0
    for snippet in snippets_of(path):
        name = snippet["name"]
        if name in fresh:
            raise SystemExit(f"{path.name}: two snippets are called {name!r}")
        old = golden.get(name)
        if old is not None and old["key"] == key(snippet) and not everything:
            fresh[name] = old
            continue
        fresh[name] = record(helm, snippet)
        ran += 1
    golden_path.write_text(json.dumps(fresh, indent=1, sort_keys=True) + "\n")
    print(f"{path.name}: {len(fresh)} snippets, {ran} recorded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--peers", type=Path, default=Path(os.environ.get("CHARTHOUSE_PEERS", HERE / ".peers" / "bin")))
    parser.add_argument("--all", action="store_true", help="record every snippet again")
    options = parser.parse_args()
    helm = options.peers / "helm4"
    if not helm.exists():
        sys.exit(f"{helm} is missing")
    files = options.files or sorted(p for p in SNIPPETS.glob("*.json") if not p.name.endswith(".golden.json"))
    for path in files:
        refresh(helm, path, everything=options.all)


if __name__ == "__main__":
    main()
