"""``docs``: the documentation of all commands, written to files. Rules: Helm 4.3.1 ``pkg/cmd/docs.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


class DocsFailed(CharthouseError):
    """The documentation cannot be written, or not in that form."""


def _flags() -> list[Flag]:
    return [
        Flag("dir", "string", "where to write", default="./"),
        Flag("type", "string", "format: markdown, man or bash", default="markdown"),
        Flag("generate-headers", "bool", "add headers for a documentation site"),
    ]


def _run(context: Context) -> None:
    kind = context["type"]
    if kind == "bash":
        from charthouse.cli.commands.completion import bash_script

        _write(context, "completions.bash", bash_script(context.program))
    elif kind in ("markdown", "mdown", "md"):
        _write_all(context, "_", "md")
    elif kind == "man":
        _write_all(context, "-", "1")
    else:
        from charthouse.cli.flag_kinds import quote

        raise DocsFailed(f"unknown doc type {quote(kind)}. Try 'markdown' or 'man'", hint="bash is a third")


def _write_all(context: Context, separator: str, ending: str) -> None:
    from time import gmtime, strftime

    from charthouse.cli.flags import FlagSet
    from charthouse.cli.global_flags import global_flags
    from charthouse.cli.output.manual import commands, manual_page, markdown, titled
    from charthouse.cli.table import root

    epoch = context.environ.get("SOURCE_DATE_EPOCH", "")
    moment = gmtime(int(epoch)) if epoch.isdecimal() else gmtime()
    day = f"{moment.tm_mday}-{strftime('%b-%Y', moment)}"
    known = FlagSet(global_flags(context.settings), settings=context.settings)
    for command in commands(root()):
        name = command.path.replace(" ", separator)
        if ending == "1":
            text = manual_page(command, known, day)
        else:
            header = titled(name) if context["generate-headers"] else ""
            text = header + markdown(command, known, day)
        _write(context, f"{name}.{ending}", text)


def _write(context: Context, name: str, text: str) -> None:
    import os

    from charthouse.charts.oserror import go_text

    path = os.path.normpath(os.path.join(context["dir"], name))
    try:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        hint = f"the directory {context['dir']} has to be there" if missing else ""
        raise DocsFailed(go_text("open", path, error), hint=hint) from error


COMMAND = Command(
    "docs",
    "write the documentation of all commands",
    long="""Write the documentation of all commands to files: Markdown, manual pages, or the completion script for bash.

With SOURCE_DATE_EPOCH set, the pages say that day.
""",
    args="none",
    flags=_flags,
    run=_run,
    hidden=True,
)
