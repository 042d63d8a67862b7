"""Messages, metadata and statuses as bytes."""

from __future__ import annotations

import pytest

from charthouse.rpc.framing import Unframer, frame
from charthouse.rpc.metadata import (
    metadata_of,
    path_parts,
    percent_decoded,
    percent_encoded,
    seconds_of,
    status_of,
    timeout_text,
    trailers,
)
from charthouse.rpc.status import Code, RpcError


def problem(error: RpcError) -> tuple[int, str]:
    return int(error.code), error.message


def test_messages_come_out_however_they_are_cut() -> None:
    data = frame(b"one", 10) + frame(b"", 10) + frame(b"three", 10)
    for size in range(1, len(data) + 1):
        unframer = Unframer(10)
        found = [message for at in range(0, len(data), size) for message in unframer.feed(data[at : at + size])]
        unframer.finish()
        assert found == [b"one", b"", b"three"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00\x01\x40\x00\x01", (8, "grpc: received message larger than max (20971521 vs. 20971520)")),
        (b"\x01\x00\x00\x00\x01", (13, "grpc: compressed flag set with identity or empty encoding")),
        (b"\x02\x00\x00\x00\x01", (13, "grpc: received unexpected payload format 2")),
        (b"\xff\xff\xff\xff\xff", (8, "grpc: received message larger than max (4294967295 vs. 20971520)")),
    ],
)
def test_a_message_is_judged_by_its_first_five_bytes(data: bytes, expected: tuple[int, str]) -> None:
    with pytest.raises(RpcError) as caught:
        Unframer(20971520).feed(data)
    assert problem(caught.value) == expected


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x00\x00\x00\x01", b"\x00\x00\x00\x00\x02a"])
def test_a_message_cut_short(data: bytes) -> None:
    unframer = Unframer(10)
    assert unframer.feed(data) == []
    with pytest.raises(RpcError) as caught:
        unframer.finish()
    assert problem(caught.value) == (13, "unexpected EOF")


def test_a_message_too_large_to_send() -> None:
    with pytest.raises(RpcError) as caught:
        frame(b"abc", 2)
    assert problem(caught.value) == (8, "grpc: trying to send message larger than max (3 vs. 2)")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1S", 1.0), ("100m", 0.1), ("2H", 7200.0), ("3M", 180.0), ("5u", 5e-6), ("99999999n", 0.099999999), ("0S", 0.0)],
)
def test_time_outs(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "1", "S", "-1S", "1s", "123456789S", "1.5S", "१S", "1 S"])
def test_malformed_time_outs(text: str) -> None:
    with pytest.raises(RpcError) as caught:
        seconds_of(text)
    assert problem(caught.value) == (13, f"malformed grpc-timeout: {text!r}")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0n"),
        (0.05, "50000000n"),
        (0.2, "200000u"),
        (300.0, "300000m"),
        (200000.0, "200000S"),
        (1e12, "99999999H"),
    ],
)
def test_time_outs_are_written_exactly_while_they_fit(seconds: float, text: str) -> None:
    assert timeout_text(seconds) == text


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("plain", "plain"), ("100%", "100%25"), ("a\nb\r", "a%0Ab%0D"), ("nö", "n%C3%B6"), ("\x7f~ ", "%7F~ ")],
)
def test_messages_are_percent_encoded(text: str, encoded: str) -> None:
    assert percent_encoded(text) == encoded
    assert percent_decoded(encoded) == text


def test_wrong_escapes_stay_as_they_are() -> None:
    assert percent_decoded("50% of %zz %C3") == "50% of %zz \N{REPLACEMENT CHARACTER}"


def test_metadata_joins_and_hides() -> None:
    headers = [
        (b":method", b"POST"), (b":path", b"/a.B/C"), (b":authority", b"tiller"), (b"te", b"trailers"), (b"a", b"1"),
        (b"grpc-timeout", b"1S"), (b"a", b"2"), (b"b-bin", b"AAE"),
    ]  # fmt: skip
    assert metadata_of(headers) == {":authority": "tiller", "a": "1,2", "b-bin": "AAE"}


def test_paths() -> None:
    assert path_parts("/a.B/C") == ("a.B", "C")
    for path in ("", "/", "a.B/C", "/C"):
        with pytest.raises(RpcError) as caught:
            path_parts(path)
        assert problem(caught.value) == (12, f'malformed method name: "{path}"')


def test_trailers_in_order() -> None:
    made = trailers(5, "no %d\nmore", b"\x01\xff", {"X-A": " v\r\n ", "x-b": "ö"})
    assert made == [
        (b"grpc-status", b"5"),
        (b"grpc-message", b"no %25d%0Amore"),
        (b"x-a", b"v"),
        (b"x-b", b"\\xf6"),
        (b"grpc-status-details-bin", b"Af8"),
    ]


def test_a_long_message_is_cut_to_what_the_caller_takes() -> None:
    made = dict(trailers(2, "ä" * 10000, b"x" * 10000, {}, room=1024))
    assert len(made[b"grpc-message"]) <= 1024 - 512
    assert percent_decoded(made[b"grpc-message"].decode()) == "ä" * 72 + "…"
    assert b"grpc-status-details-bin" not in made


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"grpc-status", b"0")], None),
        ([(b"grpc-status", b"5"), (b"grpc-message", b"a%20b")], (5, "a b")),
        ([(b"grpc-status", b"77"), (b"grpc-message", b"x")], (2, "x")),
        ([(b"grpc-status", b"x")], (2, "")),
        ([], (2, "")),
    ],
)
def test_statuses(headers: list[tuple[bytes, bytes]], expected: tuple[int, str] | None) -> None:
    found = status_of(headers)
    assert (None if found is None else problem(found)) == expected


def test_details_come_back() -> None:
    made = trailers(Code.ABORTED, "", b"\x00\x01\x02", {})
    found = status_of(made)
    assert found is not None and found.details == b"\x00\x01\x02"
    broken = status_of([(b"grpc-status", b"1"), (b"grpc-status-details-bin", b"A")])
    assert broken is not None and broken.details == b""
