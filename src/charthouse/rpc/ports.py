"""What the protocols ask of the outside: bytes out, time, and the way back from other threads. Tests give their own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Timer(Protocol):
        def cancel(self) -> None: ...

    class Wire(Protocol):
        """One connection. Methods are called in the loop's thread only."""

        def write(self, data: bytes) -> None: ...
        def close(self) -> None:
            """Once everything is written."""
            ...

        def abort(self) -> None:
            """At once."""
            ...

        def pause_reading(self) -> None: ...
        def resume_reading(self) -> None: ...

    class Reactor(Protocol):
        """The loop."""

        def now(self) -> float: ...
        def post(self, what: Callable[..., Any], *arguments: Any) -> None:
            """Have it called in the loop's thread, soon; from any thread; nothing when the loop has ended."""
            ...

        def later(self, seconds: float, what: Callable[..., Any], *arguments: Any) -> Timer: ...
        def submit(self, what: Callable[[], None]) -> bool:
            """Have it called in a handler's thread; False when too many wait already."""
            ...

else:
    Timer = Wire = Reactor = object

__all__ = ["Reactor", "Timer", "Wire"]
