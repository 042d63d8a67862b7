"""What the real Helm 2.17 client and the real Tiller 2.17 said to each other, read by our messages and by somebody
else's description of them.

recorded.json was made by tools/record_hapi.py. The second description is pyhelm's (`make peers`): it is of 2.14, which
lacks two fields of 2.17's test request and knows all the others.
"""

from __future__ import annotations

import base64
import functools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from charthouse.hapi import messages
from charthouse.hapi.service import METHODS, SERVICE, Method

pytest.importorskip("google.protobuf")

FOLDER = Path(__file__).parent / "helm2"
PEERS = Path(os.environ.get("CHARTHOUSE_PEERS") or ".peers/bin")
CALLS: list[dict[str, Any]] = json.loads((FOLDER / "recorded.json").read_text())
BY_PATH = {method.path: method for method in METHODS}
PLACES = [(index, call["method"].rpartition("/")[2]) for index, call in enumerate(CALLS)]


def spoken(index: int) -> list[tuple[str, bytes]]:
    """The messages of a call: names and bytes."""
    call = CALLS[index]
    method: Method = BY_PATH[call["method"]]
    out = [(method.request, base64.b64decode(call["request"]))]
    return out + [(method.response, base64.b64decode(answer)) for answer in call["responses"]]


@functools.cache
def pool() -> Any:
    from tests.conformance.helm2.wire import peer_pool

    return peer_pool(PEERS)


def test_all_methods_are_recorded() -> None:
    assert {call["method"] for call in CALLS} == set(BY_PATH)
    assert all(call["headers"] == {"x-helm-api-client": "v2.17.0"} for call in CALLS)


@pytest.mark.parametrize(("index", "name"), PLACES, ids=[f"{index}-{name}" for index, name in PLACES])
def test_ours_writes_what_was_read(index: int, name: str) -> None:
    for kind, data in spoken(index):
        message = messages.parse(getattr(messages, kind), data)
        assert known_size(message) == len(data), kind
        # Go writes maps in no order; all else must come out byte for byte
        again = message.SerializeToString()
        assert again == data or (len(again) == len(data) and "annotations" in str(message)), kind


def known_size(message: Any) -> int:
    """How long a message is without fields our description does not know."""
    bare = type(message)()
    bare.CopyFrom(message)
    bare.DiscardUnknownFields()
    return int(bare.ByteSize())


@pytest.mark.parametrize(("index", "name"), PLACES, ids=[f"{index}-{name}" for index, name in PLACES])
def test_the_other_description_reads_the_same(index: int, name: str) -> None:
    from tests.conformance.helm2.wire import content, independent_class, without

    for kind, data in spoken(index):
        ours = messages.parse(getattr(messages, kind), data)
        theirs = independent_class(pool(), f"{SERVICE.rpartition('.')[0]}.{kind}").FromString(data)
        assert content(theirs) == without(content(ours))
        assert theirs.SerializeToString(deterministic=True) == ours.SerializeToString(deterministic=True)


def test_the_descriptions_agree() -> None:
    """Every field of every message of the other description is in ours: number, name, type, label."""
    checked = 0
    for method in METHODS:
        for kind in (method.request, method.response):
            checked += agree(pool().FindMessageTypeByName(f"hapi.services.tiller.{kind}"), set())
    assert checked > 100


def agree(theirs: Any, seen: set[str]) -> int:
    if theirs.full_name in seen or theirs.full_name.startswith("google.") or theirs.GetOptions().map_entry:
        return 0
    from tests.conformance.helm2.wire import LATER

    seen.add(theirs.full_name)
    ours = getattr(messages, theirs.name).DESCRIPTOR
    assert ours.full_name == theirs.full_name
    count = 0
    for field in theirs.fields:
        mine = ours.fields_by_number[field.number]
        assert shape(mine) == shape(field)
        count += 1
        if field.message_type is not None:
            count += agree(field.message_type, seen)
    later = {field.number for field in ours.fields} - {field.number for field in theirs.fields}
    assert {f"{number} {ours.fields_by_number[number].name}" for number in later} <= set(LATER)
    return count


def shape(field: Any) -> tuple[Any, ...]:
    """What the wire knows of a field."""
    kind = field.message_type or field.enum_type
    values = [(value.name, value.number) for value in field.enum_type.values] if field.enum_type else []
    return field.name, field.number, field.type, field.is_repeated, kind and kind.full_name, values
