"""Renders in one process: they share what was built, and nothing else."""

from __future__ import annotations

import gc
import pathlib
import threading
import tracemalloc

import pytest

from charthouse.api import load_chart, render
from charthouse.engine.programs import Programs
from charthouse.errors import CharthouseError
from charthouse.manifests.known import KnownHeads
from charthouse.profile import HELM4
from tests.unit.engine.test_parts import rendered

_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "values.yaml": "name: one\nitems: [a, b, c]\ndeep: {text: \"{{ .Values.name }}-x\"}\n",
    "templates/_helpers.tpl": '{{- define "label" -}}{{ .Values.name | upper }}-{{ .Release.Name }}{{- end -}}',
    "templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"label\" . }}\n"
        "data:\n{{- range $i, $x := .Values.items }}\n  k{{ $i }}: {{ $x | quote }}\n{{- end }}\n"
        "  tpl: {{ tpl .Values.deep.text . }}\n  set: {{ $_ := set .Values \"seen\" true }}{{ .Values.seen }}\n"
    ),
    "templates/must.yaml": '{{- if .Values.must }}{{ required "must be given" .Values.given }}{{- end }}',
}  # fmt: skip


@pytest.fixture
def chart(tmp_path: pathlib.Path) -> pathlib.Path:
    for name, text in _CHART.items():
        path = tmp_path / "c" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "c"


def test_values_of_one_render_do_not_reach_the_next(chart: pathlib.Path) -> None:
    loaded = load_chart(chart)
    first = render(loaded, {"name": "two", "items": ["z"]}).manifest
    assert "TWO-release-name" in first and "tpl: two-x" in first and 'k0: "z"' in first
    plain = render(loaded).manifest
    assert "ONE-release-name" in plain and "tpl: one-x" in plain and 'k2: "c"' in plain
    assert render(loaded).manifest == plain
    assert render(loaded, {"name": "two", "items": ["z"]}).manifest == first


def test_a_failed_render_spoils_nothing(chart: pathlib.Path) -> None:
    loaded = load_chart(chart)
    plain = render(loaded).manifest
    for _ in range(3):
        with pytest.raises(CharthouseError, match="must be given"):
            render(loaded, {"must": True})
        assert render(loaded).manifest == plain


def test_eight_threads_give_the_same_text(chart: pathlib.Path) -> None:
    loaded = load_chart(chart)
    expected = {name: render(loaded, {"name": name}).manifest for name in "abcdefgh"}
    found: list[bool] = []

    def work(name: str) -> None:
        for _ in range(10):
            found.append(render(loaded, {"name": name}).manifest == expected[name])

    workers = [threading.Thread(target=work, args=(name,)) for name in "abcdefgh"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [True] * 80


def test_memory_stays_flat(chart: pathlib.Path) -> None:
    loaded = load_chart(chart)
    for number in range(30):
        render(loaded, {"name": f"n{number}"})
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(20):
            render(loaded, {"name": f"m{number}"})
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(100):
            render(loaded, {"name": f"k{number}"})
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 60_000  # a hundred manifests are a hundred times that


def test_programs_of_other_rules_are_not_taken() -> None:
    programs = Programs()
    text = "{{ .Values.a.b }}"
    assert rendered(text.replace(".a.b", ".a"), programs=programs) == ""
    with pytest.raises(CharthouseError):
        rendered(text.replace(".a.b", ".a"), programs=programs, strict=True)
    assert rendered(text.replace(".a.b", ".a"), programs=programs) == ""


def test_many_texts_of_tpl_are_let_go() -> None:
    programs = Programs()
    text = '{{ range $i := until 2100 }}{{ tpl (printf "{{ %d }}" $i) $ }}{{ end }}'
    assert rendered(text, programs=programs) == "".join(map(str, range(2100)))
    assert programs._waiting == []


_DOCUMENT = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: n\n  annotations: {a: b}\ndata: {password: hidden}\n"


def test_known_heads_are_the_same_and_hold_no_contents() -> None:
    document = _DOCUMENT + "x: " + "y" * 300 + "\n"
    fresh = KnownHeads()
    head = fresh.read(document, HELM4)
    kept = KnownHeads(fresh.rows())
    assert kept.read(document, HELM4) == head
    assert (fresh.fresh, kept.fresh) == (1, 0)
    assert head.annotations is not None
    head.annotations["a"] = "changed"
    assert kept.read(document, HELM4).annotations == {"a": "b"}
    assert "hidden" not in repr(fresh.rows())


def test_what_cannot_be_read_is_never_known() -> None:
    known = KnownHeads()
    for _ in range(2):
        with pytest.raises(CharthouseError):
            known.read("a: [" + "x" * 300, HELM4)
    assert known.rows() == {}
