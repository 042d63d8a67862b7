"""What counts as a difference, how differences are sorted, and which are explained.

An outcome is the rendered text or the whole error text with its positions; both have to be equal. What Go itself does
not give twice (addresses) is made equal first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.conformance.fuzz.peers import Outcome
from tests.conformance.fuzz.statements import Snippet

__all__ = ["EXPLAINED", "difference", "explanation", "functions_of"]

_ADDRESS = re.compile(r"(\(\*[\w.]+\))\(0x[0-9a-f]+\)")
_LONG = re.compile(r" *[0-9A-Fa-fxo]{6,} *|\\U[0-9a-f]{8}")
_WORD = re.compile(r"[A-Za-z_]\w*")
_ZONE = re.compile(r"%!.\(\*time\.Location=(?:&|\\u0026)[^)]*\)")
_NODE = re.compile(r"<[^<>]*>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


def _plain(outcome: Outcome) -> Outcome:
    return {key: _ADDRESS.sub(r"\1(ADDRESS)", text) for key, text in outcome.items()}


def difference(helm: Outcome | None, ours: Outcome) -> str:
    """The class of a difference, "" where there is none. None: Helm gave no answer (Go died, or did not end)."""
    if helm is None or helm == ours or _plain(helm) == _plain(ours):
        return ""
    if ours.get("err", "").startswith("CRASH"):
        return ours["err"].split(":")[0]
    if ("err" in helm) != ("err" in ours):
        return f"helm {'fails' if 'err' in helm else 'renders'}: {_heart(helm.get('err') or ours.get('err', ''))}"
    if "err" in helm:
        return f"errors differ: {_heart(helm['err'])}"
    return "text differs"


def _heart(error: str) -> str:
    """An error without what depends on the snippet."""
    text = error.rpartition("error calling ")[2] or error
    text = re.sub(r"\d+", "N", _NODE.sub("<>", _QUOTED.sub('""', text)))
    return text.rpartition(">: ")[2][:70] if ">: " in text else text[:70]


def functions_of(template: str) -> str:
    """The words a template calls, as a name for what it is about."""
    words = _WORD.findall(_QUOTED.sub("", " ".join(re.findall(r"\{\{(.*?)(?:\}\}|$)", template, re.DOTALL))))
    return " ".join(dict.fromkeys(word for word in words if len(word) > 1 and word not in ("Values", "nope")))


Rule = tuple[str, Callable[[Snippet, Outcome, Outcome], bool]]


def _is_address(snippet: Snippet, helm: Outcome, ours: Outcome) -> bool:
    dated = "printf" in snippet[0] and re.search(r"[dD]ate|Toml", snippet[0]) is not None
    return dated and all(_without_addresses(helm[key]) == _without_addresses(ours.get(key, "")) for key in helm)


def _without_addresses(text: str) -> str:
    return _LONG.sub("", _ZONE.sub("", text))


EXPLAINED: list[Rule] = [
    (
        "capacity: Go's slice reaches behind a list's end into what its array has room for (docs/compatibility.md)",
        lambda snippet, helm, ours: (
            "slice index out of bounds" in ours.get("err", "")
            and "slice index out of bounds" not in helm.get("err", "")
        ),
    ),
    (
        "addresses: printf with a verb for numbers shows the address of a time's zone",
        _is_address,
    ),
    (
        "limits: results, steps and depth are bounded here (docs/compatibility.md, Bounds)",
        lambda snippet, helm, ours: any(
            mark in ours.get("err", "")
            for mark in ("template ran longer", "template took more", " is too large: ", "nested too deeply")
        ),
    ),
]
"""Reasons a difference may have, each with the rule that recognises it."""


def explanation(snippet: Snippet, helm: Outcome, ours: Outcome) -> str:
    """Why a difference is expected, "" where nothing explains it."""
    for reason, applies in EXPLAINED:
        if applies(snippet, helm, ours):
            return reason
    return ""
