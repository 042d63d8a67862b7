"""Exact numbers: integers of values stay integers, and the report says where Helm prints otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import charthouse
from charthouse.actions.exactness import ExactDifference, TemplatePlace
from charthouse.formats import strvals
from charthouse.formats.yaml import load_map
from charthouse.golang.json import decode_whole
from charthouse.golang.kinds import Int64

VALUES = "big: 10000000\nlong: 9007199254740993\nsmall: 3\nreal: 1.50\nwhole: 1.0\nexp: 1e3\nlist: [4000000]\n"


def chart(folder: Path, template: str, *, name: str = "t.yaml") -> str:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(VALUES)
    (folder / "templates" / name).write_text(template)
    return str(folder)


@pytest.mark.parametrize(
    ("template", "helm", "ours"),
    [
        ("{{ .Values.big }}", "1e+07", "10000000"),
        ("{{ .Values.long | int64 }}", "9007199254740992", "9007199254740993"),
        ("{{ .Values.small }} {{ .Values.real }} {{ .Values.whole }}", "3 1.5 1", "3 1.5 1"),
        ("{{ .Values.exp }}", "1000", "1000"),
        ("{{ .Values.list }}", "[4e+06]", "[4000000]"),
        ("{{ .Values.list | toYaml }}", "- 4000000", "- 4000000"),
        ("{{ toYamlPretty .Values.big }}", "1e+07", "10000000"),
        ("{{ toToml (dict `a` .Values.big) }}", "a = 1e+07\n", "a = 10000000\n"),
        ('{{ (fromYaml "a: 20000000").a }}', "2e+07", "20000000"),
        ('{{ fromYamlArray "- 20000000" }}', "[2e+07]", "[20000000]"),
        ('{{ (fromJson "{\\"a\\":20000000}").a }}', "2e+07", "20000000"),
        ('{{ fromJsonArray "[20000000]" }}', "[2e+07]", "[20000000]"),
        ('{{ mustFromJson "12345678901234567890123" }}', "1.2345678901234568e+22", "12345678901234567890123"),
        ("{{ kindOf .Values.small }} {{ kindOf .Values.real }} {{ kindOf .Values.exp }}", "float64 float64 float64",
         "int64 float64 float64"),
    ],
)  # fmt: skip
def test_templates(tmp_path: Path, template: str, helm: str, ours: str) -> None:
    path = chart(tmp_path, template, name="NOTES.txt")
    assert (charthouse.render(path).notes, charthouse.render(path, exact=True).notes) == (helm, ours)


def test_report(tmp_path: Path) -> None:
    path = chart(
        tmp_path,
        "a: {{ .Values.small }}\nb: {{ .Values.big }}\nc: {{ randAlphaNum 12 }}\n"
        "---\nkind: Secret\nd: {{ .Values.big }}\n",
    )
    assert charthouse.exact_differences(path) == (
        ExactDifference(
            "c/templates/t.yaml", 2, "b: 1e+07", "b: 10000000",
            TemplatePlace("c/templates/t.yaml", 2, "b: {{ .Values.big }}"), (".Values.big",),
        ),
        ExactDifference(
            "c/templates/t.yaml", 6, "(hidden)", "(hidden)",
            TemplatePlace("c/templates/t.yaml", 6, "d: {{ .Values.big }}"), (".Values.big",),
        ),
    )  # fmt: skip
    assert charthouse.exact_differences(chart(tmp_path, "a: {{ .Values.small }}")) == ()


def test_report_of_a_chart_helm_fails_on(tmp_path: Path) -> None:
    (found,) = charthouse.exact_differences(chart(tmp_path, "a: {{ eq .Values.small 3 }}"))
    assert (found.line, found.ours) == (0, "")
    assert found.helm.endswith("error calling eq: incompatible types for comparison: float64 and int")


def test_json_form() -> None:
    found = ExactDifference("f", 1, "1e+06", "1000000", TemplatePlace("t", 2, "x"), (".Values.a",))
    assert json.dumps(found.as_json()) == (
        '{"file": "f", "line": 1, "helm": "1e+06", "ours": "1000000", '
        '"template": {"file": "t", "line": 2, "text": "x"}, "values": [".Values.a"]}'
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", Int64(1)),
        ("a: -0x10", Int64(-16)),
        ("a: 18446744073709551615", Int64(18446744073709551615)),
        ("a: 1.0", 1.0),
        ("a: 1e3", 1000.0),
        ("a: '1'", "1"),
    ],
)
def test_yaml(text: str, value: object) -> None:
    found = load_map(text, exact=True)["a"]
    assert (type(found), found) == (type(value), value)


def test_json_and_set_json() -> None:
    assert decode_whole('{"a": [1, 2.0, 3e2]}') == {"a": [Int64(1), 2.0, 300.0]}
    assert type(decode_whole("7")) is Int64
    into: dict[str, object] = {}
    strvals.parse_json_into("a=10000000,b=1.5", into, whole=True)
    assert {key: type(value) for key, value in into.items()} == {"a": Int64, "b": float}


def test_unknown_profile(tmp_path: Path) -> None:
    with pytest.raises(charthouse.CharthouseError, match='unknown compatibility profile "helm9"'):
        charthouse.render(chart(tmp_path, ""), compat="helm9")
