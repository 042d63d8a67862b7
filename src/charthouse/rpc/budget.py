"""How many bytes of unfinished requests are held: of the whole process, and of each connection. Loop's thread only."""

from __future__ import annotations

__all__ = ["Budget"]


class Budget:
    """most: bytes; whole: the budget this one is a part of."""

    __slots__ = ("_most", "_whole", "held")

    def __init__(self, most: int, whole: Budget | None = None) -> None:
        self._most = most
        self._whole = whole
        self.held = 0

    def take(self, size: int) -> bool:
        """Whether there is room; then it is taken."""
        if self.held + size > self._most or (self._whole is not None and not self._whole.take(size)):
            return False
        self.held += size
        return True

    def give(self, size: int) -> None:
        """Give some back."""
        self.held -= size
        if self._whole is not None:
            self._whole.give(size)
