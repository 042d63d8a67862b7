"""What to do next, for errors that carry no hint of their own.

The layers below give a hint where only they know something worth saying (an excerpt, another owner, a missing right).
What is left are errors whose remedy depends on the command line: which command it was, which flags it knows, where the
reader stands. The first error of the cause chain whose class stands in the table decides; positions and names come from
fields and the command line, never from a message.
"""

from __future__ import annotations

import os

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.cli.context import Context

__all__ = ["advice"]


def advice(error: BaseException, context: Context, command: str) -> str:
    """A hint for `error`, raised by `command` ("install", "get values"; "" when none was found yet); may be empty."""
    _tell_sources(error, context)
    if isinstance(error, CharthouseError) and error.hint:
        return error.hint
    for link in _chain(error):
        for kind in type(link).__mro__:
            rule = _RULES.get(kind.__name__)
            if rule is not None:
                return rule(link, context, command)
    return _last_resort(context, command)


def _tell_sources(error: BaseException, context: Context) -> None:
    """Let the explanation of a failed render know the flags and files of the command line."""
    if "values" not in context.flags.flags:
        return
    from charthouse.advice import inputs_of

    inputs = inputs_of(error)
    if inputs is not None:
        from charthouse.cli.value_sources import value_sources

        inputs.sources = lambda: value_sources(context)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(20):
        if current is None:
            return
        yield current
        current = current.__cause__


def _program(command: str) -> str:
    return f"charthouse {command}".strip()


def _usage(error: BaseException, context: Context, command: str) -> str:
    near = _near_flag(context)
    suggestion = f"did you mean --{near}? " if near else ""
    return f"{suggestion}`{_program(command)} --help` lists what it takes"


def _near_flag(context: Context) -> str:
    """The known flag nearest to the first unknown one of the command line."""
    from difflib import get_close_matches

    for word in context.arguments:
        name = word[2:].partition("=")[0] if word.startswith("--") else ""
        if name and name not in context.flags.flags:
            shown = [flag.name for flag in context.flags.flags.values() if not flag.hidden]
            return next(iter(get_close_matches(name, shown, 1, 0.6)), "")
    return ""


def _values(error: BaseException, context: Context, command: str) -> str:
    return (
        "values come from -f FILE (YAML) and --set a.b=1,list[0]=x; a comma inside a value is written \\, "
        "and --set-json, --set-string, --set-file and --set-literal take JSON, text and files"
    )


def _yaml(error: BaseException, context: Context, command: str) -> str:
    line = getattr(error, "line", 0)
    where = f"look at line {line} and the one before it: " if line else ""
    return f"{where}YAML is indented with spaces, quotes and brackets must be closed, and `key: value` needs the space"


def _schema(error: BaseException, context: Context, command: str) -> str:
    chart = context.words[-1] if context.words else "CHART"
    return f"a values.schema.json refuses these values; `charthouse show values {chart}` prints the chart's own"


def _chart(error: BaseException, context: Context, command: str) -> str:
    paths = [word for word in context.words if "/" in word or word.startswith(".") or os.path.exists(word)]
    for path in paths:
        if not os.path.exists(path):
            return f"there is nothing at {path} (looked from {os.getcwd()})"
    for path in paths:
        if os.path.isdir(path) and not os.path.isfile(os.path.join(path, "Chart.yaml")):
            inside = sorted(name for name in os.listdir(path) if os.path.isfile(os.path.join(path, name, "Chart.yaml")))
            charts = f"; charts inside it: {', '.join(inside[:5])}" if inside else ""
            return f"{path} holds no Chart.yaml, so it is no chart{charts}"
    if paths:
        return f"`charthouse lint {paths[-1]}` lists what is wrong with the chart"
    return _last_resort(context, command)


def _name(error: BaseException, context: Context, command: str) -> str:
    return "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit, 53 characters at most"


def _missing_release(error: BaseException, context: Context, command: str) -> str:
    namespace = context.flags["namespace"] or "the current namespace"
    return (
        f"no such release or revision in {namespace} (driver {context.settings.driver or 'secret'}); "
        "`charthouse list -A` shows every release, `charthouse history NAME` its revisions"
    )


def _never_deployed(error: BaseException, context: Context, command: str) -> str:
    if command.startswith("diff"):
        return "there is nothing to compare with yet: `charthouse diff upgrade --install` shows what would be created"
    return "there is nothing to upgrade yet: `charthouse upgrade --install` installs what is missing"


def _render(error: BaseException, context: Context, command: str) -> str:
    return "`charthouse template --debug` prints what was rendered before it failed"


def _api(error: BaseException, context: Context, command: str) -> str:
    reason = getattr(error, "reason", "")
    if reason in ("Invalid", "BadRequest"):
        return "the API server refused the object as it stands; `--dry-run=server` checks every object without a change"
    if reason == "NotFound":
        return "does the namespace exist? --create-namespace makes it"
    if reason in ("Forbidden", "Unauthorized"):
        return "this user may not do that; `kubectl auth can-i --list` shows what it may"
    return "`--debug` shows the requests; `charthouse status NAME` what was recorded"


def _refused(error: BaseException, context: Context, command: str) -> str:
    return (
        "`--dry-run=server` has the API server check every object without a change; the release can be upgraded again"
    )


def _manifest(error: BaseException, context: Context, command: str) -> str:
    return "every rendered document needs apiVersion, kind and metadata.name; `charthouse template` prints them"


def _last_resort(context: Context, command: str) -> str:
    return f"`{_program(command)} --help` explains the command, `--debug` shows more of what it did"


_RULES: dict[str, Callable[[BaseException, Context, str], str]] = {
    "UsageError": _usage,
    "YamlError": _yaml,
    "SchemaError": _schema,
    "ValuesError": _values,
    "ChartError": _chart,
    "InvalidName": _name,
    "NotFound": _missing_release,
    "NoDeployedReleases": _never_deployed,
    "RenderError": _render,
    "ManifestError": _manifest,
    "ApiError": _api,
    "BuildError": _manifest,
    "ApplyFailed": _refused,
    "VerbFailed": _refused,
}
"""By class name, so that a hint costs no import of the layer it is about."""
