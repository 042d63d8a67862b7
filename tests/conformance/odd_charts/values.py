"""Damage to values.yaml, values.schema.json, and odd files for -f."""

from __future__ import annotations

import random

from tests.conformance.odd_charts.bases import Files
from tests.conformance.odd_charts.pools import pool

__all__ = ["MUTATIONS", "VALUE_TEXTS"]

VALUE_TEXTS = pool("values.value_texts")
_SCHEMAS = pool("values.schemas")


def _values(rng: random.Random, files: Files) -> str:
    path = rng.choice(
        (
            "odd/values.yaml",
            "odd/values.yaml",
            "odd/values.yaml",
            "odd/charts/sub/values.yaml",
            "odd/charts/mid/values.yaml",
        )
    )
    if path != "odd/values.yaml" and path.replace("values", "Chart") not in files:
        path = "odd/values.yaml"
    files[path] = rng.choice(VALUE_TEXTS)
    return f"{path} {files[path][:60]!r}"


def _no_values(rng: random.Random, files: Files) -> str:
    files.pop("odd/values.yaml", None)
    other = rng.choice(("", "", "values.yml", "Values.yaml", "values.yaml.tpl", "values.json"))
    if other:
        files[f"odd/{other}"] = "a: 3\n"
    return f"no values {other}"


def _schema(rng: random.Random, files: Files) -> str:
    path = rng.choice(("odd/values.schema.json", "odd/values.schema.json", "odd/charts/sub/values.schema.json"))
    if "sub" in path and "odd/charts/sub/Chart.yaml" not in files:
        path = "odd/values.schema.json"
    files[path] = rng.choice(_SCHEMAS)
    if rng.random() < 0.2:
        files["odd/other.json"] = rng.choice(('{"type": "string"}', "{", '{"required": ["zz"]}', ""))
    return f"{path} {files[path]!r}"


def _truncated(rng: random.Random, files: Files) -> str:
    paths = sorted(
        path for path, text in files.items() if isinstance(text, str) and text and path.endswith((".yaml", ".json"))
    )
    if not paths:
        return "nothing to cut"
    path = rng.choice(paths)
    text = files[path]
    at = rng.randrange(len(text))
    how = rng.randrange(5)
    if how == 0:
        files[path] = text[:at]
    elif how == 1:
        files[path] = (
            text[:at]
            + rng.choice(
                (
                    "\t",
                    "{",
                    "}",
                    "[",
                    ":",
                    "#",
                    "'",
                    '"',
                    "\n",
                    "- ",
                    "&",
                    "*",
                    "!",
                    "{{",
                    "}}",
                    "|",
                    "\0",
                    "\udcfe",
                    "é",
                    "  ",
                    "%",
                    "@",
                    "\r",
                    "\u2028",
                )
            )
            + text[at:]
        )
    elif how == 2:
        files[path] = text[:at] + text[at + 1 + rng.randrange(5) :]
    else:
        lines = text.splitlines(keepends=True)
        line = rng.randrange(len(lines))
        other = rng.randrange(len(lines))
        if how == 3:
            lines.insert(other, lines[line])
        else:
            lines[line] = " " * rng.randrange(4) + lines[line].lstrip(" ")
        files[path] = "".join(lines)
    return f"{path} damaged at {at} ({how})"


MUTATIONS = (_values, _values, _values, _no_values, _schema, _schema, _truncated, _truncated)
