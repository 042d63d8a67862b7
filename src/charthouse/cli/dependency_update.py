"""``dependency update`` and ``build``, ``--dependency-update``: charts/ brought up to date.

Rules: Helm 4.3.1 ``pkg/cmd/dependency_update.go``, ``dependency_build.go``, ``install.go``, ``package.go``,
``source_date_epoch.go``; the work itself is done by ``distribution.vendoring``.
"""

from __future__ import annotations

from charthouse.charts.chart import ChartError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charthouse.cli.context import Context
    from charthouse.distribution.proofs import Check

__all__ = ["source_date_epoch", "update_dependencies"]


def update_dependencies(
    context: Context,
    path: str,
    *,
    say: Callable[[str], object],
    refresh: bool = True,
    from_lock: bool = False,
    verify: bool = False,
) -> None:
    """Bring the charts/ of the chart at `path` up to date.

    say: hears what is done; refresh: fetch indexes again first; from_lock: take the versions of the lock file, when
    there is one. verify: check signatures; without the lock file all must have one. Raises ChartError,
    DistributionError, ProvenanceError.
    """
    from charthouse.cli.fetching import access, bars, fetcher, places, rfc3339_now
    from charthouse.cli.registries import sessions
    from charthouse.distribution.sources import Sources
    from charthouse.distribution.vendoring import build, update

    epoch = source_date_epoch(context.environ)
    client = fetcher(context)
    registries = sessions(context, client, access(context), plain_http=context["plain-http"])
    check = _check(context, required=not from_lock) if verify else None
    sources = Sources(
        path, places(context), client, registries, refresh=refresh, debug=context["debug"], say=say, log=context.log,
        check=check, watch=lambda what, count: bars(context, what, count),
    )  # fmt: skip
    try:
        (build if from_lock else update)(sources, now=rfc3339_now(), epoch=epoch)
    finally:
        client.close()


def _check(context: Context, *, required: bool) -> Check:
    from charthouse.cli.signatures import check

    return check(context, required=required)


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
