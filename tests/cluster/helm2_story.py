"""A story told to two servers of Helm 2's API by the real Helm 2.17 client: what it prints must be the same.

A story file has sections (`== NAME`), each a release of its own, which are told side by side, and in them a command a
line: `it` for the same text, `any` for the same lines in any order. @N is the release, @NS its namespace.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.interop import Tool
from tests.cluster.sameness import Said, mask, said

__all__ = ["CHARTS", "World", "sections", "told"]

HERE = Path(__file__).parent
CHARTS = {
    "@CROFT": str(HERE / "charts" / "croft"),
    "@MEADOW": str(HERE.parent / "conformance" / "helm2" / "charts" / "meadow"),
}
MASKS = (
    (re.compile(r"127\.0\.0\.1:\d+"), "<address>"),
    (re.compile(r'GitCommit:"[0-9a-f]*", GitTreeState:"\w*"'), "<commit>"),  # the peer is built without them
    (re.compile(r'("?(?:seconds|nanos)"?: ?)\d+'), r"\1<time>"),
)
# What nobody waited for may or may not be there yet.
UNSETTLED = (
    (re.compile(r"(?s)(==(?:>|\\u003e) v1/Pod\(related\)(?:\n|\\n)).*?(?=\n\n|\\n\\n|\Z)"), r"\1<pods>"),
    (re.compile(r"(-web  )\d/\d  \d  \d(?=  <age>)"), r"\1<counts>"),
)
TELLERS = 10


@dataclass(frozen=True)
class World:
    """A server and what it is asked about. tool: the client that talks to it; tag: of the names of releases."""

    tool: Tool
    namespace: str
    tag: str

    def say(self, words: Sequence[str], release: str) -> Said:
        """One command."""
        swaps = {"@NS": self.namespace, "@N": release, **CHARTS}
        pattern = re.compile("|".join(sorted(swaps, key=len, reverse=True)))
        done = said(self.tool, [pattern.sub(lambda found: swaps[found[0]], word) for word in words], self.namespace)
        settled = {"install", "--wait"} <= set(words)
        out, error = (self._masked(text, release, settled) for text in (done.out, done.error))
        return Said(done.status, out, error)

    def _masked(self, text: str, release: str, settled: bool) -> str:
        for pattern, instead in MASKS:
            text = pattern.sub(instead, text)
        text = mask(text, self.namespace).replace(release, "<n>")
        for pattern, instead in () if settled else UNSETTLED:
            text = pattern.sub(instead, text)
        return text


def sections(path: Path) -> dict[str, list[str]]:
    """The commands of each section."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text().splitlines():
        if line.startswith("== "):
            name = line[3:]
        elif line and not line.startswith("#"):
            found.setdefault(name, []).append(line)
    return found


def told(story: dict[str, list[str]], theirs: dict[str, World], ours: World) -> list[str]:
    """Every command two worlds answered differently, with both answers. theirs: for each section a server of its own
    (Tiller makes five requests a second, however many ask)."""
    with ThreadPoolExecutor(TELLERS) as tellers:
        pairs = {
            name: [tellers.submit(_tell, world, name, commands) for world in (theirs[name], ours)]
            for name, commands in story.items()
        }
        answers = {name: [teller.result() for teller in pair] for name, pair in pairs.items()}
    return [
        f"{name}: {command}\n--- theirs: {_shown(one)}\n--- ours: {_shown(other)}"
        for name, commands in story.items()
        for command, one, other in zip(commands, *answers[name], strict=True)
        if one != other
    ]


def _tell(world: World, section: str, commands: Sequence[str]) -> list[Said]:
    out = []
    for command in commands:
        how, *words = shlex.split(command)
        answer = world.say(words, f"{section}-{world.tag}")
        if how == "any":
            answer = Said(answer.status, _sorted(answer.out), _sorted(answer.error))
        out.append(answer)
    return out


def _sorted(text: str) -> str:
    return "\n".join(sorted(text.split("\n")))


def _shown(answer: Said) -> str:
    return f"{answer.status}\n{answer.out}{answer.error}"
