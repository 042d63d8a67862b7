"""Whatever is sent to the server: it neither fails nor hangs, holds little, and serves others.

A long run: ``python -m tools.fuzz_rpc`` (docs/fuzzing.md).
"""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from charthouse.rpc.framing import Unframer, frame
from charthouse.rpc.metadata import percent_decoded, percent_encoded, seconds_of, status_of, timeout_text, trailers
from charthouse.rpc.status import RpcError
from tests.unit.rpc.mutations import endure, http1_noise, http2_noise

SEEDS = st.integers(0, 2**48)


@settings(max_examples=150)
@given(SEEDS)
def test_http2_in_any_shape(seed: int) -> None:
    random = Random(seed)
    assert endure(http2_noise(random), random) == []


@settings(max_examples=100)
@given(SEEDS)
def test_http1_in_any_shape(seed: int) -> None:
    random = Random(seed)
    assert endure(http1_noise(random), random, http1=True) == []


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 60))
def test_messages_survive_any_cut(messages: list[bytes], size: int) -> None:
    data = b"".join(frame(message, 50) for message in messages)
    unframer = Unframer(50)
    found = [message for at in range(0, len(data), size) for message in unframer.feed(data[at : at + size])]
    unframer.finish()
    assert found == messages


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_any_bytes_are_messages_or_refused(pieces: list[bytes]) -> None:
    unframer = Unframer(30)
    try:
        for piece in pieces:
            assert all(len(message) <= 30 for message in unframer.feed(piece))
            assert unframer.size <= 34
    except RpcError as error:
        assert error.code in (8, 13)


@given(st.text(), st.binary(max_size=64), st.dictionaries(st.text("abc-", min_size=1), st.text()))
def test_any_status_comes_back(message: str, details: bytes, extra: dict[str, str]) -> None:
    made = trailers(5, message, details, extra)
    for name, value in made:
        assert name.isascii() and value == value.strip() and not set(value) & set(range(0x20))
    found = status_of([pair for pair in made if pair[0].startswith(b"grpc-")])
    assert found is not None
    assert (found.code, found.details) == (5, details)
    assert found.message == message.encode("utf-8", "replace").decode()


@given(st.text())
def test_any_text_is_decoded(text: str) -> None:
    assert isinstance(percent_decoded(text), str)
    assert percent_decoded(percent_encoded(text)) == text.encode("utf-8", "replace").decode()


@given(st.floats(0, 1e9))
def test_any_time_out_is_understood(seconds: float) -> None:
    assert abs(seconds_of(timeout_text(seconds)) - seconds) <= max(seconds * 1e-3, 1e-6)
