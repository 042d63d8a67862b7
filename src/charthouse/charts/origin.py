"""A place where values are set, as data: what the user or a chart gives (``ValuesSource``), and what set one value
(``Origin``).
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Path = tuple[str | int, ...]

__all__ = ["Origin", "ValuesSource", "path_text"]


class ValuesSource(Record):
    """One thing that gives values.

    kind: "file" (``-f``), "values" (given by an embedding program), "set-json", "set", "set-string", "set-file",
    "set-literal" (one flag each), or "default" (a chart's values.yaml). name: the file as given, the flag with its text
    (``--set a=1``), the chart file with its chart's path. text: the file's text, or the flag's without its name.
    values: what it gives, where there is no text to read.
    """

    kind: str
    name: str
    text: str = ""
    values: dict[str, Any] | None = None


class Origin(Record):
    """What set a value.

    kind: "file", "values" or "flag" (the user); "default" (the values.yaml of the chart whose value it is), "parent
    default" (of a chart above it), "global" (a chart's `global`, handed down), "import" (a sub-chart's value through
    import-values). name: as in ``ValuesSource``. line, column: from 1 in that file, 0 where there is none. excerpt:
    that line without the space around it. path: the value's path in that file or flag. value: what it sets there.
    """

    kind: str
    name: str
    line: int = 0
    column: int = 0
    excerpt: str = ""
    path: tuple[str | int, ...] = ()
    value: Any = None

    @property
    def place(self) -> str:
        """`file:line:column`, or the flag."""
        return f"{self.name}:{self.line}:{self.column}" if self.line else self.name


def path_text(path: tuple[str | int, ...]) -> str:
    """A path as one writes it: `image.tag`, `list[0].name`, `annotations["a.b/c"]`."""
    out: list[str] = []
    for step in path:
        if isinstance(step, int):
            out.append(f"[{step}]")
        elif step.replace("-", "a").replace("_", "a").isalnum():
            out.append(f".{step}" if out else step)
        else:
            out.append('["' + step.replace("\\", "\\\\").replace('"', '\\"') + '"]')
    return "".join(out)
