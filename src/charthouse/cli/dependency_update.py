"""``--dependency-update``: charts/ brought up to date before a chart is used.

Rules: Helm 4.3.1 ``pkg/cmd/install.go``, ``pkg/cmd/package.go``, ``pkg/cmd/source_date_epoch.go``; the work itself
is done by ``charts.vendoring``.
"""

from __future__ import annotations

from charthouse.charts.chart import ChartError
from charthouse.cli.unbuilt import NotBuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charthouse.cli.context import Context

__all__ = ["source_date_epoch", "update_dependencies"]


def update_dependencies(context: Context, path: str, *, say: Callable[[str], object]) -> None:
    """Bring charts/ up to date with what is on this machine. say: hears what is done.

    Raises ChartError; NotBuilt when something would have to be fetched.
    """
    from charthouse.charts.vendoring import Elsewhere, update

    epoch = source_date_epoch(context.environ)
    try:
        update(path, epoch=epoch, debug=context["debug"], say=say, log=context.log)
    except Elsewhere as error:
        raise NotBuilt(
            "fetching dependencies from repositories and registries",
            instead=f"only `{error.name}` and other charts with a repository that begins file:// are found so far: "
            "put the chart below charts/",
        ) from error


def source_date_epoch(environ: Mapping[str, str]) -> int | None:
    """SOURCE_DATE_EPOCH in seconds, None when it is not set. Raises ChartError (``sourceDateEpochFromEnv``)."""
    from charthouse.cli.flag_kinds import quote

    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    body = text[1:] if text[0] in "+-" else text
    if not (body.isascii() and body.isdigit()):
        raise ChartError(f"invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    if not -(1 << 63) <= int(text) < 1 << 63:
        raise ChartError(f"invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing {quote(text)}: value out of range")
    if int(text) < 0:
        raise ChartError("invalid SOURCE_DATE_EPOCH: must not be negative")
    return int(text)
