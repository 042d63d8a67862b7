"""What Helm 2's API refuses.

::

    HapiRefusal
    ├── IncompatibleVersions   the client is of another version
    ├── Ambiguous              two releases have the name
    └── BadListing             a list that cannot be given
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["Ambiguous", "BadListing", "HapiRefusal", "IncompatibleVersions"]


class HapiRefusal(CharthouseError):
    """The root of what a request by the hapi API is refused with; `message` is Tiller's."""


class IncompatibleVersions(HapiRefusal):
    """The version a client names is none this server speaks with. client, server: as given."""

    def __init__(self, client: str, server: str) -> None:
        super().__init__(f"incompatible versions client[{client}] server[{server}]")
        self.client = client
        self.server = server


class BadListing(HapiRefusal):
    """ListReleases was asked for something there is not."""


class Ambiguous(HapiRefusal):
    """Releases of several namespaces have one name, and the hapi API has no way to say which. namespaces: theirs."""

    def __init__(self, name: str, namespaces: tuple[str, ...]) -> None:
        named = " and ".join(f'"{namespace}"' for namespace in namespaces)
        super().__init__(
            f'there is a release named "{name}" in each of the namespaces {named}',
            hint="charthouse and helm 3 and 4 take a namespace; uninstall one of them there",
        )
        self.namespaces = namespaces
