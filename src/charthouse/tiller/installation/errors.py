"""Why Tiller is not installed, or not removed.

::

    InstallationError
    ├── BadOption        a choice that cannot be met, or two that do not go together
    ├── BadCertificate   a file that holds no certificate, a key that belongs to another, …
    ├── Downgrade        what is there is newer
    ├── NotOurs          an object of that name is somebody else's
    ├── NoNamespace      where it is to go, there is nothing
    ├── NoTiller         there is none to remove
    ├── StillDeployed    releases in Helm 2's form need a Tiller
    └── NotReady         installed, but its pods do not become ready
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = [
    "BadCertificate", "BadOption", "Downgrade", "InstallationError", "NoNamespace", "NoTiller", "NotOurs", "NotReady",
    "StillDeployed",
]  # fmt: skip


class InstallationError(CharthouseError):
    """The root of this package's errors."""


class BadOption(InstallationError):
    """A choice that cannot be met, or two that do not go together."""


class BadCertificate(InstallationError):
    """Certificates or keys given are of no use."""


class Downgrade(InstallationError):
    """The Tiller that is there is newer. Helm 2's text. there, wanted: images."""

    def __init__(self, there: str, wanted: str) -> None:
        super().__init__(
            f"current Tiller version {there} is newer than client version {wanted}, use --force-upgrade to downgrade",
            hint="this charthouse is older than the one Tiller was installed by",
        )
        self.there = there
        self.wanted = wanted


class NotOurs(InstallationError):
    """An object that is wanted exists and belongs to somebody else. subject: which."""

    def __init__(self, subject: str, whose: str, *, hint: str) -> None:
        super().__init__(f"{subject} exists and {whose}", hint=hint)
        self.subject = subject


class NoNamespace(InstallationError):
    """The API server's text. namespace: the one that is not there."""

    def __init__(self, namespace: str) -> None:
        super().__init__(
            f'namespaces "{namespace}" not found', hint="--create-namespace makes it; see --tiller-namespace"
        )
        self.namespace = namespace


class NoTiller(InstallationError):
    """Nothing of a Tiller is there. Helm 2's text. namespace: where it was looked for."""

    def __init__(self, namespace: str) -> None:
        super().__init__(
            "could not find tiller", hint=f"none is installed in namespace {namespace}; see --tiller-namespace"
        )
        self.namespace = namespace


class StillDeployed(InstallationError):
    """Releases in Helm 2's form are deployed, which only a Tiller can work on. Helm 2's text. count: how many."""

    def __init__(self, count: int, namespace: str) -> None:
        super().__init__(
            f"there are still {count} deployed releases "
            "(Tip: use --force to remove Tiller. Releases will not be deleted.)",
            hint=f"Helm 2's Tiller recorded them in {namespace}; `charthouse tiller migrate` turns them into records "
            "that need no Tiller",
        )
        self.count = count


class NotReady(InstallationError):
    """The pods are not ready in time. Helm 2's text."""

    def __init__(self, hint: str) -> None:
        super().__init__("tiller was not found. polling deadline exceeded", hint=hint)
