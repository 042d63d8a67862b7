"""The program: arguments in, exit status out.

Order of events after spf13/cobra v1.10.2 (``ExecuteC``, ``execute``) and Helm 4.3.1 ``pkg/cmd/root.go``: the global
flags are read once leniently (colours, debug), then the command is found, its line parsed, help given, words counted,
flag groups checked, and the command run. This is the only module that touches ``sys.argv``, ``os.environ`` and the
standard streams.

Start-up must cost little more than bare Python (tests/unit/cli/test_imports.py holds the imported modules).
"""

from __future__ import annotations

import os
import sys

from charthouse.cli.context import CommandExit, Context
from charthouse.cli.flags import FlagSet
from charthouse.errors import CharthouseError
from charthouse.settings import settings_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

    from charthouse.cli.command import Command
    from charthouse.cli.flags import Flag
    from charthouse.cli.streams import Output
    from charthouse.logs import Log

__all__ = ["entry", "run"]

_INTERRUPTED = 130
_DRIVERS = ("", "secret", "secrets", "configmap", "configmaps", "memory", "sql")


def entry(before_exit: Callable[[], None] | None = None) -> NoReturn:
    """The process's one command line: never returns. before_exit: called when all is written."""
    from charthouse.cli.bounds import own_process
    from charthouse.cli.streams import Output

    own_process()
    out = Output(sys.stdout.buffer)
    err = Output(sys.stderr.buffer, before=out)
    try:
        status = run(sys.argv[1:], os.environ, out, err, _read_stdin, program=sys.argv[0])
        out.flush()
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except BrokenPipeError:
        status = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (BrokenPipeError, ValueError):
        status = status or 1
    if before_exit is not None:
        before_exit()
    os._exit(status)  # tearing the interpreter down would cost more than many a command


_typed: list[bytes] = []


def _read_stdin() -> bytes:
    """All of standard input; asked again, the same."""
    if not _typed:
        _typed.append(sys.stdin.buffer.read())
    return _typed[0]


def run(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    out: Output,
    err: Output,
    stdin: Callable[[], bytes],
    *,
    program: str = "charthouse",
) -> int:
    """Run one command line. Returns the exit status; writes Helm's error text and our hints to `err`."""
    context = Context(program, environ, settings_from(environ), out, err, stdin)
    context.arguments = arguments
    debug = "--debug" in arguments
    try:
        return _dispatch(context, arguments)
    except CommandExit as done:
        return done.status
    except CharthouseError as error:
        out.flush()
        told = hint_lines(_advice(error, context))
        # Behind a text that ends in a blank line of its own our lines stand before that line.
        err.write(
            f"Error: {error.message}{told}\n" if error.message.endswith("\n") else f"Error: {error.message}\n{told}"
        )
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except RecursionError:
        return _internal(err, "recursion deeper than allowed", debug=debug)
    except MemoryError:
        err.write("Error: not enough memory\n" + hint_lines("`ulimit -d` and `ulimit -v` show what a process may have"))
        return 1
    except Exception as error:
        return _internal(err, f"{type(error).__name__}: {error}", debug=debug)


def _advice(error: CharthouseError, context: Context) -> str:
    from charthouse.cli.advice import advice

    try:
        return advice(error, context, context.command)
    except Exception as problem:  # whatever becomes of the advice, the error itself must be told
        return f"no advice could be found: {type(problem).__name__}: {problem}"


def hint_lines(hint: str) -> str:
    """Our advice, each line behind `hint: `."""
    return "".join(f"hint: {line}\n" for line in hint.splitlines()) if hint else ""


def _internal(err: Output, what: str, *, debug: bool) -> int:
    err.write(f"Error: internal error: {what}\n")
    if debug:
        import traceback

        err.write(traceback.format_exc())
        advice = "this is a mistake in charthouse; please report it with the lines above"
    else:
        advice = "this is a mistake in charthouse; run again with --debug and please report what it prints"
    err.write(hint_lines(advice))
    return 1


def _dispatch(context: Context, arguments: Sequence[str]) -> int:
    from charthouse.cli.dispatch import UnknownCommand, flags_of
    from charthouse.cli.global_flags import global_flags
    from charthouse.cli.slog import logger
    from charthouse.cli.table import root as commands

    known = FlagSet(global_flags(context.settings), settings=context.settings)
    _first_look(known, arguments)
    context.flags = known
    context.log = logger(context.err.write, debug=known["debug"])
    if known["color"] not in ("never", "auto", "always"):
        _refuse_color(context, known["color"])
        return 1
    if os.path.exists(known["registry-config"]) and _registry_refused(context, known["registry-config"]):
        return 1
    root = commands()
    if _any_plugins(context):
        from charthouse.cli.plugin_commands import with_plugins

        root = with_plugins(context, root)
    context.root = root
    try:
        command, rest = _found(context, arguments, known)
    except UnknownCommand as error:
        said = f"Error: {error.message}\nRun '{root.path} --help' for usage.\n"
        context.err.write(said + hint_lines("`charthouse --help` lists the commands"))
        return 1
    flags = flags_of(command, known)
    context.flags = flags
    context.command = command.path.partition(" ")[2]
    return _execute(context, command, rest)


def _any_plugins(context: Context) -> bool:
    """Whether a plugins directory has anything in it: one look where there is none."""
    path = context.settings.plugins
    if not path or context.environ.get("HELM_NO_PLUGINS") == "1":
        return False
    for folder in path.split(os.pathsep):
        try:
            if os.listdir(folder):
                return True
        except OSError:
            continue
    return False


def _found(context: Context, arguments: Sequence[str], known: FlagSet) -> tuple[Command, list[str]]:
    """The command that is meant, one a Python package adds included. Raises UnknownCommand."""
    from charthouse.cli.dispatch import UnknownCommand, find

    try:
        return find(context.root, arguments, known)
    except UnknownCommand as error:
        if context.environ.get("HELM_NO_PLUGINS") == "1":
            raise
        from charthouse.cli.plugin_commands import native_command

        command = native_command(context, error.word)
        if command is None:
            raise
        from charthouse.cli.command import Command

        root = context.root
        context.root = Command(root.use, root.short, long=root.long, children=(*root.children, command))
        return find(context.root, arguments, known)


def _execute(context: Context, command: Command, rest: list[str]) -> int:
    from charthouse.cli.flags import Flag
    from charthouse.cli.slog import logger

    flags = context.flags
    if "help" not in flags.flags:
        flags.add((Flag("help", "bool", f"help for {command.name}", short="h"),))
    if command.name.startswith("__complete") or command.verbatim:
        context.words = rest
    else:
        try:
            context.words = flags.parse(rest)
        finally:
            _log_notices(context)
    if flags.warnings and flags["compat"] != "helm3":  # which has deprecated none of them
        context.err.write("".join(flags.warnings))
    if flags["compat"]:
        context.log = _compatible_logger(context)
    else:
        context.log = logger(context.err.write, debug=flags["debug"])
    if command.run is None or flags["help"]:
        from charthouse.cli.help import help_text

        context.out.write(help_text(command, FlagSet(_globals(context), settings=context.settings)))
        return 0
    if context.settings.driver not in _DRIVERS and _refused_driver(context):
        return 1
    command.check_words(context.words)
    if command.exclusive:
        _check_groups(command, flags)
    if command.bounded:
        from charthouse.cli.bounds import bounded

        run = command.run
        bounded(lambda: run(context))
    else:
        command.run(context)
    return 0


def _compatible_logger(context: Context) -> Log:
    """The log of the Helm to render as. Raises UnknownProfile."""
    if context.profile.go_log:
        from charthouse.cli.golog import logger as go_logger

        return go_logger(context.err.write, debug=context["debug"])
    from charthouse.cli.slog import logger

    return logger(context.err.write, debug=context["debug"])


def _log_notices(context: Context) -> None:
    if context.flags.notices:
        from charthouse.logs import WARN, LogRecord

        for notice in context.flags.notices:
            context.log(LogRecord(WARN, notice))


def _globals(context: Context) -> list[Flag]:
    from charthouse.cli.global_flags import global_flags

    return global_flags(context.settings)


def _first_look(known: FlagSet, arguments: Sequence[str]) -> None:
    """What Helm learns of its global flags before it looks for a command; mistakes are reported later."""
    from charthouse.cli.flags import UsageError

    try:
        known.parse(arguments, lenient=True)
    except UsageError:
        known.changed.clear()  # reported when the line is read in earnest
    known.changed.clear()
    known.warnings.clear()


def _refused_driver(context: Context) -> bool:
    """Whether there is no storage of that name, which is said."""
    from charthouse.cli.flag_kinds import quote
    from charthouse.cli.native_storage import is_native_driver
    from charthouse.logs import INFO, LogRecord

    if is_native_driver(context):
        return False
    context.log(LogRecord(INFO, f"unknown driver {quote(context.settings.driver)}"))
    context.hint("HELM_DRIVER is secret, configmap, memory or sql")
    return True


def _refuse_color(context: Context, mode: str) -> None:
    from charthouse.cli.flag_kinds import quote
    from charthouse.logs import WARN, LogRecord

    problem = f"invalid color mode {quote(mode)}: must be one of: never, auto, always"
    context.log(LogRecord(WARN, "command failed", error=problem))
    context.hint("--color and HELM_COLOR take never, auto or always")


def _registry_refused(context: Context, path: str) -> bool:
    """Whether the registries' file is damaged, which stops every command of Helm's (its client reads it first)."""
    from charthouse.distribution.registry.dockerconfig import BadConfig, load
    from charthouse.logs import WARN, LogRecord

    try:
        load(path)
    except BadConfig as error:
        context.log(LogRecord(WARN, "command failed", error=error.message))
        context.hint(error.hint)
        return True
    return False


def _check_groups(command: Command, flags: FlagSet) -> None:
    from charthouse.cli.flags import UsageError

    for group in sorted(command.exclusive, key=" ".join):
        given = sorted(name for name in group if name in flags.changed)
        if len(given) > 1:
            raise UsageError(
                f"if any flags in the group [{' '.join(group)}] are set none of the others can be; "
                f"[{' '.join(given)}] were all set"
            )
