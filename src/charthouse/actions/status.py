"""The `status` verb: a revision and the live objects it names.

Whose rules: helm v4.3.1 pkg/action/status.go, pkg/kube/client.go (Get with related pods). Objects that cannot be read
are left out, as Helm leaves them out. Keys are `VERSION/KIND` (without the group) and `v1/Pod(related)`.
"""

from __future__ import annotations

from charthouse.actions.ports import ApiError
from charthouse.actions.reading import read
from charthouse.k8s.objects import ResourceType
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import StatusOptions
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

__all__ = ["live_objects", "run"]

_POD = ResourceType("v1", "Pod", "pods", True)
_WITH_SELECTOR = ("ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job")


def run(env: Environment, options: StatusOptions) -> Release:
    """The revision, `info.resources` filled in when asked for. Raises ActionError, NotFound, StorageError,
    BuildError."""
    release = read(env, options.name, options.revision)
    if not options.resources:
        return release
    resources = env.cluster.build(release.manifest, options.namespace, validate=False)
    found = live_objects(env, resources, table=options.table)
    return replace(release, info=replace(release.info, resources=found))


def live_objects(
    env: Environment, resources: Sequence[Resource], *, table: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """The objects as the server has them now, with lists of the pods their selectors choose; with `table` as Tables."""
    client = env.cluster.client
    out: dict[str, list[dict[str, Any]]] = {}
    selectors: list[dict[str, str]] = []
    for resource in resources:
        ref = resource.ref
        try:
            live = client.fetch(ref.type, ref.namespace, ref.name, table=table)
        except ApiError:
            continue
        version = ref.type.api_version.rpartition("/")[2]
        out.setdefault(f"{version}/{resource.kind}", []).append(live)
        selector = _selector(resource.object)
        if not selector or selector in selectors:
            continue
        selectors.append(selector)
        text = ",".join(f"{key}={selector[key]}" for key in sorted(selector))
        try:
            pods = client.fetch(_POD, resource.namespace, label_selector=text, table=table)
        except ApiError:
            continue
        out.setdefault("v1/Pod(related)", []).append(pods if table else _typed(pods))
    return out


def _typed(pods: dict[str, Any]) -> dict[str, Any]:
    """The list with apiVersion and kind in each item, as apimachinery's unstructured decoder puts them there."""
    items = [{"apiVersion": "v1", "kind": "Pod", **item} for item in pods.get("items") or ()]
    return {**pods, "items": items}


def _selector(object: dict[str, Any]) -> dict[str, str]:
    kind = object.get("kind")
    spec = object.get("spec")
    selector = spec.get("selector") if isinstance(spec, dict) else None
    if kind in _WITH_SELECTOR and isinstance(selector, dict):
        selector = selector.get("matchLabels")
    elif kind != "ReplicationController":
        return {}
    return selector if isinstance(selector, dict) else {}
