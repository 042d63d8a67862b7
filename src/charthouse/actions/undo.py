"""Undoing an operation that died before its revision was recorded.

It has applied nothing of the release. What may be there: the namespace it made, the CRDs of its chart (which stay, as
Helm never deletes any), an uninstalled revision that was marked superseded to make way, and old revisions pruned for
the new one. The namespace is deleted when it was this operation's and nothing is in it; anything else is kept, and
said.
"""

from __future__ import annotations

from charthouse.actions.draft import record
from charthouse.actions.namespace import NAMESPACE
from charthouse.actions.ports import ApiError
from charthouse.actions.recovery import fail_pending
from charthouse.actions.resumed import Interrupted
from charthouse.errors import CharthouseError
from charthouse.golang.moment import from_text
from charthouse.k8s.objects import ObjectRef
from charthouse.releases.errors import CodecError
from charthouse.releases.journal import NAMESPACE as MAKING
from charthouse.releases.lock import LEASE, lease_name
from charthouse.releases.release import SUPERSEDED, UNINSTALLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Progress
    from charthouse.releases.journal import Journal
    from charthouse.releases.release import Release

__all__ = ["undo"]

_MADE_WAY = "superseded by new release"
_FURNITURE = (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"))  # what every namespace has
_SKEW = 60.0  # seconds by which the clocks of a replica and the API server may differ


def undo(
    env: Environment,
    history: list[Release],
    journal: Journal,
    name: str,
    namespace: str,
    progress: Callable[[Progress], None],
) -> Interrupted:
    """Put back what was changed; returns the error that says so. Raises StorageError, ApiError."""
    left = fail_pending(env, history, journal, namespace, progress)
    if left:
        return Interrupted(f"the {journal.verb} was interrupted; revision {left[-1].version} is marked failed")
    said = ""
    if journal.verb == "install" and journal.base:
        _put_back(env, history, journal.base)
    if journal.step == MAKING:
        said = _clear(env, namespace, journal, name)
    text = f"the {journal.verb} was interrupted before anything was recorded, and has been undone"
    return Interrupted(text + (f"; {said}" if said else ""), hint="begin it again")


def _put_back(env: Environment, history: list[Release], version: int) -> None:
    """An uninstalled revision that made way is uninstalled again."""
    for release in history:
        made_way = release.status == SUPERSEDED and release.info.description == _MADE_WAY
        if release.version == version and release is history[-1] and made_way:
            record(env, release.with_status(UNINSTALLED, "Uninstallation complete"))


def _clear(env: Environment, name: str, journal: Journal, release: str) -> str:
    """Delete the namespace the operation made; returns what is to be said when it stays."""
    kept = f"namespace {name} is kept"
    try:
        found = env.cluster.client.get(ObjectRef(NAMESPACE, "", name))
        if not _made_by(found, journal):
            return f"{kept}: somebody else made it"
        inside = _inside(env, name, (*_FURNITURE, (LEASE.kind, lease_name(release))))
        if inside:
            return f"{kept}: there is {inside} in it"
        uid = str((found.get("metadata") or {}).get("uid", ""))
        env.cluster.client.delete(ObjectRef(NAMESPACE, "", name), uid=uid)
    except ApiError as error:
        return "" if error.reason == "NotFound" else f"{kept}: {error.message}"
    except CharthouseError as error:
        return f"{kept}: {error.message}"
    return ""


def _made_by(found: dict[str, Any], journal: Journal) -> bool:
    """Whether it was made after the operation said it would make it, the way it makes it."""
    metadata = found.get("metadata") or {}
    if (metadata.get("labels") or {}).get("name") != metadata.get("name"):
        return False
    try:
        made, began = from_text(str(metadata.get("creationTimestamp"))), from_text(journal.started)
    except (ValueError, CodecError):
        return False
    return bool((made - began).total_seconds() > -_SKEW)


def _inside(env: Environment, name: str, furniture: tuple[tuple[str, str], ...]) -> str:
    """Something that is in the namespace besides its furniture, "" when nothing is. Raises ApiError."""
    client = env.cluster.client
    for entry in client.api_versions():
        version, slash, kind = entry.rpartition("/")
        if not slash or not kind[:1].isupper() or kind == "Event":
            continue
        type = client.resource_type(version, kind)
        if not type.namespaced or (type.verbs and "list" not in type.verbs):
            continue
        for item in client.list(type, name, metadata_only=True):
            found = (item.get("metadata") or {}).get("name", "")
            if (kind, found) not in furniture:
                return f"{kind} {found}"
    return ""
