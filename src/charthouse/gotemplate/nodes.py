"""The syntax tree: plain tuples that ``marshal`` can store, and how Go prints them.

Rules: text/template/parse/node.go of Go 1.27 (the printed forms appear in error texts).

A tree, as ``parse_text`` returns it::

    (VERSION, name, text, templates, functions)
    templates   ((name, body, variables), …)   one entry a definition, the text's own name last; `body` None for a name
                whose only definition is empty of everything (never happens in trees the parser makes)
    functions   ((name, line), …)              names called, in order of their first appearance

Statements hold absolute positions (indexes into the text); what stands inside one action holds positions relative to
its `base`, so that equal actions share one tuple::

    (TEXT, start, end)
    (ACTION, base, pipe)
    (IF | WITH | RANGE, base, pipe, body, else_body or None)
    (TEMPLATE, base, position, name, pipe or None)
    (BREAK, position)  (CONTINUE, position)

    pipe      (PIPE, position, is_assignment, variables, commands); commands: tuples of arguments, the first is called
    variable  (VARIABLE, position, ("$x", "field", …))
    argument  (DOT, p) (NIL, p) (BOOL, p, value) (STRING, p, literal, value) (FIELD, p, names) (IDENTIFIER, p, name)
              (CHAIN, p, argument, names) (NUMBER, p, literal, int, uint, float, complex) with None for what the
              number is not, or a pipe
    body      a tuple of statements
"""

from __future__ import annotations

from charthouse.golang.strconv import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = tuple[Any, ...]
    Tree = tuple[int, str, str, tuple[Any, ...], tuple[tuple[str, int], ...]]

__all__ = ["VERSION", "is_empty", "node_text"]

# Changes with the shape of the tuples; caches on disk compare it.
VERSION = 1

TEXT, ACTION, IF, WITH, RANGE, TEMPLATE, BREAK, CONTINUE = range(8)
PIPE, DOT, NIL, BOOL, STRING, NUMBER, FIELD, VARIABLE, IDENTIFIER, CHAIN = range(8, 18)
# Not in trees: (COMMAND, position, arguments), what a failed call is shown as.
COMMAND = 18

_BRANCHES = {IF: "if", WITH: "with", RANGE: "range"}


def is_empty(text: str, body: tuple[Node, ...]) -> bool:
    """Whether a body holds nothing but space (``IsEmptyTree``): such a definition replaces no other."""
    for node in body:
        if node[0] != TEXT:
            return False
        part = text[node[1] : node[2]]
        # Unicode space as Go's TrimSpace has it: Python's strip also takes U+001C to U+001F.
        if part.strip() or any("\x1c" <= char <= "\x1f" for char in part):
            return False
    return True


def node_text(node: Node) -> str:
    """An argument, command list or pipe as Go's ``String`` prints it."""
    kind = node[0]
    if kind == PIPE:
        return _pipe_text(node)
    if kind in (IDENTIFIER, STRING, NUMBER):
        return str(node[2])
    if kind == FIELD:
        return "." + ".".join(node[2])
    if kind == VARIABLE:
        return ".".join(node[2])
    if kind == DOT:
        return "."
    if kind == NIL:
        return "nil"
    if kind == BOOL:
        return "true" if node[2] else "false"
    if kind == CHAIN:
        inner = node_text(node[2])
        return ".".join([f"({inner})" if node[2][0] == PIPE else inner, *node[3]])
    if kind == COMMAND:
        return command_text(node[2])
    return _statement_text(node)


def command_text(arguments: tuple[Node, ...]) -> str:
    return " ".join([f"({node_text(node)})" if node[0] == PIPE else node_text(node) for node in arguments])


def _pipe_text(node: Node) -> str:
    _, _, assign, variables, commands = node
    text = " | ".join([command_text(command) for command in commands])
    if variables:
        names = ", ".join([node_text(variable) for variable in variables])
        return f"{names} {'=' if assign else ':='} {text}"
    return text


def _statement_text(node: Node) -> str:
    if node[0] == TEMPLATE:
        pipe = "" if node[4] is None else " " + node_text(node[4])
        return f"{{{{template {quote(node[3])}{pipe}}}}}"
    if node[0] == ACTION:
        return f"{{{{{node_text(node[2])}}}}}"
    return f"{{{{{_BRANCHES[node[0]]} {node_text(node[2])}}}}}"
