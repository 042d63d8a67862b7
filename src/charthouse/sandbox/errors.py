"""What goes wrong with a worker, apart from what is wrong with a chart.

::

    SandboxError
    ├── NoIsolation     this system cannot confine a process; nothing is rendered
    ├── WorkerLost      the worker ended before it answered
    ├── BadFrame        what came over the socket is no message
    └── RenderFailed    an error of the chart's whose class has no name here
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["BadFrame", "NoIsolation", "RenderFailed", "SandboxError", "WorkerLost"]


class SandboxError(CharthouseError):
    """The root of what package sandbox raises."""


class NoIsolation(SandboxError):
    """Workers cannot be confined here; `hint` says what is missing."""


class WorkerLost(SandboxError):
    """The worker is gone. signal: what ended it, 0 when it went by itself."""

    def __init__(self, message: str, *, signal: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.signal = signal


class BadFrame(SandboxError):
    """A message of the wrong form, or a larger one than allowed."""


class RenderFailed(SandboxError):
    """The chart could not be rendered; the message is that of the worker's error."""
