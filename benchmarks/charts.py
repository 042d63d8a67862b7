"""The charts the bench renders: the corpus' when it is there, the repository's own, and generated ones.

Generated charts come in a size and twice that size, so that the report can say how time grows.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT

__all__ = ["CORPUS", "generated", "largest", "named", "own", "sampled"]

CORPUS = Path(os.environ.get("CHARTHOUSE_CORPUS") or ROOT.parent / "shared" / "corpus")


def _cases() -> list[dict[str, Any]]:
    """The corpus' cases that succeed; none without a corpus."""
    index = CORPUS / "cases.json"
    if not index.is_file():
        return []
    return [case for case in json.loads(index.read_text()) if case["rc"] == 0]


def _arguments(case: dict[str, Any]) -> list[str]:
    """As the corpus' golden was recorded."""
    line = ["template", "rel", str(CORPUS / case["tgz"]), "-n", "testns", "--include-crds"]
    if case.get("values"):
        line += ["-f", str(CORPUS / case["values"])]
    return [*line, *case["flags"]]


def largest(count: int) -> list[tuple[str, list[str]]]:
    """The charts with the largest archives: name and arguments of the first case that succeeds."""
    first: dict[str, dict[str, Any]] = {}
    for case in _cases():
        first.setdefault(case["tgz"], case)
    by_size = sorted(first.values(), key=lambda case: -(CORPUS / case["tgz"]).stat().st_size)
    return [(case["case"], _arguments(case)) for case in by_size[:count]]


def sampled(count: int, seed: int = 1) -> list[list[str]]:
    """The same cases for the same seed; the repository's own charts without a corpus."""
    cases = _cases()
    if not cases:
        return own()
    return [_arguments(case) for case in random.Random(seed).sample(cases, min(count, len(cases)))]


def named(prefix: str) -> list[str]:
    """The arguments of a corpus chart's first case without values of its own, or nothing."""
    for case in _cases():
        if case["case"].startswith(prefix) and not case.get("values"):
            return _arguments(case)
    return []


def own() -> list[list[str]]:
    """The charts this repository ships that render."""
    charts = [
        ROOT / "examples" / "bookshop",
        *(ROOT / "tests" / "cli" / "charts" / n for n in ("web", "objects", "files")),
    ]
    return [["template", "rel", str(chart), "-n", "testns"] for chart in charts]


# Generated charts.

_HEAD = "apiVersion: v2\nname: {name}\nversion: 0.1.0\n"
_OBJECT = """{{{{- if .Values.enabled }}}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{{{ include "big.fullname" . }}}}-{n}
  labels:
    {{{{- include "big.labels" . | nindent 4 }}}}
data:
  number: {{{{ add {n} .Values.offset | quote }}}}
  text: |
    {{{{- toYaml .Values.block | nindent 4 }}}}
  {{{{- range $key, $value := .Values.pairs }}}}
  {{{{ $key }}}}-{n}: {{{{ $value | default "none" | trunc 20 | quote }}}}
  {{{{- end }}}}
{{{{- end }}}}
"""
_HELPERS = """{{- define "big.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "big.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
"""
_VALUES = "enabled: true\noffset: 10\nblock: {a: 1, b: [x, y, z], c: {d: text}}\npairs: {one: a, two: b, three: c}\n"
_TPL = """apiVersion: v1
kind: ConfigMap
metadata:
  name: tpl
data:
{{- range $i := until (int .Values.count) }}
  key-{{ $i }}: {{ tpl (printf "{{ .Values.prefix }}-%d" (mod $i 100)) $ | quote }}
{{- end }}
"""


def generated(kind: str, size: int, folder: Path) -> list[str]:
    """Write a chart of a kind and size; the arguments that render it. kinds: templates, values, tpl, umbrella."""
    chart = folder / f"{kind}-{size}"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(_HEAD.format(name=kind))
    extra: list[str] = []
    if kind == "templates":
        _objects(chart, size)
    elif kind == "values":
        extra = ["-f", str(_large_values(chart, size))]
    elif kind == "tpl":
        (chart / "values.yaml").write_text(f"prefix: some\ncount: {size}\n")
        (chart / "templates" / "tpl.yaml").write_text(_TPL)
    else:
        _umbrella(chart, size)
    return ["template", "rel", str(chart), *extra]


def _objects(chart: Path, count: int) -> None:
    (chart / "values.yaml").write_text(_VALUES)
    (chart / "templates" / "_helpers.tpl").write_text(_HELPERS)
    for number in range(count):
        (chart / "templates" / f"object-{number:04}.yaml").write_text(_OBJECT.format(n=number))


def _large_values(chart: Path, mebibytes: int) -> Path:
    """A values file of so many MiB, and a template that prints a little of it."""
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: n{{ len .Values.entries }}\n"
    (chart / "templates" / "count.yaml").write_text(template)
    lines = ["entries:\n"]
    written, number = 0, 0
    while written < mebibytes << 20:
        entry = (
            f"  - name: entry-{number}\n    enabled: true\n    replicas: {number % 7}\n    image:\n"
            f'      repository: registry.example.com/team/app-{number % 50}\n      tag: "1.{number % 30}"\n'
            f"    description: Entry number {number} of a long list of things\n"
            f'    args: [--port, "{8000 + number % 99}"]\n'
        )
        lines.append(entry)
        written += len(entry)
        number += 1
    path = chart.with_suffix(".yaml")
    path.write_text("".join(lines))
    return path


def _umbrella(chart: Path, count: int) -> None:
    (chart / "values.yaml").write_text("global: {region: north}\n")
    needed = "".join(f"- {{name: part-{n}, version: 0.1.0}}\n" for n in range(count))
    (chart / "Chart.yaml").write_text(_HEAD.format(name="umbrella") + "dependencies:\n" + needed)
    for number in range(count):
        part = chart / "charts" / f"part-{number}"
        (part / "templates").mkdir(parents=True)
        (part / "Chart.yaml").write_text(_HEAD.format(name=f"part-{number}"))
        _objects(part, 10)
