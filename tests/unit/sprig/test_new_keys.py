"""Keys are made ahead, and each is given out once."""

from __future__ import annotations

import _thread
import os
import threading

import pytest

from charthouse.sprig import new_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(new_keys, "_BITS", 1024)
    monkeypatch.setattr(new_keys, "_ahead", [])
    yield


def _modulus() -> int:
    return new_keys.new_key().public_key().public_numbers().n


def test_keys_are_given_once() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(_modulus() for _ in range(4))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 16 and all(number.bit_length() == 1024 for number in found)


def test_the_next_key_is_made_ahead() -> None:
    new_keys.new_key()
    (ahead,) = new_keys._ahead
    ahead.done.acquire()
    ahead.done.release()
    assert new_keys.new_key() is ahead.key


def test_a_key_of_the_parent_process_is_not_waited_for() -> None:
    new_keys.new_key()
    (ahead,) = new_keys._ahead
    ahead.owner = os.getpid() + 1
    assert new_keys.new_key() is not ahead.key


def test_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    assert len({_modulus() for _ in range(3)}) == 3
    assert new_keys._ahead == []
