"""Hints as a program sees them, and their parts; tests/cli/mistakes holds what the command line prints."""

from __future__ import annotations

from pathlib import Path

import pytest

import charthouse
from charthouse.advice.nearness import meant, nearest
from charthouse.advice.secrecy import is_confidential, shown, veiled_line, veiled_text
from charthouse.errors import CharthouseError
from charthouse.gotemplate.limits import Limits


def write(directory: Path, **files: str) -> Path:
    """A chart `web` of these files (`templates__web_yaml` is templates/web.yaml)."""
    chart = directory / "web"
    files = {"Chart_yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n", **files}
    for name, text in files.items():
        path = chart / name.replace("__", "/").replace("_yaml", ".yaml").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return chart


def hint(chart: Path, values: dict[str, object] | None = None, *, limits: Limits | None = None) -> list[str]:
    with pytest.raises(CharthouseError) as caught:
        charthouse.render(chart, values or {}, limits=limits)
    return caught.value.hint.splitlines()


def test_the_library_says_what_the_command_line_says(tmp_path: Path) -> None:
    chart = write(tmp_path, templates__web_yaml="a: {{ .Values.image.tag.name }}\n")
    assert hint(chart, {"image": {"tag": "x"}}) == [
        "web/templates/web.yaml:1:13",
        "    1 | a: {{ .Values.image.tag.name }}",
        "      |       ^^^^^^^^^^^^^^^^^^^^^^",
        '.Values.image.tag is the text "x", set by the values given',
        "the template looks for the key `name` in it, so it must be a map: --set image.tag.name=…",
    ]


def test_no_chart(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(CharthouseError) as caught:
        charthouse.load_chart(tmp_path / "wbe")
    assert caught.value.hint.startswith(f"did you mean {tmp_path}/web? ")


def test_broken_values_of_a_chart(tmp_path: Path) -> None:
    chart = write(tmp_path, values_yaml="a: 1\nb: [\n")
    assert hint(chart)[:2] == [f"{chart}/values.yaml:3", "    2 | b: ["]


def test_steps_have_a_place(tmp_path: Path) -> None:
    chart = write(
        tmp_path,
        values_yaml="count: 5000\n",
        templates___helpers_tpl="",
        templates__web_yaml='a: 1\n{{- define "loop" }}\n{{- range until (int .Values.count) }}\nb{{ . }}: c\n'
        '{{- end }}\n{{- end }}\n{{ include "loop" . }}\n',
    )
    assert hint(chart, limits=Limits(steps=1000))[:-1] == [
        "web/templates/web.yaml:3:0",
        "    3 | {{- range until (int .Values.count) }}",
        "      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        'called at web/templates/web.yaml:7:0: {{ include "loop" . }}',
        "inside `range until (int .Values.count)` (web/templates/web.yaml:3)",
        ".Values.count is the number 5000, set by web/values.yaml:1:1",
    ]


def test_endless_templates_have_a_place(tmp_path: Path) -> None:
    chart = write(tmp_path, templates__web_yaml='{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}\n')
    lines = hint(chart)
    assert lines[0] == "web/templates/web.yaml:1:28"
    assert lines[-1] == "templates call each other without end: a condition must stop them"


def test_hints_are_made_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = write(tmp_path, templates__web_yaml="a: {{ .Values.image.tag }}\n")
    asked: list[str] = []

    def advise(error: object, inputs: object) -> str:
        asked.append("asked")
        return "advice"

    monkeypatch.setattr("charthouse.advice._hint", advise)
    with pytest.raises(CharthouseError) as caught:
        charthouse.render(chart)
    assert asked == []
    assert (caught.value.hint, caught.value.hint, asked) == ("advice", "advice", ["asked"])


def test_an_explanation_that_fails_leaves_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(error: object, inputs: object) -> str:
        raise ZeroDivisionError

    chart = write(tmp_path, templates__web_yaml="a: {{ .Values.image.tag }}\n")
    monkeypatch.setattr("charthouse.advice._hint", fail)
    with pytest.raises(CharthouseError) as caught:
        charthouse.render(chart)
    assert caught.value.hint.splitlines()[0] == "web/templates/web.yaml:1:13"
    assert caught.value.__notes__ == ["no hint could be made: ZeroDivisionError"], "it is not hushed up"


def test_a_hint_is_inherited() -> None:
    cause = CharthouseError("b", hint="do this")
    try:
        raise CharthouseError("a: b") from cause
    except CharthouseError as error:
        assert error.hint == "do this"


@pytest.mark.parametrize(
    ("path", "confidential"),
    [
        (("db", "password"), True),
        (("dbPassword",), True),
        (("api-key",), True),
        (("auth", "token", "value"), True),
        (("TLS_CERT",), True),
        (("clientsecret",), True),
        (("monkey",), False),
        (("image", "tag"), False),
        (("author",), False),
        (("tokenizer",), False),
        ((0, "name"), False),
    ],
)
def test_confidential_paths(path: tuple[str | int, ...], confidential: bool) -> None:
    assert is_confidential(path) is confidential


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ("a\nb", (), 'the text "a\\nb"'),
        ("hunter2", ("password",), "a text of 7 characters (not shown)"),
        (17.0, ("pin", "key"), "a number (not shown)"),
        (1.5, (), "the number 1.5"),
        (1e6, (), "the number 1e+06"),
        (None, (), "null"),
        ("", ("token",), "an empty text"),
        ({}, (), "an empty map"),
        ({"a": 1, "b": 2}, ("secret",), "a map with a, b"),
        ([1, 2], (), "a list of 2"),
        (True, (), "the boolean true"),
        ("x" * 100, (), 'the text "' + "x" * 60 + '…"'),
    ],
)
def test_values_in_words(value: object, path: tuple[str, ...], words: str) -> None:
    assert shown(value, path) == words


@pytest.mark.parametrize(
    ("line", "veiled"),
    [
        ("password: hunter2", "password: (7 characters not shown)"),
        ("  - apiKey: abc", "  - apiKey: (3 characters not shown)"),
        ('"token": "abc"', '"token": (5 characters not shown)'),
        ("password: {{ .Values.password }}", "password: {{ .Values.password }}"),
        ("image: nginx", "image: nginx"),
        ("  hunter2", "  hunter2"),
    ],
)
def test_lines_without_secrets(line: str, veiled: str) -> None:
    assert veiled_line(line) == veiled


@pytest.mark.parametrize(
    ("text", "veiled"),
    [
        ("a=1,db.password=hunter2,c=3", "a=1,db.password=*******,c=3"),
        ("password=one,two,c=3", "password=*******,c=3"),
        ("tokens={a,b},c=3", "tokens=*****,c=3"),
        ('{"db": {"password": "hunter2", "port": 1}}', '{"db": {"password": *********, "port": 1}}'),
        ('auth={"token": "x"', 'auth={"token": ***'),
        ('{"secret": {"a": "x", "b": "y"}}', '{"secret": *********************'),
    ],
)
def test_settings_without_secrets(text: str, veiled: str) -> None:
    assert veiled_text(text) == veiled


def test_values_of_variables_are_kept_too(tmp_path: Path) -> None:
    chart = write(
        tmp_path,
        templates__web_yaml='{{ $password := "hunter2" }}{{ $d := dict "dbToken" "abc" }}\n'
        "a: {{ $password.x }}\nb: {{ $d.dbToken.x }}\n",
    )
    assert "hunter2" not in "".join(hint(chart)[3:])
    chart.joinpath("templates/web.yaml").write_text('{{ $d := dict "dbToken" "abc" }}{{ $d.dbToken.x }}')
    assert hint(chart)[3] == "$d.dbToken is a text of 3 characters (not shown)"


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("imagee", ["image", "other"], ["image"]),
        ("replica_count", ["replicaCount", "replicas"], ["replicaCount"]),
        ("toYml", ["toYaml", "toJson", "trim"], ["toYaml"]),
        ("x", ["y", "z"], []),
        ("", ["a"], []),
        ("image", ["image"], []),
    ],
)
def test_near_names(name: str, known: list[str], found: list[str]) -> None:
    assert nearest(name, known)[:1] == found


def test_did_you_mean() -> None:
    assert meant("valuess", ["values", "version"], shown="--{}") == "did you mean --values?"
    assert meant("zzz", ["values"]) == ""
