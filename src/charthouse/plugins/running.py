"""Plugins as processes: commands, getters, post-renderers, hooks and what completes their words.

Rules: Helm 4.3.1 ``internal/plugin/runtime_subprocess.go`` (what is in the environment, which streams a plugin has,
which text a failure has), ``runtime_subprocess_getter.go`` (a getter's program is looked for in its directory and gets
certificate, key, CA file and address), Go's ``os/exec`` (what is said of a program that cannot be started). Differs:
what a post-renderer writes on standard error is not lost but told in the hint when it fails.
"""

from __future__ import annotations

import os

from charthouse.golang.strconv import quote
from charthouse.logs import DEBUG, LogRecord
from charthouse.plugins.errors import PluginError, PluginExit
from charthouse.plugins.metadata import EXTISM
from charthouse.plugins.platforms import command_line
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

    from charthouse.distribution.access import Access
    from charthouse.logs import Log
    from charthouse.plugins.discovery import Plugin

__all__ = ["Streams", "complete", "fetch", "post_render", "run_command", "run_hook", "run_program", "last_lines"]

_LINES = 10


class Streams(Record):
    """Handles a child is given for its standard streams; None = those of this process."""

    stdin: int | None = None
    stdout: int | None = None
    stderr: int | None = None


def _prepared(
    plugin: Plugin, arguments: Sequence[str], environ: Mapping[str, str], log: Log
) -> tuple[list[str], Mapping[str, str]]:
    """The command line of a plugin's program and its variables. Raises PluginError."""
    _refuse_wasm(plugin)
    variables = _variables(plugin, environ)
    try:
        line = command_line(plugin.metadata.commands or (), variables, arguments)
    except PluginError as error:
        raise PluginError(f"failed to prepare plugin command: {error}") from error
    _log_start(plugin, line, "executing plugin command", log)
    return line, variables


def run_command(
    plugin: Plugin, arguments: Sequence[str], environ: Mapping[str, str], streams: Streams, log: Log
) -> None:
    """Run the command a plugin adds. environ: this process's and Helm's variables. Raises PluginExit, PluginError."""
    line, variables = _prepared(plugin, arguments, environ, log)
    status = _call(line, variables, streams)
    if status:
        _log_failure(plugin, status, log)
        raise PluginExit(plugin.metadata.name, status)


def run_hook(plugin: Plugin, event: str, environ: Mapping[str, str], streams: Streams, log: Log) -> None:
    """Run what a plugin wants done on "install", "update" or "delete". Raises PluginError."""
    commands = plugin.metadata.hook(event)
    if not commands:
        return
    variables = _variables(plugin, environ)
    line = command_line(commands, variables, expand_arguments=plugin.metadata.expand_hooks)
    _log_start(plugin, line, "executing plugin hook command", log)
    if _call(line, variables, streams):
        raise PluginError(f"plugin {event} hook for {quote(plugin.metadata.name)} exited with error")


def fetch(plugin: Plugin, href: str, access: Access, environ: Mapping[str, str], log: Log) -> bytes:
    """What a getter writes for an address. Raises PluginError."""
    _refuse_wasm(plugin)
    scheme = href.partition(":")[0]
    found = next((c for c in plugin.metadata.protocol_commands or () if scheme in c.protocols), None)
    if found is None:
        raise PluginError(
            f"no downloader found for protocol {quote(scheme)}",
            hint=f"runtimeConfig.protocolCommands of the plugin {plugin.metadata.name} must say how",
        )
    variables = _variables(plugin, environ)
    variables["HELM_PLUGIN_USERNAME"] = access.username
    variables["HELM_PLUGIN_PASSWORD"] = access.password
    variables["HELM_PLUGIN_PASS_CREDENTIALS_ALL"] = "true" if access.pass_all else "false"
    try:
        line = command_line(found.commands, variables, expand_arguments=False)
    except PluginError as error:
        raise PluginError(f"failed to prepare commands for protocol {quote(scheme)}: {error}") from error
    program = os.path.normpath(f"{plugin.directory}/{line[0]}")
    line = [program, *line[1:], access.cert_file, access.key_file, access.ca_file, href]
    _log_start(plugin, [*line[:-1], _shown(href)], "executing plugin command", log)
    status, out, _ = run_program(line, variables, b"", stderr=False)
    if status:
        _log_failure(plugin, status, log)
        raise PluginExit(plugin.metadata.name, status)
    return out


def post_render(plugin: Plugin, text: bytes, arguments: Sequence[str], environ: Mapping[str, str], log: Log) -> bytes:
    """What a post-renderer makes of the documents. Raises PluginError."""
    line, variables = _prepared(plugin, arguments, environ, log)
    status, out, said = run_program(line, variables, text)
    if status:
        _log_failure(plugin, status, log)
        failure = PluginExit(plugin.metadata.name, status)
        failure.hint = last_lines(said)
        raise failure
    return out


def complete(plugin: Plugin, program: str, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """What `program` (``plugin.complete``) writes, both streams together. Raises PluginError."""
    line = [program, *arguments]
    variables = _variables(plugin, environ)
    status, out, _ = run_program(line, variables, b"", merged=True)
    if status:
        raise PluginExit(plugin.metadata.name, status)
    return out.decode("utf-8", "surrogateescape")


def run_program(
    line: Sequence[str], variables: Mapping[str, str], text: bytes, *, stderr: bool = True, merged: bool = False
) -> tuple[int, bytes, bytes]:
    """Run a program with `text` as its input: exit status, standard output, standard error.

    stderr: it is caught (else it goes where ours goes); merged: into the output. Raises PluginError when it cannot be
    started.
    """
    import subprocess

    errors = subprocess.STDOUT if merged else subprocess.PIPE if stderr else None
    child = _start(line, variables, Streams(subprocess.PIPE, subprocess.PIPE, errors))
    try:
        out, said = child.communicate(text)
    except BaseException:
        child.kill()
        child.wait()
        raise
    return _status(child.returncode), out, said or b""


def _call(line: Sequence[str], variables: Mapping[str, str], streams: Streams) -> int:
    child = _start(line, variables, streams)
    while True:
        try:
            return _status(child.wait())
        except KeyboardInterrupt:  # the terminal told the child too; how it ends is for the child to say
            continue


def _start(line: Sequence[str], variables: Mapping[str, str], streams: Streams) -> Popen[bytes]:
    import subprocess

    program = line[0]
    if "/" not in program:
        from shutil import which

        found = which(program, path=variables.get("PATH", ""))
        if found is None:
            raise PluginError(
                f"exec: {quote(program)}: executable file not found in $PATH",
                hint="a program of the plugin's own is written as $HELM_PLUGIN_DIR/PROGRAM",
            )
    else:
        found = program
    try:
        return subprocess.Popen(
            list(line),
            executable=found,
            env=dict(variables),
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
        )
    except (OSError, ValueError) as error:
        from charthouse.charts.oserror import go_text

        text = go_text("fork/exec", found, error) if isinstance(error, OSError) else f"fork/exec {found}: {error}"
        raise PluginError(text, hint=_not_started(found, error)) from error


def _not_started(program: str, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"chmod +x {program}?"
    if isinstance(error, FileNotFoundError):
        return f"{program} is not there, or the interpreter its first line names is not"
    return ""


def _status(code: int) -> int:
    return code if code >= 0 else 255  # Go's -1 for a signal


def _variables(plugin: Plugin, environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, "HELM_PLUGIN_NAME": plugin.metadata.name, "HELM_PLUGIN_DIR": plugin.directory}


def _refuse_wasm(plugin: Plugin) -> None:
    if plugin.metadata.runtime == EXTISM:
        raise PluginError(
            f"plugin {quote(plugin.metadata.name)} needs the runtime {quote(EXTISM)}, which charthouse does not have",
            hint="plugins of the subprocess runtime run; for WebAssembly plugins use Helm",
        )


def last_lines(said: bytes) -> str:
    """The last lines a program wrote on standard error, for a hint."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return "\n".join(f"it said: {line[:500]}" for line in lines[-_LINES:])


def _shown(href: str) -> str:
    from charthouse.distribution.errors import DistributionError
    from charthouse.distribution.urls import without_credentials

    try:
        return without_credentials(href)
    except DistributionError:
        return href


def _log_start(plugin: Plugin, line: Sequence[str], what: str, log: Log) -> None:
    log(LogRecord(DEBUG, what, pluginName=plugin.metadata.name, command=" ".join(line)))


def _log_failure(plugin: Plugin, status: int, log: Log) -> None:
    text = f"exit status {status}"
    log(
        LogRecord(
            DEBUG, "plugin execution failed", pluginName=plugin.metadata.name, error=text, exitCode=status, stderr=""
        )
    )
