"""Deleting a release's objects: what is the release's goes, the rest is kept and told of.

Whose rules: helm v4.3.1 pkg/action/uninstall.go (deleteRelease), resource_policy.go (filterManifestsToKeep: only the
value `keep` keeps; an object with any other value of the annotation is neither deleted nor told of).
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError
from charthouse.actions.ownership import verify
from charthouse.actions.ports import WaitOptions
from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, WARN, LogRecord
from charthouse.manifests.order import UNINSTALL_ORDER
from charthouse.manifests.sort import sort
from charthouse.manifests.split import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.draft import Draft
    from charthouse.actions.environment import Environment
    from charthouse.actions.options import UninstallOptions
    from charthouse.actions.ownership import Ownership
    from charthouse.actions.ports import Progress
    from charthouse.k8s.objects import Resource
    from charthouse.manifests.hooks import Manifest
    from charthouse.releases.release import Release

__all__ = ["build", "delete_objects", "kept_text", "split_kept"]

_PROPAGATION = {"orphan": "Orphan", "foreground": "Foreground", "background": "Background"}


def split_kept(release: Release, env: Environment) -> tuple[list[Manifest], list[Manifest]]:
    """Manifests to keep and to delete, in uninstall order. Raises ManifestError."""
    documents = {f"manifest-{index}": text for index, text in enumerate(split(release.manifest))}
    _, manifests = sort(documents, log=env.log, order=UNINSTALL_ORDER)
    keep: list[Manifest] = []
    rest: list[Manifest] = []
    for manifest in manifests:
        policy = (manifest.head.annotations or {}).get("helm.sh/resource-policy")
        if policy is None:
            rest.append(manifest)
        elif policy.strip().lower() == "keep":
            keep.append(manifest)
    return keep, rest


def kept_text(keep: Sequence[Manifest]) -> str:
    """What the user is told of kept manifests, "" when there are none."""
    if not keep:
        return ""
    lines = "".join(f"[{manifest.head.kind}] {manifest.head.name}\n" for manifest in keep)
    return "These resources were kept due to the resource policy:\n" + lines


def build(env: Environment, manifests: Sequence[Manifest], namespace: str) -> list[Resource]:
    """The objects of manifests. Raises BuildError."""
    text = "".join("\n---\n" + manifest.content for manifest in manifests)
    return env.cluster.build(text, namespace, validate=False)


def delete_objects(
    draft: Draft,
    others: Sequence[Release],
    options: UninstallOptions,
    progress: Callable[[Progress], None],
) -> tuple[str, list[str]]:
    """Delete what is the release's. Returns the text of what was kept, and errors of waiting.

    others: revisions whose objects go, too. Raises ActionError `failed to delete release: NAME` when something could
    not be deleted; the reasons are its hint.
    """
    env, release = draft.env, draft.release
    try:
        keep, resources = _wanted(env, release, others, options.namespace)
    except CharthouseError as error:
        env.log(LogRecord(DEBUG, "uninstall: Failed to delete release", error=error.message))
        raise ActionError(f"failed to delete release: {release.name}", hint=error.message) from error
    found = verify(env.cluster.client, resources, release.name, release.namespace)
    kept = _tell(env, release, kept_text(keep), found)
    if not found.owned:
        return kept, []
    result = env.cluster.delete(
        found.owned,
        propagation=_PROPAGATION.get(options.cascade, "Background"),
        release="",
        release_namespace="",
        progress=progress,
    )
    if result.errors:
        raise ActionError(f"failed to delete release: {release.name}", hint="\n".join(result.errors))
    if options.wait != "hookOnly":
        try:
            env.cluster.wait_deleted(found.owned, WaitOptions(options.wait, options.timeout), progress)
        except CharthouseError as error:
            return kept, [error.message]
    return kept, []


def _wanted(
    env: Environment, release: Release, others: Sequence[Release], namespace: str
) -> tuple[list[Manifest], list[Resource]]:
    keep, rest = split_kept(release, env)
    resources = build(env, rest, namespace) if rest else []
    for other in others:
        known = {resource.ref for resource in resources}
        more = build(env, split_kept(other, env)[1], namespace)
        resources += [resource for resource in more if resource.ref not in known]
    return keep, resources


def _tell(env: Environment, release: Release, kept: str, found: Ownership) -> str:
    """Log what is not the release's, and add it to the text of what was kept."""
    for resource in found.foreign:
        _warn(env, "skipping delete of resource not owned by this release", resource, release, "")
    for resource, text in found.unknown:
        _warn(env, "skipping delete of resource because ownership could not be verified", resource, release, text)
    if found.foreign:
        kept += "\n" if kept else ""
        kept += f"{len(found.foreign)} resource(s) were not deleted because they are not owned by this release:\n"
        kept += "".join(f"[{resource.kind}] {resource.name}\n" for resource in found.foreign)
    if found.unknown:
        kept += "\n" if kept else ""
        kept += f"{len(found.unknown)} resource(s) were not deleted because their ownership could not be verified:\n"
        kept += "".join(f"[{resource.kind}] {resource.name}: {text}\n" for resource, text in found.unknown)
    return kept


def _warn(env: Environment, text: str, resource: Resource, release: Release, error: str) -> None:
    attributes = {"kind": resource.kind, "name": resource.name, "namespace": resource.namespace}
    attributes["release"] = release.name
    if error:
        attributes["error"] = error
    env.log(LogRecord(WARN, text, **attributes))
