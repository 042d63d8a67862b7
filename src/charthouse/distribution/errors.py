"""What can go wrong on a chart's way.

::

    CharthouseError
        └── DistributionError
            ├── FetchFailed         a server could not be reached, or answered with something else (`status`)
            ├── RepositoriesError   the repositories file, or a name in it
            └── IndexError_         an index, or a chart that it should hold
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["DistributionError", "FetchFailed", "IndexError_", "RepositoriesError"]


class DistributionError(CharthouseError):
    """The root of this package's errors."""


class FetchFailed(DistributionError):
    """Nothing usable came back. status: the HTTP status, 0 when there was no answer."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class RepositoriesError(DistributionError):
    """The repositories file cannot be used, or does not hold what was asked of it."""


class IndexError_(DistributionError):
    """An index cannot be used, or does not hold the chart that was asked for."""
