"""Records what Helm's engine makes of YAML, JSON and TOML, for tests/unit/formats.

Usage: python tools/record_formats.py ORACLE, where ORACLE renders templates as tests/peers/oracle does (a JSON object
with "template" and "values" a line). Inputs are the hand-written ones of texts.json, seeded mutations of them, and
seeded random values; the answers are written beside them.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "tests" / "unit" / "formats"
PIECES = [*":#-'\"[]{},|>&*!?%@`\\ \t\n~yn019.", "\n  ", "\n- ", ": ", " #", "---\n", "\n---", "key: ", "\r\n"]
PIECES += ["é", "\u2028", "\u0085", "<<: ", "*a", "&a ", "!!int ", " |\n", "  "]
WORDS = ["a", "b", "y", "no", "true", "null", "0", "1", "7", "9", "-", "_", ".", ":", "#", " ", "  ", "\n", "\t", "'"]
WORDS += ['"', "\\", "[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "%", "@", "`", "?", "é", "☃", "😀", "\u2028"]
WORDS += ["\u0085", "\xa0", "\ufeff", "\x7f", "\x01", "~", "=", "<<", "0x", "1e3", "12:30", "2020-01-01", "\r", "---"]
WORDS += ["long word text ", "...", "ß"]
NUMBERS = [0.0, 1.0, -1.0, 1e6, 123456789.0, 1e16, 1e20, 1e21, -1e19, 1.8e19, 0.1, 1e-5, 1e-6, 1e-7, 12345.678, -0.0]
NUMBERS += [1234567.5, 2.0**53, 2.0**63, 5e-324, 1.7976931348623157e308]


def mutated(text: str) -> str:
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(text) + 1)
        kind = random.random()
        if kind < 0.5:
            text = text[:at] + random.choice(PIECES) + text[at:]
        elif kind < 0.8:
            text = text[:at] + text[at + random.randrange(1, 4) :]
        else:
            other = random.randrange(len(text) + 1)
            text = text[:at] + text[other : other + 10] + text[at:]
    return text


def words() -> str:
    return "".join(random.choice(WORDS) for _ in range(random.choice([1, 1, 2, 3, 5, 12, 30])))


def value(depth: int = 0) -> Any:
    kind = random.random()
    if depth > 3 or kind < 0.5:
        return words()
    if kind < 0.6:
        return random.choice(NUMBERS)
    if kind < 0.65:
        return random.choice([True, False, None])
    if kind < 0.82:
        return [value(depth + 1) for _ in range(random.randrange(4))]
    return {words(): value(depth + 1) for _ in range(random.randrange(5))}


def answers(oracle: str, template: str, inputs: list[Any]) -> list[str]:
    lines = "".join(json.dumps({"template": template, "values": {"x": item}}) + "\n" for item in inputs)
    done = subprocess.run([oracle], input=lines, capture_output=True, text=True, check=True)
    out = []
    for line in done.stdout.split("\n")[:-1]:
        answer = json.loads(line)
        out.append(answer["out"] if "err" not in answer else "error: " + answer["err"].split("error calling ")[-1])
    return out


def write(name: str, rows: list[Any]) -> None:
    (FOLDER / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def main() -> None:
    oracle = sys.argv[1]
    texts = json.loads((FOLDER / "texts.json").read_text())
    random.seed(7)
    yaml = list(dict.fromkeys([*texts["yaml"], *(mutated(random.choice(texts["yaml"])) for _ in range(700))]))
    loads = answers(oracle, "{{ .Values.x | fromYaml | toJson }}", yaml)
    write("loads.jsonl", [row for row in zip(yaml, loads, strict=True) if "map[interface" not in row[1]])
    values = [value() for _ in range(500)]
    dumped = [answers(oracle, f"{{{{ .Values.x | {name} }}}}", values) for name in ("toYaml", "toYamlPretty", "toJson")]
    dumped += [answers(oracle, f"{{{{ .Values.x | {name} }}}}", values) for name in ("toPrettyJson", "toRawJson")]
    write("dumps.jsonl", list(zip(values, *dumped, strict=True)))
    tables = [{"x": item, "y": {"z": [item, {"q": item}]}} for item in values[:120]]
    write("tomls_out.jsonl", list(zip(tables, answers(oracle, "{{ .Values.x | toToml }}", tables), strict=True)))
    read = answers(oracle, "{{ .Values.x | fromToml | toJson }}", texts["toml"])
    write("tomls_in.jsonl", list(zip(texts["toml"], read, strict=True)))
    lists = ["[" + text + "]" for text in texts["json"]]
    write(
        "jsons.jsonl", list(zip(lists, answers(oracle, "{{ .Values.x | fromJsonArray | toJson }}", lists), strict=True))
    )


if __name__ == "__main__":
    main()
