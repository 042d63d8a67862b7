"""What the Kubernetes client can fail with; the server's own refusals are ``k8s.ports.ApiError``.

::

    CharthouseError
        ├── k8s.ports.ApiError      the API server said no
        └── KubeError
            ├── KubeconfigError     no usable description of a cluster
            ├── CredentialError     the credential plugin or a credential file failed
            ├── Unreachable         no answer: connection, name, time or certificate
            ├── UnknownKind         the server has no such kind
            ├── BuildError          a manifest is no list of objects
            ├── OwnershipConflict   an object exists and belongs to somebody else
            ├── ApplyFailed         a plan stopped half-way (`result`: what was done)
            └── WaitFailed          objects did not become ready (`pending`)
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from charthouse.actions.ports import ApplyResult
    from charthouse.k8s.objects import Resource

__all__ = [
    "ApplyFailed",
    "BuildError",
    "CredentialError",
    "KubeError",
    "KubeconfigError",
    "OwnershipConflict",
    "UnknownKind",
    "Unreachable",
    "WaitFailed",
]


class KubeError(CharthouseError):
    """Root of this package's errors."""


class KubeconfigError(KubeError):
    """The kubeconfig or the flags beside it name no usable cluster. empty: there is no configuration at all."""

    def __init__(self, message: str, *, hint: str = "", empty: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.empty = empty


class CredentialError(KubeError):
    """Credentials could not be had (exec plugin, token file, client certificate)."""


class Unreachable(KubeError):
    """The server gave no answer. sent: the request may have reached it; stale: a kept connection was found closed."""

    def __init__(self, message: str, *, hint: str = "", sent: bool = False, stale: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.sent = sent
        self.stale = stale


class UnknownKind(KubeError):
    """Discovery knows no such kind. api_version and kind as asked for."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(f'no matches for kind "{kind}" in version "{api_version}"')
        self.api_version = api_version
        self.kind = kind
        self.explain = self._remedy

    def _remedy(self) -> str:
        from charthouse.kube.remedies import unknown_kind_remedy

        return unknown_kind_remedy(self.api_version, self.kind)


class BuildError(KubeError):
    """The manifest cannot be made into objects; one line for each error, in Helm's words."""


class OwnershipConflict(KubeError):
    """An object exists and is not this release's. resource: the object in question."""

    def __init__(self, message: str, *, resource: Resource, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.resource = resource


class ApplyFailed(KubeError):
    """Executing a plan failed. result: what was done or tried before; causes: the single errors."""

    def __init__(
        self, message: str, *, result: ApplyResult, causes: Sequence[CharthouseError] = (), hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.result = result
        self.causes = tuple(causes)


class WaitFailed(KubeError):
    """Waiting ended without success. pending: the resources that were not ready."""

    def __init__(self, message: str, *, pending: Sequence[Resource] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.pending = tuple(pending)
