"""One deflate stream in parts: whole, the same whoever makes it, and about as small."""

from __future__ import annotations

import _thread
import random
import zlib

import pytest

from charthouse.charts import deflate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RANDOM = random.Random(7)
_TEXT = b"".join(b"line %d of a chart: {{ .Values.thing%d }}\n" % (n, n % 997) for n in range(90_000))


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_the_parts_are_one_stream(size: int) -> None:
    body = _TEXT[:size]
    assert len(body) == size
    packed = deflate.deflated(body)
    assert zlib.decompress(b"".join(packed), -15) == body
    whole = zlib.compressobj(5, zlib.DEFLATED, -15)
    assert len(b"".join(packed)) <= 1.01 * len(whole.compress(body) + whole.flush()) + 20
    assert len(packed) == max(1, -(-size // (1 << 20)))


def test_random_bytes() -> None:
    body = _RANDOM.randbytes((1 << 20) + 77)
    assert zlib.decompress(b"".join(deflate.deflated(body)), -15) == body


@pytest.mark.parametrize("processors", [1, 2, 5])
def test_the_bytes_do_not_depend_on_the_processors(processors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = deflate.deflated(_TEXT)
    monkeypatch.setattr(deflate, "_processors", lambda: processors)
    assert deflate.deflated(_TEXT) == expected


def test_threads_that_cannot_be_had_are_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = deflate.deflated(_TEXT)

    def refuse(*_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(deflate, "_processors", lambda: 4)
    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    assert deflate.deflated(_TEXT) == expected


def test_an_error_of_a_thread_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = _thread.get_ident()
    made = zlib.compressobj

    def compressobj(*arguments: Any, **more: Any) -> object:
        if _thread.get_ident() != ours:
            raise MemoryError("none left")
        while not failed:
            pass
        return made(*arguments, **more)

    failed: list[int] = []
    beside = deflate._Work.beside

    def watched(work: deflate._Work, gate: _thread.LockType) -> None:
        beside(work, gate)
        failed.append(1)

    monkeypatch.setattr(deflate, "_processors", lambda: 2)
    monkeypatch.setattr(deflate._Work, "beside", watched)
    monkeypatch.setattr(zlib, "compressobj", compressobj)
    with pytest.raises(MemoryError, match="none left"):
        deflate.deflated(_TEXT)
