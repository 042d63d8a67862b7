"""A bar on a terminal for what is being fetched: one line, painted over as it grows, gone in the end.

Several downloads at once share the line. They are told of by the threads that fetch, while the main thread prints what
is done; what it prints takes the line away first (``Output.overlay``), and nothing is painted for a moment after.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.streams import Output

__all__ = ["Bars", "size"]

_WIDTH = 24
_PAUSE = 0.05
_ERASE = "\r\x1b[K"


class Bars:
    """what: is fetched; count: how many parts that is, 1 = it is the part itself. colour: whether the bar is coloured;
    columns: gives the terminal's width; clock: seconds."""

    def __init__(
        self, out: Output, err: Output, what: str, *, count: int = 1, colour: bool = False,
        columns: Callable[[], int], clock: Callable[[], float],
    ) -> None:  # fmt: skip
        from threading import Lock

        self._out, self._err = out, err
        self._what = "".join(char if char.isprintable() else "?" for char in what)
        self._count = count
        self._colour = colour
        self._columns = columns
        self._clock = clock
        self._lock = Lock()
        self._parts: list[tuple[int, int]] = []
        self._done = 0
        self._quiet_until = 0.0
        self._painted = self._ended = False
        for stream in (out, err):
            stream.overlay = self.erase

    def part(self) -> Callable[[int, int], None]:
        """What a download tells how many bytes it has, of how many (0 = unknown)."""
        with self._lock:
            number = len(self._parts)
            self._parts.append((0, 0))

        def update(have: int, total: int) -> None:
            with self._lock:
                self._parts[number] = (have, total)
                self._paint(at_once=have == total)

        return update

    def finished(self) -> None:
        """One part more is done."""
        with self._lock:
            self._done += 1
            self._paint(at_once=True)

    def erase(self) -> None:
        """Take the line off the screen, for something that is printed now."""
        with self._lock:
            self._quiet_until = self._clock() + _PAUSE
            self._clear()

    def end(self) -> None:
        """Take the line off the screen for good."""
        with self._lock:
            self._ended = True
            self._clear()
        for stream in (self._out, self._err):
            stream.overlay = None

    def _clear(self) -> None:
        if self._painted:
            self._painted = False
            self._write(_ERASE)

    def _paint(self, *, at_once: bool) -> None:
        now = self._clock()
        if self._ended or (now < self._quiet_until and not (at_once and self._painted)):
            return
        self._quiet_until = now + _PAUSE
        self._painted = True
        self._write(_ERASE + self._line())

    def _line(self) -> str:
        have = sum(part[0] for part in self._parts)
        total = sum(part[1] for part in self._parts) if all(part[1] for part in self._parts) else 0
        head = self._what if self._count == 1 else f"{self._what} {self._done}/{self._count}"
        share = min(have / total, 1.0) if total else 0.0
        if self._count > 1:
            share = self._done / self._count
        tail = f"{size(have)} of {size(total)}" if total else size(have)
        if total or self._count > 1:
            tail = f"{int(share * 100):3} % {tail}"
        bar = "#" * int(share * _WIDTH)
        room = self._columns() - 1
        if (not total and self._count == 1) or len(head) + len(tail) + _WIDTH + 4 > room:
            return f"{head} {tail}"[:room]
        filled = f"\x1b[32m{bar}\x1b[0m" if self._colour and bar else bar
        return f"{head} [{filled}{'.' * (_WIDTH - len(bar))}] {tail}"

    def _write(self, text: str) -> None:
        self._err.raw.write(text.encode("utf-8", "replace"))
        self._err.raw.flush()


def size(count: int) -> str:
    """A number of bytes for people."""
    if count < 10_000:
        return f"{count} B"
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count // 1000} kB"
