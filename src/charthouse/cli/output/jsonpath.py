r"""JSONPath as kubectl and ``show values --jsonpath`` understand it.

Rules: k8s.io/client-go v0.37.2 ``util/jsonpath/jsonpath.go``; the grammar is in ``jsonpath_parser``. Several results
stand behind each other with a space; maps and lists are printed as JSON. Every node takes the list of values found so
far and gives the next; what Go's code hands back beside an error counts too, since a filter for existence looks at
nothing else.

Differs: the values of a map come in the order of its keys, Go's at random.
"""

from __future__ import annotations

from charthouse.cli.output.jsonpath_parser import JSONPathError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.output.jsonpath_parser import Node

__all__ = ["JSONPathError", "evaluate"]


class _Nothing:
    """Go's zero reflect.Value: what a list's null is when a range goes over it."""


_NOTHING = _Nothing()


def evaluate(template: str, data: Any) -> str:
    """The text of the template over the data. Raises JSONPathError."""
    nodes = parse(template)
    return "".join(" ".join(map(_text, found)) for found in _Run(nodes).results(data, 0))


class _Run:
    """One evaluation. begun, inside, ended: ranges as JSONPath counts them; last_end: where the last ended."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self.begun = 0
        self.inside = 0
        self.ended = 0
        self.last_end = -1

    def results(self, data: Any, start: int) -> list[list[Any]]:
        """What the nodes from `start` on find, up to the end of the range they stand in (FindResults)."""
        out: list[list[Any]] = []
        at = start
        while at < len(self.nodes):
            found = self.walk([_NOTHING if data is None else data], self.nodes[at])
            if 0 < self.ended <= self.inside:
                self.ended -= 1
                self.last_end = at
                break
            if self.begun > 0:
                self.begun -= 1
                self.inside += 1
                for value in found:
                    out += self.results(value, at + 1)
                if not found:
                    self.results(None, at + 1)
                self.inside -= 1
                if self.last_end > at:
                    at = self.last_end
            else:
                out.append(found)
            at += 1
        return out

    def walk(self, values: list[Any], node: Node) -> list[Any]:
        kind = node[0]
        if kind == "list":
            return self.all_of(values, node[1])
        if kind == "text":
            return [node[1]]
        if kind == "value":
            return [node[1]] * len(values)
        if kind == "field":
            return _field(values, node[1])
        if kind == "array":
            return _array(values, node[1])
        if kind == "wildcard":
            return [child for value in values for child in _children(value)]
        if kind == "recursive":
            return _below(values)
        if kind == "identifier":
            return self.identifier(values, node[1])
        if kind == "filter":
            return [item for value in values for item in self.filtered(value, node, values)]
        try:
            return [found for nodes in node[1] for found in self.all_of(values, nodes)]
        except JSONPathError as error:
            error.found = values
            raise

    def all_of(self, values: list[Any], nodes: list[Node]) -> list[Any]:
        for node in nodes:
            values = self.walk(values, node)
        return values

    def identifier(self, values: list[Any], name: str) -> list[Any]:
        if name == "range":
            self.begun += 1
            return values
        if name != "end":
            raise JSONPathError(f"unrecognized identifier {name}", found=values)
        if self.inside == 0:
            raise JSONPathError("not in range, nothing to end")
        self.ended += 1
        return []

    def filtered(self, value: Any, node: Node, values: list[Any]) -> list[Any]:
        _, left, right, operator = node
        if not isinstance(value, list):
            raise JSONPathError("is not array or slice and cannot be filtered", found=values)
        out = []
        for item in value:
            try:
                lefts = self.all_of([item], left)
            except JSONPathError as error:
                if operator != "exists":
                    error.found = values
                    raise
                lefts = error.found
            if operator == "exists":
                out += [item] if lefts else []
                continue
            rights = self.all_of([item], right) if len(lefts) == 1 else []
            if len(lefts) > 1 or len(rights) > 1:
                raise JSONPathError("can only compare one element at a time", found=values)
            if lefts and rights and _compare(lefts[0], operator, rights[0]):
                out.append(item)
        return out


def _field(values: list[Any], name: str) -> list[Any]:
    if not values:
        return []
    out = [value[name] for value in values if isinstance(value, dict) and name in value]
    if not out:
        raise JSONPathError(f"{name} is not found")
    return out


def _array(values: list[Any], bounds: tuple[tuple[int, bool, bool], ...]) -> list[Any]:
    out: list[Any] = []
    for value in values:
        if value is None:
            continue
        if not isinstance(value, list):
            raise JSONPathError("is not array or slice", found=values)
        size = len(value)
        (first, _, _), (last, bounded, derived), (step, stepped, _) = bounds
        first = first + size if first < 0 else first
        last = last if bounded else size
        last = last + size if last < 0 or (last == 0 and derived) else last
        if first == last:
            return out  # Go leaves the other values out too
        if not 0 <= first < size or not 0 <= last <= size:
            wrong = first if not 0 <= first < size else last - 1
            raise JSONPathError(f"array index out of bounds: index {wrong}, length {size}", found=values)
        if first > last:
            raise JSONPathError(f"starting index {first} is greater than ending index {last}", found=values)
        if stepped and step <= 0:
            raise JSONPathError("step must be > 0", found=values)
        out += value[first : last : step if stepped else 1]
    return out


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    if isinstance(value, str):
        return list(value.encode("utf-8", "surrogateescape"))
    return list(value) if isinstance(value, list) else []


def _below(values: list[Any]) -> list[Any]:
    out: list[Any] = []
    for value in values:
        children = _children(value)
        if children:
            out.append(value)
            out += _below(children) if not isinstance(value, str) else []
    return out


def _kind(value: Any) -> str:
    for name, types in (("bool", bool), ("int", int), ("float", float), ("string", str)):
        if isinstance(value, types):
            return name
    raise JSONPathError("invalid type for comparison")


def _compare(a: Any, operator: str, b: Any) -> bool:
    kind = _kind(a)
    if kind != _kind(b):
        raise JSONPathError("incompatible types for comparison")
    if operator == "==":
        return bool(a == b)
    if operator == "!=":
        return bool(a != b)
    if operator not in ("<", "<=", ">", ">="):
        raise JSONPathError(f"unrecognized filter operator {operator}")
    if kind == "bool":
        raise JSONPathError("invalid type for comparison")
    if operator in ("<", ">="):
        return bool(a < b) is (operator == "<")
    return bool(a < b or a == b) is (operator == "<=")


def _text(value: Any) -> str:
    if value is _NOTHING:
        return "<no value>"
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        from charthouse.golang.json import encode

        return encode(value)
    from charthouse.golang.fmt import sprint

    return sprint([value])
