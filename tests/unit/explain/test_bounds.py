"""Hostile values and templates end `explain` in bounded time."""

from __future__ import annotations

import time

import pytest

from charthouse.formats.yaml.positions import key_places
from charthouse.gotemplate import LimitError, Limits
from tests.unit.explain.charts import traced


def test_aliases_without_end() -> None:
    levels = ["a0: &a0 {k: 1}"]
    for level in range(1, 12):
        below = ", ".join([f"*a{level - 1}"] * 9)
        levels.append(f"a{level}: &a{level} {{<<: [{below}], l{level}: [{below}]}}")
    begun = time.process_time()
    assert ("a0", "k") in key_places("\n".join(levels) + "\n")
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    "template",
    [
        '{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}',
        "{{ range until 9000 }}{{ range until 9000 }}{{ end }}{{ end }}",
    ],
)
def test_templates_without_end(template: str) -> None:
    with pytest.raises(LimitError):
        traced({"templates/x.yaml": template}, limits=Limits(steps=100_000, depth=2000))


def test_many_texts() -> None:
    template = (
        '{{ define "x" }}{{ . }}{{ end }}{{ $all := list }}'
        '{{ range until 3000 }}{{ $all = append $all (include "x" .) }}{{ end }}{{ join "\\n" $all }}'
    )
    begun = time.process_time()
    text = traced({"templates/x.yaml": template}).files["c/templates/x.yaml"]
    assert text.text.split("\n") == [str(number) for number in range(3000)]
    assert time.process_time() - begun < 10
