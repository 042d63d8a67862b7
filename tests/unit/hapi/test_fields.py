"""Messages that would become too much are refused before they are made."""

from __future__ import annotations

import pytest

from charthouse.hapi import messages
from charthouse.hapi.errors import Malformed
from charthouse.hapi.fields import MOST, bounded, too_many_fields

pytest.importorskip("google.protobuf")
INSTALL = messages.InstallReleaseRequest


def length(size: int) -> bytes:
    out = b""
    while size > 127:
        out, size = out + bytes((size & 127 | 128,)), size >> 7
    return out + bytes((size,))


def inside(number: int, body: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + length(len(body)) + body


def test_empty_messages_by_the_million() -> None:
    bomb = inside(1, inside(3, b"") * 1_000_000)  # charts in the chart
    with pytest.raises(Malformed, match=f"the message has more than {MOST} fields"):
        bounded(INSTALL)(bomb)


def test_every_field_counts_and_no_more() -> None:
    whole = INSTALL()
    for _ in range(1000):
        whole.chart.templates.add(name="a name")
    data = whole.SerializeToString()
    assert not too_many_fields(INSTALL.DESCRIPTOR, data, 2001), "the chart, its templates, their names"
    assert too_many_fields(INSTALL.DESCRIPTOR, data, 2000)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 3_000_000,
        b"\x0a\xff\xff\xff\xff\x0f" + bytes(3_000_000),
        b"\x0b" * 3_000_000,
    ],
)
def test_what_is_no_message_is_left_to_protobuf(data: bytes) -> None:
    from google.protobuf.message import DecodeError

    with pytest.raises(DecodeError):
        bounded(INSTALL)(data)


def test_a_large_file_is_one_field() -> None:
    whole = INSTALL(name="n", namespace="s")
    whole.chart.files.add(type_url="README.md", value=b"\x0a\x00" * 5_000_000)
    assert bounded(INSTALL)(whole.SerializeToString()) == whole
