"""Where it went wrong, shown."""

from __future__ import annotations

from charthouse.formats.excerpt import excerpt


def test_the_caret_stands_under_the_column() -> None:
    assert excerpt("t.yaml", "a: 1\nb: {{ .x }}\n", 2, 6) == "t.yaml:2:6\n    2 | b: {{ .x }}\n      |       ^"


def test_columns_count_bytes() -> None:
    assert excerpt("t", "é: {{ x }}", 1, 4).splitlines()[2] == "      |    ^"


def test_no_column_no_caret() -> None:
    assert excerpt("t", "a\nb", 2, -1) == "t:2\n    2 | b"


def test_a_line_that_is_not_there_leaves_the_place() -> None:
    assert excerpt("t", "a", 7, 0) == "t:7:0"


def test_long_lines_are_cut_around_the_caret() -> None:
    lines = excerpt("t", "x" * 5000 + "!" + "y" * 5000, 1, 5000).splitlines()
    assert lines[1][lines[2].index("^")] == "!"
    assert len(lines[1]) < 120
