"""``explain`` on the command line: what it prints, hides and refuses; completion."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from charthouse.cli import main
from charthouse.cli.streams import Output

ROOT = Path(__file__).parents[3]
CHART = "examples/bookshop"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str, given: bytes = b"") -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    stdout = Output(out)
    stderr = Output(err, before=stdout)
    status = main.run(arguments, {"HOME": "/dev/null"}, stdout, stderr, lambda: given)
    stdout.flush()
    stderr.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


def explained(*arguments: str, given: bytes = b"") -> dict[str, Any]:
    status, out, err = run("explain", CHART, "--name", "shop", "-o", "json", *arguments, given=given)
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_standard_input_and_files_in_their_order() -> None:
    found = explained(
        "-f", "-", "-f", f"{CHART}/environments/development.yaml", "deployment/shop-bookshop-web", "spec.replicas",
        given=b"parts:\n  web: {replicas: 9}\n",
    )  # fmt: skip
    (read,) = found["values"]
    assert [read["origin"]["name"], *[origin["name"] for origin in read["overrode"]]] == [
        f"{CHART}/environments/development.yaml",
        "standard input",
        "bookshop/values.yaml",
    ]


def test_secrets_are_hidden() -> None:
    arguments = ["Secret/shop-bookshop-database", "--set", "database.password=swordfish", "--set", "x=1"]
    hidden = run("explain", CHART, "--name", "shop", "-o", "json", *arguments)[1]
    assert "swordfish" not in hidden and "change-me" not in hidden
    assert "(hidden)" in hidden
    for path in ("", "stringData.POSTGRES_PASSWORD"):
        assert "swordfish" not in run("explain", CHART, "--name", "shop", *arguments[:3], path)[1]
    shown = run("explain", CHART, "--name", "shop", "-o", "json", "--show-secrets", *arguments)[1]
    assert "swordfish" in shown and "change-me" in shown


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["Deploymnt/shop-cache", "spec"],
            "Error: the chart renders no Deploymnt/shop-cache\nhint: did you mean Deployment/shop-cache?",
        ),
        (["Service/shop-cache", "spec.prots"], "Error: no field spec.prots\nhint: did you mean spec.ports?"),
        (["Service/shop-cache", "spec["], "Error: no path: spec[\nhint: the bracket is not closed"),
        (
            ["Service/shop-cache", "spec", "more"],
            "Error: expected a chart, KIND/NAME and at most one path, unexpected arguments: more",
        ),
        (["Service/shop-cache", "-f", "/none.yaml"], "Error: open /none.yaml: no such file or directory"),
        (["Service/shop-cache", "--set", "parts=1"], "Error: values don't meet the specifications of the schema(s)"),
        ([], 'Error: "helm explain" requires at least 2 arguments'),
    ],
)
def test_errors(arguments: list[str], error: str) -> None:
    status, out, err = run("explain", CHART, "--name", "shop", *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(error)
    assert all(line.startswith("hint: ") for line in err.split("\n")[err.count("\n\n") + 1 : -1] if "hint" in line)


def test_what_templates_fail_with_is_what_template_says(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (tmp_path / "templates/x.yaml").write_text('{{ required "give a" .Values.a }}')
    status, out, err = run("explain", str(tmp_path), "Pod/x", "spec")
    assert (status, out) == (1, "")
    assert err.startswith("Error: execution error at (c/templates/x.yaml:1:3): give a\n")


def test_an_empty_field_names_the_value_that_would_fill_it(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (tmp_path / "templates/x.yaml").write_text(
        'kind: Pod\nmetadata: {name: p}\na: {{ .Values.a }}\nb: "x{{ if .Values.b }}y{{ end }}{{ .Values.c }}"\n'
    )
    assert run("explain", str(tmp_path), "pod/p", "a")[1] == (
        "Pod/p a: null\n"
        "  written by    c/templates/x.yaml:3:7\n"
        "                  a: {{ .Values.a }}\n"
        "  value         .Values.a\n"
        "    set by      nothing; the template copes without it\n"
    )
    assert run("explain", str(tmp_path), "pod/p", "b", "--set", "c=")[1] == (
        'Pod/p b: "x"\n'
        "  written by    c/templates/x.yaml:4:1\n"
        '                  b: "x{{ if .Values.b }}y{{ end }}{{ .Values.c }}"\n'
        "  left out      c/templates/x.yaml:4  if .Values.b\n"
        '  value         .Values.c = ""\n'
        "    set by      --set c=\n"
    )


def test_objects_of_one_name_and_definitions(tmp_path: Path) -> None:
    for folder in ("templates", "crds"):
        (tmp_path / folder).mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (tmp_path / "crds/a.yaml").write_text("kind: CustomResourceDefinition\nmetadata: {name: a.b.c}\n")
    for name in ("x", "y"):
        (tmp_path / f"templates/{name}.yaml").write_text(f"kind: Pod\nmetadata: {{name: p, namespace: {name}}}\n")
    status, out, err = run("explain", str(tmp_path), "Pod/p", "metadata.namespace")
    assert (status, out.split("\n")[0]) == (0, 'Pod/p metadata.namespace: "x"')
    assert err == "hint: this is the one of c/templates/x.yaml; others of this name: c/templates/y.yaml\n"
    assert run("explain", str(tmp_path), "CustomResourceDefinition/a.b.c")[2] == (
        "Error: the chart renders no CustomResourceDefinition/a.b.c\n"
        "hint: files below crds/ are no templates: it stands in c/crds/a.yaml\n"
        "hint: the chart renders Pod/p\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--name", "shop", "Service/shop-c"], "Service/shop-cache\n:4\n"),
        (["Service/release-name-cache", "spec.ports[0].p"], "spec.ports[0].port\n:4\n"),
        (["Service/none", "spec"], ":4\n"),
        (["-o", "j"], "json\tas JSON\ntable\tfor people\nyaml\tas YAML\n:4\n"),
    ],
)
def test_completion(words: list[str], expected: str) -> None:
    status, out, _ = run("__complete", "explain", CHART, *words)
    assert (status, out) == (0, expected)
