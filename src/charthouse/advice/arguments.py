"""Arguments functions cannot work with: their kind, number, order, or a value they refuse."""

from __future__ import annotations

from charthouse.advice.fields import value_lines
from charthouse.advice.mentions import commands_of, mentions, pipe_of, piped_into
from charthouse.gotemplate import nodes
from charthouse.gotemplate.errors import ExecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from charthouse.advice.execution import Case
    from charthouse.advice.mentions import Mention

__all__ = [
    "argument_mentions",
    "bad_index",
    "comparison",
    "literal_type",
    "nil_argument",
    "not_iterable",
    "said_with",
    "wrong_count",
    "wrong_type",
]

_TYPES = {
    "string": "a text",
    "int": "a whole number",
    "int64": "a whole number",
    "integer": "a whole number",
    "unsigned integer": "a whole number",
    "float64": "a number",
    "float": "a number",
    "bool": "true or false",
    "map[string]interface {}": "a map",
    "[]interface {}": "a list",
    "[]string": "a list of texts",
    "interface {}": "a value",
}
_LONG = {"any": "interface {}", "map": "map[string]interface {}", "[]any": "[]interface {}"}
_CONVERSIONS = {
    "string": ": write {{ … | toString }}, quote the value in the values file, or give it with --set-string",
    "int": ": write {{ … | int }}",
    "int64": ": write {{ … | int64 }}",
    "float64": ": write {{ … | float64 }}",
    "map[string]interface {}": ", as lines of `key: value` below its key in a values file",
    "bool": ': give the value without quotes, or compare: {{ eq (toString …) "true" }}',
}
_USAGE = {
    "include": 'a name and what `.` is in it, mostly . or $: {{ include "web.name" . }}',
    "tpl": "a text and what `.` is in it: {{ tpl .Values.text . }}",
    "required": 'a message and a value: {{ required "message" .Values.x }}',
    "default": "a default and a value: {{ .Values.x | default 1 }}",
    "ternary": 'two values and a condition: {{ ternary "yes" "no" .Values.enabled }}',
    "indent": "a number of spaces and a text: {{ .Values.x | indent 4 }}",
    "nindent": "a number of spaces and a text: {{ toYaml .Values.x | nindent 4 }}",
    "replace": 'old, new and a text: {{ .Values.x | replace "_" "-" }}',
    "trunc": "a length and a text: {{ .Values.x | trunc 63 }}",
    "trimSuffix": 'what to cut and a text: {{ .Values.x | trimSuffix "-" }}',
    "lookup": 'apiVersion, kind, namespace and name: {{ lookup "v1" "Secret" .Release.Namespace "web" }}',
    "hasKey": 'a map and a key: {{ hasKey .Values "x" }}',
    "set": 'a map, a key and a value: {{ $_ := set $map "key" "value" }}',
    "semverCompare": 'a constraint and a version: {{ semverCompare ">=1.2-0" .Capabilities.KubeVersion.Version }}',
    "toYaml": "one value: {{ toYaml .Values.x }}",
    "quote": "values: {{ .Values.x | quote }}",
    "eq": 'two values: {{ if eq .Values.x "a" }}',
    "printf": 'a format and values: {{ printf "%s-%d" .Values.x 1 }}',
}
"""How the functions most often misused are called; for others, their signature says it."""


def argument_mentions(case: Case) -> list[Mention]:
    """The values the failing expression names, those piped into it among them."""
    error = case.link.error
    if not isinstance(error, ExecError) or error.node is None or not case.link.steps:
        return []
    step = case.link.steps[0]
    found = mentions(error.node, step)
    pipe = pipe_of(step)
    if pipe is not None and error.node[0] not in (nodes.FIELD, nodes.VARIABLE, nodes.CHAIN):
        for command in piped_into(error.node, pipe):
            found += mentions((nodes.COMMAND, 0, command), step)
    return found


def said_with(case: Case, *advice: str) -> list[str]:
    """The values of the failing expression, and what to do."""
    return [*value_lines(case, argument_mentions(case), all_of_them=True), *advice]


def wrong_type(case: Case, found: re.Match[str]) -> list[str]:
    wanted = found[1]
    seen = argument_mentions(case)
    expected = _TYPES.get(wanted, wanted)
    if wanted == "string" and found[2].startswith(("map", "[]")):
        remedy = ": take one entry of it (.name, index), or write all of it with toYaml"
    else:
        remedy = _CONVERSIONS.get(wanted, "")
        if len(seen) == 1 and seen[0].text != ".":
            remedy = remedy.replace("…", seen[0].text)
    return [*value_lines(case, seen), f"{expected} is wanted here{remedy}"]


def nil_argument(case: Case, found: re.Match[str]) -> list[str]:
    seen = argument_mentions(case)
    expected = _TYPES.get(found[1], found[1])
    default = {"string": '""', "int": "0", "bool": "false", "float64": "0.0"}.get(found[1], "…")
    named = next((mention.text for mention in seen if mention.value is None), "…")
    said = value_lines(case, seen)
    if any("`.`" in line for line in said):
        return said
    return [
        *said,
        f"{expected} is wanted here: give the value, or a default: {{{{ {named} | default {default} }}}}",
    ]


def literal_type(case: Case, found: re.Match[str]) -> list[str]:
    expected = _TYPES.get(found[1], found[1])
    lines = [f"{expected} is wanted here, not {found[2]}: are the arguments in the right order?"]
    name = _function_name(case)
    return [*lines, f"`{name}` takes {_USAGE[name]}"] if name in _USAGE else lines


def _function_name(case: Case) -> str:
    """The function whose argument failed."""
    error = case.link.error
    pipe = pipe_of(case.link.steps[0]) if case.link.steps else None
    if isinstance(error, ExecError) and error.node is not None and pipe is not None:
        for command in commands_of(pipe):
            if command[0][0] == nodes.IDENTIFIER and any(part is error.node for part in command[1:]):
                return str(command[0][2])
    return ""


def wrong_count(case: Case, found: re.Match[str]) -> list[str]:
    name = found[1]
    usage = _USAGE.get(name, "")
    if not usage:
        function = case.evidence.templates.function(name) if case.evidence is not None else None
        if function is None:
            return []
        kinds = [_TYPES.get(_LONG.get(kind, kind), kind) for kind in function.parameters]
        usage = ", ".join([*kinds, *(["any more"] if function.variadic else [])]) or "nothing"
    return [
        f"`{name}` takes {usage}",
        "what is piped into a function comes last; ( ) groups an argument of several words",
    ]


def comparison(case: Case, found: re.Match[str]) -> list[str]:
    name = found[1]
    seen = argument_mentions(case)
    for mention in seen:
        if mention.value is None:
            remedy = f"{{{{ {name} ({mention.text} | default 0) … }}}}"
            return said_with(case, f"what has no value cannot be compared: give it, or a default: {remedy}")
    text = next((mention.text for mention in seen), "…")
    if any(isinstance(mention.value, (dict, list)) for mention in seen):
        return said_with(case, "maps and lists cannot be compared: compare one of their entries, or their `len`")
    kinds = (
        "both sides must be of one kind: numbers of values files are float64, those in templates and of --set are int"
    )
    return said_with(case, kinds, _converted(case, name, text))


def _converted(case: Case, name: str, text: str) -> str:
    """How to compare with the literal that stands there."""
    error = case.link.error
    node = error.node if isinstance(error, ExecError) else None
    for argument in node[2][1:] if node is not None and node[0] == nodes.COMMAND else ():
        written = nodes.node_text(argument)
        if argument[0] == nodes.STRING:
            return f"compare texts: {{{{ {name} (toString {text}) {written} }}}}"
        if argument[0] == nodes.NUMBER:
            return f"compare whole numbers: {{{{ {name} (int {text}) {written} }}}}"
    return f"make both texts with toString, or both numbers with int: {{{{ {name} (toString {text}) … }}}}"


def bad_index(case: Case, found: re.Match[str]) -> list[str]:
    detail = found[0]
    if "untyped nil" in detail:
        advice = "what to look into is not there: give it, or test it first: {{ with … }}"
    elif "out of range" in detail:
        advice = "the list is shorter than that (its first item is 0): test its length first: {{ if gt (len …) 0 }}"
    elif "cannot index slice" in detail:
        advice = "a list is indexed by whole numbers, a map by its keys"
    else:
        advice = "`index` takes a map and keys, or a list and whole numbers"
    return said_with(case, advice)


def not_iterable(case: Case, found: re.Match[str]) -> list[str]:
    return [
        *value_lines(case, argument_mentions(case)),
        "`range` goes over a list, a map or a whole number; give a list as [a, b] in a file, or as --set 'key={a,b}'",
    ]
