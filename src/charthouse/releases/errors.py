"""What can go wrong with records.

::

    ReleaseError
    ├── NotFound              `release: not found`
    ├── AlreadyExists         `release: already exists`
    ├── InvalidKey            `release: invalid key`
    ├── NoDeployedReleases    `"x" has no deployed releases`
    ├── StorageError          a driver failed: `create: failed to create: …`
    ├── CodecError            a record cannot be read
    ├── InvalidName           a release name breaks the rules
    └── Locked                somebody else works on the release

Whose texts: helm v4.3.1 pkg/storage/driver/driver.go, pkg/action/action.go.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = [
    "AlreadyExists",
    "CodecError",
    "InvalidKey",
    "InvalidName",
    "Locked",
    "NoDeployedReleases",
    "NotFound",
    "ReleaseError",
    "StorageError",
]


class ReleaseError(CharthouseError):
    """The root of the errors of package releases."""


class NotFound(ReleaseError):
    """No such release or revision."""

    def __init__(self, message: str = "release: not found", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)


class AlreadyExists(ReleaseError):
    """A record of that name and revision is there already: somebody else was quicker."""

    def __init__(self, *, hint: str = "") -> None:
        super().__init__("release: already exists", hint=hint)


class InvalidKey(ReleaseError):
    """A key is not `sh.helm.release.v1.NAME.vREVISION`."""

    def __init__(self) -> None:
        super().__init__("release: invalid key")


class NoDeployedReleases(ReleaseError):
    """The release has no revision in state deployed. name: the release."""

    def __init__(self, name: str, *, hint: str = "") -> None:
        super().__init__(f'"{name}" has no deployed releases', hint=hint)
        self.name = name


class StorageError(ReleaseError):
    """The store behind the records failed; the cause is the `__cause__`."""


class CodecError(ReleaseError):
    """The payload of a record is not a release."""


class InvalidName(ReleaseError):
    """A release name no record can carry."""


class Locked(ReleaseError):
    """Somebody else works on the release; the text is Helm's `errPending`."""

    def __init__(self, *, hint: str = "") -> None:
        super().__init__("another operation (install/upgrade/rollback) is in progress", hint=hint)
