"""Creating objects that are not expected to be there: hooks, CRDs, the namespace, a first install.

Whose rules: helm v4.3.1 pkg/kube/client.go (Client.Create): server-side apply without force, or a plain create;
unlike an update it looks at nothing first.
"""

from __future__ import annotations

from charthouse.actions.ports import ApplyOptions, Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import ApplyResult, Progress
    from charthouse.k8s.objects import Resource

__all__ = ["create", "creations"]


def creations(resources: Sequence[Resource], *, server_side: bool) -> list[Operation]:
    """The plan that creates `resources`."""
    return [
        Operation(
            "create",
            resource,
            body=resource.object,
            patch_type="application/apply-patch+yaml" if server_side else None,
            reason="new",
        )
        for resource in resources
    ]


def create(
    env: Environment,
    resources: Sequence[Resource],
    *,
    server_side: bool,
    progress: Callable[[Progress], None],
    release: str = "",
    release_namespace: str = "",
) -> ApplyResult:
    """Create `resources`, with ownership metadata when `release` is given. Raises ApplyFailed, ApiError."""
    options = ApplyOptions(release=release, release_namespace=release_namespace, server_side=server_side)
    return env.cluster.execute(creations(resources, server_side=server_side), options, progress)
