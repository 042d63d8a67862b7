"""What was meant by a command line, or by a value on it, that cannot be used.

Flags and words know their neighbours; for what only a command refuses, Helm's text (a contract) says which case it is.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["said_by_message", "usage"]


def usage(message: str, context: Context, command: str) -> str:
    """What seems to be meant by a command line that cannot be read; "" when nobody can tell."""
    unknown = re.match(r"unknown flag: (--\S+)$", message)
    if unknown is not None:
        return _near_flag(unknown[1][2:], context)
    short = re.match(r"unknown shorthand flag: '(.)' in ", message)
    if short is not None:
        other = context.flags.shorts.get(short[1].swapcase())
        return f"did you mean -{other.short} (--{other.name})?" if other is not None else ""
    needs = re.match(r"flag needs an argument: (?:'.' in )?-+(\S+)", message)
    if needs is not None:
        example = _EXAMPLES.get(needs[1], "")
        return f"a value belongs behind it: {example}" if example else ""
    if "missing unit in duration" in message or "invalid duration" in message:
        return "a duration has a unit: 30s, 5m, 1h30m"
    if "unexpected arguments" in message and "=" in context.words:
        at = context.words.index("=")
        value = context.words[at + 1] if at + 1 < len(context.words) else "…"
        return f"no space stands around the = of a flag: write NAME={value} as one word"
    if "must either provide a name" in message:
        chart = context.words[-1] if context.words else "CHART"
        return f"`charthouse {command} NAME {chart}` names the release; --generate-name makes a name"
    return ""


_EXAMPLES = {
    "set": "--set image.tag=1.2,replicas=3",
    "set-string": "--set-string image.tag=1.20",
    "set-json": "--set-json 'list=[1,2]'",
    "set-file": "--set-file script=run.sh",
    "values": "-f values.yaml",
    "f": "-f values.yaml",
    "namespace": "-n NAMESPACE",
    "n": "-n NAMESPACE",
    "timeout": "--timeout 5m",
    "version": "--version 1.2.3",
    "kube-version": "--kube-version 1.31",
}


def _near_flag(name: str, context: Context) -> str:
    """The known flag nearest to an unknown one."""
    from charthouse.advice.nearness import meant

    shown = [flag.name for flag in context.flags.flags.values() if not flag.hidden]
    return meant(name.partition("=")[0], shown, shown="--{}")


_MESSAGES = (
    (r"invalid kube version '", "--kube-version takes a version of Kubernetes, as in 1.31 or v1.31.2"),
    (r"invalid SOURCE_DATE_EPOCH", "SOURCE_DATE_EPOCH is a count of seconds since 1970, as `date +%s` prints it"),
    (r"already exists and is not a directory", "choose another name, or move that file away"),
    (r"unsupported chart API version", "v2 is what Helm 3 and Helm 4 install"),
    (r"--key(?:ring)? is required for signing", "--sign takes --key NAME and --keyring FILE as well"),
    (
        r"Chart\.yaml: not a directory",
        "`package` takes the directory of a chart; what is packed already needs no packing",
    ),
    (r"need at least one argument, the path to the chart", "the chart in this directory is `.`: charthouse package ."),
    (
        r"could not convert revision to a number",
        "a revision is a whole number: `charthouse history RELEASE` lists them",
    ),
    (
        r"error parsing jsonpath",
        "a JSONPath is written {.image.tag} or {.list[0].name}, in single quotes for the shell",
    ),
    (r"system reserved label name", "these names are Helm's own; call the label something else"),
    (r"invalid semantic version", "a version is MAJOR.MINOR.PATCH, as in 0.1.0 or 1.2.3-rc.1 (semver.org)"),
    (
        r"chart\(s\) linted, \d+ chart\(s\) failed",
        "the lines marked [ERROR] above say what fails; with --strict those marked [WARNING] count too",
    ),
)


def said_by_message(message: str, context: Context) -> str:
    """The hint for what a command refuses; "" for what is not known here."""
    for pattern, said in _MESSAGES:
        if re.search(pattern, message):
            return said
    missing = re.match(r"stat (.+): no such file or directory$", message)
    if missing is not None:
        from charthouse.advice.charts import no_chart_hint

        return no_chart_hint(missing[1])
    choice = re.match(r'invalid .* value \("?([^")]*)"?\)\. Must be (.*)$', message)
    if choice is not None:
        from charthouse.advice.nearness import meant

        return meant(choice[1], re.findall(r'"([^"]*)"', choice[2]))
    if os.path.exists(context.words[-1] if context.words else ""):
        from charthouse.advice.charts import chart_hint

        return chart_hint(Exception(message), context.words[-1])
    return ""
