"""What to do next, for errors that carry no hint of their own.

The layers below give a hint where only they know something worth saying (an excerpt, another owner, a missing right).
What is left are errors whose remedy depends on the command line: which command it was, which flags it knows, where the
reader stands. The first error of the cause chain whose class stands in the table decides; positions and names come from
fields and the command line, never from a message.
"""

from __future__ import annotations

import os
import re

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
        return _meant_chart(error, context) + error.hint
    from charthouse.cli.usage_advice import said_by_message

    said = said_by_message(str(error), context)
    if said:
        return said
    for link in _chain(error):
        for kind in type(link).__mro__:
            rule = _RULES.get(kind.__name__)
            if rule is not None:
                return rule(link, context, command)
    return _last_resort(context, command)


def _meant_chart(error: CharthouseError, context: Context) -> str:
    """A chart beside the reader that is called nearly like the one that cannot be found."""
    if "non-absolute URLs should be" not in error.message or not context.words:
        return ""
    from charthouse.advice.charts import near_charts

    near = near_charts(context.words[-1])
    return f"did you mean {' or '.join(near)}?\n" if near else ""


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
    from charthouse.cli.usage_advice import usage

    said = usage(str(error), context, command)
    suggestion = f"{said}\n" if said else ""
    return f"{suggestion}`{_program(command)} --help` lists what it takes"


def _choice(error: BaseException, context: Context, command: str) -> str:
    """A flag's value that is not among those listed in the text."""
    from charthouse.advice.nearness import nearest

    quoted = re.findall(r'"([^"]*)"', str(error))
    near = nearest(quoted[0], quoted[1:], 1) if quoted else []
    said = f"did you mean {near[0]}? " if near else ""
    return f"{said}`{_program(command)} --help` lists what it takes"


def _parse(error: BaseException, context: Context, command: str) -> str:
    """A template on the command line (--name-template, --template)."""
    from charthouse.advice.parsing import parse_hint
    from charthouse.gotemplate.errors import ParseError

    return parse_hint(error, None) if isinstance(error, ParseError) else ""


def _run_time(error: BaseException, context: Context, command: str) -> str:
    return (
        f"the template on the command line is one of Go's text/template; `{_program(command)} --help` names its fields"
    )


def _values(error: BaseException, context: Context, command: str) -> str:
    return (
        "values come from -f FILE (a map in YAML) and --set a.b=1,list[0]=x; --set-json, --set-string, --set-file and "
        "--set-literal take JSON, texts and files"
    )


def _yaml(error: BaseException, context: Context, command: str) -> str:
    line = getattr(error, "line", 0)
    where = f"look at line {line} and the one before it: " if line else ""
    return f"{where}YAML is indented with spaces, quotes and brackets must be closed, and `key: value` needs the space"


def _schema(error: BaseException, context: Context, command: str) -> str:
    chart = context.words[-1] if context.words else "CHART"
    return f"a values.schema.json refuses these values; `charthouse show values {chart}` prints the chart's own"


def _chart(error: BaseException, context: Context, command: str) -> str:
    from charthouse.advice.charts import chart_hint, no_chart_hint

    paths = [word for word in context.words if "/" in word or word.startswith(".") or os.path.exists(word)]
    for path in paths:
        hint = no_chart_hint(path)
        if hint:
            return hint
    hint = chart_hint(error, paths[-1] if paths else "")
    if hint:
        return hint
    if paths:
        return f"`charthouse lint {paths[-1]}` lists what is wrong with the chart"
    return _last_resort(context, command)


def _name(error: BaseException, context: Context, command: str) -> str:
    given = context.words[0] if context.words else ""
    better = re.sub(r"[^a-z0-9.]+", "-", given.lower()).strip("-.")[:53].strip("-.")
    said = f"did you mean {better}? " if better and better != given and "/" not in given else ""
    return (
        said
        + "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit, 53 characters at most"
    )


def _missing_release(error: BaseException, context: Context, command: str) -> str:
    namespace = context.flags["namespace"] or "the current namespace"
    return (
        f"no such release or revision in {namespace} ({_where(context)}); "
        "`charthouse list -A` shows every release, `charthouse history NAME` its revisions"
    )


def _where(context: Context) -> str:
    """Whose records were looked through."""
    if context.flags["tiller"]:
        return f"of the Tiller at {context.flags['tiller']}"
    return f"driver {context.settings.driver or 'secret'}"


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
    "UsageProblem": _choice,
    "ParseError": _parse,
    "ExecError": _run_time,
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
