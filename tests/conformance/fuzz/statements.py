"""Whole snippets: actions of every sort, nested, with definitions behind them."""

from __future__ import annotations

from typing import Any

from tests.conformance.fuzz.draws import Draws
from tests.conformance.fuzz.expressions import Expressions
from tests.conformance.fuzz.trees import Tree, tree

__all__ = ["Snippet", "call_snippet", "program", "soup"]

# template, values
Snippet = tuple[str, dict[str, Any]]

_TEXT = (" ", "a", "\n", "b \n ", "é", "}", "{", "  x", "-", "}}", "\t\n", "#", "key: ")
_OPEN = ("{{ ", "{{ ", "{{", "{{- ", "{{-\n")
_CLOSE = (" }}", " }}", "}}", " -}}", "\n-}}")
_COMMENTS = (
    "{{/* c */}}",
    "{{- /* c\n */ -}}",
    "{{/**/}}",
    "{{ /* c */ }}",
    "{{/* a }} b */}}",
    "{{/* x */ -}}",
    "{{/* x",
)
_SHOWN = (
    "{X}", "{X}", "{X}", "{X} | toJson", "{X} | printf \"%T %v\"", "printf \"%#v|%+v\" ({X}) ({X})", "{X} | toYaml",
    "{X} | quote", "{X} | typeOf", "{X} | printf \"%v\" | toJson",
)  # fmt: skip
_RANGES = ("list", "map", "count", "list", "map", "strings", "s", "nil", "bool", "float")
_DEFINITIONS = (
    '{{ define "d1" }}<{{ . }}>{{ end }}{{ define "d2" }}{{ .a }}{{ end }}',
    '{{ define "d1" }}{{ .a.b }}{{ end }}{{- define "d2" -}} '
    '{{ range (eq (kindOf .) "slice" "map" | ternary . 2) }}{{ . }},{{ end }} {{- end -}}',
    '{{ define "d1" }}{{ $x := . }}{{ $ | toJson }}{{ $x }}{{ end }}'
    '{{ define "d2" }}{{ include "d1" (list .) }}{{ end }}',
    '{{ define "d1" }}{{ if . }}y{{ else }}n{{ end }}{{ end }}{{ define `d2` }}{{ fail "d2 fails" }}{{ end }}',
    '{{ define "d1" }}{{ template "d2" . }}{{ end }}{{ define "d2" }}{{ index . 0 }}{{ end }}'
    '{{ define "d1" }}{{ end }}',
)  # fmt: skip
_TOKENS = (
    "{{", "}}", "{{-", "-}}", " ", " ", " ", "\n", "if", "else", "end", "range", "with", "define", "template",
    "block", "break", "continue", "nil", "true", "false", ".", "..", ".a", ".a.b", "$", "$x", "$x.a", "$.a", ":=",
    "=", ",", "|", "(", ")", '"s"', "`r`", "'c'", "1", "1.5", "-", "+", "*", "/", "/*", "*/", "print", "len", "nope",
    "eq", "list", "\t", "é", "€", "x.y", "a_b", "_", "1a", ".1", "1.", "a:b", ";", "@", "#", "%", "\\", '"', "'", "`",
    "{", "}", "[", "]", "{{ if . }}", "{{ end }}", "{{ else }}", "{{ range $x := .Values.l }}", '{{ define "z" }}',
    "{{ with .Values.m }}", "{{ else if . }}", "{{ else with . }}", "{{ break }}", "{{ continue }}",
    '{{ block "k" . }}', "{{ $x := 1 }}", ".Values", "&", "~", "^", "!", "<", ">", "?", "\r", "\x00", "\u00a0",
    "\u2028", "$é", ".é", "ß", "\x7f", "and", "or", "not", "😀",
)  # fmt: skip


def call_snippet(draws: Draws, shared: Tree | None = None, *, big: bool = False) -> Snippet:
    """One call, shown in one of several ways."""
    values = shared or tree(draws, big=big)
    expressions = Expressions(draws, values, big=big)
    text = draws.choose(_SHOWN).replace("{X}", expressions.whole(2))
    return "{{ " + text + " }}" + _definitions(draws, text), values.values


def _definitions(draws: Draws, text: str) -> str:
    return draws.choose(_DEFINITIONS) if '"d1"' in text or '"d2"' in text or "`d" in text else ""


def soup(draws: Draws) -> Snippet:
    """Tokens in no order, most of them within delimiters."""
    parts = [draws.choose(_TOKENS) for _ in range(draws.between(1, 9))]
    text = "".join(parts)
    if draws.chance(75):
        text = "{{ " + text + " }}"
    if draws.chance(20):
        text = draws.choose(("{{ if 1 }}", "{{ range .Values.l }}", "{{ with . }}", "x\n\n")) + text + "{{ end }}"
    return text, {"l": [1, "x"], "m": {"a": 1}}


def program(draws: Draws, shared: Tree | None = None, *, big: bool = False) -> Snippet:
    """A few statements; one in twelve with a character or two lost or added."""
    values = shared or tree(draws, big=big)
    text = Program(draws, values, big=big).text()
    if draws.chance(8):
        at = draws.below(len(text))
        stray = draws.choose(("", "}}", "{{", '"', "(", ")", "|", " ", ".", "$", "'", "é", "`", "-", "\n", ":="))
        text = text[:at] + stray + text[at + draws.below(3) :]
    return text, values.values


class Program:
    """Draws the statements of one snippet."""

    def __init__(self, draws: Draws, values: Tree, *, big: bool) -> None:
        self.draws = draws
        self.expressions = Expressions(draws, values, big=big)

    def text(self) -> str:
        body = self.body(3, loops=False)
        return body + _definitions(self.draws, body)

    def action(self, text: str) -> str:
        return self.draws.choose(_OPEN) + text + self.draws.choose(_CLOSE)

    def body(self, depth: int, *, loops: bool) -> str:
        names = len(self.expressions.names)
        text = "".join(self.statement(depth, loops=loops) for _ in range(self.draws.between(1, 3)))
        del self.expressions.names[names:]
        return text

    def statement(self, depth: int, *, loops: bool) -> str:
        draws = self.draws
        choice = draws.below(100)
        if choice < 15 or (depth <= 0 and choice < 50):
            return draws.choose(_TEXT)
        if choice < 50:
            return self.action(self.expressions.whole(1))
        if choice < 62:
            return self.assignment()
        if choice < 65:
            return draws.choose(_COMMENTS)
        if choice < 72:
            return self.template(depth)
        if choice < 76 and (loops or draws.chance(10)):
            return self.action(draws.choose(("break", "continue")))
        return self.branch(depth, loops=loops)

    def assignment(self) -> str:
        names = self.expressions.names
        if names and self.draws.chance(40):
            return self.action(f"{self.draws.choose(names)} = {self.expressions.whole(1)}")
        name = self.draws.choose(("$x", "$y", "$z", "$é", "$x1"))
        text = self.action(f"{name} := {self.expressions.whole(1)}")
        names.append(name)
        return text

    def template(self, depth: int) -> str:
        draws = self.draws
        name = draws.choose(('"d1"', '"d2"', "`d1`", '"nope"'))
        given = self.expressions.operand("any", 1) if draws.chance(85) else ""
        word = draws.choose(("template", "template", "block"))
        if word == "block":
            return (
                self.action(f'block "k{draws.below(2)}" {given or "."}')
                + self.body(depth - 1, loops=False)
                + self.action("end")
            )
        return self.action(f"template {name} {given}")

    def branch(self, depth: int, *, loops: bool) -> str:
        draws = self.draws
        word = draws.choose(("if", "with", "range"))
        names = len(self.expressions.names)
        text = self.action(f"{word} {self.head(word)}") + self.body(depth - 1, loops=loops or word == "range")
        if word != "range" and draws.chance(30):
            other = draws.choose(("if", "with")) if draws.chance(20) else word
            text += self.action(f"else {other} {self.head(other)}") + self.body(depth - 1, loops=loops)
        if draws.chance(35):
            text += self.action("else") + self.body(depth - 1, loops=loops)
        del self.expressions.names[names:]
        return text + self.action("end")

    def head(self, word: str) -> str:
        draws = self.draws
        expressions = self.expressions
        if word == "range":
            kind = draws.choose(_RANGES)
            source = expressions.source(kind)
            names = draws.choose(("", "", "$v := ", "$k, $v := ", "$k, $v = ", "$v = ", "$k,$v:=", "$a, $b, $c := "))
            expressions.names += ["$k", "$v"] if ":=" in names and "$k" in names else ["$v"] if ":=" in names else []
            return names + source
        source = expressions.whole(1) if draws.chance(60) else expressions.operand("any", 1)
        if draws.chance(20):
            name = draws.choose(("$x", "$w"))
            expressions.names.append(name)
            return f"{name} := {source}"
        return source
