"""Random trees of charts and random values for them, all from a seed.

Names, keys and values come from small sets, so that they meet: a value of the parent in the child's block, a null over
a table, a condition that names what another chart imports.
"""

from __future__ import annotations

import json
import random
from typing import Any, NamedTuple

__all__ = ["Case", "Grower"]

CHARTS = ["a", "b", "c", "sub"]
ALIASES = ["b2", "other", "a", "k1", "data"]
KEYS = ["k1", "k2", "t", "enabled", "data", "x", "list"]
VERSIONS = ["0.1.0", "1.2.3", "2.0.0-rc.1", "1.10.0+build"]
RANGES = ["*", ">=0.0.0-0", "0.1.0", "^1.0.0", "~1.2", ">1", "1.x", "", "nope", "<2.0.0 || >3", ">=2.0.0-0", "1 - 3"]
SCALARS: list[Any] = [
    1,
    0,
    -2,
    1.5,
    True,
    False,
    "s",
    "",
    "true",
    "null",
    "a,b",
    None,
    None,
    [],
    [1, None, {"k1": None}],
]
SCALARS += [["x"], {}, 1e21, 9007199254740993, "0123", "é"]
SET_SCALARS = [
    "1",
    "true",
    "null",
    "s",
    "",
    "{a,b}",
    "{}",
    "{1,null,x}",
    "1.5",
    "0123",
    "a\\,b",
    "{{a},b}",
    "é",
    "-1",
    "1e3",
]
FIELDS = [
    "name",
    "version",
    "apiVersion",
    "appVersion",
    "description",
    "home",
    "icon",
    "keywords",
    "maintainers",
    "sources",
]
FIELDS += [
    "kubeVersion",
    "type",
    "annotations",
    "deprecated",
    "condition",
    "tags",
    "Version",
    "NAME",
    "unknown",
    "dependencies",
]
ODD_TEXTS = [
    "library",
    "v1",
    "1.2",
    "1",
    "v1.2.3",
    "1.2.3-é",
    ">=1.20.0",
    "< 1.0",
    "nope",
    "a/b",
    "..",
    "UPPER",
    "a\u0007b",
    "x y",
    "-",
]
MILD_SCALARS = [text for text in SET_SCALARS if "{{" not in text]
FLAGS = ["set", "set", "set", "set-string", "set-json", "set-json", "set-file", "set-literal"]
TEMPLATE = "values: {{ .Values | toJson | quote }}\nchart: {{ .Chart | toJson | quote }}\n"
NAMED = "{{ .Values.k1 | toJson }}{{ .Values.global | toJson }}{{ .Subcharts | keys | sortAlpha | toJson }}\n"


class Case(NamedTuple):
    """One chart and one command line. files: path in the chart → text; values: the -f files; sets: flag and text;
    side: files --set-file may read."""

    files: dict[str, str]
    values: list[str]
    sets: list[tuple[str, str]]
    side: dict[str, str]


class Grower:
    """Cases from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: list[str] = []
        self.wild = False  # whether the case at hand may hold what ends in an error

    def one(self, choices: list[Any]) -> Any:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def rare(self, probability: float) -> bool:
        """For what mostly ends in an error: never in a mild case."""
        return self.wild and self.chance(probability)

    def case(self) -> Case:
        files: dict[str, str] = {}
        self.names = []
        self.wild = self.chance(0.3)
        self.chart("root", "", 0, files)
        values = [self.file() for _ in range(self.one([0, 0, 1, 1, 2]))]
        sets = [self.setting() for _ in range(self.one([0, 0, 1, 2, 4]))]
        return Case(files, values, sets, {"side.txt": "from\nfile\n", "empty": ""})

    # --- charts --------------------------------------------------------------------------------------------------

    def chart(self, name: str, folder: str, depth: int, files: dict[str, str]) -> None:
        version = self.one(VERSIONS)
        head: dict[str, Any] = {"apiVersion": self.one(["v2", "v2", "v2", "v1"]), "name": name, "version": version}
        if self.chance(0.1):
            head["type"] = self.one(["library", "application"])
        inner = (
            [] if depth >= 3 else [self.one(CHARTS) for _ in range(self.one([0, 1, 1, 2, 3] if depth else [1, 2, 3]))]
        )
        self.names += inner
        for each in dict.fromkeys(inner):
            directory = each + "-x" if self.rare(0.05) else each
            self.chart(each, f"{folder}charts/{directory}/", depth + 1, files)
        listed = [self.dependency(each) for each in inner if self.chance(0.85)]
        if not self.wild:
            listed = list({each.get("alias", each["name"]): each for each in listed}.values())
        if listed or self.chance(0.1):
            if head["apiVersion"] == "v1" and self.chance(0.7):
                files[f"{folder}requirements.yaml"] = json.dumps({"dependencies": listed})
            else:
                head["dependencies"] = listed
        files[f"{folder}Chart.yaml"] = json.dumps(head)
        if self.chance(0.9):
            files[f"{folder}values.yaml"] = self.file(inner)
        files[f"{folder}templates/v.yaml"] = TEMPLATE
        if self.chance(0.2):
            files[f"{folder}templates/w.yaml"] = NAMED
        if self.rare(0.05):
            files[f"{folder}values.schema.json"] = json.dumps(
                {"properties": {self.one(KEYS): {"type": self.one(["string", "object", "integer", "null"])}}}
            )

    def odd(self, depth: int) -> Any:
        """What a field of Chart.yaml should not hold, or just might."""
        kind = self.random.random()
        if depth < 2 and kind < 0.25:
            return [self.odd(depth + 1) for _ in range(self.random.randint(0, 2))]
        if depth < 2 and kind < 0.5:
            return {
                self.one(["name", "email", "url", "Name", "a"]): self.odd(depth + 1)
                for _ in range(self.random.randint(0, 2))
            }
        return self.one([*SCALARS, *ODD_TEXTS])

    def dependency(self, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": name, "version": self.one(RANGES) if self.chance(0.4) else "*"}
        if self.chance(0.3):
            entry["repository"] = self.one(["", "https://x.example/charts", "file://../x"])
        if self.chance(0.25):
            entry["alias"] = self.one(ALIASES)
            self.names.append(entry["alias"])
        if self.chance(0.45):
            entry["condition"] = self.condition(entry.get("alias", name))
        if self.chance(0.3):
            entry["tags"] = self.random.sample(["t1", "t2", "k1"], self.random.randint(1, 2))
        if self.chance(0.4):
            entry["import-values"] = [self.imported() for _ in range(self.random.randint(1, 2))]
        if self.chance(0.03):
            entry["enabled"] = self.chance(0.5)
        return entry

    def condition(self, name: str) -> str:
        paths = [
            f"{name}.enabled",
            f"{name}.enabled",
            "enabled",
            "global.enabled",
            "k1",
            f"{name}.k1.enabled",
            "nope",
            "",
        ]
        text = ",".join(self.one(paths) for _ in range(self.one([1, 1, 2, 3])))
        return f" {text} " if self.chance(0.05) else text

    def imported(self) -> Any:
        if self.chance(0.5):
            return self.one(["data", "k1", "nope", "x.k1"])
        child = self.one(["data", "exports.data", "k1", "t", "x.k1", "nope", self.one(CHARTS), "global"])
        entry = {
            "child": child,
            "parent": self.one([".", "data", "t", "imported", "x.k1", "global", self.one(CHARTS), "k1"]),
        }
        if self.chance(0.05):
            entry.pop(self.one(["child", "parent"]))
        return 5 if self.chance(0.01) else entry

    def parent(self) -> str:
        """Where to import to; seldom into a chart's block, as that may make Helm run round in circles."""
        return str(self.one(CHARTS) if self.chance(0.02) else self.one([".", "data", "t", "imported", "x.k1", "k1"]))

    # --- values --------------------------------------------------------------------------------------------------

    def file(self, inner: list[str] | None = None) -> str:
        """A values file, now and then of several documents, or none at all."""
        if self.rare(0.05):
            return str(self.one(["", "# nothing\n", "null\n", "---\n", "[]\n", "k1: [\n"]))
        text = json.dumps(self.top(inner))
        return f"{text}\n---\n{json.dumps(self.top(inner))}\n" if self.chance(0.05) else text

    def top(self, inner: list[str] | None) -> dict[str, Any]:
        out = self.table(0)
        if self.chance(0.4):
            out["global"] = self.one(SCALARS) if self.rare(0.2) else self.table(1)
        if self.chance(0.4):
            table = {
                tag: self.one([True, False, True, False, None, "yes", 1]) for tag in ("t1", "t2") if self.chance(0.7)
            }
            out["tags"] = table if self.chance(0.95) else self.one(SCALARS)
        if self.chance(0.35):
            exported = {key: self.table(1) if self.chance(0.9) else self.one(SCALARS) for key in ("data", "k1")}
            out["exports"] = exported if self.chance(0.95) else self.one(SCALARS)
        for name in inner if inner is not None else self.names[:4]:
            if self.chance(0.6):
                out[name] = self.block(0)
        return out

    def block(self, depth: int) -> Any:
        """A parent's values for a sub-chart."""
        if self.rare(0.1):
            return self.one(SCALARS)
        out = self.table(1)
        if self.chance(0.5):
            out["enabled"] = self.one([True, False, True, None, "true"])
        if self.chance(0.25):
            out["global"] = self.table(1) if self.chance(0.9) else self.one(SCALARS)
        if depth < 2 and self.chance(0.5):
            out[self.one(CHARTS)] = self.block(depth + 1)
        return out

    def table(self, depth: int) -> dict[str, Any]:
        return {self.one(KEYS): self.value(depth) for _ in range(self.random.randint(0, 4))}

    def value(self, depth: int) -> Any:
        return self.table(depth + 1) if depth < 3 and self.chance(0.4) else self.one(SCALARS)

    # --- the command line ----------------------------------------------------------------------------------------

    def path(self) -> str:
        parts = [self.one(self.names)] if self.names and self.chance(0.5) else []
        parts += [self.one(self.names)] if parts and self.chance(0.3) else []
        parts += ["global"] if self.chance(0.15) else ["tags", "t1"] if not parts and self.chance(0.1) else []
        least = 0 if parts and self.wild else 1
        parts += [self.one(KEYS) for _ in range(self.random.randint(least, 3))]
        text = ".".join(parts)
        return text + str(self.one(["[0]", "[1].k1", "[0][1]", "[2]"])) if self.rare(0.2) else text

    def setting(self) -> tuple[str, str]:
        flag = str(self.one(FLAGS))
        if flag == "set-json":
            text = json.dumps(self.value(1))
            return flag, text if self.chance(0.2) and text[0] == "{" else f"{self.path()}={text}"
        if flag == "set-file":
            return flag, f"{self.path()}={'missing' if self.rare(0.2) else self.one(['side.txt', 'empty'])}"
        pairs = [
            f"{self.path()}={self.one(SET_SCALARS if self.wild else MILD_SCALARS)}" for _ in range(self.one([1, 1, 2]))
        ]
        text = ",".join(pairs)
        if self.rare(0.1):
            at = self.random.randrange(len(text))
            text = text[:at] + self.one(["", ",", ".", "[", "]", "=", "\\", "{", "}"]) + text[at + 1 :]
        return flag, text
