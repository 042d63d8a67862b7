"""``diff`` (ours): what an upgrade would change, as a unified diff; secrets are masked unless asked for."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.commands.upgrade import flags as upgrade_flags
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import FORCE_GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [
        Flag("live", "bool", "compare with the objects in the cluster instead of the stored manifest"),
        Flag("show-secrets", "bool", "show the data of Secrets"),
        Flag("context", "int", "unchanged lines around a change; -1 for all", default=3, short="C"),
        Flag("detailed-exitcode", "bool", "exit status 2 when something would change"),
        *upgrade_flags(),
    ]


def _run(context: Context) -> None:
    from charthouse.actions.diff import text as diff_text
    from charthouse.actions.options import DiffOptions
    from charthouse.cli.chart_source import load_upgradable, locate
    from charthouse.cli.cluster_flags import upgrade_options
    from charthouse.cli.context import CommandExit
    from charthouse.cli.values_options import user_values
    from charthouse.cli.wiring import verbs

    options = DiffOptions(
        upgrade=upgrade_options(context, context.words[0], dry_run="server"),
        live=context["live"],
        show_secrets=context["show-secrets"],
        context=context["context"],
    )
    path = locate(context, context.words[1])
    values = user_values(context)
    chart = load_upgradable(context, path)
    found = verbs(context).diff(chart, values, options)
    text = diff_text(found, context=context["context"])
    context.out.write(_painted(text) if context.colour else text)
    if not found.changes:
        context.out.write(f"nothing would change ({_counted(found.unchanged)})\n")
    elif context["detailed-exitcode"]:
        raise CommandExit(2)


def _counted(objects: int) -> str:
    return "1 object" if objects == 1 else f"{objects} objects"


def _painted(text: str) -> str:
    colours = {"+": "32", "-": "31", "@": "36"}
    lines = []
    for line in text.splitlines(keepends=True):
        code = colours.get(line[0])
        if code is None and not line.startswith((" ", "\n")):
            code = "1"
        lines.append(f"\x1b[{code}m{line.rstrip(chr(10))}\x1b[0m\n" if code else line)
    return "".join(lines)


def _run_group(context: Context) -> None:
    """``diff RELEASE CHART`` means ``diff upgrade RELEASE CHART``; without words the group is explained."""
    from charthouse.cli.flags import UsageError
    from charthouse.cli.help import help_text

    if len(context.words) == 2:
        _run(context)
    elif context.words:
        raise UsageError(
            f'"{COMMAND.path}" requires 2 arguments\n\nUsage:  {COMMAND.use_line}',
            hint="give the release and the chart: diff RELEASE CHART, or diff upgrade RELEASE CHART",
        )
    else:
        context.out.write(help_text(COMMAND, context.flags))


COMMAND = Command(
    "diff [RELEASE] [CHART]",
    "show what an upgrade would change",
    long="Compare a release with what an upgrade would make of it. Nothing is changed.\n\n"
    "`diff RELEASE CHART` is short for `diff upgrade RELEASE CHART`.\n",
    flags=_flags,
    exclusive=FORCE_GROUPS,
    run=_run_group,
    children=(
        Command(
            "upgrade [RELEASE] [CHART]",
            "show what an upgrade would change",
            long="Render the chart as upgrade would and print what would change, object by object.\n",
            args="exact 2",
            flags=_flags,
            exclusive=FORCE_GROUPS,
            run=_run,
        ),
    ),
)
