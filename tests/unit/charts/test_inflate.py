"""The second reading of damaged deflate streams (the damages themselves: tests/cli/odd, charts gzip-*)."""

from __future__ import annotations

import random
import zlib

import pytest

from charthouse.charts.inflate import corruption

FORMS = [(0, zlib.Z_DEFAULT_STRATEGY), (1, zlib.Z_DEFAULT_STRATEGY), (9, zlib.Z_DEFAULT_STRATEGY), (6, zlib.Z_FIXED)]


@pytest.mark.parametrize(("level", "strategy"), FORMS)
def test_sound_streams_are_read_whole(level: int, strategy: int) -> None:
    rng = random.Random(level)
    data = bytes(rng.choice(b"abc: \n") for _ in range(3000)) * 12
    deflater = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    stream = deflater.compress(data) + deflater.flush()
    assert corruption(stream, len(data)) == (data, None)
    assert data.startswith(corruption(stream[: len(stream) // 2], len(data))[0])


def test_damage_is_told_with_what_came_before() -> None:
    """A stored block, then one of the reserved kind."""
    contents, damage = corruption(b"\x00\x03\x00\xfc\xffabc\x06", 1000)
    assert contents == b"abc"
    assert damage is not None
    assert (damage.offset, str(damage)) == (9, "flate: corrupt input before offset 9")


def test_looking_ends_at_the_limit() -> None:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = deflater.compress(b"x" * 100_000) + deflater.flush()
    contents, damage = corruption(stream, 1000)
    assert damage is None
    assert len(contents) < 3000
