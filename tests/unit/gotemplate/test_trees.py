"""The fast scanner and the exact parser make the same trees; errors are worded by the parser alone."""

from __future__ import annotations

import marshal
from typing import Any

import pytest

from charthouse.gotemplate import ParseError, TemplateSet, parse_text
from charthouse.gotemplate.parser import parse_exactly
from charthouse.gotemplate.scanner import _NotPlain, _Scan

PLAIN = [
    "",
    "text",
    "a {{ .x }} b",
    "a \n {{- .x -}} \n b",
    "{{/* c }} */}}x{{- /* d */ -}} y",
    "{{ .a.b.c }}{{ $.d }}{{ $ }}{{ . }}",
    '{{ $x := 1 }}{{ $x = "a" }}{{ $x.y.z }}',
    '{{ print "}}" `}}` "a\\"}}" }}{{ `\n}}` }}',
    "{{ if .a }}1{{ else if .b }}2{{ else if .c }}3{{ else }}4{{ end }}",
    "{{ with $y := .a }}{{ $y }}{{ else with .b }}{{ . }}{{ end }}",
    "{{ range $i, $e := .l }}{{ if $e }}{{ break }}{{ end }}{{ continue }}{{ else }}n{{ end }}",
    '{{ define "d" }}D{{ $z := 1 }}{{ end }}{{ template "d" . }}{{ template `d` }}{{ block "b" .x }}B{{ end }}',
    '{{ (index .a 1).b.c | printf "%d" (len (.x)) | quote }}',
    "{{ -1 }}{{ +2.5 }}{{ 017 }}{{ true }}{{ false }}{{ eq nil .x }}",
    "{{if(eq 1 1)}}x{{end}}{{if.x}}y{{end}}{{1|print|print 2}}",
    "{{ define `e` }}{{ end }}{{ define `e` }}second{{ end }}",
    "{{\n  print\n 1\n}}",
    "é {{ .x }} €\udcff{{ .y }}",
]


@pytest.mark.parametrize("text", PLAIN)
def test_scanner_agrees_with_parser(text: str) -> None:
    scanned = _Scan("t", text).tree()
    assert scanned == parse_exactly("t", text)
    assert marshal.loads(marshal.dumps(scanned)) == scanned


NOT_PLAIN = [
    "{{ 'a' }}",
    "{{ 0x1F }}",
    "{{ 1i }}",
    "{{ 1.5e3 }}",
    "{{ é }}",
    "{{ .é }}",
    "{{ print.x }}",
    "{{ 1_000 }}",
]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_rare_texts_are_left_to_the_parser(text: str) -> None:
    with pytest.raises(_NotPlain):
        _Scan("t", text).tree()
    assert parse_text("t", text) == parse_exactly("t", text)


REFUSED = [
    ("{{", "template: t:1: unclosed action"),
    ("a\n{{ if .x }}", "template: t:2: unexpected EOF"),
    ("{{ end }}", "template: t:1: unexpected {{end}}"),
    ("{{ else }}", "template: t:1: unexpected {{else}}"),
    ("{{ if .x }}{{ else }}{{ else }}{{ end }}", "template: t:1: expected end; found {{else}}"),
    ('{{ if"x" }}{{ end }}', "template: t:1: bad character U+0022 '\"'"),
    ("{{ $x }}", 'template: t:1: undefined variable "$x"'),
    ("{{ if $x := 1 }}{{ end }}{{ $x }}", 'template: t:1: undefined variable "$x"'),
    ("{{ $x=1 }}", "template: t:1: bad character U+003D '='"),
    ("{{ 1 | 2 }}", "template: t:1: non executable command in pipeline stage 2"),
    ("{{ print 1) }}", "template: t:1: unexpected right paren"),
    ("{{ (print 1 }}", "template: t:1: unclosed left paren"),
    ("{{ print\n\n1 @ }}", 'template: t:3: unexpected "@" in operand'),
    ("{{ print\n\n`x }}", "template: t:3: unterminated raw quoted string in action started at t:1"),
    ("{{ break }}", "template: t:1: {{break}} outside {{range}}"),
    (
        '{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}',
        'template: t:1: template: multiple definition of template "a"',
    ),
    ('{{ if .x }}{{ define "a" }}{{ end }}{{ end }}', "template: t:1: unexpected <define> in command"),
    ("{{/* x }}", "template: t:1: unclosed comment"),
    ("{{/* x */ }}", "template: t:1: comment ends before closing delimiter"),
    ("{{ template }}", 'template: t:1: unexpected "}}" in template clause'),
    ("{{ range $a, $b, $c := .x }}{{ end }}", "template: t:1: too many declarations in range"),
    ("{{ 08 }}", 'template: t:1: integer overflow: "08"'),
    ("{{ nil.x }}", 'template: t:1: unexpected . after term "nil"'),
    ("{{ . }}\x01{{ \x01 }}", "template: t:1: unrecognized character in action: U+0001"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_text("t", text)
    error = caught.value
    assert str(error) == message
    assert error.message == f"template: {error.name}:{error.line}: {error.detail}"


def test_many_delimiters_in_strings_stay_cheap() -> None:
    # Each candidate end must not be tried one by one.
    text = "{{ `" + "}}" * 200_000
    with pytest.raises(ParseError, match="unterminated raw quoted string"):
        parse_text("t", text)
    tree: Any = parse_text("t", text + "` }}")
    assert len(tree[3][0][1]) == 1


def test_equal_actions_share_a_tuple() -> None:
    tree: Any = parse_text("t", "{{ .some.value }}x{{ .some.value }}")
    body = tree[3][0][1]
    assert body[0][2] is body[2][2]


def test_deep_nesting() -> None:
    templates = TemplateSet({})
    templates.parse("parens", "{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}")
    assert templates.execute("parens", None) == "1"
    templates.parse("ifs", "{{ if true }}" * 5000 + "x" + "{{ end }}" * 5000)
    assert templates.execute("ifs", None) == "x"
    with pytest.raises(ParseError, match="max expression depth exceeded"):
        templates.parse("more", "{{ " + "(" * 10001 + "1" + ")" * 10001 + " }}")
