"""What is done to the objects of a release: made, brought to a new manifest, deleted.

Whose rules: helm v2.17.0 pkg/kube/client.go (Create, UpdateWithOptions), pkg/tiller/release_modules.go (DeleteRelease),
resource_policy.go, with their texts. Objects that an interrupted operation of ours left count as belonging to the last
manifest.
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError, wrapped
from charthouse.actions.helm2.errors import NoObjects
from charthouse.actions.helm2.namespaces import ensure_namespace
from charthouse.actions.ports import ApplyOptions, WaitOptions
from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.manifests.helm2 import UNINSTALL_ORDER_HELM2, is_kept, sort_helm2, split_helm2
from charthouse.manifests.sort import ManifestError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Progress
    from charthouse.k8s.objects import Resource
    from charthouse.manifests.hooks import Manifest
    from charthouse.releases.release import Release

__all__ = ["Change", "build", "create", "delete", "update"]

_STRATEGY = "legacy"
_REMOVED_KIND = 'unable to recognize "": no matches for kind'
_KEPT = "These resources were kept due to the resource policy:\n"
_API_GONE = (
    "%s release manifest contains removed kubernetes api(s) for this kubernetes version and it is therefore unable to "
    "build the kubernetes objects for %s. error from kubernetes: "
)


class Change(Record):
    """How objects are changed. force: replace what cannot be patched; recreate: restart pods; cleanup: delete what was
    made when the rest fails; timeout: of waiting, seconds."""

    force: bool = False
    recreate: bool = False
    cleanup: bool = False
    wait: bool = False
    timeout: float = 300.0


def build(env: Environment, release: Release) -> list[Resource]:
    """The objects of a release. Raises BuildError, ApiError."""
    return env.cluster.build(release.manifest, release.namespace, validate=False)


def create(env: Environment, release: Release, change: Change, progress: Callable[[Progress], None]) -> None:
    """Make the objects of a release, none of which may be there; its namespace, too. Raises NoObjects, BuildError,
    ApplyFailed, WaitFailed, ApiError."""
    ensure_namespace(env, release.namespace)
    resources = build(env, release)
    if not resources:
        raise NoObjects
    options = ApplyOptions(server_side=False)
    env.cluster.execute(env.cluster.plan([], resources, options), options, progress)
    if change.wait:
        env.cluster.wait(resources, WaitOptions(_STRATEGY, change.timeout), progress)


def update(
    env: Environment,
    current: Release,
    target: Release,
    remains: Sequence[Release],
    change: Change,
    progress: Callable[[Progress], None],
) -> None:
    """Get from one release's objects to another's. remains: revisions an interrupted operation left.

    Raises ActionError, ApplyFailed, WaitFailed, KubeError."""
    old = _built(env, current, target.namespace, "current", "performing the diff")
    new = _built(env, target, target.namespace, "new", "deployment")
    known = {resource.ref for resource in old}
    for release in remains:
        old += [resource for resource in build(env, release) if resource.ref not in known]
    options = ApplyOptions(
        server_side=False,
        force_replace=change.force,
        restart_pods=change.recreate,
        timeout=change.timeout,
        update=True,
    )
    created: Sequence[Resource] = ()
    try:
        plan = env.cluster.plan(old, new, options)
        created = env.cluster.execute(plan, options, progress).created
        if change.wait:
            env.cluster.wait(new, WaitOptions(_STRATEGY, change.timeout), progress)
    except CharthouseError as error:
        done = getattr(error, "result", None)
        if not change.cleanup:
            raise
        raise _cleaned_up(env, error, done.created if done is not None else created, progress) from error


def _built(env: Environment, release: Release, namespace: str, which: str, purpose: str) -> list[Resource]:
    try:
        return env.cluster.build(release.manifest, namespace, validate=False)
    except CharthouseError as error:
        if _REMOVED_KIND in error.message:
            raise wrapped(_API_GONE % (which, purpose), error) from error
        raise wrapped("failed decoding reader into objects: ", error) from error


def _cleaned_up(
    env: Environment, error: CharthouseError, created: Sequence[Resource], progress: Callable[[Progress], None]
) -> ActionError:
    """Delete what was made; the error with those of deleting, garbled by printf as Tiller's are."""
    from charthouse.golang.fmt import sprintf

    texts = [error.message]
    if created:
        result = env.cluster.delete(
            created, propagation="Background", release="", release_namespace="", progress=progress
        )
        texts += result.errors
    text = " && ".join(texts)
    if len(texts) > 1 or getattr(error, "result", None) is None:
        text = sprintf(text, [])
    made = ActionError(text, hint=error.hint)
    made.pending = tuple(getattr(error, "pending", ()))
    return made


def delete(env: Environment, release: Release, progress: Callable[[Progress], None]) -> tuple[str, list[str]]:
    """Delete the objects of a release, each document for itself. Returns what was kept, "" or several lines, and the
    texts of what went wrong."""
    texts = {f"manifest-{index}": text for index, text in enumerate(split_helm2(release.manifest))}
    try:
        documents = sort_helm2(texts, log=env.log, order=UNINSTALL_ORDER_HELM2, profile=env.profile)[1]
    except ManifestError as error:
        text = "corrupted release record. You must manually delete the resources: "
        return release.manifest, [text + error.message]
    kept = [document for document in documents if is_kept(document.head.annotations)]
    errors: list[str] = []
    for document in documents:
        if document in kept:
            continue
        error_text = _delete_one(env, release, document, progress)
        if error_text:
            errors.append(error_text)
    return _kept_text(env, release, kept), errors


def _delete_one(env: Environment, release: Release, document: Manifest, progress: Callable[[Progress], None]) -> str:
    """The text of what went wrong, "" when all is well."""
    try:
        resources = env.cluster.build(document.content, release.namespace, validate=False)
    except CharthouseError as error:
        return error.message
    if not resources:
        head = document.head
        named = f"[{head.kind}] {head.name}" if head.has_metadata else ""
        return f"release {quote(release.name)}: object {quote(named)} not found, skipping delete"
    result = env.cluster.delete(
        resources, propagation="Background", release="", release_namespace="", progress=progress
    )
    return result.errors[0] if result.errors else ""


def _kept_text(env: Environment, release: Release, kept: Sequence[Manifest]) -> str:
    lines = [f"[{document.head.kind}] {document.head.name}\n" for document in kept if _is_there(env, release, document)]
    return _KEPT + "".join(lines) if lines else ""


def _is_there(env: Environment, release: Release, document: Manifest) -> bool:
    """Whether every object of a document is in the cluster."""
    try:
        resources = env.cluster.build(document.content, release.namespace, validate=False)
        for resource in resources:
            env.cluster.client.get(resource.ref)
    except CharthouseError:
        return False
    return bool(resources)
