"""The second sort of snippets: templates of real charts, damaged.

Tokens are deleted, doubled, swapped and replaced, stages of pipelines exchanged, `end`s dropped. A template stands
behind the definitions of its chart, since the oracle takes one text.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Any

from charthouse.errors import CharthouseError
from charthouse.formats.yaml import load_map
from tests.conformance.fuzz.draws import Draws
from tests.conformance.fuzz.statements import Snippet

__all__ = ["Corpus"]

_TOKEN = re.compile(r"\{\{-?|-?\}\}|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|[$.]?[\w.]+|:=|[|()=,]|\s+|.", re.DOTALL)
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STRAY = (
    "{{", "}}", "{{- ", " -}}", "|", "(", ")", ".", "$", '"', ":=", "=", ",", "end", "else", "if", "nil", "`", "/*",
    "1", " ", "quote", "toYaml", "default", "include", "index", ".Values", "-", "range", "with", "not", "len", "\n",
)  # fmt: skip
_UNSTEADY = re.compile(
    r"\b(rand\w+|uuidv4|now|ago|gen[A-Z]\w+|shuffle|bcrypt|htpasswd|values|encryptAES|derivePassword|keys|date\w*|lookup)\b"
)
_LARGEST = 6000


class Corpus:
    """Templates of the charts of a folder of archives, with each chart's values and definitions.

    limit: how many charts are read.
    """

    def __init__(self, folder: Path, limit: int = 400) -> None:
        self.pieces: list[tuple[str, str, dict[str, Any]]] = []
        for path in sorted(folder.glob("*.tgz"))[:limit]:
            self._read(path)

    def _read(self, path: Path) -> None:
        texts: dict[str, str] = {}
        with tarfile.open(path) as archive:
            for member in archive:
                parts = member.name.split("/")
                if member.isfile() and (
                    parts[1:] == ["values.yaml"] or (parts[1:2] == ["templates"] and member.size < _LARGEST)
                ):
                    file = archive.extractfile(member)
                    if file is not None:
                        texts["/".join(parts[1:])] = file.read().decode("utf-8", "replace")
        try:
            values = load_map(texts.pop("values.yaml", ""))
        except CharthouseError:
            return
        if len(repr(values)) > 20_000:
            values = {}
        helpers = "".join(text for name, text in texts.items() if name.endswith(".tpl"))
        for name, text in texts.items():
            if not name.endswith(".tpl") and "{{" in text and not _UNSTEADY.search(text + helpers):
                self.pieces.append((text, helpers if len(helpers) < _LARGEST else "", values))

    def snippet(self, draws: Draws) -> Snippet:
        """A window of a template, damaged once to three times."""
        text, helpers, values = draws.choose(self.pieces)
        lines = text.splitlines(keepends=True)
        if len(lines) > 12:
            start = draws.below(len(lines) - 6)
            text = "".join(lines[start : start + draws.between(4, 30)])
        for _ in range(draws.between(1, 3)):
            text = _damaged(draws, text)
        if helpers and draws.chance(50):
            text += helpers if draws.chance(80) else _damaged(draws, helpers)
        return text, values


def _damaged(draws: Draws, text: str) -> str:
    actions = list(_ACTION.finditer(text))
    if not actions:
        return text + draws.choose(_STRAY)
    action = draws.choose(actions)
    tokens = _TOKEN.findall(action.group())
    choice = draws.below(9)
    at = draws.below(len(tokens))
    if choice == 0:
        del tokens[at]
    elif choice == 1:
        tokens.insert(at, tokens[at])
    elif choice == 2:
        other = draws.below(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif choice == 3:
        tokens[at] = draws.choose(_STRAY)
    elif choice == 4:
        tokens.insert(at, draws.choose(_STRAY))
    elif choice == 5:
        stages = action.group()[2:-2].split("|")
        if len(stages) > 1:
            stages.reverse()
        tokens = ["{{", "|".join(stages), "}}"]
    elif choice == 6:
        tokens = []
    elif choice == 7:
        tokens = tokens * 2
    else:
        tokens = _TOKEN.findall(draws.choose(actions).group())
    return text[: action.start()] + "".join(tokens) + text[action.end() :]
