"""What goes over a worker's socket: frames, charts on the way there, answers on the way back."""

from __future__ import annotations

import marshal
from typing import Any

import pytest

from charthouse.actions.render import Rendered
from charthouse.charts.chart import Chart, File
from charthouse.charts.metadata import ChartError, Dependency, Lock, Maintainer, Metadata
from charthouse.engine.errors import RenderError
from charthouse.errors import CharthouseError
from charthouse.golang.kinds import Float32, Int64, NilMap, StringSlice, Uint8
from charthouse.golang.moment import from_text
from charthouse.gotemplate.errors import LimitError
from charthouse.manifests.hooks import Hook
from charthouse.manifests.sort import ManifestError
from charthouse.sandbox import answers
from charthouse.sandbox.charts import chart_form, to_chart
from charthouse.sandbox.errors import BadFrame, RenderFailed
from charthouse.sandbox.flat import Flattening, Restoring
from charthouse.sandbox.frames import framed, read_frame


def source(data: bytes, portion: int = 3) -> Any:
    """A socket that gives a few bytes at a time."""
    rest = [data]

    def receive(size: int) -> bytes:
        part, rest[0] = rest[0][: min(size, portion)], rest[0][min(size, portion) :]
        return part

    return receive


def test_frames_arrive_whole_however_they_are_cut() -> None:
    receive = source(framed(b"first", 10) + framed(b"", 10) + framed(b"x" * 10, 10))
    assert [read_frame(receive, 10) for _ in range(4)] == [b"first", b"", b"x" * 10, None]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x00\x00", "half a message"),
        (b"\x00\x00\x00\x05abc", "half a message"),
        (b"\xff\xff\xff\xffabc", "a message of 4294967295 bytes is larger than 10"),
        (b"\x00\x00\x00\x0b" + b"x" * 11, "a message of 11 bytes is larger than 10"),
    ],
)
def test_bad_frames_are_refused(data: bytes, text: str) -> None:
    with pytest.raises(BadFrame) as caught:
        read_frame(source(data), 10)
    assert caught.value.message == text
    with pytest.raises(BadFrame):
        framed(b"x" * 11, 10)


def there_and_back(value: Any) -> Any:
    return Restoring().value(marshal.loads(marshal.dumps(Flattening().value(value))))


def test_values_keep_their_go_kinds() -> None:
    shared = {"deep": [1.0, None, True, "\udcff"]}
    value = {
        "int": 3, "int64": Int64(5), "byte": Uint8(7), "small": Float32(1.5), "nil": NilMap(), "bytes": b"\x00\xff",
        "words": StringSlice(["a", "b"]), "one": shared, "other": shared,
    }  # fmt: skip
    back = there_and_back(value)
    assert back == value
    assert [type(back[name]) for name in value] == [type(item) for item in value.values()]
    assert back["one"] is back["other"]


def test_what_no_chart_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="a function cannot be handed to a worker"):
        Flattening().value({"a": [there_and_back]})


def chart() -> Chart:
    metadata = Metadata("outer", "1.0.0", api_version="v2")
    metadata.maintainers = [Maintainer("Ada", "ada@example.com"), None]
    metadata.dependencies = [Dependency("inner", "1.x", tags=["a"], import_values=[{"child": "c", "parent": "p"}])]
    metadata.annotations = {"a": "b"}
    out = Chart(metadata, templates=[File("templates/a.yaml", b"a\xff")], values={"n": Int64(1)}, schema=b"{}")
    inner = Chart(Metadata("inner", "1.1.0", api_version="v1"), files=[File("x", b"y")])
    inner.add_dependency(Chart(Metadata("innermost", "2.0.0")))
    out.add_dependency(inner)
    return out


def described(chart: Chart) -> Any:
    files = [[(file.name, file.data) for file in group] for group in (chart.templates, chart.files, chart.raw)]
    kept = (chart.metadata.to_dict(), chart.values, chart.has_values, chart.schema, chart.full_path(), files)
    return (*kept, [described(inner) for inner in chart.dependencies])


def test_charts_arrive_as_they_were() -> None:
    back = Restoring().chart(marshal.loads(marshal.dumps(Flattening().chart(chart()))))
    assert described(back) == described(chart())
    assert back.dependencies[0].parent is back


HOOK = Hook("job", "Job", "c/templates/h.yaml", "kind: Job", ("pre-install",), -5, ("hook-failed",), ())


def test_what_was_rendered_arrives() -> None:
    rendered = Rendered("r", "---\nname: \udcff ü\n", (HOOK,), "notes")
    back = answers.to_rendered(answers.load(answers.dump(answers.rendered_form(rendered))))
    assert back == rendered


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LimitError("too long", limit="seconds", hint="h"), LimitError),
        (RenderError("broken", path="a", line=3, hint="h"), RenderError),
        (ChartError("bad", hint="h"), ChartError),
        (CharthouseError("other", hint="h"), RenderFailed),
    ],
)
def test_errors_arrive(error: CharthouseError, kind: type[CharthouseError]) -> None:
    back = answers.to_error(answers.load(answers.dump(answers.error_form(error))))
    assert (type(back), back.message, back.hint) == (kind, error.message, "h")


def test_errors_of_manifests_keep_their_parts() -> None:
    back = answers.to_error(answers.error_form(ManifestError("c/templates/a.yaml", "mapping")))
    assert isinstance(back, ManifestError)
    assert (back.path, back.reason, back.message) == (
        "c/templates/a.yaml", "mapping", "YAML parse error on c/templates/a.yaml: mapping",
    )  # fmt: skip


def test_mistakes_of_ours_are_called_so() -> None:
    back = answers.to_error(answers.error_form(ZeroDivisionError("division by zero")))
    assert back.message == "internal error: ZeroDivisionError: division by zero"


GOOD = answers.rendered_form(Rendered("r", "m", (HOOK,), "n"))


@pytest.mark.parametrize(
    "form",
    [
        None, [], "text", {}, {**GOOD, "manifest": 5}, {**GOOD, "hooks": {}}, {**GOOD, "hooks": [5]},
        {**GOOD, "hooks": [{**GOOD["hooks"][0], "weight": True}]},
        {**GOOD, "hooks": [{**GOOD["hooks"][0], "weight": "1"}]},
        {**GOOD, "hooks": [{**GOOD["hooks"][0], "events": "pre-install"}]},
        {**GOOD, "hooks": [{**GOOD["hooks"][0], "events": [["pre-install"]]}]},
        {**GOOD, "error": {"kind": "RenderError"}}, {**GOOD, "error": 5}, {**GOOD, "notes": None},
    ],
)  # fmt: skip
def test_answers_of_the_wrong_form_are_refused(form: Any) -> None:
    with pytest.raises(BadFrame):
        answers.to_rendered(form)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_messages_that_are_no_json_are_refused(data: bytes) -> None:
    with pytest.raises(BadFrame):
        answers.load(data)


def loaded() -> Chart:
    out = chart()
    out.metadata.sources, out.metadata.keywords = [], None
    out.lock = Lock("2026-01-01T00:00:00Z", "sha256:x", [Dependency("inner", "1.1.0"), None])
    out.values = {"n": Int64(1), "exact": 5, "f": 1.5, "map": {"map": {}, "int": "7"}, "list": [None, True, "\udcff"]}
    out.files = [File("big", b"same"), File("again", b"same", from_text("2026-01-02T03:04:05.000000006+02:00"))]
    return out


def test_loaded_charts_arrive() -> None:
    back = to_chart(answers.load(answers.dump(chart_form(loaded()))))
    assert described(back) == described(loaded())
    assert (back.metadata.sources, back.metadata.keywords) == ([], None)
    assert back.lock is not None and back.lock.to_dict() == loaded().lock.to_dict()  # type: ignore[union-attr]  # it has one
    assert [type(back.values[key]) for key in ("n", "exact", "f")] == [Int64, int, float]
    assert back.files[0].data is back.files[1].data
    assert back.files[1].modified == loaded().files[1].modified


def broken(**fields: Any) -> Any:
    return {**answers.load(answers.dump(chart_form(loaded()))), **fields}


METADATA = broken()["metadata"]


@pytest.mark.parametrize(
    "form",
    [
        None, {}, [], broken(blobs=None), broken(blobs=["?"]), broken(metadata=5), broken(values=[]),
        broken(values={"map": {"a": {"set": []}}}), broken(values={"map": {"a": {"Int64": "x"}}}),
        broken(values={"map": {"a": {"int": "9" * 100}}}), broken(values={"__class__": {}}),
        broken(groups=[]), broken(groups=[[["a", 99, ""]], [], []]), broken(groups=[[["a", -1, ""]], [], []]),
        broken(groups=[[["a", True, ""]], [], []]), broken(groups=[[[5, 0, ""]], [], []]),
        broken(times=["noon", ""]), broken(schema="x"), broken(has_values=1), broken(lock=[]),
        broken(dependencies=[{}]), broken(metadata={**METADATA, "name": None}),
        broken(metadata={**METADATA, "keywords": [5]}), broken(metadata={**METADATA, "annotations": {"a": 5}}),
        broken(metadata={**METADATA, "dependencies": [{"name": "x"}]}),
    ],
)  # fmt: skip
def test_charts_of_the_wrong_form_are_refused(form: Any) -> None:
    with pytest.raises(BadFrame):
        to_chart(form)
