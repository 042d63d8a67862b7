"""Charts, archives, schemas and records an attacker would write end in a clear error, soon and in little memory."""

from __future__ import annotations

import _thread
import base64
import gzip
import io
import itertools
import json
import pathlib
import sys
import tarfile
import threading
import time

import pytest

from charthouse.actions import diff
from charthouse.charts.archive import expand
from charthouse.charts.capabilities import default_capabilities
from charthouse.charts.chart import Chart, ChartError, File, Metadata
from charthouse.charts.loader import load_archive
from charthouse.charts.schema import validate_values
from charthouse.charts.schema import validator as schema_validator
from charthouse.charts.tarball import ArchiveError, read_archive
from charthouse.charts.values import to_render_values
from charthouse.engine.render import RenderError, render
from charthouse.errors import CharthouseError
from charthouse.golang import fmt, size
from charthouse.golang.json import decode
from charthouse.golang.kinds import GoError, SizedInt, Struct, TypedMap, TypedSlice
from charthouse.golang.regexp import compile as compile_expression
from charthouse.golang.regexp import machine
from charthouse.golang.size import TooLarge, bound
from charthouse.gotemplate import Limits, TemplateSet, deepstack
from charthouse.gotemplate.arguments import WrongType, validated
from charthouse.gotemplate.errors import LimitError
from charthouse.gotemplate.watch import resident
from charthouse.logs import silent
from charthouse.releases import codec
from charthouse.sprig import TABLE, function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def rendered(text: str, **options: Any) -> str:
    chart = Chart(
        Metadata("c", "1.0.0", api_version="v2"), templates=[File("templates/x", text.encode())],
        files=[File("a/b.txt", b"text"), File("b.bin", b"\xff")],
    )  # fmt: skip
    values = to_render_values(
        chart, {"n": 1.0, "l": ["a"], "m": {"k": None}}, name="r", namespace="n", revision=1, is_install=True,
        is_upgrade=False, capabilities=default_capabilities(), log=silent,
    )  # fmt: skip
    return render(chart, values, log=silent, **options)["c/templates/x"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds a test reaches in milliseconds."""
    monkeypatch.setattr(size, "NODES", 20_000)
    monkeypatch.setattr(size, "LARGEST", 1 << 20)
    monkeypatch.setattr(size.bound, "__defaults__", (20_000, 1 << 20))
    monkeypatch.setattr("charthouse.golang.json._AT_ONCE", 20_000)
    for module in ("copies", "merging"):
        monkeypatch.setattr(f"charthouse.sprig.{module}.NODES", 20_000)


# --- templates ---------------------------------------------------------------------------------------------------

SHARED_LIST = '{{ $x := list "a" }}{{ range until 40 }}{{ $x = list $x $x }}{{ end }}'
SHARED_MAP = '{{ $x := dict "a" 1 }}{{ range until 40 }}{{ $x = dict "a" $x "b" $x }}{{ end }}'
SHARED_USES = [
    "toYaml $x", "toYamlPretty $x", "toJson $x", "toPrettyJson $x", "toRawJson $x", 'toToml (dict "a" $x)',
    'printf "%v" $x', 'printf "%+v" $x', 'printf "%#v" $x', 'printf "%q" $x', 'printf "%d" $x', "print $x",
    "println $x",
    "$x", "toString $x", "quote $x", "squote $x", "cat $x", 'join "," (list $x)', "html $x", "js $x", "urlquery $x",
    "deepCopy $x", "deepEqual $x (list)", 'tpl "{{ . }}" $x', 'fail (toString $x)', "toStrings (list $x)",
    "mustToJson $x", "mustToYaml $x", "mustDeepCopy $x", "eq $x $x",
]  # fmt: skip


@pytest.mark.parametrize("use", SHARED_USES)
@pytest.mark.parametrize("value", [SHARED_LIST, SHARED_MAP])
@pytest.mark.usefixtures("small")
def test_shared_parts_do_not_multiply(value: str, use: str) -> None:
    if use.startswith("deepEqual") and value == SHARED_MAP:
        assert rendered(f"{value}{{{{ {use} }}}}") == "false"
        return
    with pytest.raises(RenderError, match="too large"):
        rendered(f"{value}{{{{ {use} }}}}")


@pytest.mark.usefixtures("small")
def test_merging_shared_parts_does_not_multiply() -> None:
    other = SHARED_MAP.replace("$x", "$y")
    with pytest.raises(RenderError, match="too large"):
        rendered(SHARED_MAP + other + "{{ $z := merge $x $y }}")


@pytest.mark.parametrize(
    "use", [use for use in SHARED_USES if use not in ("deepEqual $x (list)", "fail (toString $x)")] + ["merge $x $x"]
)
@pytest.mark.usefixtures("small")
def test_a_map_that_contains_itself_ends(use: str) -> None:
    try:
        rendered('{{ $x := dict "b" 1 }}{{ $_ := set $x "a" $x }}{{ ' + use + " }}")
    except RenderError as error:
        assert "internal" not in error.message


GROWING = [
    'printf "%s%s" $x $x', "print $x $x", "println $x $x", "cat $x $x", 'join "" (list $x $x)', 'replace "x" "xx" $x',
    'printf "%s%s" $x $x | quote', 'printf "%[1]s%[1]s" $x', "nindent 9 (print $x $x)", "wrapWith 1 $x (print $x $x)",
    'regexReplaceAll "x" $x "$0$0"', 'regexReplaceAllLiteral "x" $x "xx"', "repeat 2 $x", "html (print $x $x)",
]  # fmt: skip


@pytest.mark.parametrize("call", GROWING)
@pytest.mark.usefixtures("small")
def test_texts_do_not_double_without_end(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charthouse.golang.regexp.expression.LARGEST", 1 << 16)
    monkeypatch.setattr("charthouse.golang.size.LARGEST", 1 << 16)
    limits = Limits(output=1 << 16)
    with pytest.raises(RenderError, match=r"too large|printed more"):
        rendered('{{ $x := "x" }}{{ range until 30 }}{{ $x = ' + call + " }}{{ end }}{{ $x }}", limits=limits)


@pytest.mark.parametrize(
    "call",
    [
        'printf (repeat 100000 "%[1]s") (repeat 2000 "x")',
        "repeat 9223372036854775807 \"ab\"", "repeat -1 \"ab\"", "indent 9223372036854775807 \"a\"",
        "nindent 9999999999 \"a\"", "until 1000000000000", "untilStep 0 1000000000000 1", "untilStep 0 -99999999999 -1",
        "seq 1 1000000000000", "randAlphaNum 1000000000", "randBytes 1000000000", "randAscii 1000000000",
        "chunk 0 (list 1)", "substr -99999999999 9999999999999 \"abc\"", "regexMatch \"((\" \"a\" | fail",
        "mustRegexMatch \"((a{1,1000}){1,1000}){1,1000}\" \"a\"", "mustRegexMatch (repeat 100000 \"(\") \"a\"",
        "semver (repeat 1000000 \"1.\")", "semverCompare (repeat 1000000 \">1 \") \"1.2.3\"",
        "randInt 5 5", "slice (list 1) 5 9", "index (list 1) 9223372036854775807", "div 1 0", "mod 1 0",
    ],
)  # fmt: skip
def test_impossible_sizes_are_refused(call: str) -> None:
    with pytest.raises(RenderError):
        rendered("{{ " + call + " }}")


HARMLESS = [
    'regexMatch "^(a+)+$" (print (repeat 500 "a") "b")', 'regexMatch "(a|a)*b" (repeat 5000 "a")',
    'regexMatch "(a*)*(a*)*b" (repeat 1000 "a")', '.Files.Get "../../../etc/passwd"', '.Files.Get "/etc/passwd"',
    '.Files.Glob (repeat 20 "{a,b}*") | len', '.Files.Glob (repeat 5000 "{") | len',
    '.Files.Glob (repeat 30 "**a") | len', 'atoi (repeat 9000 "9")', 'int (repeat 9000 "9")', 'int64 "0x"',
    'duration (repeat 9000 "9")', 'toDecimal (repeat 9000 "7")', "round 1.5 1000000000", "chunk -5 (list 1 2) | len",
    'fromToml (printf "a=%s" (repeat 9000 "9"))', 'fromToml (printf "a=0x%s" (repeat 9000 "f"))',
    'fromJson (repeat 9000 "[")', 'fromJson "{0}"', 'fromYaml (repeat 9000 "[")', 'fromYaml (repeat 9000 "- ")',
    'fromYamlArray (repeat 9000 "{a: ")', 'fromJsonArray (printf "[%s]" (repeat 9000 "9"))', 'wrap -1 "abc def"',
    'date (repeat 1000 "2006") now | len', 'toDate (repeat 1000 "2006") (repeat 1000 "2006")',
    'trunc -9223372036854775808 "a"',
    'dateInZone "2006" now "../../../etc/passwd" | len',
    '(genSelfSignedCert (repeat 100 "a") (list) (list) 1).Cert | len',
]  # fmt: skip


@pytest.mark.parametrize("call", HARMLESS)
@pytest.mark.filterwarnings("error")
def test_strange_arguments_are_harmless(call: str) -> None:
    assert "root:" not in rendered("{{ " + call + " }}")


@pytest.mark.parametrize(
    ("text", "limits", "said"),
    [
        ("{{ range 1000000000000 }}{{ end }}", Limits(steps=9000), "template took more than 9000 steps"),
        ("{{ range 1000000000000 }}xxxx{{ end }}", Limits(steps=9000), "template took more than 9000 steps"),
        ('{{ define "a" }}{{ include "a" . }}{{ include "a" . }}{{ end }}{{ include "a" . }}', Limits(steps=9000), ""),
        ("{{ range 10000000000 }}{{ end }}", Limits(seconds=0.1, clock=time.monotonic), "ran longer than 0.1 seconds"),
        ('{{ range until 99 }}{{ genPrivateKey "rsa" }}{{ end }}', Limits(seconds=0.1), "ran longer than 0.1 seconds"),
    ],
)
def test_work_is_bounded(text: str, limits: Limits, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        rendered(text, limits=limits)
    assert said in caught.value.message


def test_memory_that_runs_out_is_an_error() -> None:
    def exhausted(*_: object) -> str:
        raise MemoryError

    from charthouse.gotemplate import Function, TemplateSet

    templates = TemplateSet({"eat": Function("eat", "->string", exhausted)})
    templates.parse("t", "{{ eat }}")
    with pytest.raises(LimitError, match="needs more memory"):
        templates.execute("t", None)


def test_every_function_answers_or_refuses_odd_arguments() -> None:
    """No function lets a Python error out: GoError or a value, whatever fits its types."""
    digits = "9" * 5000
    pool: list[Any] = [
        digits,
        f"-{digits}h",
        "0x" + digits,
        f"1e{digits}",
        "",
        "\udc80",
        "\0",
        "%s",
        "{0}",
        None,
        {},
        [],
        1.5,
        -1,
    ]
    pool += [float("nan"), float("inf"), 10**18, True, b"x", [1, [2]], {"a": {"b": 1}}]
    slow = {"bcrypt", "htpasswd", "derivePassword", "getHostByName"}
    for name in TABLE:
        entry = function(name)
        assert entry is not None
        types = [*entry.parameters, *([entry.variadic] if entry.variadic else [])]
        if not 1 <= len(types) <= 2 or name in slow or name.startswith(("gen", "build")):
            continue
        for values in itertools.product(pool, repeat=len(types)):
            try:
                arguments = [validated(value, kind) for value, kind in zip(values, types, strict=True)]
                entry.implementation(*arguments)
            except (WrongType, GoError, CharthouseError):
                continue


# --- sizes -------------------------------------------------------------------------------------------------------


def test_bound_counts_what_is_met_again() -> None:
    value: list[Any] = ["a"]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(TooLarge, match="more than 100 entries"):
        bound(value, 100)
    bound({"a": ["b"] * 98}, 100)
    with pytest.raises(TooLarge, match="texts"):
        bound(["x" * 60, {"a": "x" * 60}], 100, 100)


def test_deep_values_print_or_are_refused() -> None:
    value: list[Any] = []
    for _ in range(20_000):
        value = [value]
    assert deepstack.deep(lambda: len(fmt.format_value(value))) == 40_002


NOTHING: dict[str, str] = {}


# --- the stack ---------------------------------------------------------------------------------------------------


def test_a_smaller_stack_serves_where_a_large_one_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    real = _thread.start_new_thread

    def start(*arguments: Any) -> int:
        if _thread.stack_size() > 64 << 20:
            raise RuntimeError("can't start new thread")
        return real(*arguments)

    monkeypatch.setattr(deepstack, "_C_RECURSION_IS_GUARDED", False)
    monkeypatch.setattr(deepstack, "_granted", {"stack": deepstack._STACK})
    monkeypatch.setattr(_thread, "start_new_thread", start)
    before = sys.getrecursionlimit()
    assert deepstack.deep(sys.getrecursionlimit) == deepstack.FRAMES // 8
    assert sys.getrecursionlimit() == before
    monkeypatch.setattr(_thread, "start_new_thread", lambda *_: (_ for _ in ()).throw(RuntimeError))
    assert deepstack.deep(sys.getrecursionlimit) == max(deepstack._SHALLOW, before)
    assert sys.getrecursionlimit() == before


def test_renders_in_eight_threads() -> None:
    found: list[str] = []
    text = '{{ define "a" }}{{ if . }}{{ include "a" (sub . 1 | int) }}{{ else }}end{{ end }}{{ end }}'
    text += '{{ include "a" 200 }}'
    before = sys.getrecursionlimit()
    threads = [threading.Thread(target=lambda: found.append(rendered(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["end"] * 8
    assert sys.getrecursionlimit() == before


def test_work_that_is_given_up_ends_by_itself() -> None:
    noticed: list[bool] = []
    ended = threading.Event()

    def work() -> None:
        try:
            while True:
                pass
        finally:
            ended.set()

    with pytest.raises(LimitError, match=r"ran longer than 0\.1 seconds"):
        deepstack.deep(work, Limits(seconds=0.1, slow=lambda: noticed.append(True)))
    assert noticed == [True]
    assert ended.wait(5)


def test_what_a_render_raises() -> None:
    with pytest.raises(KeyError, match="raised"):
        deepstack.deep(lambda: NOTHING["raised"], Limits(seconds=5))


def test_waiting_takes_no_processor_time() -> None:
    assert deepstack.deep(lambda: time.sleep(0.3), Limits(seconds=0.2)) is None


@pytest.mark.skipif(not resident(), reason="the system does not tell how much memory a process holds")
def test_memory_is_watched() -> None:
    hog = '{{ $d := dict }}{{ range $i, $_ := until 2000 }}{{ $_ := set $d (print $i) (repeat 5000000 "ab") }}{{ end }}'
    with pytest.raises(RenderError, match="needs more memory than it may have") as caught:
        rendered(hog, limits=Limits(memory=100 << 20))
    assert "limits" in caught.value.hint


def test_the_limits_are_of_all_templates_together() -> None:
    templates = TemplateSet({}, limits=Limits(steps=10_000, output=40_000))
    templates.parse("t", "{{ range 6000 }}{{ end }}")
    templates.parse("u", "{{ range 3000 }}0123456789{{ end }}")
    templates.execute("t", None)
    with pytest.raises(LimitError, match="more than 10000 steps"):
        templates.execute("t", None)
    templates.bind(Limits(steps=10_000, output=40_000))
    templates.execute("u", None)
    with pytest.raises(LimitError, match="printed more than 40000 characters"):
        templates.execute("u", None)


def test_one_text_printed_again_and_again() -> None:
    with pytest.raises(RenderError, match="printed more than 134217728 characters"):
        rendered('{{ $x := repeat 10000000 "x" }}{{ range 1000 }}{{ $x }}{{ end }}')


def test_variables_are_bounded() -> None:
    with pytest.raises(RenderError, match="declares more than 5000 variables"):
        rendered("".join(f"{{{{ $v{number} := 1 }}}}" for number in range(5001)))


# --- what templates see ------------------------------------------------------------------------------------------

KINDS = (str, bool, float, int, complex, bytes, SizedInt, TypedMap, TypedSlice, Struct, type(None))


def walk(value: object, seen: set[int]) -> Iterator[object]:
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from walk(item, seen)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item, seen)
    elif isinstance(value, Struct):
        for attribute in type(value).go_fields.values():
            yield from walk(getattr(value, attribute), seen)


def test_nothing_but_gos_kinds_reaches_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def keep(value: object) -> str:
        given.append(value)
        return ""

    from charthouse.engine.functions import Functions
    from charthouse.gotemplate import Function

    find = Functions._find

    def found(self: Functions, name: str) -> Function | None:
        return Function(name, "any->string", keep) if name == "osBase" else find(self, name)

    monkeypatch.setattr(Functions, "_find", found)
    calls = [
        ".", "$", ".Capabilities", ".Files", ".Chart", ".Release", ".Subcharts", ".Template", ".Values", "now",
        'semver "1.2.3-a+b"', 'urlParse "http://u:p@h/p?q#f"', 'genCA "a" 1', '.Files.Glob "**"', '.Files.AsConfig',
        '.Files.GetBytes "b.bin"', '.Files.Lines "a/b.txt"', 'split "," "a,b"', 'splitList "," "a,b"', "until 3",
        "untilStep 0 3 1", 'regexFindAll "a" "aa" -1', 'regexFindAll "z" "aa" -1', "chunk 1 (list 1 2)", "rest (list)",
        'fromYaml "a: 2001-01-01"', 'fromJson "{}"', 'fromToml "a = 2001-01-01T00:00:00Z"', 'toDate "2006" "2001"',
        'dict "a" now | values', 'keys (dict "a" 1)', "add 1 2", "addf 1 2.5", "maxf 1 2", "float64 1", "int64 1",
        'mustToDuration "1h"', 'lookup "v1" "Secret" "" ""', "list nil 1 true", 'tuple 1 "a"', 'b64dec "/w=="',
        "seq 3", ".Capabilities.APIVersions", ".Capabilities.KubeVersion", 'index "abc" 1', "1i",
        'atoi "1"', 'dig "a" "b" 1 (dict)', "ternary 1 2 true", 'toDecimal "777"', "deepCopy .Values",
    ]  # fmt: skip
    for call in calls:
        rendered("{{ osBase (" + call + ") }}")
    assert len(given) == len(calls)
    for value in walk(given, set()):
        kind = type(value)
        plain = kind in (str, bool, float, int, complex, bytes, dict, list, type(None))
        assert plain or (isinstance(value, KINDS) and hasattr(kind, "go_type")), (kind, value)


# --- archives ----------------------------------------------------------------------------------------------------

CHART = b"apiVersion: v2\nname: c\nversion: 1.0.0\n"


def archive(*members: tuple[str, bytes] | tuple[str, bytes, dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=1) as out:
        for name, data, *rest in (("c/Chart.yaml", CHART), *members):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in (rest[0] if rest else {}).items():
                setattr(info, key, value)
            out.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def pax(**records: str) -> dict[str, Any]:
    return {"pax_headers": records}


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("c/../../x", {}, "chart illegally references parent directory"),
        ("c/templates/../../../x", {}, "chart illegally references parent directory"),
        ("c//etc/passwd", {}, "chart illegally contains absolute paths"),
        ("c\\..\\..\\x", {}, "chart illegally references parent directory"),
        ("c/C:/x", {}, "chart contains illegally named files"),
        ("c/a", pax(path="c/a\0b"), "archive/tar: invalid tar header"),
        ("c/a", pax(mtime="nan"), "archive/tar: invalid tar header"),
        ("c/a", pax(mtime="1e300"), "archive/tar: invalid tar header"),
        ("c/a", pax(mtime="1_0"), "archive/tar: invalid tar header"),
        ("c/a", pax(size="9" * 5000), "archive/tar: invalid tar header"),
        ("c/a", pax(size="-1"), "archive/tar: invalid tar header"),
    ],
)
def test_members_that_leave_the_chart_or_lie(tmp_path: pathlib.Path, name: str, options: Any, said: str) -> None:
    data = archive((name, b"x", options))
    for read in (read_archive, lambda data: expand(data, str(tmp_path / "in"))):
        with pytest.raises(ChartError) as caught:
            read(data)
        assert str(caught.value) == said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_become_empty_files(tmp_path: pathlib.Path, kind: bytes) -> None:
    data = archive(("c/l", b"", {"type": kind, "linkname": "/etc/passwd"}), ("c/l", b""))
    expand(data, str(tmp_path))
    made = tmp_path / "c" / "l"
    assert made.is_file()
    assert not made.is_symlink()
    assert made.read_bytes() == b""


def test_a_link_in_the_way_is_not_followed(tmp_path: pathlib.Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "in"
    (target / "c").mkdir(parents=True)
    (target / "c" / "templates").symlink_to(outside)
    with pytest.raises(ChartError, match="is a symbolic link"):
        expand(archive(("c/templates/x", b"x")), str(target))
    assert not list(outside.iterdir())


def test_bombs_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = archive(("c/x", b"\0" * (3 << 20)))
    with pytest.raises(ArchiveError, match="decompressed chart is larger than the maximum size 1048576"):
        read_archive(zeros, limit=1 << 20)
    monkeypatch.setattr("charthouse.charts.loader._MAX_NESTED", 5 << 20)
    with pytest.raises(ChartError, match="exceed the maximum decompressed size"):
        load_archive(archive(*[(f"c/charts/c{i}.tgz", zeros) for i in range(3)]), log=silent)
    inner = archive()
    for _ in range(110):
        inner = archive(("c/charts/c.tgz", inner))
    with pytest.raises(ChartError, match="nested more than 100 deep"):
        load_archive(inner, log=silent)


# --- schemas -----------------------------------------------------------------------------------------------------


def doubled(keyword: str) -> dict[str, Any]:
    steps = {f"d{i}": {keyword: [{"$ref": f"#/definitions/d{i + 1}"}] * 2} for i in range(30)}
    return {
        "$ref": "#/definitions/d0",
        "definitions": {**steps, "d30": {"type": "object" if keyword == "allOf" else "string"}},
    }


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_references_that_multiply(monkeypatch: pytest.MonkeyPatch, keyword: str) -> None:
    monkeypatch.setattr(schema_validator, "_MAX_STEPS", 5000)
    answer = validate_values({}, json.dumps(doubled(keyword)).encode())
    assert answer == "schema needs too many steps to be checked"


@pytest.mark.parametrize(
    "schema",
    [
        b'{"$ref":"#"}', b'{"allOf":[{"$ref":"#"}]}', b'{"not":' * 20000 + b"{}" + b"}" * 20000, b"{0}",
        b'{"$ref":"file:///etc/passwd"}', b'{"$ref":"../../../etc/passwd"}', b'{"$id":"file:///etc/passwd","$ref":"shadow"}',
        b'{"$schema":"file:///etc/passwd"}', b'{"$ref":"http://127.0.0.1:1/x"}', b'{"$schema":"http://127.0.0.1:1/x"}',
        b'{"properties":{"a":{"pattern":"((x{1,1000}){1,1000}"}}}',
    ],
)  # fmt: skip
def test_schemas_that_are_refused(schema: bytes) -> None:
    answer = validate_values({"a": "x"}, schema)
    assert answer
    assert "root:" not in answer


def test_items_are_compared_in_time() -> None:
    schema = b'{"properties":{"l":{"uniqueItems":true}}}'
    assert validate_values({"l": [str(number) for number in range(20_000)]}, schema) == ""
    assert "items at 1 and 3 are equal" in validate_values({"l": ["a", "b", "c", "b"]}, schema)
    assert "takes too long" in validate_values({"l": [[float(number)] for number in range(5000)]}, schema)


def test_patterns_take_linear_time() -> None:
    schema = {"properties": {"a": {"pattern": "^(x+)+$y"}}, "patternProperties": {"(a|a)*b": {}}}
    assert "does not match pattern" in validate_values({"a": "x" * 2000}, json.dumps(schema).encode())


def test_an_expression_remembers_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_MAX_PLACES", 1000)
    with pytest.raises(TooLarge, match="too large for this regular expression"):
        compile_expression("(a|b)*c").match("a" * 5000)


# --- JSON, records -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["{0}", "[{0}]", "[" * 100_000, '{"a":' * 100_000, "-", '"\\u12', '{"a" 1}', "NaN", "1e9999"]
)
def test_bad_json(text: str) -> None:
    with pytest.raises(GoError):
        decode(text)


RECORD: dict[str, Any] = {
    "name": "a", "info": {"first_deployed": "2024-01-01T00:00:00Z", "status": "deployed", "rollback_revision": 1},
    "chart": {
        "metadata": {"name": "c", "version": "1.0.0", "keywords": ["k"], "maintainers": [{"name": "m"}], "tags": "t",
                     "annotations": {"a": "b"}, "dependencies": [{"name": "d", "tags": ["t"], "import-values": ["x"]}]},
        "lock": {"generated": "2024-01-01T00:00:00Z", "digest": "x", "dependencies": [{"name": "d"}]},
        "templates": [{"name": "t", "data": "YQ==", "modtime": "2024-01-01T00:00:00Z"}], "values": {"a": 1},
        "schema": "e30=", "files": [{"name": "f", "data": "YQ=="}], "modtime": "2024-01-01T00:00:00Z",
    },
    "config": {"a": 1}, "manifest": "m", "version": 1, "namespace": "n",
    "hooks": [{"name": "h", "events": ["pre-install"], "weight": 1, "last_run": {"started_at": "", "phase": "x"}}],
}  # fmt: skip


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield from places(item, (*place, key))


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    if not place:
        return by
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], by)
    return copy


ODD: list[Any] = [
    None,
    True,
    -1,
    1.5,
    1e999,
    float("nan"),
    10**400,
    "",
    "x",
    "\ud800",
    "\0",
    "99999-01-01T00:00:00Z",
    "9" * 5000,
]
ODD += ["2024-01-01T00:00:00+99:99", [], [None], [1], [[]], {}, {"a": None}, {"a": [{}]}]


def test_records_of_any_shape_are_read_or_refused() -> None:
    for place in places(RECORD):
        for odd in ODD:
            data = base64.b64encode(json.dumps(replaced(RECORD, place, odd)).encode())
            try:
                codec.encode(codec.decode(data, {}))
            except CharthouseError:
                continue


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"1", b"[" * 100_000, b'{"a":' * 100_000, gzip.compress(b" " * (2 << 20), 1),
        gzip.compress(b"{}")[:-5], b"\x1f\x8b\x08" + b"x" * 50,
    ],
)  # fmt: skip
def test_payloads_that_are_no_record(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_DECODED", 1 << 20)
    with pytest.raises(CharthouseError):
        codec.decode(base64.b64encode(raw), {})


# --- secrets -----------------------------------------------------------------------------------------------------


def test_a_diff_hides_a_secret_wherever_it_stands() -> None:
    applied = "kubectl.kubernetes.io/last-applied-configuration"
    before = {
        "kind": "Secret", "metadata": {"name": "s", "annotations": {applied: '{"data":{"p":"hunter2"}}', "a": "b"}},
        "data": {"p": "hunter2"}, "stringData": {"q": "hunter2"},
    }  # fmt: skip
    after = {**before, "data": ["hunter2"], "stringData": "hunter2"}
    for side in diff._masked(before, after):
        assert side is not None
        assert "hunter2" not in json.dumps(side)
    hidden = diff._masked(before, None)[0]
    assert hidden is not None
    assert hidden["metadata"]["annotations"]["a"] == "b"
