"""What is wrong with a value, as a tree, and how santhosh-tekuri/jsonschema v6.0.3 words it (output.go, kind.go)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Problem", "display", "joined", "number", "quoted"]

_RAISED = str.maketrans("-+0123456789", "⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")


class Problem:
    """One failed keyword.

    text: its words; place: keys and indexes down to the value; causes: what failed below it.
    group: only a bundle of causes, which a reference or the root takes over; reference: a `$ref`, which is not shown
    when it has a single cause; root: the heading of a whole validation. schema: the schema whose keyword it is, for
    explanations.
    """

    __slots__ = ("causes", "group", "place", "reference", "root", "schema", "text_")

    def __init__(
        self,
        text: str,
        place: tuple[str, ...],
        causes: list[Problem] | None = None,
        *,
        group: bool = False,
        reference: bool = False,
        root: bool = False,
    ) -> None:
        self.text_ = text
        self.place = place
        self.causes = causes or []
        self.group = group
        self.reference = reference
        self.root = root
        self.schema: dict[str, Any] | None = None

    def text(self) -> str:
        """The whole tree, a line each, indented by two spaces a level."""
        out: list[str] = []
        self._show(out, 0)
        return "".join(out)

    def _show(self, out: list[str], indent: int) -> None:
        if not (self.reference and len(self.causes) == 1):
            if indent:
                out.append("\n" + "  " * (indent - 1) + "- ")
            indent += 1
            if self.root:
                out.append(self.text_)
            else:
                pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in self.place)
                out.append(f"at {quoted(pointer)}: {self.text_}")
        for cause in self.causes:
            cause._show(out, indent)


def quoted(text: str) -> str:
    """A Go-quoted string in single quotes."""
    from charthouse.golang.strconv import quote

    return "'" + quote(text)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def joined(names: list[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def number(value: Any) -> str:
    """A number as golang.org/x/text prints it in English: 1,234.5 and 1×10⁰⁶."""
    from charthouse.golang.json import general

    text = str(value) if isinstance(value, int) else general(float(value))
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, dot, fraction = mantissa.lstrip("-").partition(".")
    shown = f"{sign}{int(whole):,}{dot}{fraction}"
    if exponent:
        power = exponent.lstrip("+")
        shown += "×10" + power.translate(_RAISED)
    return shown


def display(value: Any) -> str:
    """A constant of the schema, or a value, as `%v`; collections are only called "value"."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (dict, list)):
        return "value"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    written = getattr(value, "written", None)
    if written is not None:
        return str(written)
    if isinstance(value, float):
        from charthouse.golang.json import general

        return general(value)
    return str(int(value))
