"""Makes a difference small: tokens of the template and keys of the values go as long as the difference stays."""

from __future__ import annotations

import re
from typing import Any

from tests.conformance.fuzz.comparison import difference, explanation
from tests.conformance.fuzz.peers import Oracle, ours
from tests.conformance.fuzz.statements import Snippet

__all__ = ["shrunk"]

_TOKEN = re.compile(r"\{\{-?|-?\}\}|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|[$.]?\w[\w.]*|:=|\s+|.", re.DOTALL)
_ROUNDS = 40


def shrunk(oracle: Oracle, snippet: Snippet) -> Snippet:
    """The smallest snippet found that still differs in the same way."""
    wanted = _class(oracle, [snippet])[0]
    if not wanted:
        return snippet  # it does not differ every time
    for _ in range(_ROUNDS):
        found = _first(oracle, wanted, _smaller(snippet))
        if found is None:
            break
        snippet = found
    return snippet


def _class(oracle: Oracle, snippets: list[Snippet]) -> list[str]:
    pairs = zip(snippets, oracle.judge(snippets), ours(snippets), strict=True)
    return [
        "" if helm is None or explanation(snippet, helm, mine) else difference(helm, mine)
        for snippet, helm, mine in pairs
    ]


def _first(oracle: Oracle, wanted: str, candidates: list[Snippet]) -> Snippet | None:
    for start in range(0, len(candidates), 60):
        part = candidates[start : start + 60]
        for snippet, found in zip(part, _class(oracle, part), strict=True):
            if found == wanted:
                return snippet
    return None


def _smaller(snippet: Snippet) -> list[Snippet]:
    """Candidates, the boldest cuts first."""
    template, values = snippet
    tokens = _TOKEN.findall(template)
    candidates: list[Snippet] = []
    size = max(len(tokens) // 2, 1)
    while size:
        for start in range(0, len(tokens), max(size // 2, 1)):
            text = "".join(tokens[:start] + tokens[start + size :])
            candidates.append((text, values))
        size //= 2
    candidates += _unwrapped(template, values)
    candidates += [(template, less) for less in _less(values)]
    for at, token in enumerate(tokens):
        if len(token) > 3 and token[0] in '"`':
            for cut in (token[0] + token[2:], token[:-2] + token[-1]):
                candidates.append(("".join([*tokens[:at], cut, *tokens[at + 1 :]]), values))
    return candidates


def _unwrapped(template: str, values: dict[str, Any]) -> list[Snippet]:
    """Parentheses taken out whole, and what they hold put in place of everything around."""
    candidates: list[Snippet] = []
    for match in re.finditer(r"\(", template):
        depth = 0
        for end in range(match.start(), len(template)):
            depth += (template[end] == "(") - (template[end] == ")")
            if depth == 0:
                inner = template[match.start() + 1 : end]
                candidates += [
                    ("{{ " + inner + " }}", values),
                    (template[: match.start()] + "1" + template[end + 1 :], values),
                    (template[: match.start()] + template[end + 1 :], values),
                ]
                break
    return candidates


def _less(values: Any) -> list[Any]:
    """The values with one thing less."""
    out: list[Any] = []
    if isinstance(values, dict):
        for key, item in values.items():
            out.append({other: kept for other, kept in values.items() if other != key})
            out += [{**values, key: less} for less in _less(item)]
    elif isinstance(values, list):
        for at, item in enumerate(values):
            out.append(values[:at] + values[at + 1 :])
            out += [[*values[:at], less, *values[at + 1 :]] for less in _less(item)]
    return out
