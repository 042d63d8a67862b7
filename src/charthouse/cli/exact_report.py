"""What ``--exact`` made different from Helm: warnings on standard error, or JSON in the file of ``--exact-report``."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.logs import WARN, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.actions.exactness import ExactDifference
    from charthouse.cli.context import Context

__all__ = ["ReportFailed", "report"]


class ReportFailed(CharthouseError):
    """The file of --exact-report cannot be written."""


def report(context: Context, found: Sequence[ExactDifference]) -> None:
    """Tell the differences. Raises ReportFailed."""
    if context["exact-report"]:
        _write(context["exact-report"], found)
        return
    for difference in found:
        context.log(_record(difference))


def _record(difference: ExactDifference) -> LogRecord:
    if not difference.line:
        return LogRecord(WARN, "exact numbers: Helm fails on this chart", helm=difference.helm)
    attributes = {
        "file": difference.file,
        "line": difference.line,
        "helm": difference.helm.strip(),
        "ours": difference.ours.strip(),
    }
    place = difference.template
    if place is not None:
        attributes["template"] = f"{place.file}:{place.line}"
    if difference.values:
        attributes["values"] = " ".join(difference.values)
    return LogRecord(WARN, "exact numbers: Helm prints otherwise", **attributes)


def _write(path: str, found: Sequence[ExactDifference]) -> None:
    from charthouse.charts.oserror import go_text
    from charthouse.golang.json import encode

    text = encode({"differences": [difference.as_json() for difference in found]}, indent="  ", escape_html=False)
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text + "\n")
    except OSError as error:
        raise ReportFailed(go_text("open", path, error), hint="--exact-report needs a file it can write") from None
