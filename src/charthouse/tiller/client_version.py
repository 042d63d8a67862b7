"""Which clients a server of Helm 2's API speaks with.

Whose rules: helm v2.17.0 pkg/version/compatible.go, cmd/tiller/tiller.go (newInterceptors): each call but GetVersion
carries the client's version in a header; the server's must be of the same major version and of no smaller minor one. A
pre-release on either side wants the very same version. What ends in `unreleased` is always let in.
"""

from __future__ import annotations

from charthouse.formats.semver import SemverError
from charthouse.formats.semver_helm2 import compatible as satisfies
from charthouse.formats.semver_helm2 import parse_version
from charthouse.tiller.errors import IncompatibleVersions

__all__ = ["HEADER", "SERVER_VERSION", "check_client", "is_compatible"]

HEADER = "x-helm-api-client"
"""The metadata key a client's version comes under."""
SERVER_VERSION = "v2.17.0"
_UNRELEASED = "unreleased"


def is_compatible(client: str, server: str = SERVER_VERSION) -> bool:
    """Whether a server of this version serves a client of that one."""
    if client.endswith(_UNRELEASED) or server.endswith(_UNRELEASED):
        return True
    try:
        asked, offered = parse_version(client), parse_version(server)
    except SemverError:
        return False
    constraint = f"^{asked.major}.{asked.minor}.x"
    if asked.prerelease or offered.prerelease:
        constraint = str(asked)
    return satisfies(constraint, server)


def check_client(client: str, server: str = SERVER_VERSION) -> None:
    """Raises IncompatibleVersions. client: the header's value, "" when there is none."""
    if not is_compatible(client, server):
        raise IncompatibleVersions(client, server)
