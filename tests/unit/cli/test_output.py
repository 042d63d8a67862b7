"""Printers: log lines, tables, times, resources, JSONPath. Expected texts come from helm 4.3.1 and kubectl 1.37."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from charthouse.cli.output.encode import json_text, struct
from charthouse.cli.output.jsonpath import JSONPathError, evaluate
from charthouse.cli.output.moments import ansic, full, rfc3339
from charthouse.cli.output.resources import resource_tables
from charthouse.cli.output.template import execute, execute_name, struct_of
from charthouse.cli.output.uitable import table
from charthouse.cli.slog import line
from charthouse.golang.moment import from_text
from charthouse.k8s.tabletext import human_duration
from charthouse.logs import DEBUG, INFO, WARN, LogRecord

LINES = [
    (LogRecord(WARN, "this chart is deprecated"), 'level=WARN msg="this chart is deprecated"'),
    (LogRecord(INFO, "word", path="/a/b", count=3), "level=INFO msg=word path=/a/b count=3"),
    (LogRecord(DEBUG, "", version=""), 'level=DEBUG msg="" version=""'),
    (LogRecord(INFO, "a=b", error='x "y"'), 'level=INFO msg="a=b" error="x \\"y\\""'),
    (LogRecord(INFO, "ünï", text="tab\there"), 'level=INFO msg=ünï text="tab\\there"'),
    (LogRecord(INFO, "m", on=True, off=False, none=None), "level=INFO msg=m on=true off=false none=<nil>"),
    (LogRecord(INFO, "m", names=["a", "b"]), 'level=INFO msg=m names="[a b]"'),
]


@pytest.mark.parametrize(("record", "text"), LINES, ids=[text for _, text in LINES])
def test_log_lines(record: LogRecord, text: str) -> None:
    assert line(record) == text


def test_tables() -> None:
    rows = [("NAME", "VERSION"), ("a", "1.0"), ("longer name", "2")]
    assert table(rows) == "NAME       \tVERSION\na          \t1.0    \nlonger name\t2      "
    assert table([]) == ""
    assert table([("abcdefghij", "x")], max_width=6) == "abc...\tx"
    assert table([("abcdefghij", "x")], max_width=3) == "a...\tx"
    assert table([("\x1b[1mAB\x1b[22m",), ("abcd",)]) == "\x1b[1mAB\x1b[22m  \nabcd"
    assert table([("語語",), ("abcde",)]) == "語語 \nabcde"


def test_times() -> None:
    moment = from_text("2026-11-02T03:04:05.06007Z")
    assert ansic(moment) == "Mon Nov  2 03:04:05 2026"
    assert ansic(None) == "Mon Jan  1 00:00:00 0001"
    assert full(moment) == "2026-11-02 03:04:05.06007 +0000 UTC"
    assert rfc3339(moment) == "2026-11-02T03:04:05Z"
    away = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-7, minutes=-13)))
    assert full(away) == "2026-01-02 03:04:05 -0713 -0713"
    assert rfc3339(away) == "2026-01-02T03:04:05-07:13"
    assert full(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02 00:00:00 +0000 UTC"


AGES = [
    (0, "0s"), (119, "119s"), (120, "2m"), (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"),
    (28_799, "7h59m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"), (691_200, "8d"),
    (63_072_000, "2y"), (63_158_400, "2y1d"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "text"), AGES)
def test_ages(seconds: int, text: str) -> None:
    assert human_duration(seconds) == text


def test_resource_tables() -> None:
    columns = [{"name": "Name"}, {"name": "Data"}, {"name": "Wide", "priority": 1}, {"name": "Age"}]

    def rows(*cells: list[Any]) -> dict[str, Any]:
        return {"kind": "Table", "columnDefinitions": columns, "rows": [{"cells": row} for row in cells]}

    resources = {
        "v1/Secret": [{"kind": "Table", "columnDefinitions": [{"name": "Only"}], "rows": [{"cells": ["x\ny"]}]}],
        "v1/ConfigMap": [rows(["web", 3, "-", "5s"]), rows(["much-longer", None, "-", "7m"])],
    }
    assert resource_tables(resources) == (
        "==> v1/ConfigMap\nNAME   DATA   AGE\nweb    3      5s\nmuch-longer         7m\n\n==> v1/Secret\nONLY\nx...\n\n"
    )


def test_json_keeps_the_order_of_structs_and_sorts_maps() -> None:
    assert json_text(struct({"b": 1, "a": {"z": "<&>", "y": None}})) == (
        '{"b":1,"a":{"z":"\\u003c\\u0026\\u003e","y":null}}\n'
    )
    assert json_text({"b": 1.0, "a": [True]}) == '{"a":[true],"b":1}\n'


DATA: dict[str, Any] = {
    "name": "x", "n": 1.5, "list": ["a", "b", "c"], "map": {"k": "v", "b": {"c": 2.0}}, "on": True,
    "none": [None, None], "items": [{"n": "one", "v": 1.0}, {"n": "two", "v": 2.0}],
}  # fmt: skip
PATHS = [
    ("{.name}", "x"),
    ("{$.name}", "x"),
    ("{.n} {.on}", "1.5 true"),
    ("{.list[0]}-{.list[-1]}", "a-c"),
    ("{.list[0:2]}", "a b"),
    ("{.list[*]}", "a b c"),
    ("{.map}", '{"b":{"c":2},"k":"v"}'),
    ("{.map['k']}", "v"),
    ("{..c}", "2"),
    ("{range .items[*]}{.n}={.v}{'\\n'}{end}", "one=1\ntwo=2\n"),
    ('{.items[?(@.n=="two")].v}', "2"),
    ("{.items[?(@.v>1.0)].n}", "two"),
    ("{.items[?(@.v)].n} {.list[?(@.x)]}", "one two "),
    ("{.list[1:]}{.list[::2]}{.list[]}", "b ca ca"),
    ("{range .items[*]}{.n}{range .v}<{@}>{end}{end}!", "one<1>two<2>!"),
    ("{range .none[*]}{@};{end}", "<no value>;<no value>;"),
    ("{.none[0]}{1}{true}{.name 'x'}", "null1truex"),
    ("{.list[0,2]}", "a c"),
    ("text only", "text only"),
]


PATH_ERRORS = [
    ('{.m["k"]}', 'invalid array index "k"'),
    ("{.m,.a}", "unrecognized character in action: U+002C ','"),
    ("{-}", "cannot parse number -"),
    (r'{"\q"}', r'unquote string "\q" error invalid syntax'),
    ('{.l[?(@.x=~"y")]}', "unrecognized character in action: U+007E '~'"),
    ("{'x", "unterminated quoted string"),
    ("{.a[", "unterminated array"),
    ("{.a[?(@", "unterminated filter"),
    ("{....x}", "invalid multiple recursive descent"),
]


@pytest.mark.parametrize(("expression", "text"), PATHS)
def test_jsonpath(expression: str, text: str) -> None:
    assert evaluate(expression, DATA) == text


def test_jsonpath_errors() -> None:
    with pytest.raises(JSONPathError, match="unclosed action") as caught:
        evaluate("{.a", DATA)
    assert caught.value.parsing
    for expression, text in PATH_ERRORS:
        with pytest.raises(JSONPathError) as caught:
            evaluate(expression, DATA)
        assert (caught.value.parsing, str(caught.value)) == (True, text)
    for expression in ("{.name} {.nope}", "{.items[?(@.v>1)]}", "{.list[0:9]}", "{.list[0:2:0]}", "{end}", "{nope}"):
        with pytest.raises(JSONPathError) as caught:
            evaluate(expression, DATA)
        assert not caught.value.parsing


def test_go_templates_of_the_command_line() -> None:
    data = struct_of("version.BuildInfo", (("Version", "v1"), ("Go", "go1")))
    assert execute("{{.Version}}/{{.Go}}", data) == "v1/go1"
    assert execute_name('{{ env "A" }}-{{ expandenv "$A ${B}" }}-{{ "X" | lower }}', {"A": "1", "B": "2"}) == "1-1 2-x"
