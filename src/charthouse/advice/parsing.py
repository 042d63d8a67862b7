"""Why a text is no template: the place with a mark, what is open or misspelt, and what to write instead.

Go's parser names a line only, and often the last one of the file; the blocks and actions that are still open are found
here by reading the actions' words once more.
"""

from __future__ import annotations

import re

from charthouse.advice.blocks import dangling, open_blocks
from charthouse.advice.calls import line_and_column, place_name
from charthouse.advice.mentions import ROOT_FIELDS
from charthouse.advice.nearness import meant
from charthouse.advice.secrecy import veiled_line
from charthouse.formats.excerpt import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.engine.errors import Evidence
    from charthouse.gotemplate.errors import ParseError

__all__ = ["function_names", "parse_hint", "parse_lines"]

_CURLY = {"\u201c": '"', "\u201d": '"', "\u2018": '"', "\u2019": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"'}
_REMOVED = ("env", "expandenv")


def parse_hint(error: ParseError, evidence: Evidence | None) -> str:
    """The hint for a template that does not parse."""
    return "\n".join(parse_lines(error, evidence))


def parse_lines(error: ParseError, evidence: Evidence | None) -> list[str]:
    text = error.text
    if not text and evidence is not None:
        source = evidence.sources.get(error.name)
        text = source.text if source is not None else ""
    start = dangling(text, error.position)
    if start >= 0 and "EOF" not in error.detail:
        return [_at(error, text, start, 2), "this action is not closed: }} is missing"]
    for pattern, rule in _RULES:
        found = re.search(pattern, error.detail)
        if found is not None:
            return rule(error, text, found)
    return [_at(error, text, error.position), "an action is {{ FUNCTION ARGUMENT … }} or {{ .Values.key }}"]


# Places.


def _at(error: ParseError, text: str, position: int, width: int = 1) -> str:
    """Place and excerpt of a position, of the error's line alone when there is none."""
    name = place_name(error.name)
    if not 0 <= position <= len(text):
        return excerpt(name, text, error.line, -1)
    line, column = line_and_column(text, position)
    return excerpt(name, _shown(text, line), line, column, width=width)


def _shown(text: str, line: int) -> str:
    lines = text.split("\n")
    lines[line - 1] = veiled_line(lines[line - 1])
    return "\n".join(lines)


def _on_line(error: ParseError, text: str, word: str) -> int:
    """Where a word stands in the line of the error, or else near it; -1 for nowhere."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: error.line - 1])
    pattern = re.compile(rf"(?<![\w.$]){re.escape(word)}(?!\w)")
    end = start + len(lines[error.line - 1]) if error.line <= len(lines) else len(text)
    found = pattern.search(text, start, end) or pattern.search(text, start)
    return found.start() if found else -1


# Mistakes.


def _unknown_function(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    name = found[1]
    position = _on_line(error, text, name)
    start = dangling(text, position)
    if start >= 0:
        return [_at(error, text, start, 2), "this action is not closed: }} is missing"]
    lines = [_at(error, text, position, len(name))]
    if name in ROOT_FIELDS:
        lines.append(f"it begins with a dot: {{{{ .{name} … }}}}")
        return lines
    if name in _REMOVED:
        lines.append(f"Helm has no `{name}`: charts must not read the environment; give the value with --set or -f")
        return lines
    near = meant(name, function_names())
    if near:
        lines.append(near)
    elif text[max(0, position - 2) : position].strip() == "{{" or "." in name:
        lines.append(f"a value is written with its dot: {{{{ .Values.{name} }}}}")
    else:
        lines.append("a value is written .Values.name, a text in double quotes; other words are names of functions")
    return lines


def function_names() -> list[str]:
    """Every function a chart may call."""
    from charthouse.engine.functions import names
    from charthouse.gotemplate.builtins import BUILTINS

    return [*BUILTINS, *names()]


def _end_of_file(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    blocks, _ = open_blocks(text)
    if not blocks:
        return [_at(error, text, -1), "an action or block is not closed"]
    word, position = blocks[-1]
    lines = [_at(error, text, position, _action_width(text, position))]
    lines.append(
        f"this `{word}` has no {{{{ end }}}}, or one inside it has not: every if, with, range, define needs one"
    )
    lines += [f"open around it: `{other}` of line {line_and_column(text, at)[0]}" for other, at in blocks[-3:-1]]
    return lines


def _action_width(text: str, position: int) -> int:
    end = text.find("}}", position)
    return (end + 2 if end > 0 else len(text)) - position


def _stray(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    word = found[1].split()[0]
    _, stray = open_blocks(text)
    position = stray if stray >= 0 else text.rfind("{{", 0, max(error.position, 0) + 2)
    lines = [_at(error, text, position, _action_width(text, position))]
    if word == "else":
        lines.append("this `else` belongs to no if, with or range, or comes after another else of its block")
    else:
        lines.append("this `end` closes nothing: the block before it was closed already")
    return lines


def _unclosed(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    position = _action_start(error, text)
    return [
        _at(error, text, position, 2),
        "this action is not closed: }} is missing, or a line break stands inside a quoted text",
    ]


def _action_start(error: ParseError, text: str) -> int:
    started = re.search(r":(\d+)$", error.detail) if " started at " in error.detail else None
    line = int(started[1]) if started else error.line
    lines = text.split("\n")
    start = sum(len(each) + 1 for each in lines[: line - 1])
    if error.position > 0 and not started:
        return text.rfind("{{", 0, error.position + 1)
    at = text.rfind("{{", start, start + len(lines[line - 1]) if line <= len(lines) else None)
    return at if at >= 0 else text.rfind("{{", 0, start)


def _unclosed_comment(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    at = text.rfind("/*", 0, error.position + 3 if error.position >= 0 else None)
    return [_at(error, text, at, 2), "a comment is {{/* … */}}: nothing may stand between */ and }} but a `-`"]


def _open_quote(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    position = error.position
    lines = [_at(error, text, position)]
    if found[0] == "unterminated character constant" or text[position : position + 1] == "'":
        lines.append('a text is quoted "so" or `so`; single quotes are for one character')
    else:
        lines.append('this quote is not closed on its line; a quote inside a text is written \\"')
    return lines


def _bad_character(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    position = error.position
    at = position if position >= 0 else -1
    char = _character(found[0])
    where = text.find(char, max(at, 0)) if char else -1
    lines = [_at(error, text, where if where >= 0 else at)]
    if char in _CURLY:
        lines.append(f'this is a typographic quote ({found[0].split()[-2]}), as word processors write them: use "')
    elif char == "'":
        lines.append('a text is quoted "so" or `so`; single quotes are for one character')
    elif char in "&+*/%<>?!;@#^~" and char:
        lines.append(_operator(char))
    elif char == "-" and where >= 0 and text[where - 2 : where] == "{{":
        lines.append("the `-` that trims space needs space behind it: {{- .Values.x -}}")
    elif char == "-":
        lines.append('keys with a dash cannot follow a dot: {{ index .Values "my-key" }}')
    elif char in "[]":
        lines.append('items are had with index: {{ index .Values.list 0 }}, {{ index .Values.map "key" }}')
    elif char in "{}":
        lines.append("braces are not nested: {{ }} stands around the whole action, ( ) groups inside it")
    else:
        lines.append("this character has no meaning inside an action")
    return lines


def _character(detail: str) -> str:
    found = re.search(r"U\+([0-9A-F]{4,6})", detail)
    return chr(int(found[1], 16)) if found and int(found[1], 16) < 0x110000 else ""


def _operator(char: str) -> str:
    functions = {
        "&": "and A B",
        "+": "add A B",
        "-": "sub A B",
        "*": "mul A B",
        "/": "div A B",
        "%": "mod A B",
        "<": "lt A B",
        ">": "gt A B",
        "!": "not A, or ne A B",
        "?": "ternary YES NO CONDITION",
    }
    said = f"write {{{{ {functions[char]} }}}}" if char in functions else "call a function"
    return f"templates have no operator {char}: {said}"


def _unexpected(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    """A token where none may stand."""
    token = found[1]
    position = error.position
    if token.startswith("<") and token[1:-1] in ("define", "block", "template", "end", "else", "if", "range", "with"):
        word = token[1:-1]
        at = text.find(word, max(position, 0))
        blocks, _ = open_blocks(text[:at])
        if word == "define" and blocks:
            opener, start = blocks[-1]
            row = line_and_column(text, start)[0]
            said = f"the `{opener}` of line {row} has no {{{{ end }}}} before it: define stands outside all blocks"
            return [_at(error, text, at, len(word)), said]
        rest = (
            "`include` gives a template's text as a value" if word == "template" else "it begins an action of its own"
        )
        return [_at(error, text, at, len(word)), f"`{word}` cannot stand inside an expression: {rest}"]
    char = token.strip('"')[:1]
    lines = [_at(error, text, position, max(1, len(token) - 2))]
    if token == '"="' or token.startswith('"="'):
        lines.append(
            "compare with a function: {{ if eq A B }}; set a variable with {{ $x := A }}, change it with {{ $x = B }}"
        )
    elif token == '","':
        lines.append("arguments are separated by spaces, without commas")
    elif token == '"}"' and text[position : position + 2] != "}}":
        lines.append("an action ends with two braces together: }}")
    elif token in ('"}"', '"{"', '"["', '"]"'):
        lines.append(
            "braces are not nested: {{ }} stands around the whole action; items are had with index, and a map or list "
            "is made with dict or list"
        )
    elif token.startswith('")"'):
        lines.append("one ) too many, or its ( is missing")
    elif char == "/" and text[position : position + 2] == "/*":
        lines.append("a comment begins right behind the braces: {{/* … */}} or {{- /* … */ -}}")
    elif char == "." and text[position - 1 : position].isdigit():
        lines.append('a text needs quotes: "1.2.3"')
    elif char == ".":
        lines.append("a field follows its value at once, without space: .Values.a, (index .Values.list 0).name")
    elif char in "&+*/%<>!?":
        lines.append(_operator(char))
    else:
        lines.append("something is missing before it: a function and its arguments, or quotes")
    return lines


def _unclosed_paren(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    start = text.rfind("{{", 0, max(error.position, 0) + 1)
    action = text[start : start + _action_width(text, start)]
    at = start + action.rfind("(") if "(" in action else error.position
    return [_at(error, text, at), "a ( of this action has no )"]


def _missing_value(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    start = text.rfind("{{", 0, max(error.position, 0) + 1)
    what = {"command": "{{ }} holds nothing", "if": "`if` needs a condition: {{ if .Values.enabled }}"}
    said = what.get(found[1], f"`{found[1]}` needs a value")
    return [_at(error, text, start, _action_width(text, start)), said]


def _undefined_variable(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    name = found[1]
    position = _on_line(error, text, name)
    lines = [_at(error, text, position, len(name))]
    declared = list(dict.fromkeys(re.findall(r"(\$\w+)\s*(?:,\s*\$\w+\s*)?:=", text)))
    declared += [second for second in re.findall(r"\$\w+\s*,\s*(\$\w+)\s*:=", text) if second not in declared]
    near = meant(name, [other for other in declared if other != name])
    if name in declared:
        at = re.search(rf"{re.escape(name)}\s*(?:,\s*\$\w+\s*)?:=", text) or re.search(rf"{re.escape(name)}\s*:=", text)
        line = line_and_column(text, at.start())[0] if at else 0
        lines.append(
            f"{name} is declared on line {line}, but a variable lives only until the end of its if, with, range or "
            "define: declare it before the block, and change it inside with ="
        )
    else:
        lines.append(near or f"declare it first: {{{{ {name} := … }}}}")
    return lines


def _multiple(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    places = [at.start() for at in re.finditer(rf'\{{\{{-?\s*(?:define|block)\s+"{re.escape(found[1])}"', text)]
    lines = [_at(error, text, places[-1] if places else -1, _action_width(text, places[-1]) if places else 1)]
    if len(places) > 1:
        row = line_and_column(text, places[0])[0]
        lines.append(
            f"it is defined on line {row} already; the later one would win silently if they stood in two files"
        )
    lines.append("a file may define a template once: rename or remove one")
    return lines


def _not_executable(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    start = text.rfind("{{", 0, max(error.position, 0) + 1)
    return [
        _at(error, text, start, _action_width(text, start)),
        f"what stands behind the | (part {found[1]}) must be a function that takes the value before it",
    ]


def _bad_number(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    start = text.rfind("{{", 0, max(error.position, 0) + 1)
    token = found[1]
    at = text.find(token, start)
    lines = [_at(error, text, at, len(token))]
    if token in ("+", "-"):
        return [*lines, _operator(token)]
    if token.startswith("-.") or text[at - 2 : at] == "{{":
        return [*lines, "the `-` that trims space needs space behind it: {{- .Values.x -}}"]
    lines.append('a name must not begin with a digit, and a text needs quotes: "1.2.3", {{ index .Values "2nd" }}')
    return lines


def _bad_escape(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    return [
        _at(error, text, error.position),
        'in " " a \\ must be doubled (\\\\), or part of \\n, \\t, \\"; between ` ` it stands for itself',
    ]


def _unquoted_name(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    word = found[1].strip('"').split("...")[0]
    at = error.position
    return [_at(error, text, at, max(1, len(word))), 'the name of a template stands in double quotes: "chart.name"']


def _dash_in_field(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    dash = text.find("-", max(error.position, 0))
    if text[dash : dash + 3] == "-}}":
        return [_at(error, text, dash), "the `-` that trims space needs space before it: {{- .Values.x -}}"]
    lines = [_at(error, text, error.position)]
    lines.append('keys with a dash cannot follow a dot: {{ index .Values "my-key" }}')
    return lines


def _outside_range(error: ParseError, text: str, found: re.Match[str]) -> list[str]:
    at = text.rfind("{{", 0, max(error.position, 0) + 1)
    return [_at(error, text, at, _action_width(text, at)), "break and continue work inside {{ range }} only"]


_RULES: tuple[tuple[str, Callable[[ParseError, str, re.Match[str]], list[str]]], ...] = (
    (r'^function "(.*)" not defined', _unknown_function),
    (r"^unexpected EOF", _end_of_file),
    (r"^unexpected \{\{(end|else[^}]*)\}\}", _stray),
    (r"^expected end; found \{\{(else[^}]*)\}\}", _stray),
    (r"unclosed comment|comment ends before closing delimiter", _unclosed_comment),
    (r"^unclosed action|^unexpected unclosed action", _unclosed),
    (r"unterminated (?:quoted string|raw quoted string|character constant)", _open_quote),
    (r"unclosed left paren|unexpected unclosed left paren", _unclosed_paren),
    (r"unexpected right paren", lambda error, text, found: [_at(error, text, error.position), "this ) has no ("]),
    (r"unrecognized character in action: .*", _bad_character),
    (r"^malformed character constant", _open_quote),
    (r"^bad character U\+002D", _dash_in_field),
    (r"bad character .*", _bad_character),
    (r'^(?:bad|illegal) number syntax: "(.*)"$', _bad_number),
    (r"^invalid syntax$", _bad_escape),
    (r"^unexpected (.*) in (?:template|define|block) clause$", _unquoted_name),
    (r"^missing value for (\S+)", _missing_value),
    (r'^undefined variable "(.*)"', _undefined_variable),
    (r'multiple definition of template "(.*)"', _multiple),
    (r"^non executable command in pipeline stage (\d+)", _not_executable),
    (r"outside \{\{range\}\}", _outside_range),
    (r"^unexpected (.+?) in [a-z ]+$", _unexpected),
)
