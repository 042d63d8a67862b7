"""Where random choices come from: a seed, or Hypothesis (which can then shrink them).

``Draws`` is what the grammar asks; ``Seeded`` answers fast from ``random.Random``.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Draws", "Seeded"]

T = TypeVar("T")


class Draws(ABC):
    """A source of choices."""

    @abstractmethod
    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1."""

    def choose(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        """True this often; Hypothesis shrinks towards False."""
        return self.below(100) >= 100 - percent

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)


class Seeded(Draws):
    """Choices from a seed, the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, count: int) -> int:
        return int(self._random() * count)
