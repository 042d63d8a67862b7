"""The release server's API takes any request apart without tripping, and carries any values exactly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charthouse.golang.kinds import Int64
from charthouse.rpc.call import HttpRequest, Peer
from charthouse.rpc.status import Code, RpcError
from charthouse.tiller.gateway.requests import asked
from charthouse.tiller.gateway.routes import ROUTES, Found, WrongMethod, find
from charthouse.tiller.v1 import exact, messages
from charthouse.tiller.v1.rpcs import METHODS
from charthouse.tiller.v1.structs import DEEPEST, from_struct, put_struct

pytest.importorskip("google.protobuf")

REQUESTS = {method.name: method.request for method in METHODS}
NAMES = sorted({field.json_name for method in METHODS for field in getattr(messages, method.request).DESCRIPTOR.fields})

scalars = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5)
exactly = scalars | st.integers(-(1 << 63), (1 << 63) - 1).map(Int64) | st.integers()
words = st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(["\0int", "\0map", "a"])


def data(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Maps and lists of these."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=8
    )


def kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kinds(entry) for key, entry in value.items()}
    return [kinds(entry) for entry in value] if isinstance(value, list) else (type(value), value)


@given(st.dictionaries(words, data(exactly), max_size=4))
def test_values_are_carried_exactly(values: dict[str, Any]) -> None:
    assert kinds(exact.decode(exact.encode(values))) == kinds(values)


@given(st.binary(max_size=60) | data(scalars).map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_values_or_refused(raw: bytes) -> None:
    try:
        value = exact.decode(raw)
    except exact.BadValues:
        return
    exact.encode(value)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=3), data(scalars), max_size=3))
def test_structs_hold_what_json_holds(value: dict[str, Any]) -> None:
    struct = messages.Struct()
    put_struct(struct, value)
    back = from_struct(messages.Struct.FromString(struct.SerializeToString()))
    assert DEEPEST > 20
    if all(number == number and abs(number) != float("inf") for number in numbers(value)):
        assert back == value


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for entry in value.values() for number in numbers(entry)]
    if isinstance(value, list):
        return [number for entry in value for number in numbers(entry)]
    return [value] if isinstance(value, float) else []


bodies = (
    st.binary(max_size=40)
    | data(scalars).map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.sampled_from(NAMES), data(scalars), max_size=3).map(lambda value: json.dumps(value).encode())
)
queries = st.text(max_size=20) | st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(max_size=3), st.text(max_size=5) | st.just("1") | st.just("true")),
    max_size=3,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
parts = st.text(max_size=6) | st.sampled_from(["a", "%2e%2e", "%00", "%ff", "..", "%"])


@given(st.sampled_from(ROUTES), st.lists(parts, min_size=3, max_size=3), queries, bodies)
def test_any_request_is_understood_or_refused(route: Any, given: list[str], query: str, body: bytes) -> None:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    found = Found(route, tuple(zip(names, given, strict=False)))
    request = HttpRequest(
        route.method, f"/x?{query}", (("content-type", "application/json"),), body, Peer("192.0.2.1:1")
    )
    try:
        message = asked(found, REQUESTS[route.rpc], request).message
    except RpcError as error:
        assert error.code == Code.INVALID_ARGUMENT
        assert len(error.message) < 1000
        return
    type(message).FromString(message.SerializeToString())


@given(st.text(max_size=30) | st.lists(parts, max_size=6).map(lambda names: "/v1/" + "/".join(names)))
def test_any_path_leads_somewhere_or_nowhere(path: str) -> None:
    try:
        find("GET", path)
    except WrongMethod as wrong:
        assert wrong.allowed
