"""Label and field selectors: parse, match, print. Pure.

Rules: apimachinery v0.37.1 ``pkg/labels/selector.go`` (``Parse``, ``Requirement.Matches``), ``pkg/fields/selector.go``.

::

    selector    = [ requirement *( "," requirement ) ]
    requirement = [ "!" ] key | key ( "=" | "==" | "!=" ) value | key ( "in" | "notin" ) "(" value *( "," value ) ")"
                | key ( ">" | "<" ) integer
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["FieldSelector", "LabelSelector", "Requirement", "SelectorError", "from_object", "parse", "parse_fields"]


class SelectorError(CharthouseError):
    """A selector that cannot be read."""


class Requirement(Record):
    """One condition. operator: = == != in notin exists !exists > <; values sorted for in and notin."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        present = self.key in labels
        value = labels.get(self.key, "")
        match self.operator:
            case "exists":
                return present
            case "!exists":
                return not present
            case "=" | "==" | "in":
                return present and value in self.values
            case "!=" | "notin":
                return not present or value not in self.values
        if not present:
            return False
        number, bound = _integer(value), _integer(self.values[0])
        if number is None or bound is None:
            return False
        return number > bound if self.operator == ">" else number < bound

    def __str__(self) -> str:
        match self.operator:
            case "exists":
                return self.key
            case "!exists":
                return f"!{self.key}"
            case "in" | "notin":
                return f"{self.key} {self.operator} ({','.join(self.values)})"
        return f"{self.key}{self.operator}{self.values[0]}"


class LabelSelector(Record):
    """All requirements must hold; none at all matches everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        found = labels or {}
        return all(requirement.matches(found) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)


class FieldSelector(Record):
    """(path, operator, value) triples; operator = or !=."""

    terms: tuple[tuple[str, str, str], ...] = ()

    def matches(self, fields: Mapping[str, str]) -> bool:
        return all((fields.get(path, "") == value) == (operator == "=") for path, operator, value in self.terms)

    def __str__(self) -> str:
        return ",".join(path + operator + value for path, operator, value in self.terms)


def _integer(text: str) -> int | None:
    body = text[1:] if text[:1] in ("+", "-") else text
    if not (body.isascii() and body.isdigit()) or len(body) > 19:
        return None
    return int(text)


def parse(text: str) -> LabelSelector:
    """Read a label selector. Raises SelectorError with apimachinery's text."""
    reader = _Reader(text)
    found: list[Requirement] = []
    while reader.peek():
        token = reader.peek()
        if token != "!" and not _is_word(token):
            raise SelectorError(f"found '{token}', expected: !, identifier, or 'end of string'")
        try:
            found.append(_requirement(reader))
        except SelectorError as error:
            raise SelectorError(f"unable to parse requirement: {error.message}") from None
        token = reader.take()
        if not token:
            break
        if token != ",":
            raise SelectorError(f"found '{token}', expected: ',' or 'end of string'")
        following = reader.peek()
        if following != "!" and not _is_word(following):
            raise SelectorError(f"found '{following}', expected: identifier after ','")
    found.sort(key=lambda requirement: requirement.key)
    return LabelSelector(tuple(found))


_SPECIAL = ("=", "!", "(", ")", ",", ">", "<")


class _Reader:
    """Tokens one by one; "" at the end."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text)
    while at < end:
        if text[at] in " \t\r\n":
            at += 1
        elif text[at] in _SPECIAL:
            start = at
            while at < end and text[at] in "=!><" and text[start] in "=!><":
                at += 1
                if text[start:at] in ("==", "!="):
                    break
                if text[start:at] not in ("=", "!"):
                    break
            at = max(at, start + 1)
            found = text[start:at]
            if found not in ("=", "==", "!=", "!", ">", "<", "(", ")", ","):
                at, found = start + 1, text[start]
            yield found
        else:
            start = at
            while at < end and text[at] not in _SPECIAL and text[at] not in " \t\r\n":
                at += 1
            yield text[start:at]


def _is_word(token: str) -> bool:
    return token != "" and token[0] not in "=!(),><"


def _requirement(reader: _Reader) -> Requirement:
    negated = reader.peek() == "!"
    if negated:
        reader.take()
    key = reader.take()
    if not _is_word(key):
        raise SelectorError(f"found '{key}', expected: identifier")
    _check_key(key)
    following = reader.peek()
    if negated:
        return Requirement(key, "!exists")
    if following in ("", ","):
        return Requirement(key, "exists")
    operator = reader.take()
    if operator in ("in", "notin"):
        return Requirement(key, operator, tuple(sorted(_values(reader))))
    if operator not in ("=", "==", "!=", ">", "<"):
        raise SelectorError(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")
    value = ""
    if reader.peek() not in ("", ","):
        value = reader.take()
        if not _is_word(value):
            raise SelectorError(f"found '{value}', expected: identifier")
    if operator in (">", "<"):
        if _integer(value) is None:
            text = "for 'Gt', 'Lt' operators, the value must be an integer"
            raise SelectorError(f'values[0]: Invalid value: "{value}": {text}')
    else:
        _check_value(key, value)
    return Requirement(key, operator, (value,))


def _values(reader: _Reader) -> set[str]:
    token = reader.take()
    if token != "(":
        raise SelectorError(f"found '{token}' expected: '('")
    token = reader.peek()
    if token == ")":
        reader.take()
        return {""}
    if token != "," and not _is_word(token):
        raise SelectorError(f"found '{token}', expected: ',', ')' or identifier")
    found = _listed(reader)
    token = reader.take()
    if token != ")":
        raise SelectorError(f"found '{token}', expected: ')'")
    return found


def _listed(reader: _Reader) -> set[str]:
    found: set[str] = set()
    while True:
        token = reader.take()
        following = reader.peek()
        if _is_word(token):
            found.add(token)
            if following == ")":
                return found
            if following != ",":
                raise SelectorError(f"found '{following}', expected: ',' or ')'")
        elif token == ",":
            if not found:
                found.add("")
            if following == ")":
                found.add("")
                return found
            if following == ",":
                reader.take()
                found.add("")
        else:
            raise SelectorError(f"found '{token}', expected: ',', or identifier")


def _check_key(key: str) -> None:
    from charthouse.k8s.names import qualified_name_problems

    problems = qualified_name_problems(key)
    if problems:
        raise SelectorError(f'<nil>: Invalid value: "{key}": {"; ".join(problems)}')


def _check_value(key: str, value: str) -> None:
    from charthouse.k8s.names import label_value_problems

    problems = label_value_problems(value)
    if problems:
        raise SelectorError(f'values[0][{key}]: Invalid value: "{value}": {"; ".join(problems)}')


def from_object(selector: Mapping[str, Any] | None) -> LabelSelector:
    """A LabelSelector of a spec (matchLabels, matchExpressions); of None matches nothing useful: use with care.

    Rules: apimachinery ``LabelSelectorAsSelector``. Raises SelectorError for an unknown operator.
    """
    body = selector or {}
    found = [Requirement(key, "=", (str(value),)) for key, value in (body.get("matchLabels") or {}).items()]
    names = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!exists"}
    for item in body.get("matchExpressions") or ():
        operator = names.get(item.get("operator", ""))
        if operator is None:
            raise SelectorError(f'"{item.get("operator", "")}" is not a valid label selector operator')
        found.append(Requirement(item["key"], operator, tuple(sorted(item.get("values") or ()))))
    found.sort(key=lambda requirement: requirement.key)
    return LabelSelector(tuple(found))


def parse_fields(text: str) -> FieldSelector:
    """Read a field selector (`metadata.name=x,status.phase!=Running`). Raises SelectorError."""
    terms = []
    for part in _split_escaped(text):
        if not part:
            continue
        for operator in ("!=", "==", "="):
            path, found, value = part.partition(operator)
            if found:
                terms.append((path, "=" if operator == "==" else operator, _unescaped(value)))
                break
        else:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")
    return FieldSelector(tuple(terms))


def _split_escaped(text: str) -> Iterator[str]:
    start = at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == ",":
            yield text[start:at]
            start = at + 1
        at += 1
    yield text[start:]


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    found = []
    escaped = False
    for letter in value:
        if escaped or letter != "\\":
            found.append(letter)
            escaped = False
        else:
            escaped = True
    return "".join(found)
