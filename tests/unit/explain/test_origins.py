"""Which source set a value, under every rule by which Helm merges them."""

from __future__ import annotations

import pytest

from charthouse.charts.origin import Origin, ValuesSource, path_text
from charthouse.charts.origins import value_origin
from tests.unit.explain.charts import chart_of, flag, origins_of, values_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.origins import Origins

PARENT = {
    "Chart.yaml": (
        "apiVersion: v2\nname: c\nversion: 1.0.0\n"
        "dependencies:\n- name: db\n  version: 1.0.0\n  condition: db.enabled\n"
        "  import-values: [{child: out, parent: in}]\n"
        "- {name: db, version: 1.0.0, alias: db2}\n"
    ),
    "values.yaml": "# top\nport: 80\nlist:\n- a\n- b: 1\ndb:\n  user: parent\nglobal:\n  team: shop\nempty: {}\n",
    "charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
    "charts/db/values.yaml": "user: child\nsize: 1Gi\nout:\n  host: here\nglobal:\n  team: none\n",
}


def told(origins: Origins, *path: str | int) -> list[tuple[str, str]]:
    return [(origin.kind, origin.place) for origin in origins.history(path)]


def test_a_later_file_and_a_flag_win() -> None:
    origins = origins_of(
        PARENT, flag("set", "port=83"), values_file("port: 81\n"), values_file("\nport: 82\n", "two.yaml")
    )
    assert told(origins, "port") == [
        ("flag", "--set port=83"),
        ("file", "two.yaml:2:1"),
        ("file", "my.yaml:1:1"),
        ("default", "c/values.yaml:2:1"),
    ]


def test_a_flag_over_one_of_several_values_of_a_map() -> None:
    origins = origins_of(
        {"values.yaml": "a: {b: {c: 1, d: 1}, e: {}}\n"},
        values_file("a:\n  b: {c: 2}\n  e: {f: 1}\n"),
        flag("set", "a.b.c=3"),
    )
    assert told(origins, "a", "b", "c") == [
        ("flag", "--set a.b.c=3"),
        ("file", "my.yaml:2:7"),
        ("default", "c/values.yaml:1:9"),
    ]
    assert told(origins, "a", "b", "d") == [("default", "c/values.yaml:1:15")]
    assert told(origins, "a", "e") == [("file", "my.yaml:3:3"), ("default", "c/values.yaml:1:22")]


def test_flags_count_in_helms_order() -> None:
    flags = [
        flag("set-literal", "a=5"), flag("set-file", "a=/no/file"), flag("set-string", "a=4"), flag("set", "a=3"),
        flag("set-json", "a=2"), flag("set-json", '{"a": 1}'),
    ]  # fmt: skip
    assert [place for _, place in told(origins_of({}, *flags), "a")] == [
        "--set-literal a=5",
        "--set-file a=/no/file",
        "--set-string a=4",
        "--set a=3",
        '--set-json {"a": 1}',
        "--set-json a=2",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("db", "user"), [("parent default", "c/values.yaml:7:3"), ("default", "c/charts/db/values.yaml:1:1")]),
        (("db", "size"), [("default", "c/charts/db/values.yaml:2:1")]),
        (("db2", "user"), [("default", "c/charts/db2/values.yaml:1:1")]),
        (("db", "global", "team"), [("global", "c/values.yaml:9:3"), ("default", "c/charts/db/values.yaml:6:3")]),
        (("in", "host"), [("import", "c/charts/db/values.yaml:4:3")]),
        (("list", 1, "b"), [("default", "c/values.yaml:5:3")]),
        (("list",), [("default", "c/values.yaml:3:1")]),
        (("empty",), [("default", "c/values.yaml:10:1")]),
        (("db",), [("parent default", "c/values.yaml:6:1")]),
        (("nothing",), []),
        (("port", "below"), []),
    ],
)
def test_charts(path: tuple[str | int, ...], expected: list[tuple[str, str]]) -> None:
    found = told(origins_of(PARENT), *path)
    assert found[: len(expected)] == expected
    assert len(found) == len(expected) or path == ("db",)


def test_the_user_over_globals_and_sub_charts() -> None:
    origins = origins_of(PARENT, values_file("global:\n  team: mine\ndb: {user: u}\n"))
    assert told(origins, "db", "global", "team")[0] == ("file", "my.yaml:2:3")
    assert told(origins, "db", "user") == [
        ("file", "my.yaml:3:6"),
        ("parent default", "c/values.yaml:7:3"),
        ("default", "c/charts/db/values.yaml:1:1"),
    ]


def test_null_takes_a_default_away() -> None:
    origins = origins_of(PARENT, values_file("db:\n  user: null\n"))
    assert told(origins, "db", "user") == [
        ("file", "my.yaml:2:3"),
        ("parent default", "c/values.yaml:7:3"),
        ("default", "c/charts/db/values.yaml:1:1"),
    ]
    null = origins.null(("db", "user"))
    assert null == Origin("file", "my.yaml", 2, 3, "user: null", ("db", "user"), None)
    assert origins.null(("port",)) is None


def test_a_null_among_globals() -> None:
    origins = origins_of(PARENT, values_file("global:\n  p: {host: null}\n"))
    assert told(origins, "db", "global", "p", "host") == [("file", "my.yaml:2:7")]


def test_a_chart_without_values_of_its_own() -> None:
    files = {name: text for name, text in PARENT.items() if name != "values.yaml"}
    origins = origins_of(files)
    assert told(origins, "db", "size") == [("default", "c/charts/db/values.yaml:2:1")]
    assert told(origins, "in", "host") == [("import", "c/charts/db/values.yaml:4:3")]


def test_a_flag_inside_a_list_of_a_file() -> None:
    origins = origins_of({}, values_file("a:\n- x: 1\n- x: 2\n"), flag("set", "a[1].x=9"))
    assert told(origins, "a", 0, "x") == [("file", "my.yaml:2:3")]
    assert told(origins, "a", 1, "x") == [("flag", "--set a[1].x=9"), ("file", "my.yaml:3:3")]


def test_one_flag_for_several_values() -> None:
    origins = origins_of({"values.yaml": "a: 0\nb: 0\n"}, flag("set", "a=1,b=2"), flag("set", "a=3"))
    assert [place for _, place in told(origins, "a")] == ["--set a=3", "--set a=1,b=2", "c/values.yaml:1:1"]
    assert [place for _, place in told(origins, "b")] == ["--set a=1,b=2", "c/values.yaml:2:1"]


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: {b: 1, c: {d: 2}}\n", ("a", "c", "d"), (1, 15)),
        ("x: &x\n  k: 1\nw:\n  <<: *x\n  z: 2\n", ("w", "k"), (2, 3)),
        ("x: &x {k: 1}\nw: *x\n", ("w", "k"), (1, 8)),
        ("a: 1\n---\na: 2\n", ("a",), (3, 1)),
        ("---\n# head\na: 1\n", ("a",), (3, 1)),
        ("yes: 1\n", ("true",), (1, 1)),
        ('"a.b/c": 1\n', ("a.b/c",), (1, 1)),
        ("a: 1\na: 2\n", ("a",), (2, 1)),
        ("a: [m, am, {m: m}]\n", ("a", 2, "m"), (1, 13)),
        ("a: 'it''s'\r\nb: 2\r\n", ("b",), (2, 1)),
    ],
)
def test_places(text: str, path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    found = value_origin(chart_of({}), [values_file(text)], path)
    assert found is not None
    assert (found.line, found.column) == place


def test_values_of_a_program_have_no_place() -> None:
    found = value_origin(chart_of({}), [ValuesSource("values", "values", "", {"a": {"b": 1}})], ("a", "b"))
    assert found == Origin("values", "values", 0, 0, "", ("a", "b"), 1)


def test_a_source_that_cannot_be_read_is_left_out() -> None:
    origins = origins_of({"values.yaml": "a: 1\n"})
    origins.sources = [values_file("a: [\n", "bad.yaml"), flag("set", "a")]
    assert told(origins, "a") == [("default", "c/values.yaml:1:1")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("image", "tag"), "image.tag"),
        (("a", 0, "b"), "a[0].b"),
        (("a", "b.c/d", "e"), 'a["b.c/d"].e'),
        (("",), '[""]'),
        (('q"',), '["q\\""]'),
    ],
)
def test_path_text(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text
