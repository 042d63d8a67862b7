"""Functions that take no data worth a chapter: ``hello`` and ``fail``.

Rules: sprig functions.go (``genericMap``).
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

__all__ = ["fail", "hello"]


def hello() -> str:
    """sprig's greeting."""
    return "Hello!"


def fail(message: str) -> str:
    """Never returns: the template's own error. Raises GoError(message)."""
    raise GoError(message)
