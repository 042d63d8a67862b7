"""Bars for downloads: what is painted, when, and that nothing of it stays."""

from __future__ import annotations

import io

import pytest

from charthouse.cli.output.bars import Bars, size
from charthouse.cli.streams import Output


class Screen:
    """A bar, a clock that stands still until it is told, and what was written."""

    def __init__(self, what: str = "web-1.0.0.tgz", *, count: int = 1, columns: int = 80, colour: bool = False) -> None:
        self.raw = io.BytesIO()
        self.out = Output(self.raw)
        self.err = Output(self.raw, before=self.out)
        self.now = 0.0
        self.bars = Bars(
            self.out, self.err, what, count=count, colour=colour, columns=lambda: columns, clock=lambda: self.now
        )

    def text(self) -> str:
        return self.raw.getvalue().decode()


def test_one_download() -> None:
    screen = Screen()
    update = screen.bars.part()
    for at, have in ((0.0, 25_000), (0.01, 26_000), (1.0, 50_000), (1.01, 100_000)):
        screen.now = at
        update(have, 100_000)
    screen.bars.end()
    update(100_000, 100_000)
    assert screen.text() == (
        "\r\x1b[Kweb-1.0.0.tgz [######..................]  25 % 25 kB of 100 kB"
        "\r\x1b[Kweb-1.0.0.tgz [############............]  50 % 50 kB of 100 kB"
        "\r\x1b[Kweb-1.0.0.tgz [########################] 100 % 100 kB of 100 kB"
        "\r\x1b[K"
    )
    assert (screen.out.overlay, screen.err.overlay) == (None, None)


def test_a_length_nobody_knows() -> None:
    screen = Screen()
    screen.bars.part()(2_500_000, 0)
    assert screen.text() == "\r\x1b[Kweb-1.0.0.tgz 2.5 MB"


def test_several_share_the_line() -> None:
    screen = Screen("indexes", count=4)
    one, other = screen.bars.part(), screen.bars.part()
    one(500, 1000)
    screen.now = 1.0
    other(500, 4000)
    screen.now = 2.0
    screen.bars.finished()
    assert screen.text().split("\r\x1b[K")[1:] == [
        "indexes 0/4 [........................]   0 % 500 B",
        "indexes 0/4 [........................]   0 % 1000 B of 5000 B",
        "indexes 1/4 [######..................]  25 % 1000 B of 5000 B",
    ]


def test_printed_text_takes_the_line_away_and_has_a_moment_to_itself() -> None:
    screen = Screen("indexes", count=2)
    update = screen.bars.part()
    update(1, 2)
    screen.out.write("x is up to date\n")
    screen.out.flush()
    update(2, 2)
    screen.now = 1.0
    update(2, 2)
    screen.bars.end()
    line = "\r\x1b[Kindexes 0/2 [........................]   0 % {} B of 2 B"
    assert screen.text() == f"{line.format(1)}\r\x1b[Kx is up to date\n{line.format(2)}\r\x1b[K"


def test_colour_only_where_it_is_wanted() -> None:
    screen = Screen(colour=True)
    screen.bars.part()(1, 2)
    assert "[\x1b[32m############\x1b[0m............]" in screen.text()


@pytest.mark.parametrize(
    ("columns", "line"),
    [(50, "web-1.0.0.tgz  50 % 1 B of 2 B"), (12, "web-1.0.0.t"), (1, "")],
)
def test_a_narrow_terminal_is_not_left(columns: int, line: str) -> None:
    screen = Screen(columns=columns)
    screen.bars.part()(1, 2)
    assert screen.text() == f"\r\x1b[K{line}"


def test_names_cannot_write_to_the_terminal() -> None:
    screen = Screen("a\x1b[2Jb\n.tgz")
    screen.bars.part()(1, 0)
    assert screen.text() == "\r\x1b[Ka?[2Jb?.tgz 1 B"


def test_sizes() -> None:
    assert [size(n) for n in (0, 9_999, 10_000, 999_999, 1_000_000)] == ["0 B", "9999 B", "10 kB", "999 kB", "1.0 MB"]
