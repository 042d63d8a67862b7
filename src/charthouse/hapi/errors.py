"""What can go wrong with Helm 2's wire forms.

::

    HapiError
    ├── Unavailable    protobuf is not installed
    └── Malformed      bytes that are no message
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["HapiError", "Malformed", "Unavailable"]


class HapiError(CharthouseError):
    """The root of the errors of package hapi."""


class Unavailable(HapiError):
    """Helm 2's forms are protobuf, and its library is an extra."""

    def __init__(self) -> None:
        super().__init__(
            "Helm 2's releases cannot be read: protobuf is not installed",
            hint="install it with `pip install 'charthouse[helm2]'`, or `'charthouse[tiller]'` for the server too",
        )


class Malformed(HapiError):
    """Bytes from somewhere are not the message they should be."""
