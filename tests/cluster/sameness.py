"""The same commands through helm 4.3.1 and charthouse, each in a namespace of its own; what they print must be equal.

Times, namespaces and what else must differ between two runs of Helm itself are masked; nothing else is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.cluster.interop import Tool

MASKS = (
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\b"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} [A-Z]+"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"), "<time>"),
    (re.compile(r"\b\d+(\.\d+)?(s|m|ms|µs)\b ago|\b\d+s\b"), "<age>"),
    (re.compile(r"(?m)[ \t]+$"), ""),
    (re.compile(r"[ \t]{2,}"), "  "),
)


@dataclass
class Said:
    """What one command printed: exit status, standard output, standard error without our hints."""

    status: int
    out: str
    error: str


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
    error = "\n".join(line for line in done.stderr.split("\n") if not line.startswith("hint:"))
    return Said(done.returncode, mask(done.stdout, namespace), mask(error, namespace))


def mask(text: str, namespace: str) -> str:
    text = text.replace(namespace, "<ns>")
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text
