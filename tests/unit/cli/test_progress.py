"""Progress on a terminal never mixes with what is printed for good."""

from __future__ import annotations

import io

from charthouse.actions.ports import Progress
from charthouse.cli.output.progress import Painter
from charthouse.cli.streams import Output


def test_printed_text_replaces_what_is_painted() -> None:
    screen = io.BytesIO()
    out = Output(screen)
    err = Output(screen, before=out)
    painter = Painter(out, err)
    painter.update(Progress("wait", "Pod/web", "InProgress", "starting", 1, 2))
    err.write("level=WARN msg=x\n")
    painter.update(Progress("wait", "Pod/web", "Current", "", 2, 2))
    out.write("text\n")
    painter.update(Progress("wait", "Pod/db", "Current"))
    painter.end()
    out.write("last\n")
    out.flush()
    assert screen.getvalue().decode() == (
        "\r\x1b[Jwait 1/2 Pod/web InProgress\n  Pod/web: InProgress starting\n"
        "\r\x1b[2A\x1b[Jlevel=WARN msg=x\n"
        "\r\x1b[Jwait 2/2 Pod/web Current\n"
        "\r\x1b[1A\x1b[Jtext\n"
        "\r\x1b[Jwait Pod/db Current\n"
        "\r\x1b[1A\x1b[Jlast\n"
    )
