"""What the commands that fetch charts are given: the fetcher, the places, who we are, and a line of progress.

The one place where ``cli`` meets ``distribution``'s wiring.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context
    from charthouse.distribution.access import Access
    from charthouse.distribution.downloads import Places
    from charthouse.distribution.fetch import Fetcher, Getter

__all__ = ["access", "fetcher", "places", "progress", "rfc3339_now"]

_STEP = 1 << 18


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
        getters=getters,
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
    """A line on standard error that shows how much of `what` has come, and the function that takes it away again.

    (None, nothing to do) when standard error is no terminal.
    """
    if not context.err.isatty():
        return None, lambda: None
    shown = -_STEP

    def update(have: int, total: int) -> None:
        nonlocal shown
        if have - shown < _STEP and have != total:
            return
        shown = have
        of = f" of {_size(total)} ({have * 100 // total} %)" if total else ""
        context.err.raw.write(f"\r\x1b[K{what}: {_size(have)}{of}"[:200].encode())
        context.err.raw.flush()

    def end() -> None:
        if shown >= 0:
            context.err.raw.write(b"\r\x1b[K")
            context.err.raw.flush()

    return update, end


def _size(count: int) -> str:
    if count < 10_000:
        return f"{count} B"
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count // 1000} kB"


def rfc3339_now() -> str:
    """The present moment as Go writes it."""
    from datetime import datetime

    from charthouse.golang.moment import to_text

    return to_text(datetime.now().astimezone())
