"""A template reaches Go's fields and methods of what it is given, and nothing of the Python objects behind them.

Every name Python knows of every object templates meet is tried, in both profiles; so is every way of printing them.
"""

from __future__ import annotations

import pytest

from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import Chart, File, Metadata
from charthouse.charts.values import to_render_values
from charthouse.engine.functions import Functions
from charthouse.engine.render import RenderError, render
from charthouse.gotemplate import Function
from charthouse.logs import silent
from charthouse.profile import profile_named

OBJECTS = [
    ".", ".Files", ".Capabilities", ".Capabilities.KubeVersion", ".Capabilities.APIVersions",
    ".Capabilities.HelmVersion", ".Chart", ".Release", ".Template", ".Values", ".Values.l", ".Values.n", ".Values.s",
    ".Subcharts", '(semver "1.2.3-a+b")', "(now)", '(genCAWithKey "a" 1 (genPrivateKey "ed25519"))',
    '(lookup "v1" "Secret" "n" "s")', "(until 3)", "(dict)", "(list)", '(.Files.GetBytes "a/b.txt")',
    '(.Files.Glob "**")', '(regexFindAll "a" "aa" -1)', '(split "," "a,b")', "(add 1 2)",
    '(fromToml "a = 2001-01-01T00:00:00Z").a', '(urlParse "http://h")', "1i", '(mustToDuration "1h")', "nil",
]  # fmt: skip


def rendered(text: str, compat: str) -> str:
    profile = profile_named(compat, exact_numbers=False)
    chart = Chart(
        Metadata("c", "1.0.0", api_version="v2"), templates=[File("templates/x", text.encode())],
        files=[File("a/b.txt", b"text")],
    )  # fmt: skip
    top = to_render_values(
        chart, {"n": 1.0, "l": ["a"], "s": "text"}, name="r", namespace="n", revision=1, is_install=True,
        is_upgrade=False, capabilities=default_capabilities(profile), log=silent, profile=profile,
    )  # fmt: skip
    found = {"kind": "Secret", "metadata": {"name": "s"}, "data": {}}
    return render(chart, top, log=silent, lookup=lambda *_: found, profile=profile)["c/templates/x"]


def given(text: str, compat: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """The Python object an expression is."""
    kept: list[object] = []
    find = Functions._find

    def keep(value: object) -> str:
        kept.append(value)
        return ""

    def found(self: Functions, name: str) -> Function | None:
        return Function(name, "any->string", keep) if name == "osBase" else find(self, name)

    with monkeypatch.context() as patched:
        patched.setattr(Functions, "_find", found)
        rendered(f"{{{{ osBase ({text}) }}}}", compat)
    return kept[0]


def answer(text: str, compat: str) -> str:
    try:
        return rendered(text, compat)
    except RenderError as error:
        assert "internal" not in error.message
        return ""


@pytest.mark.parametrize("compat", ["", "helm3"])
@pytest.mark.parametrize("text", [text for text in OBJECTS if text not in ("nil", "1i")])
def test_no_name_of_python_leads_anywhere(text: str, compat: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "mustToDuration" in text and compat:
        pytest.skip("a function of Helm 4")
    value = given(text, compat, monkeypatch)
    holder = text if text != "." else "$"
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    names = {*dir(value), *dir(type(value)), *slots}
    keys = value if isinstance(value, dict) else ()
    hidden = sorted(name for name in names if not name[0].isupper() and name.isidentifier() and name not in keys)
    assert hidden
    nothing = answer(f"{{{{ ({holder}).nosuchname }}}}", compat)  # a missing entry of `.Files` is an empty `[]byte`
    each = "".join(f'{{{{ define "{name}" }}}}{{{{ ({holder}).{name} }}}}{{{{ end }}}}' for name in hidden)
    for name in hidden:
        assert answer(f'{each}{{{{ include "{name}" . }}}}', compat) == nothing, name


VERBS = "%v %+v %#v %s %q %d %x %T %t %e %c %U %p %b %w %z %!"


@pytest.mark.parametrize("compat", ["", "helm3"])
@pytest.mark.parametrize("text", OBJECTS)
def test_no_way_of_printing_shows_python(text: str, compat: str) -> None:
    ways = [
        f'printf "{VERBS}"' + f" {text}" * 17, f"print {text}", f"{text} | toString", f"{text} | quote",
        f"toYaml {text}", f"toJson {text}", f"toToml {text}", f'cat "a" {text}', f"{text} | html", f"typeOf {text}",
        f"kindOf {text}",
        f'tpl "{{{{ . }}}}" {text}', f'tpl "{{{{ .__class__ }}}}" {text}', f'fail (printf "%v" {text})',
    ]  # fmt: skip
    for way in ways:
        try:
            said = rendered(f"{{{{ {way} }}}}", compat)
        except RenderError as error:
            said = error.message
        for word in ("object at 0x", "<class", "<function", "charthouse", "0x7f", "TypeError", "AttributeError"):
            assert word not in said, (way, said)


@pytest.mark.parametrize(
    "text",
    [
        "{{ call .Files.Get }}", "{{ .Files.__init__ }}", '{{ .Files.Get.__func__ "x" }}',
        "{{ .Values.__class__.__mro__ }}",
        '{{ index .Files "__class__" }}', '{{ get .Capabilities "__class__" }}', '{{ index . "__class__" }}',
        '{{ printf "{0.__class__}" . }}', '{{ printf "%(x)s" . }}', '{{ dig "__class__" "no" (dict) }}',
        '{{ pluck "__class__" (dict) }}', '{{ .Capabilities.APIVersions.Has "__class__" }}', "{{ .Chart.go_fields }}",
    ],
)  # fmt: skip
def test_walks_that_lead_nowhere(text: str) -> None:
    said = answer(text, "")
    assert said in ("", "no", "[]", "false") or "%!(" in said
    for word in ("<class", "object at", "built-in"):
        assert word not in said
