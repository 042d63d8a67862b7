"""Values keep their kinds on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from charthouse.golang.kinds import Int64
from charthouse.tiller.v1 import exact

CASES: list[tuple[Any, bytes]] = [
    ({}, b"{}"),
    ({"a": 1.0, "b": Int64(1), "c": 1}, b'{"a":1.0,"b":1,"c":{"\\u0000int":"1"}}'),
    ({"a": [True, None, "x", 1e300, -0.5]}, b'{"a":[true,null,"x",1e+300,-0.5]}'),
    ({"\0int": "1"}, b'{"\\u0000map":{"\\u0000int":"1"}}'),
    ({"\0map": {"a": "b"}}, b'{"\\u0000map":{"\\u0000map":{"a":"b"}}}'),
    ({"a": "\udc80é"}, b'{"a":"\\udc80\\u00e9"}'),
    ({"a": 1 << 70}, b'{"a":{"\\u0000int":"1180591620717411303424"}}'),
]


@pytest.mark.parametrize(("value", "data"), CASES)
def test_there_and_back(value: Any, data: bytes) -> None:
    assert exact.encode(value) == data
    assert _kinds(exact.decode(data)) == _kinds(value)


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _kinds(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_kinds(entry) for entry in value]
    return type(value), value


def test_plain_values_need_no_marks() -> None:
    assert exact.is_plain({"a": [1.0, "x", None, True, {"b": 2.5}]})
    assert not exact.is_plain({"a": [Int64(1)]})
    assert not exact.is_plain({"a": {"b": 1}})


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"[" * 600 + b"]" * 600, b"1" * 50, b'{"a": 9223372036854775808}', b'{"\\u0000int": "x"}'],
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(exact.BadValues):
        exact.decode(data)


def test_what_no_values_hold() -> None:
    with pytest.raises(exact.BadValues):
        exact.encode({"a": object()})
