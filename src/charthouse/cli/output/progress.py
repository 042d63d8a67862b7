"""Live progress on a terminal: a few lines that are painted over while work goes on, and gone when it is done."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.ports import Progress
    from charthouse.cli.streams import Output

__all__ = ["Painter", "silent_painter"]

_LINES = 8
_DONE = ("ready", "done", "Current", "current", "created", "unchanged", "patched", "deleted", "succeeded", "Succeeded")


def silent_painter(progress: Progress, /) -> None:
    """For output that is no terminal."""


class Painter:
    """Paints what is not done yet: one line for the work as a whole, one for each object that is waited for."""

    def __init__(self, out: Output, err: Output) -> None:
        self._streams = (out, err)
        self._painted = 0
        self._waiting: dict[str, str] = {}
        for stream in self._streams:
            stream.overlay = self.erase

    def update(self, progress: Progress, /) -> None:
        """Take one message in and paint again."""
        if progress.state in _DONE:
            self._waiting.pop(progress.subject, None)
        elif progress.subject:
            detail = f"{progress.state} {progress.message}".strip()
            self._waiting[progress.subject] = detail
        counted = f" {progress.done}/{progress.total}" if progress.total else ""
        lines = [f"{progress.phase}{counted} {progress.subject} {progress.state}".rstrip()]
        lines += [f"  {subject}: {detail}" for subject, detail in list(self._waiting.items())[-_LINES:]]
        self._paint(lines)

    def erase(self) -> None:
        """Take everything off the screen; the next message paints it again."""
        if self._painted:
            self._paint([])

    def end(self) -> None:
        """Take everything off the screen for good."""
        self.erase()
        for stream in self._streams:
            stream.overlay = None

    def _paint(self, lines: list[str]) -> None:
        out, err = self._streams
        out.flush()
        width = _width()
        shown = "".join(f"{line.splitlines()[0][: width - 1]}\n" for line in lines if line)
        up = f"\x1b[{self._painted}A" if self._painted else ""
        self._painted = shown.count("\n")
        err.raw.write(f"\r{up}\x1b[J{shown}".encode("utf-8", "replace"))
        err.raw.flush()


def _width() -> int:
    import os

    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80
