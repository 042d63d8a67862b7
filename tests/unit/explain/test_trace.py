"""Which statement and which values wrote each line of a rendered text."""

from __future__ import annotations

import pytest

from charthouse.charts.loader import load_values
from charthouse.charts.origin import path_text
from charthouse.engine.render import render
from charthouse.engine.trace import Trace
from charthouse.engine.trace.segments import Segment, Text, aligned
from charthouse.logs import silent
from tests.unit.explain.charts import chart_of, top_of, traced

HELPERS = """{{- define "c.labels" -}}
app: {{ .Values.app }}
{{ include "c.more" . }}
{{- end }}
{{- define "c.more" }}tier: {{ .Values.tier }}{{ end }}
{{- define "c.image" }}{{ .image.repo }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
"""
VALUES = """which: image
app: shop
tier: web
image: {repo: r, tag: t}
resources: {limits: {cpu: 1, memory: 2}, requests: {}}
ports: {http: 80}
names: [a, b]
text: "{{ .Values.app }}-x"
use: true
"""


def told(found: Trace, path: str = "c/templates/x.yaml") -> list[tuple[str, str, str]]:
    """For each line that shows anything: the text, its frames, the values it was made of."""
    out = []
    text = found.files[path]
    for number, line in enumerate(text.text.split("\n"), 1):
        segments = text.line(number)
        if not segments:
            continue
        frames = [
            "<".join(f"{frame.file.rpartition('/')[2]}:{frame.line}:{frame.column}" for frame in segment.frame.chain())
            for segment in segments
            if segment.frame is not None
        ]
        reads = dict.fromkeys("." + path_text(read) for segment in segments for read in segment.reads)
        out.append((line, " ".join(frames), " ".join(reads)))
    return out


def lines(template: str) -> list[tuple[str, str, str]]:
    return told(traced({"templates/_h.tpl": HELPERS, "templates/x.yaml": template, "values.yaml": VALUES}))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a: {{ .Values.app }}", [("a: shop", "x.yaml:1:1 x.yaml:1:7", ".Values.app")]),
        (
            '{{ include "c.labels" . | nindent 2 }}',
            [
                ("  app: shop", "_h.tpl:2:1<x.yaml:1:4 _h.tpl:2:9<x.yaml:1:4", ".Values.app"),
                (
                    "  tier: web",
                    "_h.tpl:5:23<_h.tpl:3:4<x.yaml:1:4 _h.tpl:5:32<_h.tpl:3:4<x.yaml:1:4",
                    ".Values.tier",
                ),
            ],
        ),
        (
            "{{ toYaml .Values.resources | nindent 2 }}",
            [
                ("  limits:", "x.yaml:1:4", ".Values.resources.limits"),
                ("    cpu: 1", "x.yaml:1:4", ".Values.resources.limits.cpu"),
                ("    memory: 2", "x.yaml:1:4", ".Values.resources.limits.memory"),
                ("  requests: {}", "x.yaml:1:4", ".Values.resources.requests"),
            ],
        ),
        ("{{ with .Values.image }}{{ .tag }}{{ end }}", [("t", "x.yaml:1:28", ".Values.image.tag")]),
        ("{{ $i := .Values.image }}{{ $i.tag | quote }}", [('"t"', "x.yaml:1:29", ".Values.image.tag")]),
        (
            "{{ range $k, $v := .Values.ports }}{{ $k }}: {{ $v }}\n{{ end }}",
            [("http: 80", "x.yaml:1:39 x.yaml:1:44 x.yaml:1:49", ".Values.ports.http")],
        ),
        (
            "{{ range .Values.names }}- {{ . }}\n{{ end }}",
            [
                ("- a", "x.yaml:1:26 x.yaml:1:31", ".Values.names[0]"),
                ("- b", "x.yaml:1:26 x.yaml:1:31", ".Values.names[1]"),
            ],
        ),
        (
            '{{ include "c.image" (dict "image" .Values.image "root" $) }}',
            [
                (
                    "r:t",
                    "_h.tpl:6:27<x.yaml:1:4 _h.tpl:6:41<x.yaml:1:4 _h.tpl:6:45<x.yaml:1:4",
                    ".Values.image.repo .Values.image.tag",
                )
            ],
        ),
        ('{{ printf "%s/%d" .Values.app 1 }}', [("shop/1", "x.yaml:1:4 x.yaml:1:4 x.yaml:1:4", ".Values.app")]),
        ("{{ .Values.none | default .Values.app }}", [("shop", "x.yaml:1:4", ".Values.none .Values.app")]),
        (
            "{{ tpl .Values.text . }}",
            [("shop-x", "gotpl:1:4<x.yaml:1:4 gotpl:1:18<x.yaml:1:4", ".Values.app .Values.text")],
        ),
        (
            '{{ $m := merge (dict "app" "mine") .Values.image }}{{ $m.app }} {{ $m.tag }}',
            [("mine t", "x.yaml:1:55 x.yaml:1:68", ".Values.image.tag")],
        ),
        (
            '{{ $m := include "c.labels" . | fromYaml }}{{ $m.tier }}',
            [("web", "x.yaml:1:47", ".Values.tier")],
        ),
        (
            '{{ $all := dict "web" (dict "cpu" "1") "db" (dict "cpu" "2") }}{{ index $all .Values.tier | toYaml }}',
            [('cpu: "1"', "x.yaml:1:67", ".Values.tier")],
        ),
        (
            "{{ (index .Values .Values.which).repo }}",
            [("r", "x.yaml:1:4", ".Values.image.repo .Values.which")],
        ),
        (
            '{{ dict "a" .Values.app "b" (list .Values.tier) | toJson }}',
            [('{"a":"shop","b":["web"]}', "x.yaml:1:4", ".Values.app .Values.tier")],
        ),
        (
            '{{ $d := dict "a" 1 }}{{ $_ := set $d "b" .Values.tier }}{{ $d.a }} {{ $d.b }}',
            [("1 web", "x.yaml:1:61 x.yaml:1:72", ".Values.tier")],
        ),
        (
            '{{ $m := mergeOverwrite (deepCopy .Values.image) (dict "tag" .Values.tier) }}{{ $m.tag }}',
            [("web", "x.yaml:1:81", ".Values.tier")],
        ),
        ('{{ index .Values.ports "http" }}', [("80", "x.yaml:1:4", ".Values.ports.http")]),
        ("{{ ternary 1 2 .Values.use }}", [("1", "x.yaml:1:4", ".Values.use")]),
        ("{{ .Release.Name }} {{ .Chart.Name }}", [("rel c", "x.yaml:1:4 x.yaml:1:24", ".Release.Name .Chart.Name")]),
        (
            '{{ template "c.more" . }}',
            [("tier: web", "_h.tpl:5:23<x.yaml:1:13 _h.tpl:5:32<x.yaml:1:13", ".Values.tier")],
        ),
        (
            '{{ $_ := set .Values "app" .Values.tier }}{{ .Values.app }}',
            [("web", "x.yaml:1:46", ".Values.tier")],
        ),
    ],
)
def test_lines(template: str, expected: list[tuple[str, str, str]]) -> None:
    assert lines(template) == expected


def test_a_digest_is_made_of_all_that_went_into_it() -> None:
    template = '{{ include (print $.Template.BasePath "/y.yaml") . | sha256sum }}'
    files = {"templates/x.yaml": template, "templates/y.yaml": "{{ .Values.app }}", "values.yaml": VALUES}
    ((_, frames, reads),) = told(traced(files))
    assert (frames, reads) == ("x.yaml:1:4", ".Values.app")


def test_values_of_sub_charts_stand_where_the_root_has_them() -> None:
    files = {
        "charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\nappVersion: '7'\n",
        "charts/db/values.yaml": "size: 1\n",
        "charts/db/templates/x.yaml": "{{ .Values.size }} {{ .Values.global.g }} {{ .Chart.AppVersion }}",
        "templates/x.yaml": "{{ .Subcharts.db.Values.size }} {{ .Values.db.size }}",
        "values.yaml": "global: {g: 1}\n",
    }
    found = traced(files)
    reads = [read for _, _, read in told(found, "c/charts/db/templates/x.yaml")]
    assert reads == [".Values.db.size .Values.db.global.g .Subcharts.db.Chart.AppVersion"]
    assert [read for _, _, read in told(found)] == [".Values.db.size"]


def test_conditions() -> None:
    template = (
        "{{ if .Values.use }}{{ with .Values.image }}\nx: {{ .tag }}{{ end }}{{ end }}"
        "{{ if .Values.off }}{{ else }}\ny{{ end }}"
    )
    text = traced({"templates/x.yaml": template, "values.yaml": VALUES}).files["c/templates/x.yaml"]
    found = []
    for segment in (text.line(2)[-1], text.line(3)[-1]):
        assert segment.frame is not None
        condition = segment.frame.condition
        while condition is not None:
            found.append((condition.line, condition.node, condition.taken, condition.reads))
            condition = condition.outer
    assert found == [
        (1, "with .Values.image", True, (("Values", "image"),)),
        (1, "if .Values.use", True, (("Values", "use"),)),
        (2, "if .Values.off", False, (("Values", "off"),)),
    ]


@pytest.mark.parametrize(
    ("template", "frames"),
    [
        ('{{ include "c.bad" . }}', ["_b.tpl:2:4", "x.yaml:1:4"]),
        ('a\n{{ tpl "{{ fail \\"no\\" }}" . }}', ["gotpl:1:4", "x.yaml:2:4"]),
        ('{{ include "none" . }}', ["x.yaml:1:4"]),
        ('{{ include "c.ok" . }}\n{{ fail "x" }}', ["x.yaml:2:4"]),
        ("{{ .Values.app.name }}", ["x.yaml:1:4"]),
        ('{{ template "c.bad" . }}', ["_b.tpl:2:4", "x.yaml:1:13"]),
    ],
)
def test_failures_carry_their_chain(template: str, frames: list[str]) -> None:
    helpers = '{{ define "c.bad" }}\n{{ required "give it" .Values.none }}{{ end }}{{ define "c.ok" }}{{ end }}'
    files = {"templates/_b.tpl": helpers, "templates/x.yaml": template, "values.yaml": VALUES}
    failure = traced(files).failure
    assert failure is not None
    assert failure.path == "c/templates/x.yaml"
    assert [f"{f.file.rpartition('/')[2]}:{f.line}:{f.column}" for f in failure.frames] == frames


def test_the_text_is_the_renders() -> None:
    template = (
        "{{ range $i, $n := .Values.names }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $n }}{{ else }}none{{ end }}\n"
        "{{ range untilStep 0 9 3 }}{{ . }}{{ if gt . 3 }}{{ break }}{{ end }}{{ end }}\n"
        "{{ range 3 }}{{ . }}{{ end }}{{ range .Values.none }}{{ else }}e{{ end }}{{ .Values.none }}\n"
        '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}{{ (dict "a" 1).a }}\n'
        '{{ .Files.Get "f.txt" }}{{ .Capabilities.APIVersions.Has "v1" }}{{ and 1 0 }}{{ or 0 "b" }}\n'
        '{{ block "c.b" . }}{{ .Values.app }}{{ end }}{{ tpl "{{ include \\"c.b\\" . }} {{ .Values.no }}" . }}'
    )
    files = {"templates/x.yaml": template, "values.yaml": VALUES, "f.txt": "file\n"}
    chart = chart_of(files)
    text = traced(files).files["c/templates/x.yaml"]
    assert text.text == render(chart, top_of(chart, load_values(b"")), log=silent)["c/templates/x.yaml"]
    ends = [0, *[segment.end for segment in text.segments]]
    assert [segment.start for segment in text.segments] == ends[:-1]
    assert ends[-1] == len(text.text)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("one\ntwo\n", [(0, 8, "a"), (8, 8, "")]),
        ('"one\ntwo\n"', [(0, 1, "-"), (1, 9, "a"), (9, 10, "-")]),
        ("two", [(0, 3, "a")]),
        ("  one\n  two", [(0, 2, "-"), (2, 5, "a"), (5, 8, "-"), (8, 11, "a")]),
        ("  two\n  one", [(0, 2, "-"), (2, 5, "a"), (5, 8, "-"), (8, 11, "a")]),
        ("else", [(0, 4, "-a")]),
        ("", []),
    ],
)
def test_aligned(result: str, expected: list[tuple[int, int, str]]) -> None:
    source = Text("one\ntwo\n", [Segment(0, 8, None, (("a",),))])
    found = [
        (segment.start, segment.end, "".join(str(read[0]) for read in segment.reads))
        for segment in aligned(result, [source], None, ())
    ]
    assert found == [(start, end, name.strip("-")) for start, end, name in expected if start < end]
