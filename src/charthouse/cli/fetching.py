"""What the commands that fetch charts are given: the fetcher, the places, who we are, and a bar.

The one place where ``cli`` meets ``distribution``'s wiring.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context
    from charthouse.cli.output.bars import Bars
    from charthouse.distribution.access import Access
    from charthouse.distribution.downloads import Places
    from charthouse.distribution.fetch import Fetcher, Getter

__all__ = ["access", "bars", "fetcher", "places", "progress", "rfc3339_now"]


def fetcher(context: Context, *, nanoseconds: int = 0) -> Fetcher:
    """What makes requests. nanoseconds: the timeout, 0 = Helm's two minutes."""
    import time

    from charthouse import __version__
    from charthouse.distribution.fetch import Fetcher

    def getters(scheme: str) -> Getter | None:
        from charthouse.cli.getters import getter_for

        return getter_for(context, scheme)

    timeout = nanoseconds / 1e9 if nanoseconds else 120.0
    return Fetcher(
        environ=context.environ, log=context.log, sleep=time.sleep, timeout=timeout, version=__version__,
        getters=getters, clock=time.monotonic,
    )  # fmt: skip


def places(context: Context) -> Places:
    """Where Helm keeps its things, by flags and variables."""
    from charthouse.distribution.downloads import Places

    return Places(
        repositories=context["repository-config"],
        indexes=context["repository-cache"],
        content=context["content-cache"],
        own=context.settings.own_cache,
    )


def access(context: Context) -> Access:
    """Who we are, as the command line says."""
    from charthouse.distribution.access import Access

    return Access(
        username=context["username"],
        password=context["password"],
        pass_all=bool(context.flags.values.get("pass-credentials")),
        cert_file=context["cert-file"],
        key_file=context["key-file"],
        ca_file=context["ca-file"],
        insecure=context["insecure-skip-tls-verify"],
    )


def progress(context: Context, what: str) -> tuple[Callable[[int, int], None] | None, Callable[[], None]]:
    """A bar on standard error that shows how much of `what` has come, and the function that takes it away again.

    (None, nothing to do) when standard error is no terminal.
    """
    shown = bars(context, what)
    return (None, lambda: None) if shown is None else (shown.part(), shown.end)


def bars(context: Context, what: str, count: int = 1) -> Bars | None:
    """A bar for several downloads at once, None when standard error is no terminal that can show one."""
    if not context.err.isatty() or context.environ.get("TERM") == "dumb":
        return None
    import time

    from charthouse.cli.output.bars import Bars

    colour = "NO_COLOR" not in context.environ and context["color"] != "never"
    return Bars(context.out, context.err, what, count=count, colour=colour, columns=_columns, clock=time.monotonic)


def _columns() -> int:
    import os

    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


def rfc3339_now() -> str:
    """The present moment as Go writes it."""
    from datetime import datetime

    from charthouse.golang.moment import to_text

    return to_text(datetime.now().astimezone())
