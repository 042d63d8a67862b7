"""The questions of each table, from a seed: a row is a JSON value its table's template, or `judge`, understands."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

__all__ = ["TABLES", "TEMPLATES", "rows"]

TEMPLATES = {
    "constraints": "{{ semverCompare .Values.c .Values.v }}",
    "versions": (
        "{{ $s := semver .Values.v }}{{ $s }} {{ $s.Original }} {{ $s.Major }} {{ $s.Minor }} {{ $s.Patch }} "
        "{{ $s.Prerelease }} {{ $s.Metadata }} {{ $s.Compare (semver .Values.o) }} {{ $s.IncMinor }} {{ toJson $s }}"
    ),
    "printf": "{{ printf .Values.f %s }}",
    "dates": "{{ %s }}",
    "regexes": "{{ %s .Values.r %s | toJson }}",
}
TABLES = [*TEMPLATES, "sets", "globs", "ignores"]

VERBS = "vdsqxXtTeEfFgGbcoOUwz%+"
# Of the words: "stamps" are numbers and times only, for anything else is the current time to `date`.
_WORDS: dict[str, list[str]] = json.loads((Path(__file__).parent / "words.json").read_text())
FILES = _WORDS["files"]


def rows(table: str, seed: int, count: int) -> list[Any]:
    """`count` different questions of a table, or as many as there are."""
    draw = random.Random(f"{table} {seed}")
    make = _MAKERS[table]
    found: dict[str, Any] = {}
    for _ in range(count * 4):
        if len(found) == count:
            break
        row = make(draw)
        found.setdefault(repr(row), row)
    return list(found.values())


def pick(draw: random.Random, kind: str) -> str:
    return draw.choice(_WORDS[kind])


def _range(draw: random.Random) -> str:
    return pick(draw, "joins").join(pick(draw, "ranges") for _ in range(draw.choice([1, 1, 1, 2, 2, 3])))


def _constraints(draw: random.Random) -> Any:
    return {"c": _range(draw), "v": pick(draw, "versions")}


def _versions(draw: random.Random) -> Any:
    version = pick(draw, "versions")
    if draw.random() < 0.4:
        at = draw.randrange(len(version) + 1)
        version = version[:at] + draw.choice("0123.-+vx ae_é~") + version[at:]
    return {"v": version, "o": pick(draw, "versions")}


def _printf(draw: random.Random) -> Any:
    verbs = []
    for _ in range(draw.choice([1, 1, 2])):
        flags = "".join(draw.choice("+-# 0") for _ in range(draw.choice([0, 0, 1, 2])))
        size = draw.choice(["", "", "", "5", "10", "*", "08", "[1]*", "200"]) + draw.choice(
            ["", "", ".0", ".2", ".10", ".", ".*", ".-1"]
        )
        verbs.append(f"%{flags}{size}{draw.choice(['', '', '', '[1]', '[2]', '[9]', '[', '[x]'])}{draw.choice(VERBS)}")
    operands = [
        pick(draw, "operands").replace("_", " ").replace("1 000", "1_000")
        for _ in range(len(verbs) + draw.choice([0, 0, 0, 1, -1]))
    ]
    return {"f": "|".join(verbs), "call": " ".join(operands)}


def _dates(draw: random.Random) -> Any:
    def layout() -> str:
        return '"' + pick(draw, "layouts") + '"'

    moment, zone = pick(draw, "stamps"), f'"{pick(draw, "zones")}"'
    calls = [
        f"dateInZone {layout()} {moment} {zone}",
        f"dateInZone {layout()} {moment} {zone}",
        f"date {layout()} {moment}",
        f"htmlDate {moment}",
        f"htmlDateInZone {moment} {zone}",
        f'toDate {layout()} "{pick(draw, "texts")}" | toJson',
        f'mustToDate {layout()} "{pick(draw, "texts")}"',
        f'(toDate {layout()} "{pick(draw, "texts")}").Unix',
        f'toDate "2006-01-02T15:04:05Z07:00" "{pick(draw, "texts")}" | unixEpoch',
        f"duration {draw.choice(_WORDS['durations'])}",
        f"durationRound {draw.choice(_WORDS['durations'])}",
        f'dateModify {pick(draw, "durations")} (toDate "2006-01-02" "2020-02-29")',
        f'mustDateModify {pick(draw, "durations")} (toDate "2006-01-02" "2020-02-29")',
        f'date_in_zone {layout()} (toDate "2006-01-02T15:04:05Z" "2021-10-31T00:59:59Z") {zone}',
        f'(toDate "2006-01-02T15:04:05Z07:00" "2021-03-28T01:00:00Z").Format {layout()}',
    ]
    return {"call": draw.choice(calls)}


def _regexes(draw: random.Random) -> Any:
    name, pattern = pick(draw, "calls"), pick(draw, "patterns")
    if draw.random() < 0.3:
        pattern += pick(draw, "patterns")
    values = {"r": pattern, "s": pick(draw, "subjects"), "t": pick(draw, "replacements")}
    arguments = ".Values.s"
    if "FindAll" in name or "Split" in name:
        arguments += f" {draw.choice([-1, -1, 0, 1, 2])}"
    elif "Replace" in name:
        arguments += " .Values.t"
    elif "Quote" in name:
        arguments = ""
    return {"call": [name, arguments], **values}


def _sets(draw: random.Random) -> Any:
    flag = draw.choice(["set", "set", "set", "set-string", "set-json", "set-literal", "set-file"])
    settings = []
    for _ in range(draw.choice([1, 1, 2])):
        text = "".join(pick(draw, "set_pieces") for _ in range(draw.randint(1, 7)))
        if flag == "set-json" and draw.random() < 0.7:
            text = draw.choice(["a", "a.b", "a[0]", "c", "a[1].b"]) + "=" + pick(draw, "json_texts")
        if flag == "set-file":
            text = (
                draw.choice(["a", "a.b", "a[0]", "c", "a[1].b", "", "[", "a\\.b"])
                + "="
                + draw.choice(["x", "a", "", "no", "x,c=a"])
            )
        settings.append([flag, text])
    base = draw.choice(["", "", "a: {b: 1}", "a: [1, {b: 2}]", "a: x", "a: null"])
    return {"sets": settings, "base": base}


def _globs(draw: random.Random) -> Any:
    return "".join(pick(draw, "glob_pieces") for _ in range(draw.randint(1, 5)))


def _ignores(draw: random.Random) -> Any:
    return [pick(draw, "ignore_lines") for _ in range(draw.randint(1, 3))]


_MAKERS = {
    "constraints": _constraints,
    "versions": _versions,
    "printf": _printf,
    "dates": _dates,
    "regexes": _regexes,
    "sets": _sets,
    "globs": _globs,
    "ignores": _ignores,
}
