"""What the command line gave as values, as data: for telling which file or flag set one.

Order and kinds: Helm 4.3.1 ``pkg/cli/values/options.go`` (``MergeValues``). Files are read again; one that cannot be
read (standard input, which is spent) is as if it were not there.
"""

from __future__ import annotations

from charthouse.charts.origin import ValuesSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["value_sources"]


def value_sources(context: Context) -> list[ValuesSource]:
    """Every ``-f`` and ``--set…`` of the command line, in Helm's order."""
    found = [ValuesSource("file", path, text) for path in context["values"] if (text := _text(context, path))]
    for kind in ("set-json", "set", "set-string", "set-file", "set-literal"):
        found += [ValuesSource(kind, f"--{kind} {text}", text) for text in context[kind]]
    return found


def _text(context: Context, path: str) -> str:
    if path in context.fetched:
        return context.fetched[path].decode("utf-8", "surrogateescape")
    from charthouse.charts.regular import read_regular

    try:
        return read_regular(path).decode("utf-8", "surrogateescape")  # a pipe has been read, and gives nothing again
    except OSError:
        return ""
