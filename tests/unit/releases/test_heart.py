"""The threads that renew Leases."""

from __future__ import annotations

import threading

import pytest

from charthouse.releases.heart import Heart


def test_every_beat_is_called_again_and_again_until_it_is_removed() -> None:
    heart, counts, reached = Heart(every=0.001), [0, 0], [threading.Event(), threading.Event()]

    def beat(which: int) -> None:
        counts[which] += 1
        if counts[which] >= 3:
            reached[which].set()

    beats = [lambda: beat(0), lambda: beat(1)]
    for each in beats:
        heart.add(each)
    assert all(event.wait(60) for event in reached)
    for each in beats:
        heart.remove(each)
    again = threading.Event()
    heart.add(again.set)
    assert again.wait(60)


def test_one_that_hangs_does_not_hold_up_the_others() -> None:
    heart, go, others = Heart(every=0.001), threading.Event(), threading.Event()

    def hang() -> None:
        go.wait(60)

    heart.add(hang)
    heart.add(others.set)
    assert others.wait(60)
    go.set()


def test_one_that_raises_is_told_and_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: said.append(told.exc_type))
    heart, calls, again = Heart(every=0.001), [0], threading.Event()

    def beat() -> None:
        calls[0] += 1
        if calls[0] == 1:
            raise ValueError
        again.set()

    heart.add(beat)
    assert again.wait(60)
    heart.remove(beat)
    assert said == [ValueError]
