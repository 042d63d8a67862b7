"""What goes wrong between a client and its Tiller.

::

    ClientError
    ├── LibraryMissing  a library the client is built on is not installed
    ├── BadAddress      `--tiller` names no address
    ├── NotReached      there is no way to Tiller, or the connection is lost for good
    ├── NotVerified     the server is not the one it should be
    ├── NotCarried      what is asked for cannot be asked of this server
    ├── BadAnswer       the server's answer makes no sense
    └── TillerError     what a Tiller of Helm 2 refused, in its words

What a verb failed with on our own server is raised here as the very class it was there (``failures``).
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = [
    "BadAddress",
    "BadAnswer",
    "ClientError",
    "LibraryMissing",
    "NotCarried",
    "NotReached",
    "NotVerified",
    "TillerError",
]


class ClientError(CharthouseError):
    """The root of the errors of package tiller.client."""


class LibraryMissing(ClientError):
    """A library that comes with an extra is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a release server cannot be asked: {name} is not installed",
            hint="install it with `pip install 'charthouse[tiller]'`",
        )


class BadAddress(ClientError):
    """An address nobody can be reached at."""


class NotReached(ClientError):
    """Nobody answers; `message` begins as Helm 2's: `cannot connect to Tiller`."""


class NotVerified(ClientError):
    """The server's certificate is not what was asked for; nothing was sent."""


class NotCarried(ClientError):
    """An option that the server's API has no place for. Never left out in silence."""


class BadAnswer(ClientError):
    """The server broke its own rules."""


class TillerError(ClientError):
    """A refusal or failure of Helm 2's Tiller, in its words."""
