"""A chart cannot get from a template to Python."""

from __future__ import annotations

import pytest

from charthouse.golang.kinds import Struct, TypedMap
from charthouse.gotemplate import ExecError, Function, TemplateSet


class Holder(Struct):
    """A struct with one visible field and things next to it that must stay unreachable."""

    __slots__ = ("hidden", "shown")
    go_type = "*x.Holder"
    go_fields = {"Shown": "shown"}

    def __init__(self) -> None:
        self.shown = "ok"
        self.hidden = "secret"

    def method(self) -> str:
        return "secret"


class Named(TypedMap):
    __slots__ = ()
    go_type = "x.Named"


NAMES = [
    "__class__",
    "__dict__",
    "__init__",
    "__subclasses__",
    "__globals__",
    "hidden",
    "method",
    "go_fields",
    "go_methods",
    "shown",
    "mro",
    "keys",
    "items",
    "get",
    "pop",
    "format",
    "implementation",
    "func_globals",
]
DATA = {"h": Holder(), "n": Named(), "d": {}, "l": [1], "s": "text", "i": 1, "f": 1.5, "b": b"x", "t": True, "x": None}


@pytest.mark.parametrize("name", NAMES)
def test_no_attribute_is_reachable(name: str) -> None:
    templates = TemplateSet({}, missing_key="zero")
    for key in DATA:
        for text in (
            f"{{{{ .{key}.{name} }}}}",
            f"{{{{ $v := .{key} }}}}{{{{ $v.{name} }}}}",
            f"{{{{ (.{key}).{name} }}}}",
        ):
            templates.parse("t", text)
            try:
                out = templates.execute("t", DATA)
            except ExecError as error:
                assert "can't evaluate field" in str(error) or "nil pointer" in str(error)
            else:
                assert out == "<no value>"


FORMATS = ["%(a)s", "{0.__class__}", "{}", "%{x}", "$x ${y}", "%n", "{self}", "%1$s"]


@pytest.mark.parametrize("layout", FORMATS)
def test_layouts_are_gos_alone(layout: str) -> None:
    templates = TemplateSet({})
    templates.parse("t", "{{ printf .layout .h.Shown }}")
    out = templates.execute("t", {"layout": layout, "h": Holder()})
    assert "class" not in out.replace(layout, "")
    assert "secret" not in out


def test_printing_a_struct_shows_its_fields_alone() -> None:
    templates = TemplateSet({})
    templates.parse("t", '{{ . }} {{ printf "%+v %#v" . . }}')
    assert templates.execute("t", Holder()) == '&{ok} &{Shown:ok} &x.Holder{Shown:"ok"}'


@pytest.mark.parametrize(
    "value", [object(), print, len, Holder, {1, 2}, (1, 2), Function("f", "->string", str), range(3)]
)
def test_foreign_objects_are_refused(value: object) -> None:
    templates = TemplateSet({}, missing_key="zero")
    for text in (
        "{{ .v.x }}",
        "{{ .v }}",
        "{{ len .v }}",
        "{{ index .v 0 }}",
        "{{ range .v }}{{ end }}",
        "{{ eq .v 1 }}",
    ):
        templates.parse("t", text)
        with pytest.raises((ExecError, TypeError)):
            templates.execute("t", {"v": value})


def test_calling_is_not_possible() -> None:
    templates = TemplateSet({})
    templates.parse("t", "{{ call .v }}")
    with pytest.raises((ExecError, TypeError)):
        templates.execute("t", {"v": print})
