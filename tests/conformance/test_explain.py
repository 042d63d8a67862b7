"""What `explain` says of a sample of real charts is true.

For every rendered file the traced render gives the fast render's text; for every scalar field of every object there is
a template line, and it is in the chart; every value's origin sets what the value is; and where a field was made of a
single value, setting that value otherwise changes the field.

CHARTHOUSE_CORPUS as for test_corpus; CHARTHOUSE_EXPLAIN_SAMPLE is how many cases to take (default 16, 0 = all).
"""

from __future__ import annotations

import json
import os
import pathlib
import random

import pytest

from charthouse.actions.explain import object_names
from charthouse.actions.explainer import Explainer, template_text
from charthouse.actions.explanation import Field, ValueRead
from charthouse.actions.preparation import prepared_chart
from charthouse.actions.render import Rendered, render_release
from charthouse.api import load_chart
from charthouse.charts.capabilities import default_capabilities, parse_kube_version
from charthouse.charts.chart import Chart
from charthouse.charts.loader import load_values
from charthouse.charts.origins import Origins, ValuesSource
from charthouse.charts.values import copy_values, to_render_values
from charthouse.engine.render import render
from charthouse.engine.trace import Trace, trace
from charthouse.errors import CharthouseError
from charthouse.formats.yaml import load_object
from charthouse.golang.kinds import GoError
from charthouse.logs import silent
from charthouse.manifests.fieldpath import leaves, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ.get("CHARTHOUSE_CORPUS") or REPOSITORY.parent / "shared" / "corpus")
SAMPLE = int(os.environ.get("CHARTHOUSE_EXPLAIN_SAMPLE") or 16)
OBJECTS = 12  # explained in each case
CHANGES = 3  # values changed in each case
LEAST = 0.95  # of the changed values must change their field: `min .Values.replicas 1` need not


def _cases() -> list[dict[str, Any]]:
    try:
        cases: list[dict[str, Any]] = json.loads((CORPUS / "cases.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    # What varies from run to run (random names, certificates) cannot be compared with itself.
    cases = [case for case in cases if not case["rc"] and not case.get("masked")]
    return random.Random(4).sample(cases, SAMPLE) if 0 < SAMPLE < len(cases) else cases


CASES = _cases()
TRIED: list[tuple[str, bool]] = []


class Case:
    """A chart of the corpus, loaded, rendered and traced."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.loaded = load_chart(CORPUS / case["tgz"])
        self.text = (CORPUS / case["values"]).read_bytes() if case.get("values") else b""
        self.values = load_values(self.text) if self.text else {}
        flags: list[str] = case["flags"]
        version = flags[flags.index("--kube-version") + 1] if "--kube-version" in flags else ""
        self.capabilities = default_capabilities().copy(
            kube_version=parse_kube_version(version) if version else None,
            more=tuple(flags[at + 1] for at, flag in enumerate(flags) if flag in ("-a", "--api-versions")),
        )
        self.chart, self.rendered = self.render(self.values)

    def render(self, values: dict[str, Any]) -> tuple[Chart, Rendered]:
        chart = prepared_chart(self.loaded, values, log=silent)
        return chart, render_release(
            chart, values, name="rel", namespace="testns", capabilities=self.capabilities, log=silent, skip_schema=True
        )

    def top(self) -> dict[str, Any]:
        return to_render_values(
            self.chart, self.values, name="rel", namespace="testns", revision=1, is_install=True, is_upgrade=False,
            capabilities=self.capabilities, log=silent, skip_schema=True,
        )  # fmt: skip

    def origins(self) -> Origins:
        sources = [ValuesSource("file", "values", self.text.decode("utf-8", "surrogateescape"))] if self.text else []
        return Origins(self.chart, sources)


def test_the_corpus_is_here() -> None:
    if not CASES:
        pytest.skip(f"no corpus at {CORPUS} (CHARTHOUSE_CORPUS)")


@pytest.mark.parametrize("given", CASES, ids=[case["case"] for case in CASES])
def test_explains(given: dict[str, Any]) -> None:
    case = Case(given)
    assert case.rendered.error is None
    top = case.top()
    traced = trace(case.chart, top)
    assert traced.failure is None
    _check_texts(traced, case)
    origins = case.origins()
    _check_origins(origins, top["Values"])
    explainer = Explainer(case.chart, traced, origins, top["Release"])
    single: list[tuple[str, Field]] = []
    templates: dict[str, list[str]] = {}
    names = object_names(case.rendered)
    for name in random.Random(2).sample(names, min(OBJECTS, len(names))):
        file = next(path for path, kind, called in _objects(case.rendered) if f"{kind}/{called}" == name)
        for field in explainer.explanation(file, name, "").fields:
            _check_lines(case.chart, name, field, templates)
            if len(field.values) == 1 and _is_plain(field.values[0]):
                single.append((name, field))
    for name, field in random.Random(1).sample(single, min(CHANGES, len(single))):
        changed = _changes(case, top["Values"], name, field)
        if changed is not None:
            TRIED.append((f"{given['case']} {name} {field.path} {field.values[0].path}", changed))


def test_changing_the_value_changes_the_field() -> None:
    if not CASES:
        pytest.skip(f"no corpus at {CORPUS} (CHARTHOUSE_CORPUS)")
    unchanged = [what for what, changed in TRIED if not changed]
    assert len(unchanged) <= (1 - LEAST) * len(TRIED), unchanged


def _objects(rendered: Rendered) -> list[tuple[str, str, str]]:
    found = [(document.name, document.head.kind, document.head.name) for document in rendered.documents]
    return found + [(hook.path, hook.kind, hook.name) for hook in rendered.hooks]


def _check_texts(traced: Trace, case: Case) -> None:
    first = render(case.chart, case.top(), log=silent)
    texts = {path: text.text for path, text in traced.files.items()}
    if texts != first:
        second = render(case.chart, case.top(), log=silent)
        random_ones = {path for path in first if first[path] != second[path]}
        assert {path: text for path, text in texts.items() if path not in random_ones} == {
            path: text for path, text in first.items() if path not in random_ones
        }
    for path, text in traced.files.items():
        at = 0
        for segment in text.segments:
            assert segment.start == at, path
            assert segment.frame is not None, path
            at = segment.end
        assert at == len(text.text), path


def _check_origins(origins: Origins, values: dict[str, Any]) -> None:
    """A value and what its origin says it sets are the same."""
    for path, value in leaves(values):
        origin = origins.of(path)
        # A map that is empty in the end may not be so where it was written; sub-charts have one of their own accord.
        if value != {} and path:
            assert origin is not None, path
            assert origin.value == value, (path, origin)
            assert origin.line, (path, origin)


def _check_lines(chart: Chart, name: str, field: Field, templates: dict[str, list[str]]) -> None:
    assert field.lines, (name, field.path)
    for line in field.lines:
        if line.file != "gotpl":
            if line.file not in templates:
                templates[line.file] = template_text(chart, line.file).split("\n")
            lines = templates[line.file]
            assert 0 < line.line <= len(lines), (name, field.path, line)
            assert line.excerpt == lines[line.line - 1].strip() != "", (name, field.path, line)


def _is_plain(read: ValueRead) -> bool:
    plain = isinstance(read.value, (str, bool, int, float)) and not read.key
    return plain and read.path.startswith(".Values") and bool(read.origins)


def _changes(case: Case, tree: dict[str, Any], name: str, field: Field) -> bool | None:
    """Whether the field is another one when its value is; None when the chart takes no other value."""
    read = field.values[0]
    verdict: bool | None = None
    for other in _others(read.value):
        values = copy_values(case.values)
        _put(values, tree, parse(read.path.removeprefix(".Values")), other)
        try:
            _, rendered = case.render(values)
        except CharthouseError:
            continue
        if rendered.error is not None:
            continue
        if dict(_fields(rendered, name)).get(field.path, ...) != field.value:
            return True
        verdict = False
    return verdict


def _fields(rendered: Rendered, name: str) -> list[tuple[str, Any]]:
    from charthouse.charts.origins import path_text

    texts = [(f"{d.head.kind}/{d.head.name}", d.content) for d in rendered.documents]
    texts += [(f"{hook.kind}/{hook.name}", hook.manifest) for hook in rendered.hooks]
    for found, text in texts:
        if found == name:
            try:
                return [(path_text(path), value) for path, value in leaves(load_object(text))]
            except (CharthouseError, GoError):
                return []
    return []


def _others(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, str):
        return ["zq" + value, "zq", "7", "1h7m", "https://zq.example.com", "77Mi"]
    return [value + 1]


def _put(values: Any, tree: Any, path: list[Any], value: Any) -> None:
    """Set a value; lists on the way are copied whole, since Helm replaces them."""
    for at, step in enumerate(path):
        below = tree[step] if isinstance(tree, list) or step in tree else {}
        if at == len(path) - 1:
            values[step] = value
        elif isinstance(values, dict) and type(values.get(step)) is not type(below):
            values[step] = copy_values(below) if isinstance(below, list) else {}
        values, tree = values[step], below
