"""`diff` by a Tiller of Helm 2: the recorded manifest against the one of a dry run.

Tiller tells manifests, not what discovery says of their kinds: objects are told apart by group, kind, namespace and
name as they are written. Live objects cannot be compared with, since the client has no way to the cluster.
"""

from __future__ import annotations

from charthouse.actions.diff import ReleaseDiff, between
from charthouse.actions.plan import ReleasePlan
from charthouse.k8s.objects import ObjectRef, Resource, ResourceType
from charthouse.records import replace
from charthouse.releases.errors import NoDeployedReleases, NotFound
from charthouse.tiller.client.errors import NotCarried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.options import DiffOptions
    from charthouse.charts.chart import Chart
    from charthouse.releases.release import Release
    from charthouse.tiller.client.hapi_verbs import HapiVerbs

__all__ = ["compare", "objects"]


def compare(verbs: HapiVerbs, chart: Chart, values: dict[str, Any], options: DiffOptions) -> ReleaseDiff:
    """What the upgrade would change. Raises as the verbs, and NotCarried for `live`."""
    if options.live:
        raise NotCarried(
            "diff: Helm 2's Tiller knows no --live",
            hint="without it the recorded manifest is compared, which is what Tiller itself starts from",
        )
    wanted = replace(options.upgrade, dry_run="server")
    instead = verbs.install_instead(wanted, progress=_unheard) if wanted.install else None
    if instead is not None:
        after = verbs.install(chart, values, instead, progress=_unheard)
        before = None
    else:
        after = verbs.upgrade(chart, values, wanted, progress=_unheard)
        before = deployed(verbs, wanted.name)
    old = objects(before.manifest, before.namespace) if before is not None else ()
    new = objects(after.manifest, after.namespace)
    return between(ReleasePlan(before, after, (), old, new), {}, options)


def _unheard(progress: Any, /) -> None:
    """Nobody watches a dry run."""


def deployed(verbs: HapiVerbs, name: str) -> Release:
    """The revision an upgrade starts from. Raises NoDeployedReleases."""
    from charthouse.actions.options import HistoryOptions

    try:
        history = verbs.history(HistoryOptions(name=name, namespace=""))
    except NotFound as error:
        raise NoDeployedReleases(name) from error
    found = [release for release in history if release.status == "deployed"]
    if not found:
        raise NoDeployedReleases(name)
    return max(found, key=lambda release: release.version)


def objects(manifest: str, namespace: str) -> tuple[Resource, ...]:
    """The objects of a manifest in order, lists taken apart. Raises YamlError."""
    from charthouse.formats.yaml import load_object, split_documents

    out = []
    for text in split_documents(manifest):
        body = load_object(text)
        if isinstance(body, dict):
            items = body.get("items")
            for one in items if isinstance(items, list) else [body]:
                if isinstance(one, dict):
                    out.append(_resource(one, namespace))
    return tuple(out)


def _resource(body: dict[str, Any], namespace: str) -> Resource:
    metadata = body.get("metadata") if isinstance(body.get("metadata"), dict) else {}
    kind = ResourceType(str(body.get("apiVersion") or "v1"), str(body.get("kind") or ""), "", True)
    where = str(metadata.get("namespace") or namespace)  # type: ignore[union-attr]  # it is a dict
    return Resource(ObjectRef(kind, where, str(metadata.get("name") or "")), body)  # type: ignore[union-attr]  # as above
