"""What Helm 2's API refuses.

::

    HapiRefusal
    ├── IncompatibleVersions   the client is of another version
    ├── InvalidReleaseName     the name breaks the rules, or is taken
    └── BadListing             a list that cannot be given
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["BadListing", "HapiRefusal", "IncompatibleVersions", "InvalidReleaseName"]


class HapiRefusal(CharthouseError):
    """The root of what a request by the hapi API is refused with; `message` is Tiller's."""


class IncompatibleVersions(HapiRefusal):
    """The version a client names is none this server speaks with. client, server: as given."""

    def __init__(self, client: str, server: str) -> None:
        super().__init__(f"incompatible versions client[{client}] server[{server}]")
        self.client = client
        self.server = server


class InvalidReleaseName(HapiRefusal):
    """A release cannot be called so."""


class BadListing(HapiRefusal):
    """ListReleases was asked for something there is not."""
