"""Objects whose names the server chooses (`metadata.generateName`): which of them a dead install had made already.

Making one again would double it, since nothing but its owner and the begin of its name tells whose it is.
"""

from __future__ import annotations

from charthouse.actions.ownership import belongs_to
from charthouse.golang.moment import from_text
from charthouse.releases.errors import CodecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

__all__ = ["not_made_yet"]

_SKEW = 60.0  # seconds by which the clocks of a replica and the API server may differ


def not_made_yet(env: Environment, release: Release, resources: Sequence[Resource]) -> list[Resource]:
    """The resources without those that have no name of their own and were made since the release's work began.

    Raises ApiError, Unreachable.
    """
    made: dict[tuple[Any, ...], int] = {}
    wanted = []
    for resource in resources:
        prefix = str((resource.object.get("metadata") or {}).get("generateName") or "")
        if resource.name or not prefix:
            wanted.append(resource)
            continue
        key = (resource.ref.type, resource.namespace, prefix)
        if key not in made:
            found = env.cluster.client.list(resource.ref.type, resource.namespace)
            made[key] = sum(_is_ours(item, release, prefix) for item in found)
        if made[key] > 0:
            made[key] -= 1
        else:
            wanted.append(resource)
    return wanted


def _is_ours(item: dict[str, Any], release: Release, prefix: str) -> bool:
    metadata = item.get("metadata") or {}
    if metadata.get("generateName") != prefix or metadata.get("deletionTimestamp"):
        return False
    if not belongs_to(item, release.name, release.namespace):
        return False
    began = release.info.last_deployed
    try:
        made = from_text(str(metadata.get("creationTimestamp")))
    except (ValueError, CodecError):
        return False
    return began is None or (made - began).total_seconds() > -_SKEW
