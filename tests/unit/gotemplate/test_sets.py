"""Template sets: redefinition, clones, late functions, trees from a cache, errors as fields."""

from __future__ import annotations

import pytest

from charthouse.golang.kinds import GoError, StringMap, Struct, TypedMap
from charthouse.gotemplate import (
    ExecError,
    Function,
    LimitError,
    Limits,
    ParseError,
    TemplateError,
    TemplateSet,
    parse_text,
)


def make(texts: dict[str, str], **functions: Function) -> TemplateSet:
    templates = TemplateSet(functions, missing_key="zero")
    for name, text in texts.items():
        templates.parse(name, text)
    return templates


def test_later_definitions_win_and_empty_ones_do_not() -> None:
    templates = make(
        {"a": '{{ define "x" }}1{{ end }}', "b": '{{ define "x" }}2{{ end }}', "c": '{{ define "x" }} \n{{ end }}'}
    )
    assert templates.execute("x", None) == "2"
    assert sorted(templates.names()) == ["a", "b", "c", "x"]


def test_parse_returns_the_text_just_parsed_even_when_it_is_empty() -> None:
    templates = make({"gotpl": "full"})
    template = templates.parse("gotpl", "{{/* nothing */}}")
    assert templates.run(template, None) == ""
    assert templates.execute("gotpl", None) == "full"


def test_clones_keep_what_is_parsed_into_them() -> None:
    templates = make({"a": '{{ define "x" }}1{{ end }}{{ template "x" }}'})
    twin = templates.clone()
    twin.parse("b", '{{ define "x" }}2{{ end }}')
    assert (templates.execute("a", None), twin.execute("a", None)) == ("1", "2")
    assert templates.lookup("b") is None


def test_late_functions_differ_between_clones() -> None:
    def who(name: str) -> Function:
        return Function("who", "->string", lambda: name)

    templates = TemplateSet({"who": who("base")}, late=("who",))
    templates.parse("a", "{{ who }}")
    twin = templates.clone({"who": who("twin")})
    assert (templates.execute("a", None), twin.execute("a", None)) == ("base", "twin")


def test_trees_of_a_cache() -> None:
    templates = make({})
    templates.add_tree("a", parse_text("a", "{{ print 1 }}"))
    assert templates.execute("a", None) == "1"
    with pytest.raises(ParseError, match='template: b:2: function "nope" not defined'):
        templates.add_tree("b", parse_text("b", "\n{{ nope }}"))
    with pytest.raises(TemplateError, match="another version or name"):
        templates.add_tree("other", parse_text("a", "x"))


def test_unknown_functions_are_refused_in_order() -> None:
    templates = make({})
    with pytest.raises(ParseError, match='template: t:1: function "nope" not defined'):
        templates.parse("t", "{{ nope }}\n{{ if }}")
    with pytest.raises(ParseError, match="template: t:1: missing value for if"):
        templates.parse("t", "{{ if }}\n{{ nope }}")


def test_missing_template() -> None:
    with pytest.raises(TemplateError) as caught:
        make({}).execute("x", None)
    assert str(caught.value) == 'template: no template "x" associated with template "gotpl"'


def test_nested_errors_keep_their_cause_and_position() -> None:
    table: dict[str, Function] = {}
    templates = TemplateSet(table.get, missing_key="zero")
    table["include"] = Function("include", "string,any->string", templates.execute)
    templates.parse("f", '{{ define "x" }}é {{ .a.b }}{{ end }}\n  {{ include "x" . }}')
    with pytest.raises(ExecError) as caught:
        templates.execute("f", {"a": 1.0})
    outer = caught.value
    inner = outer.cause
    assert isinstance(inner, ExecError)
    assert (outer.template, outer.line, outer.column, outer.context) == ("f", 2, 5, 'include "x" .')
    assert (inner.template, inner.parse_name, inner.line, inner.column) == ("x", "f", 1, 24)
    assert str(inner) == 'template: f:1:24: executing "x" at <.a.b>: can\'t evaluate field b in type interface {}'
    assert str(outer) == f'template: f:2:5: executing "f" at <include "x" .>: error calling include: {inner}'


def test_go_errors_become_errors_of_the_call() -> None:
    def boom(text: str) -> str:
        raise GoError(text)

    templates = make({"f": '{{ boom "a: %d" }}'}, boom=Function("boom", "string->string", boom))
    with pytest.raises(ExecError) as caught:
        templates.execute("f", None)
    assert str(caught.value) == 'template: f:1:3: executing "f" at <boom "a: %d">: error calling boom: a: %d'
    assert isinstance(caught.value.cause, GoError)


@pytest.mark.parametrize(
    ("missing_key", "outcome"),
    [
        ("zero", "<no value>"),
        ("default", "<no value>"),
        ("error", 'template: f:1:3: executing "f" at <.nope>: map has no entry for key "nope"'),
    ],
)
def test_missing_keys(missing_key: str, outcome: str) -> None:
    templates = TemplateSet({}, missing_key=missing_key)
    templates.parse("f", "{{ .nope }}")
    try:
        assert templates.execute("f", {}) == outcome
    except ExecError as error:
        assert str(error) == outcome


class Version(Struct):
    __slots__ = ("major",)
    go_type = "*x.Version"
    go_fields = {"Major": "major"}
    go_methods = {
        "Plus": Function("Plus", "int,...int->int", lambda v, n, *more: v.major + n + sum(more)),
        "String": Function("String", "->string", lambda v: f"v{v.major}"),
    }
    go_unexported = frozenset(["secret"])

    def __init__(self, major: int) -> None:
        self.major = major


class Named(TypedMap):
    __slots__ = ()
    go_type = "x.Named"
    go_methods = {"Size": Function("Size", "->int", len)}


STRUCTS = [
    ("{{ .v.Major }} {{ .v }} {{ .v.Plus 1 }} {{ .v.Plus 1 2 3 }} {{ 4 | .v.Plus 5 }}", "7 v7 8 13 16"),
    ('{{ printf "%v %s %T %d" .v .v .v .v }}', "v7 v7 *x.Version &{7}"),
    ("{{ .n.Size }} {{ .n.k }} {{ .n.nope }}", "1 v <no value>"),
    ("{{ .s.a }}[{{ .s.nope }}]", "1[]"),
    ("{{ .v.Plus }}", "at <.v.Plus>: wrong number of args for Plus: want at least 1 got 0"),
    ('{{ .v.Plus "x" }}', 'at <"x">: expected integer; found "x"'),
    ("{{ .v.Nope }}", "at <.v.Nope>: can't evaluate field Nope in type interface {}"),
    ("{{ .v.secret }}", "at <.v.secret>: secret is an unexported field of struct type interface {}"),
    ("{{ $v := .v }}{{ $v.Nope }}", "at <$v.Nope>: can't evaluate field Nope in type *x.Version"),
    ("{{ .v.Major 1 }}", "at <.v.Major>: Major has arguments but cannot be invoked as function"),
    ("{{ .n.k 1 }}", "at <.n.k>: k is not a method but has arguments"),
]


@pytest.mark.parametrize(("text", "outcome"), STRUCTS)
def test_structs_and_named_maps(text: str, outcome: str) -> None:
    templates = make({"f": text})
    data = {"v": Version(7), "n": Named(k="v"), "s": StringMap(a="1")}
    try:
        assert templates.execute("f", data) == outcome
    except ExecError as error:
        assert str(error).partition(" at ")[2] == outcome.removeprefix("at ")


@pytest.mark.parametrize(
    ("text", "limits", "limit"),
    [
        ("{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}", Limits(steps=10_000), "steps"),
        ("{{ range 9223372036854775807 }}{{ end }}", Limits(steps=10_000), "steps"),
        ("{{ range 5000 }}xxxxxxxxxx{{ end }}", Limits(output=1000), "output"),
        ("{{ range 9223372036854775807 }}{{ end }}", Limits(seconds=1, clock=iter(range(1000)).__next__), "seconds"),
    ],
)
def test_limits(text: str, limits: Limits, limit: str) -> None:
    templates = TemplateSet({}, limits=limits)
    templates.parse("f", text)
    with pytest.raises(LimitError) as caught:
        templates.execute("f", None)
    assert caught.value.limit == limit


def test_endless_recursion_ends_as_in_go() -> None:
    templates = make({"f": '{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}'})
    with pytest.raises(ExecError, match=r"exceeded maximum template depth \(100000\)"):
        templates.execute("f", None)


def test_deep_recursion_is_fine() -> None:
    table: dict[str, Function] = {}
    templates = TemplateSet(table.get)
    table["include"] = Function("include", "string,any->string", templates.execute)
    table["dec"] = Function("dec", "int->int", lambda n: n - 1)
    templates.parse(
        "f",
        '{{ define "r" }}{{ if . }}{{ with . }}{{ include "r" (dec .) }}{{ end }}{{ end }}x{{ end }}'
        '{{ include "r" 3000 }}',
    )
    assert templates.execute("f", None) == "x" * 3001
