"""What Tiller puts up with from a worker that was taken over."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, cast

import pytest

from charthouse.logs import LogRecord
from charthouse.sandbox import answers, frames
from charthouse.sandbox.confine import Bounds
from charthouse.sandbox.errors import BadFrame
from charthouse.sandbox.pool import Worker
from charthouse.sandbox.renderer import _Asked, _Conversation

BOUNDS = Bounds(wall=60.0, asks=3, frame=1 << 23)


class Line:
    """A socket that has everything to say at once and hears nothing."""

    def __init__(self, *messages: bytes) -> None:
        self._said = b"".join(frames.framed(message, 1 << 30) for message in messages)

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, data: bytes) -> None: ...

    def recv(self, size: int) -> bytes:
        part, self._said = self._said[:size], self._said[size:]
        return part


def talk(*messages: bytes, log: Callable[[LogRecord], None] = lambda record: None) -> Any:
    worker = Worker(cast(socket.socket, Line(*messages)), -1)
    asked = _Asked(lambda *_: {}, None, None, log)
    return _Conversation(worker, asked, BOUNDS).run(b"")


def test_questions_are_counted() -> None:
    question = answers.dump({"lookup": ["v1", "Secret", "", ""]})
    with pytest.raises(BadFrame, match="asks or logs more than was agreed"):
        talk(*[question] * 4)


def test_lines_of_log_are_counted() -> None:
    said: list[LogRecord] = []
    with pytest.raises(BadFrame, match="asks or logs more than was agreed"):
        talk(*[answers.dump({"log": ["INFO", "x", {}]})] * 1100, log=said.append)
    assert len(said) == 1001


def test_values_are_counted_before_they_are_made() -> None:
    with pytest.raises(BadFrame, match="more than 2000000 values"):
        talk(b"[" + b"[]," * 2_000_000 + b"[]]")
