"""The same commands through helm 4.3.1 and charthouse, each in a namespace of its own; what they print must be equal.

Times, namespaces pod names, addresses, and what else must differ between two runs of Helm itself are masked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.cluster.interop import Tool

MASKS = (
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\b"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} [A-Z]+"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"), "<time>"),
    (re.compile(r"\b\d+(\.\d+)?(s|m|ms|µs)\b ago|\b\d+s\b"), "<age>"),
    (re.compile(r"\b(createdAt|modifiedAt)(\W+)\d{10}\b"), r"\1\2<time>"),
    (re.compile(r"-[a-z0-9]{8,10}-[a-z0-9]{5}\b"), "-<pod>"),
    (re.compile(r"\b10\.\d+\.\d+\.\d+\b"), "<ip>"),
    (re.compile(r"(?m)[ \t]+$"), ""),
    (re.compile(r"[ \t]{2,}|\t"), "  "),
)
# What client-go logs when a watch ends at the wrong moment (level, date, process, file): no words of Helm's.
CLIENT_LOG = re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [a-z_]+\.go:\d+\] ")
RESOURCES = re.compile(r"(?s)(?<=RESOURCES:\n)(==> .*?\n)(?=\n\n|TEST SUITE:)")


@dataclass
class Said:
    """What one command printed: exit status, standard output, standard error without our hints, and those."""

    status: int
    out: str
    error: str
    hints: tuple[str, ...] = field(default=(), compare=False)


def said(tool: Tool, arguments: list[str], namespace: str) -> Said:
    import subprocess

    done = subprocess.run(
        [*tool.command, *(a.replace("@NS", namespace) for a in arguments)],
        env=tool.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    lines = done.stderr.split("\n")
    error = "\n".join(line for line in lines if not line.startswith("hint:") and not CLIENT_LOG.match(line))
    hints = tuple(line for line in lines if line.startswith("hint:"))
    return Said(done.returncode, mask(done.stdout, namespace), mask(error, namespace), hints)


def mask(text: str, namespace: str) -> str:
    text = text.replace(namespace, "<ns>")
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return RESOURCES.sub(sorted_blocks, text)


def sorted_blocks(found: re.Match[str]) -> str:
    """Helm walks a map to print a release's objects: blocks come in any order, and so do the objects of one kind."""
    blocks = [block.split("\n") for block in found[1].strip("\n").split("\n\n")]
    return "\n\n".join("\n".join([*lines[:2], *sorted(lines[2:])]) for lines in sorted(blocks)) + "\n"
