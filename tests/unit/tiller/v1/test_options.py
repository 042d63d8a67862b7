"""Requests and the verbs' options say the same: field by field, default by default."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.actions.options import (
    InstallOptions,
    ListOptions,
    RollbackOptions,
    StatusOptions,
    TestOptions,
    UpgradeOptions,
)
from charthouse.records import Record
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.v1 import messages
from charthouse.tiller.v1.options import APART, REQUESTS, from_json, read, to_json, write

pytest.importorskip("google.protobuf")

PAIRS = [(name, kind) for name, kinds in REQUESTS.items() for kind in kinds]
ZERO: tuple[object, ...] = (None, "", False, 0, 0.0, ())


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=lambda value: getattr(value, "__name__", value))
def test_fields_and_defaults_are_those_of_the_record(name: str, kind: type[Record]) -> None:
    fields = getattr(messages, name).DESCRIPTOR.fields_by_name
    apart = APART[""] | APART.get(name, frozenset())
    assert set(fields) - apart == set(kind._fields) - apart
    for field in set(kind._fields) - apart:
        given = kind._defaults.get(field)
        assert fields[field].has_presence == (given not in ZERO), field


@pytest.mark.parametrize(("name", "kind"), PAIRS, ids=lambda value: getattr(value, "__name__", value))
def test_an_empty_request_means_every_default(name: str, kind: type[Record]) -> None:
    assert read(getattr(messages, name)(), kind) == kind(**{
        field: "" for field in kind._fields if field not in kind._defaults
    })  # fmt: skip


FULL = [
    InstallOptions("x", "ns", True, "server", True, True, True, "watcher", True, 1.5, "d", True, True, True, True, True,
                   True, {"a": "b"}, False, True, True, True, True, True, "v1.30.0", ("a/v1", "b/v1"), None, True),
    InstallOptions("x", "ns"),
    InstallOptions("x", "ns", timeout=0.0, wait="legacy", server_side=False),
    UpgradeOptions("x", "ns", history_max=0, server_side="false", labels={"a": "null"}, reuse_values=True),
    RollbackOptions("x", "ns", revision=3, dry_run="client", timeout=-1.0),
    TestOptions("x", "ns", include=("a",), exclude=("b", "c")),
    ListOptions(limit=0, offset=3, filter="^a"),
    StatusOptions("x", "ns", resources=False),
]  # fmt: skip


@pytest.mark.parametrize("options", FULL, ids=lambda options: type(options).__name__)
def test_there_and_back(options: Record) -> None:
    kind = type(options)
    name = next(name for name, kinds in REQUESTS.items() if kind in kinds)
    request = getattr(messages, name)()
    write(options, request)
    assert read(type(request).FromString(request.SerializeToString()), kind) == options


def test_there_and_back_through_the_journal() -> None:
    for options in FULL:
        if hasattr(options, "name"):
            kept = to_json(options)
            assert from_json(kept, type(options), options.name, "ns") == options
    assert to_json(UpgradeOptions("x", "ns", labels={"a": "b"}, wait="watcher")) == {
        "wait": "watcher",
        "labels": {"a": "b"},
    }


NO_TIME = "is no number of seconds a verb can wait"
NO_PROGRAM = "post-renderers are programs of the client and cannot run on the server"
REFUSED: list[tuple[str, dict[str, Any], type[Record], str]] = [
    ("Install", {"wait": "soon"}, InstallOptions, "field wait: 'soon' is not one of hookOnly, watcher, legacy"),
    ("Install", {"dry_run": ""}, InstallOptions, "field dry_run: '' is not one of none, client, server"),
    ("Upgrade", {"server_side": "x" * 99}, UpgradeOptions,
     f"field server_side: '{'x' * 40}' is not one of true, false, auto"),
    ("Upgrade", {"timeout": float("nan")}, UpgradeOptions, f"field timeout: nan {NO_TIME}"),
    ("Upgrade", {"timeout": 1e300}, UpgradeOptions, f"field timeout: 1e+300 {NO_TIME}"),
    ("Test", {"include": ["x"] * 70000}, TestOptions, "field include: more than 65536 entries"),
    ("Install", {"post_renderer": "sed"}, InstallOptions, NO_PROGRAM),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "kind", "text"), REFUSED)
def test_what_is_refused(name: str, fields: dict[str, Any], kind: type[Record], text: str) -> None:
    with pytest.raises(RpcError) as caught:
        read(getattr(messages, f"{name}Request")(**fields), kind)
    assert (caught.value.code, caught.value.message) == (Code.INVALID_ARGUMENT, text)


def test_what_a_field_cannot_hold() -> None:
    for options in (
        UpgradeOptions("x", "ns", history_max=1 << 40),
        UpgradeOptions("x", "ns", description="\udc80"),
        UpgradeOptions("x", "ns", post_renderer=lambda text: text),
    ):
        with pytest.raises(RpcError) as caught:
            write(options, messages.UpgradeRequest())
        assert caught.value.code == Code.INVALID_ARGUMENT
