"""Where the fields of a rendered object came from, as data (`explain` makes it, the command line prints it)."""

from __future__ import annotations

from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.origin import Origin

__all__ = ["HIDDEN", "Branch", "Explanation", "Field", "Line", "ValueRead", "without_secrets"]


class Line(Record):
    """A place in a template. template: the running template's name (a file's path, or that of a `define`); file;
    line, column: from 1, in characters; excerpt: the line, without the space around it."""

    template: str
    file: str
    line: int
    column: int
    excerpt: str


class Branch(Record):
    """An `if`, `with` or `range` that decided that a line is there at all. text: the action; taken: whether its body
    ran rather than its else part; values: what it looked at, as templates write it."""

    file: str
    line: int
    text: str
    taken: bool
    values: tuple[str, ...]


class ValueRead(Record):
    """A value the field was made of. path: as the root chart's templates write it (`.Values.image.tag`); value: what it
    was, None also when nothing is there; origins: what set it, then what that overrode, the nearest first; empty when
    nothing sets it. key: the field was made of the key itself (`range $key, $value := …`), not of what lies under it.
    """

    path: str
    value: Any
    origins: tuple[Origin, ...] = ()
    key: bool = False


class Field(Record):
    """One field of a rendered object. path: as `explain` takes it; value: as the API server would read it; line: in the
    rendered file, from 1; lines: the template line that printed it, then those that included that template, outwards;
    others: further lines that printed parts of the value; branches: innermost first; values: what it was made of;
    omitted: what had nothing to print inside the value.
    """

    path: str
    value: Any
    line: int
    lines: tuple[Line, ...]
    others: tuple[Line, ...] = ()
    branches: tuple[Branch, ...] = ()
    values: tuple[ValueRead, ...] = ()
    omitted: tuple[Branch, ...] = ()


class Explanation(Record):
    """An object, or a part of it. file: the template it was rendered from; path: the part that was asked for, "" for
    all; fields: the scalars (and empty maps and lists) in it; whole: whether `path` is one of them; same: the files of
    further objects of this kind and name, which are not told of."""

    kind: str
    name: str
    namespace: str
    file: str
    path: str
    whole: bool
    fields: tuple[Field, ...]
    same: tuple[str, ...] = ()


HIDDEN = "(hidden)"


def without_secrets(explanation: Explanation) -> Explanation:
    """The same without what a Secret holds: its data, and the values they were made of."""
    if explanation.kind != "Secret":
        return explanation
    fields = [
        _hidden(field) if field.path.startswith(("data", "stringData")) else field for field in explanation.fields
    ]
    return replace(explanation, fields=tuple(fields))


def _hidden(field: Field) -> Field:
    return replace(field, value=HIDDEN, values=tuple(_hidden_read(read) for read in field.values))


def _hidden_read(read: ValueRead) -> ValueRead:
    if not read.path.startswith(".Values"):
        return read
    origins = tuple(_hidden_origin(origin) for origin in read.origins)
    return replace(read, value=None if read.value is None else HIDDEN, origins=origins)


def _hidden_origin(origin: Origin) -> Origin:
    """A flag's text holds the value, a line of a file may."""
    name = origin.name.partition("=")[0] + "=" + HIDDEN if origin.kind == "flag" else origin.name
    return replace(origin, name=name, excerpt=HIDDEN, value=HIDDEN)
