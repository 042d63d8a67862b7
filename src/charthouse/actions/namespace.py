"""The namespace an install makes for its release.

Whose rules: helm v4.3.1 pkg/action/install.go (RunWithContext, `CreateNamespace`).
"""

from __future__ import annotations

from charthouse.actions.crds import already_exists
from charthouse.actions.creation import create
from charthouse.actions.ports import ApiError
from charthouse.errors import CharthouseError
from charthouse.k8s.objects import ObjectRef, ResourceType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import InstallOptions
    from charthouse.actions.ports import Progress

__all__ = ["NAMESPACE", "create_namespace", "namespace_exists"]

NAMESPACE = ResourceType("v1", "Namespace", "namespaces", False)


def namespace_exists(env: Environment, name: str) -> bool:
    """Whether it is there, or cannot be looked at."""
    try:
        env.cluster.client.get(ObjectRef(NAMESPACE, "", name))
    except ApiError as error:
        return error.reason != "NotFound"
    return True


def create_namespace(env: Environment, options: InstallOptions, progress: Callable[[Progress], None]) -> None:
    """Make the release's namespace unless it is there. Raises ApplyFailed, ApiError."""
    manifest = f'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: "{options.namespace}"\n'
    manifest += f'  labels:\n    name: "{options.namespace}"\n'
    resources = env.cluster.build(manifest, options.namespace, validate=True)
    try:
        create(env, resources, server_side=options.server_side, progress=progress)
    except CharthouseError as error:
        if not already_exists(error):
            raise
