"""Typed expressions: calls, pipelines, variables, fields and literals; now and then of a type that does not fit."""

from __future__ import annotations

from tests.conformance.fuzz.draws import Draws
from tests.conformance.fuzz.signatures import PRODUCERS, RARE, ROWS, SHAPES, Row
from tests.conformance.fuzz.spellings import FLOATS, SMALL, TEXTS, layout, number, text_literal
from tests.conformance.fuzz.trees import Tree

__all__ = ["Expressions"]

_KINDS = (
    "s",
    "s",
    "int",
    "float",
    "number",
    "bool",
    "nil",
    "map",
    "list",
    "strings",
    "int64",
    "time",
    "span",
    "scalar",
)
_SCALARS = ("s", "s", "int", "float", "bool", "nil", "numeral", "number")
# What makes many of something must not be given a big number by accident.
_HARMLESS = ("s", "bool", "nil", "map", "list")
_WHOLE = ("1", "2", "0", "3", "5", "-1", "10", "1.0", "07")
_MAPS = (
    "dict", ".Values", '(dict "a" 1 "b" "x")', "(dict)", '(dict "a" (dict "b" (list 1 "x" nil)))', ".Release", ".",
    "$", ".Chart", ".Files", ".Template",
)  # fmt: skip
_TIMES = (
    '(toDate "2006-01-02" "2024-02-29")', '(mustToDate "2006-01-02T15:04:05Z07:00" "2023-07-01T23:59:59.5+02:00")',
    '(toDate "2006" "x")', '(fromToml "a = 1979-05-27T07:32:00Z").a', '(toDate "2006-01-02 15:04" "0001-01-01 00:01")',
)  # fmt: skip

_MOMENTS = (*_TIMES, "(int64 0)", "(int64 1700000000)", "86400", "-1", "(int64 -62135596801)", '(atoi "951782400")')
_EXACT = ("fresh", "moment")
_COUNTED = ("count", "fresh", "moment")
# What is never piped into: it makes many, changes maps in place, is slow, or reads the clock for what is no time.
_UNPIPED = {
    "until", "untilStep", "repeat", "indent", "nindent", "seq", "set", "merge", "mergeOverwrite", "mustMerge",
    "mustMergeOverwrite", "derivePassword", "date", "htmlDate",
}  # fmt: skip


class Expressions:
    """Draws expressions for one snippet.

    tree: its values; big: whether big numbers may appear (then nothing that makes many); names: variables in scope.
    """

    def __init__(self, draws: Draws, tree: Tree, *, big: bool) -> None:
        self.draws = draws
        self.tree = tree
        self.big = big
        self.names: list[str] = []

    def operand(self, kind: str, depth: int) -> str:
        """An expression that can stand as an argument: simple, or in parentheses."""
        draws = self.draws
        if draws.chance(7):
            kind = draws.choose(_HARMLESS if kind == "count" else _KINDS) if kind not in _EXACT else kind
        if kind == "any":
            kind = draws.choose(_KINDS)
        elif kind == "scalar":
            kind = draws.choose(_SCALARS)
        if depth > 0 and draws.chance(40):
            made = self.producer(kind, depth - 1)
            if made:
                field = draws.choose((".a", ".b", ".x", ".a.b")) if kind == "map" and draws.chance(10) else ""
                return f"({made}){field}"
        return self.leaf(kind)

    def source(self, kind: str) -> str:
        """What a range goes over: never a number that might be big."""
        draws = self.draws
        if kind in ("list", "map", "strings") and draws.chance(50):
            return f"({self.call(draws.choose(PRODUCERS[kind]), 0)})"
        if self.names and draws.chance(15):
            return f"(list {draws.choose(self.names)} 1)"
        names, self.names = self.names, []
        source = self.leaf(kind)
        self.names = names
        return source

    def producer(self, kind: str, depth: int) -> str:
        """A call or pipeline that gives a kind, "" where no function does."""
        draws = self.draws
        if kind == "number":
            kind = draws.choose(("int", "int64", "float"))
        elif kind == "moment":
            return ""
        elif kind == "fresh":
            return " ".join(
                ["dict", *(part for _ in range(draws.below(3)) for part in (self.leaf("key"), self.leaf("scalar")))]
            )
        elif kind != "count" and draws.chance(12):
            kind = "any"
        rows = PRODUCERS.get(kind)
        if not rows:
            return ""
        return self.call(draws.choose(rows), depth)

    def call(self, row: Row, depth: int) -> str:
        """A call, its last argument sometimes through a pipe."""
        name, kinds, _ = row
        draws = self.draws
        arguments = [self.operand(kind, depth) for kind in self.arity(kinds)]
        if arguments and draws.chance(30):
            return f"{self.bare(arguments[-1])} | {' '.join([name, *arguments[:-1]])}"
        return " ".join([name, *arguments])

    def shape(self, depth: int) -> str:
        """What is always the same of a call that is not."""
        text, kinds, _ = self.draws.choose(SHAPES)
        pieces = text.split("@")
        operands = [self.operand(kind, depth) for kind in kinds]
        return pieces[0] + "".join(operand + piece for operand, piece in zip(operands, pieces[1:], strict=True))

    def bare(self, operand: str) -> str:
        """An operand before a pipe may stand without its parentheses."""
        if operand.startswith("(") and operand.endswith(")") and self.draws.chance(70):
            depth = 0
            for position, char in enumerate(operand):
                depth += (char == "(") - (char == ")")
                if depth == 0 and position < len(operand) - 1:
                    return operand
            return operand[1:-1]
        return operand

    def arity(self, kinds: tuple[str, ...]) -> list[str]:
        draws = self.draws
        out: list[str] = []
        for kind in kinds:
            out += [kind[:-1]] * draws.below(4) if kind.endswith("*") else [kind]
        if draws.chance(2):
            return out[:-1] if out and draws.chance(50) else [*out, "s"]
        return out

    def leaf(self, kind: str) -> str:
        """A literal, a variable, a path into the values or a small call."""
        draws = self.draws
        if self.names and draws.chance(12) and kind not in _COUNTED:
            name = draws.choose(self.names)
            return name + draws.choose((".a", ".b.c")) if draws.chance(15) else name
        if kind == "tpl" and draws.chance(30):
            return text_literal(draws, "{{ " + self.call(draws.choose(ROWS), 0) + " }}")
        if kind == "layout" and draws.chance(50):
            return text_literal(draws, layout(draws))
        texts = TEXTS.get(kind)
        if texts is not None:
            paths = self.tree.paths.get("s")
            return draws.choose(paths) if paths and draws.chance(15) else text_literal(draws, draws.choose(texts))
        return self.other_leaf(kind)

    def other_leaf(self, kind: str) -> str:
        draws = self.draws
        paths = self.tree.paths.get(kind)
        if paths and draws.chance(55):
            return draws.choose(paths)
        if kind in ("int", "number"):
            return number(draws, big=self.big)
        if kind == "count":
            return draws.choose(_WHOLE)
        if kind == "int64":
            return f"(int64 {number(draws, big=self.big) if draws.chance(50) else draws.choose(SMALL)})"
        if kind == "float":
            return draws.choose(FLOATS)
        if kind == "bool":
            return draws.choose(("true", "false", "(eq 1 1)", "(not .Values.n)"))
        if kind in ("map", "fresh"):
            return (
                draws.choose(_MAPS)
                if kind == "map"
                else draws.choose(('(dict "a" 1)', "(dict)", '(dict "m" (dict "x" "y"))'))
            )
        if kind == "list":
            return draws.choose(("(list)", "(list 1 2 3)", '(list "b" "a" nil)', "(until 3)", "(list 1.5 true (dict))"))
        if kind == "strings":
            return draws.choose(
                (
                    '(splitList "," "c,a,b")',
                    '(list "x" "y" | toStrings)',
                    "(sortAlpha .Values.l)",
                    '(regexFindAll "z" "a" 1)',
                )
            )
        if kind == "moment":
            return draws.choose(_MOMENTS)
        if kind == "time":
            return draws.choose(_TIMES)
        if kind == "span":
            return f"(mustToDuration {text_literal(draws, draws.choose(TEXTS['duration']))})"
        return draws.choose(("nil", ".Values.nope", ".Values.nope.deeper", '(index .Values.m "nope")'))

    def whole(self, depth: int) -> str:
        """A pipeline as it stands in an action."""
        draws = self.draws
        if draws.chance(3):
            return self.shape(depth)
        row = draws.choose(ROWS)
        if row[0] in RARE and not draws.chance(20):
            row = draws.choose(ROWS)
        text = self.call(row, depth)
        while draws.chance(20):
            name, kinds, _ = draws.choose(ROWS)
            given = self.arity(kinds)[:-1]
            if name not in _UNPIPED:
                text = " | ".join([text, " ".join([name, *(self.operand(kind, depth - 1) for kind in given)])])
        return text
