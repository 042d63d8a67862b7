"""Splitting, ordering, hooks: what recorded charts do not already hold."""

from __future__ import annotations

import pytest

from charthouse.logs import LogRecord, silent
from charthouse.manifests.hooks import Hook
from charthouse.manifests.order import INSTALL_ORDER, UNINSTALL_ORDER, sort_by_kind
from charthouse.manifests.sort import ManifestError, sort
from charthouse.manifests.split import split


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        (" \n\t\n", []),
        ("a: 1", ["a: 1"]),
        ("\n\n a: 1\n\n", ["a: 1\n\n"]),
        ("---\na: 1\n---\nb: 2\n", ["a: 1\n", "b: 2\n"]),
        ("---a: 1\n---  b: 2", ["a: 1\n", "b: 2"]),
        ("a: |\n ---\n", ["a: |\n ---\n"]),
        ("a\n------\nb", ["a\n", "---\nb"]),
        ("---\n---\n\n---\n# c\n", ["# c\n"]),
        ("a\r\n---\r\nb", ["a\r\n", "b"]),
        ("\u00a0a: 1", ["a: 1"]),
    ],
)
def test_split(text: str, documents: list[str]) -> None:
    assert split(text) == documents


def test_orders() -> None:
    assert len(INSTALL_ORDER) == len(UNINSTALL_ORDER) == len(set(INSTALL_ORDER)) == 38
    assert UNINSTALL_ORDER[:3] == ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService")
    assert UNINSTALL_ORDER[-1] == "PriorityClass"
    items = [("Zoo", 1), ("Pod", 2), ("Alp", 3), ("Secret", 4), ("Pod", 5), ("Zoo", 6), ("", 7)]
    assert [number for _, number in sort_by_kind(items, lambda item: item[0])] == [4, 2, 5, 7, 3, 1, 6]


def test_hooks() -> None:
    document = (
        "kind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: ' Pre-Install,TEST-success '\n"
        "    helm.sh/hook-weight: '{}'\n    helm.sh/hook-delete-policy: Hook-Failed , x\n"
        "    helm.sh/hook-output-log-policy: ''\n"
    )
    for text, weight in (("5", 5), ("-3", -3), ("+2", 2), ("1_0", 0), (" 1", 0), ("1.0", 0), ("9" * 30, 0), ("٣", 0)):
        made = document.format(text)
        hooks, manifests = sort({"c/templates/j.yaml": made}, log=silent)
        assert manifests == []
        assert hooks == [
            Hook(
                name="j",
                kind="Job",
                path="c/templates/j.yaml",
                manifest=made,
                events=("pre-install", "test"),
                weight=weight,
                delete_policies=("hook-failed", "x"),
                output_log_policies=("",),
            )
        ]


def test_unknown_hook_is_logged() -> None:
    said: list[LogRecord] = []
    found = sort({"a": "metadata: {annotations: {helm.sh/hook: 'pre-install,nope'}}"}, log=said.append)
    assert found == ([], [])
    assert [(record.message, record.attributes) for record in said] == [
        ("skipping unknown hooks", {"hookTypes": "pre-install,nope"})
    ]


def test_errors_name_the_file() -> None:
    with pytest.raises(ManifestError) as caught:
        sort({"b": "x: [", "a": "y: z: 1"}, log=silent)
    assert caught.value.path == "a"
    assert str(caught.value) == (
        "YAML parse error on a: error converting YAML to JSON: yaml: mapping values are not allowed in this context"
    )
