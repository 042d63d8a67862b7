"""Random programs give the same text or error here and in Helm's own engine (tests/peers/oracle).

`set` is left out: what it returns for `.Values` is a common.Values here and a map[string]interface {} in Go.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from charthouse.charts.chart import File
from charthouse.charts.loader import load_files
from charthouse.engine import RenderError, render
from charthouse.logs import silent

pytestmark = pytest.mark.peer

PEERS = Path(os.environ.get("CHARTHOUSE_PEERS", Path(__file__).parents[2] / ".peers" / "bin"))
CHART = b"apiVersion: v2\nname: c\nversion: 0.1.0\n"
PROGRAMS = 400

VALUES = {
    "i": 1,
    "f": 1.5,
    "s": "str",
    "e": "",
    "t": True,
    "no": False,
    "nil": None,
    "m": {"a": 1, "b": {"c": "deep"}, "z": [1, 2]},
    "l": ["x", "y", "z"],
    "mixed": [1, "a", None, {"k": "v"}, [1]],
    "em": {},
    "el": [],
    "u": "hé€",
}

# Operands by type; "*" is anything.
OPERANDS = {
    "n": [".Values.i", "1", "2", "0", "(len .Values.l)", "(int .Values.i)", "1.5", ".Values.f", "(add 1 2)"],
    "int": ["1", "2", "0", "3", "(len .Values.l)", "(int .Values.i)", "-1"],
    "s": [".Values.s", ".Values.u", '"a"', "`r`", ".Values.e", '"a,b"', '(printf "%d" 3)', '(upper "q")', "$.Values.s"],
    "l": [".Values.l", ".Values.mixed", ".Values.el", "(list 1 2)", "(list)", '(splitList "," "a,b")', "(until 3)"],
    "m": [".Values.m", ".Values.em", "(dict)", '(dict "a" 1)', '(dict "a" (list 1) "k" .)', ".Values.m.b"],
    "b": ["true", "false", ".Values.t", ".Values.no", "(eq 1 1)", "(not .Values.nope)", "(empty .)"],
    "layout": ['"%d"', '"%s-%v"', '"%5v|%-6v|%q"', '"%T"', '"%+v %#v"', '"%x"', '"%t %g %e"', '"%[2]v %[1]v"', '"%*d"'],
    "*": [
        ".Values.nope",
        ".Values.nil",
        ".Values.nope.x",
        ".Values.i.x",
        "nil",
        "'c'",
        "2i",
        ".",
        "$x",
        "$y",
        "$y.a",
        "len",
    ],
}
FUNCTIONS = [
    ("print", ["*", "*"], "s"),
    ("printf", ["layout", "*", "*"], "s"),
    ("println", ["*"], "s"),
    ("len", ["l"], "int"),
    ("len", ["m"], "int"),
    ("index", ["l", "int"], "*"),
    ("index", ["m", "s"], "*"),
    ("eq", ["n", "n"], "b"),
    ("eq", ["*", "*"], "b"),
    ("ne", ["s", "s"], "b"),
    ("lt", ["int", "int"], "b"),
    ("ge", ["*", "*"], "b"),
    ("and", ["*", "*"], "*"),
    ("or", ["b", "*", "*"], "*"),
    ("not", ["*"], "b"),
    ("html", ["*"], "s"),
    ("js", ["*"], "s"),
    ("urlquery", ["s"], "s"),
    ("call", ["*"], "*"),
    ("list", ["*", "*"], "l"),
    ("dict", ["s", "*"], "m"),
    ("upper", ["s"], "s"),
    ("indent", ["int", "s"], "s"),
    ("default", ["*", "*"], "*"),
    ("toString", ["*"], "s"),
    ("get", ["m", "s"], "*"),
    ("ternary", ["*", "*", "b"], "*"),
    ("required", ["s", "*"], "*"),
    ("fail", ["s"], "s"),
]
SOURCES = [".Values.l", ".Values.m", ".Values.mixed", "3", "(list 1 2)", '(splitList "," "a,b")', ".", ".Values.em"]


class Generator:
    """Programs from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def operand(self, depth: int, kind: str = "*") -> str:
        if depth > 0 and self.chance(0.4):
            return f"({self.pipe(depth - 1)})" + self.one("", "", "", "", ".a", ".x")
        if (kind == "*" and self.chance(0.6)) or self.chance(0.05):
            kind = self.random.choice(list(OPERANDS))
        return self.random.choice(OPERANDS[kind])

    def call(self, depth: int, *, piped: bool = False) -> str:
        name, kinds, _ = self.random.choice(FUNCTIONS)
        kinds = kinds[:-1] if piped else kinds
        if self.chance(0.02):
            kinds = [*kinds, "*"]
        return " ".join([name, *(self.operand(depth, kind) for kind in kinds)])

    def pipe(self, depth: int) -> str:
        parts = [self.call(depth) if self.chance(0.7) else self.operand(depth)]
        while self.chance(0.25):
            parts.append(self.call(depth, piped=True))
        return " | ".join(parts)

    def action(self, text: str) -> str:
        return self.one("{{ ", "{{ ", "{{- ") + text + self.one(" }}", " }}", " -}}")

    def statement(self, depth: int, loops: bool) -> str:
        choice = self.random.random()
        if choice < 0.2 or depth <= 0:
            return self.one(" ", "a", "\n", "b \n ", "é", "}")
        if choice < 0.55:
            return self.action(self.pipe(2))
        if choice < 0.65:
            return self.action(self.one("$x", "$y") + self.one(" := ", " = ") + self.pipe(2))
        if choice < 0.95:
            return self.branch(depth, loops)
        if choice < 0.97 and loops:
            return self.action(self.one("break", "continue"))
        return self.action(self.one("template", "include") + self.one(' "d" ', ' "nope" ', ' "d" ') + self.operand(1))

    def branch(self, depth: int, loops: bool) -> str:
        word = self.one("if", "with", "range")
        variable = self.one("", "", "$x := ") if word != "range" else self.one("", "$x := ", "$x, $y := ", "$x, $y = ")
        source = self.random.choice(SOURCES) if word == "range" and self.chance(0.8) else self.pipe(1)
        text = self.action(f"{word} {variable}{source}") + self.body(depth - 1, loops or word == "range")
        if word != "range" and self.chance(0.3):
            text += self.action(f"else {word} {self.pipe(1)}") + self.body(depth - 1, loops)
        if self.chance(0.4):
            text += self.action("else") + self.body(depth - 1, loops)
        return text + self.action("end")

    def body(self, depth: int, loops: bool = False) -> str:
        return "".join(self.statement(depth, loops) for _ in range(self.random.randint(1, 3)))

    def program(self) -> str:
        """A program; one in eight has an accident of a few characters."""
        text = f"{{{{ $x := {self.operand(0, 'm')} }}}}{{{{ $y := {self.operand(0, 'n')} }}}}{self.body(3)}"
        text += '{{ define "d" }}' + self.one("<{{ . }}>", "{{ .a }}", "\n{{ .x.y }}") + "{{ end }}"
        if self.chance(0.12):
            at = self.random.randrange(len(text))
            text = text[:at] + self.one("", "}}", "{{", '"', "(", "|", " ", ".", "$", "'", "é", "`") + text[at + 2 :]
        return text


def layout_call(generator: Generator) -> str:
    """A printf of random verbs, flags and arguments."""
    choose = generator.random.choice
    verbs = []
    for _ in range(generator.random.randint(1, 3)):
        flags = "".join(choose("+-# 0") for _ in range(generator.random.randint(0, 2)))
        size = choose(["", "", "5", "10", "*", "08"]) + choose(["", "", ".0", ".2", ".10", "."])
        verbs.append(f"%{flags}{size}{choose('vdsqxXtTeEfFgGbcoOU')}")
    pool = [
        ".Values.f",
        "3.14159",
        "-2.5e10",
        "1e-7",
        "42",
        "-7",
        "(int64 255)",
        '"str"',
        '"h\\u00e9\\xff"',
        "true",
        "nil",
    ]
    pool += [".Values.m", ".Values.mixed", "2i", "'c'", '(list 1 2.5 nil "x")', '(b64dec "/w==")']
    arguments = " ".join(choose(pool) for _ in range(len(verbs) + choose([0, 0, 0, 1, -1])))
    return f'{{{{ printf "{"|".join(verbs)}" {arguments} }}}}'


def judge(programs: list[str]) -> list[dict[str, str]]:
    """What Helm's engine makes of each program."""
    oracle = PEERS / "oracle"
    if not oracle.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the peer {oracle} is missing")
        pytest.skip(f"the peer {oracle} is missing")
    lines = "".join(json.dumps({"template": program, "values": VALUES}) + "\n" for program in programs)
    done = subprocess.run([str(oracle)], input=lines.encode(), capture_output=True, check=True, timeout=120)
    return [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]


def as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def ours(program: str) -> dict[str, str]:
    chart = load_files([File("Chart.yaml", CHART), File("templates/t", program.encode())], log=silent)
    values = {"Values": as_floats(VALUES), "Release": {"Name": "r"}, "Capabilities": None, "Chart": None}
    try:
        outcome = {"out": render(chart, values, log=silent)["c/templates/t"]}
    except RenderError as error:
        outcome = {"out": "", "err": error.message}
    # Bytes that are no UTF-8 come back from the oracle's JSON replaced.
    return {key: text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for key, text in outcome.items()}


@pytest.mark.parametrize("seed", range(3))
def test_programs(seed: int) -> None:
    generator = Generator(seed)
    programs = [generator.program() for _ in range(PROGRAMS)]
    for program, expected in zip(programs, judge(programs), strict=True):
        assert ours(program) == expected, program


def test_layouts() -> None:
    generator = Generator(7)
    programs = [layout_call(generator) for _ in range(4 * PROGRAMS)]
    for program, expected in zip(programs, judge(programs), strict=True):
        assert ours(program) == expected, program
