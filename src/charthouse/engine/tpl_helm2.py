"""`include` and `tpl` of Helm 2.

Whose rules: helm v2.17.0 pkg/engine/engine.go alterFuncMap, renderWithReferences: `tpl` makes a new set; its text takes
the name and the place of the template that is running (what that one defines is not there), every other template of
the chart is parsed after it, so of two definitions theirs wins (among them Helm's order is random, ours the chart's).
The data must hold `.Template`, and get it anew.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError, go_string
from charthouse.gotemplate.errors import LimitError, ParseError, TemplateError
from charthouse.gotemplate.functions import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.gotemplate import TemplateSet

    Include = Callable[[TemplateSet, dict[str, int]], Callable[[str, Any], str]]

__all__ = ["late_functions_helm2"]


def late_functions_helm2(templates: TemplateSet, texts: dict[str, bytes], include: Include) -> dict[str, Function]:
    """`include` and `tpl` as templates of this set see them. texts: the chart's templates by path, in the order they
    are parsed."""
    tpl = _tpl(templates, texts, include)
    return {
        "include": Function("include", "string,any->string", include(templates, {})),
        "tpl": Function("tpl", "string,chartutil.Values->string", tpl),
    }


def _tpl(templates: TemplateSet, texts: dict[str, bytes], include: Include) -> Callable[[str, Any], str]:
    def tpl(text: str, data: Any) -> str:
        base, name = (_place(text, data, field) for field in ("BasePath", "Name"))
        try:
            inner = _set_of(templates, texts, name, text)
        except ParseError as error:
            raise _failed(text, f"parse error in {_quote(name)}: {error}") from error
        inner.own = late_functions_helm2(inner, texts, include)
        data["Template"] = {"Name": name, "BasePath": base}
        try:
            out = inner.execute(name, data)
        except LimitError:
            raise
        except TemplateError as error:
            raise _failed(text, f"render error in {_quote(name)}: {error}") from error
        return out.replace("<no value>", "")

    return tpl


def _place(text: str, data: Any, field: str) -> str:
    """`.Template.Name` or `.Template.BasePath`. Raises GoError."""
    from charthouse.charts.metadata import ChartError
    from charthouse.charts.values import lookup_value

    try:
        found = lookup_value(data, f"Template.{field}")
    except ChartError as error:
        shown = "Basepath" if field == "BasePath" else field
        reason = str(error) if str(error).startswith("key not found") else f"{field} is not a value"
        raise GoError(f"Cannot retrieve Template.{shown} from values inside tpl function: {text} ({reason})") from None
    if type(found) is not str:
        raise GoError(f"interface conversion: interface {{}} is {type(found).__name__}, not string")
    return found


def _set_of(templates: TemplateSet, texts: dict[str, bytes], name: str, text: str) -> TemplateSet:
    """The text under `name`, and all other templates of the chart. Raises ParseError."""
    inner = templates.clone()
    inner.templates = {}
    own = inner.parse(name, text)
    inner.templates[name] = own
    for path, data in texts.items():
        if path != name:
            inner.parse(path, go_string(data))
    return inner


def _failed(text: str, reason: str) -> GoError:
    return GoError(f"Error during tpl function execution for {_quote(text)}: {reason}")


def _quote(text: str) -> str:
    from charthouse.golang.strconv import quote

    return quote(text)
