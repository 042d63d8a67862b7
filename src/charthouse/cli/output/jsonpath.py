r"""JSONPath as kubectl and ``show values --jsonpath`` understand it.

Grammar::

    template = { text | "{" [ element { element } ] "}" }
    element  = "$" | "@" | "." name | ".." name | "['" name "']" | "[" index "]" | "[" [from] ":" [to] [":" step] "]"
             | "[" union "]" | "[?(" operand [ operator operand ] ")]" | ".*" | "[*]" | quoted | number
             | "range" path … "{end}"
    operator = "==" | "!=" | "<" | "<=" | ">" | ">="

Rules: k8s.io/client-go v0.37.1 ``util/jsonpath`` (``parser.go``, ``jsonpath.go``). Several results stand behind each
other with a space; maps and lists are printed as JSON.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Step = tuple[Any, ...]

__all__ = ["JSONPathError", "evaluate"]


class JSONPathError(CharthouseError):
    """parsing: whether the expression itself is wrong. printed: what came out before the error."""

    def __init__(self, message: str, *, parsing: bool = False, printed: str = "") -> None:
        super().__init__(message)
        self.parsing = parsing
        self.printed = printed


def evaluate(template: str, data: Any) -> str:
    """The text of the template over the data. Raises JSONPathError."""
    parts = _template(template)
    out: list[str] = []
    try:
        _render(parts, data, data, out)
    except JSONPathError as error:
        raise JSONPathError(error.message, printed="".join(out)) from error
    return "".join(out)


def _template(text: str) -> list[Any]:
    """Texts and actions; an action is ("path", steps), ("text", …), ("range", steps, body)."""
    stack: list[list[Any]] = [[]]
    pos = 0
    while pos < len(text):
        start = text.find("{", pos)
        if start < 0:
            stack[-1].append(("text", text[pos:]))
            break
        if start > pos:
            stack[-1].append(("text", text[pos:start]))
        end = _closing(text, start)
        body = text[start + 1 : end].strip()
        pos = end + 1
        if body == "end":
            if len(stack) > 1:
                stack.pop()
        elif body.startswith("range ") or body == "range":
            inner: list[Any] = []
            stack[-1].append(("range", _path(body[5:].strip()), inner))
            stack.append(inner)
        else:
            stack[-1] += _action(body) if body else [("path", [])]
    return stack[0] if len(stack) == 1 else []


def _closing(text: str, start: int) -> int:
    quote = ""
    pos = start + 1
    while pos < len(text):
        char = text[pos]
        if quote:
            if char == "\\":
                pos += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char == "}":
            return pos
        pos += 1
    unfinished = "array" if text.count("[", start) > text.count("]", start) else ""
    raise JSONPathError(f"unterminated {unfinished}" if unfinished else "unclosed action", parsing=True)


def _action(body: str) -> list[Any]:
    if body[0] in "\"'":
        return [("text", _unquoted(body))]
    return [("text", piece) if piece in ("true", "false") else ("path", _path(piece)) for piece in _split(body)]


def _split(body: str) -> list[str]:
    """Expressions separated by spaces outside brackets and quotes."""
    pieces, depth, quote, current = [], 0, "", ""
    for char in body:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
        elif char.isspace() and not depth:
            if current:
                pieces.append(current)
            current = ""
            continue
        current += char
    return [*pieces, current] if current else pieces


def _unquoted(text: str) -> str:
    mark = text[0]
    if len(text) < 2 or text[-1] != mark:
        raise JSONPathError("unterminated quoted string", parsing=True)
    inside = text[1:-1]
    out, pos = "", 0
    escapes = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
    while pos < len(inside):
        if inside[pos] == "\\" and pos + 1 < len(inside):
            out += escapes.get(inside[pos + 1], inside[pos : pos + 2])
            pos += 2
        else:
            out += inside[pos]
            pos += 1
    return out


def _path(text: str) -> list[Step]:
    steps: list[Step] = []
    pos = 0
    while pos < len(text):
        char = text[pos]
        if char in "$@":
            steps.append(("root",) if char == "$" else ("self",))
            pos += 1
        elif text.startswith("..", pos):
            steps.append(("recursive",))
            name, pos = _name(text, pos + 2)
            if name:
                steps.append(("field", name))
        elif char == ".":
            name, pos = _name(text, pos + 1)
            if name:
                steps.append(("wild",) if name == "*" else ("field", name))
        elif char == "[":
            end = _bracket(text, pos)
            steps.append(_subscript(text[pos + 1 : end].strip()))
            pos = end + 1
        elif char == "*":
            steps.append(("wild",))
            pos += 1
        elif char.isalnum() or char in "_-":
            name, pos = _name(text, pos)
            steps.append(("field", name))
        else:
            raise JSONPathError(f"unrecognized character in action: {_rune(char)}", parsing=True)
    return steps


def _rune(char: str) -> str:
    from charthouse.golang.strconv import quote_rune

    return f"U+{ord(char):04X} {quote_rune(ord(char))}"


def _name(text: str, pos: int) -> tuple[str, int]:
    out = ""
    while pos < len(text) and text[pos] not in ".[ ":
        if text[pos] == "\\" and pos + 1 < len(text):
            pos += 1
        out += text[pos]
        pos += 1
    return out, pos


def _bracket(text: str, start: int) -> int:
    depth, quote = 0, ""
    for pos in range(start, len(text)):
        char = text[pos]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "[":
            depth += 1
        elif char == "]":
            depth -= 1
            if not depth:
                return pos
    raise JSONPathError("unterminated array", parsing=True)


def _subscript(text: str) -> Step:
    if text == "*":
        return ("slice", None, None)  # of a list only; a map's values are `.*`
    if text.startswith("?(") and text.endswith(")"):
        return ("filter", *_filter(text[2:-1]))
    if text[:1] in ("'", '"') and _single_quoted(text):
        return ("field", _unquoted(text))
    if "," in text:
        return ("union", [_subscript(piece.strip()) for piece in text.split(",")])
    numbers = text.split(":")
    try:
        parsed = [int(number) if number.strip() else None for number in numbers]
    except ValueError:
        parsed = []
    if not parsed or len(parsed) > 3 or (len(parsed) == 1 and parsed[0] is None):
        raise JSONPathError(f"invalid array index {text}", parsing=True)
    return ("index", parsed[0]) if len(parsed) == 1 else ("slice", *parsed)


def _single_quoted(text: str) -> bool:
    return len(text) > 1 and text[-1] == text[0] and text[0] not in text[1:-1]


def _filter(text: str) -> tuple[Any, ...]:
    for operator in ("==", "!=", "<=", ">=", "<", ">"):
        left, found, right = text.partition(operator)
        if found:
            return _operand(left.strip()), operator, _operand(right.strip())
    return _operand(text.strip()), "exists", None


def _operand(text: str) -> Any:
    if text[:1] in ("'", '"'):
        return ("value", _unquoted(text))
    if text in ("true", "false"):
        return ("value", text == "true")
    try:
        return ("value", float(text))
    except ValueError:
        return ("path", _path(text))


def _render(parts: list[Any], data: Any, root: Any, out: list[str]) -> None:
    for part in parts:
        if part[0] == "text":
            out.append(part[1])
        elif part[0] == "path":
            out.append(" ".join(_text(value) for value in _walk(part[1], data, root)))
        else:
            for value in _walk(part[1], data, root):
                _render(part[2], value, root, out)


def _walk(steps: list[Step], data: Any, root: Any) -> list[Any]:
    values = [data]
    for step in steps:
        values = [found for value in values for found in _step(step, value, root)]
        if not values and step[0] == "field":
            raise JSONPathError(f"{step[1]} is not found")
    return values


def _step(step: Step, value: Any, root: Any) -> list[Any]:
    kind = step[0]
    if kind == "root":
        return [root]
    if kind == "self":
        return [value]
    if kind == "field":
        return [value[step[1]]] if isinstance(value, dict) and step[1] in value else []
    if kind == "wild":
        return _children(value)
    if kind == "recursive":
        return _all_below(value)
    if kind == "union":
        return [found for inner in step[1] for found in _step(inner, value, root)]
    if not isinstance(value, list):
        raise JSONPathError(f"{_text(value)} is not array or slice")
    if kind == "index":
        size = len(value)
        if not -size <= step[1] < size:
            raise JSONPathError(f"array index out of bounds: index {step[1]}, length {size}")
        return [value[step[1]]]
    if kind == "slice":
        return value[step[1] : step[2] : step[3] if len(step) > 3 else None]
    return [item for item in value if _holds(step[1:], item, root)]


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list) else []


def _all_below(value: Any) -> list[Any]:
    out = [value] if isinstance(value, dict) else []
    for child in _children(value):
        out += _all_below(child)
    return out


def _holds(condition: tuple[Any, ...], item: Any, root: Any) -> bool:
    left, operator, right = condition
    try:
        found = _walk(left[1], item, root) if left[0] == "path" else [left[1]]
        if operator == "exists":
            return bool(found)
        wanted = _walk(right[1], item, root) if right[0] == "path" else [right[1]]
    except JSONPathError:
        return False
    if len(found) != 1 or len(wanted) != 1:
        return False
    return _compare(found[0], operator, wanted[0])


def _compare(a: Any, operator: str, b: Any) -> bool:
    if operator in ("==", "!="):
        return (a == b) is (operator == "==")
    try:
        return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])
    except TypeError:
        return False


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        from charthouse.golang.json import encode

        return encode(value)
    from charthouse.golang.fmt import sprint

    return sprint([value])
