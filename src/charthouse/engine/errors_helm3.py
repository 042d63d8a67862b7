"""Error texts of templates as Helm 3 gives them: Go 1.23's text/template, not taken apart.

Whose rules: Helm 3.17.3 pkg/engine/engine.go cleanupParseError, cleanupExecError; text/template of Go 1.23: comparison
errors name no types, lines inside comments are not counted when a text is parsed, and `call` without an argument of its
own dies.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.errors import ParseError

__all__ = ["old_exec_text", "old_parse_text"]

_COMPARISON = "incompatible types for comparison"
_CALLS = ("at <call>: error calling call: non-function", "at <call>: error calling call: call of nil")


def old_exec_text(message: str) -> str:
    """The text of an error of a running template."""
    at = message.rfind(_COMPARISON + ": ")
    if at >= 0:
        return message[: at + len(_COMPARISON)]
    if any(call in message for call in _CALLS):
        return "rendering template failed: runtime error: index out of range [0] with length 0"
    if ": error calling Set" in message:
        from charthouse.formats.semver_helm3 import OLD_TEXTS

        head, colon, last = message.rpartition(": ")
        return head + colon + OLD_TEXTS.get(last, last)
    return message


def old_parse_text(error: ParseError) -> str:
    """The text of an error of parsing, the line counted as Go 1.23 does."""
    missed = _in_comments(error.text, error.line)
    message = error.message
    head, found, begun = message.rpartition(" started at ")
    name, colon, line = begun.rpartition(":")
    if found and colon and line.isdigit():
        message = f"{head}{found}{name}:{int(line) - _in_comments(error.text, int(line))}"
    return message.replace(f":{error.line}: ", f":{error.line - missed}: ", 1) if missed else message


def _in_comments(text: str, line: int) -> int:
    """How many lines of the comments that end before the end of a line stand inside them."""
    if "/*" not in text:
        return 0
    at = missed = 0
    while (begin := text.find("{{", at)) >= 0:
        at = begin + 2
        inside = at + 1 if text[at : at + 1] == "-" else at
        inside = len(text) - len(text[inside:].lstrip(" \t\r\n")) if inside > at else at
        if not text.startswith("/*", inside):
            continue
        end = text.find("*/", inside)
        if end < 0 or text.count("\n", 0, end) + 1 > line:
            break
        missed += text.count("\n", inside, end)
        at = end
    return missed
