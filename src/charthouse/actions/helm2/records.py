"""The records of a release as Helm 2 asks for them, and words its answers.

Whose rules: helm v2.17.0 pkg/storage/storage.go, pkg/storage/errors. History is pruned before a new revision, but only
where there is a deployed one; what cannot be pruned stays without a word.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.logs import WARN, LogRecord
from charthouse.releases.errors import AlreadyExists, NoDeployedReleases, NotFound, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment
    from charthouse.releases.release import Release

__all__ = ["create", "deployed", "get", "history", "last", "not_found"]


def not_found(name: str, revision: int = 0) -> NotFound:
    """`release: "x" not found`, `release: "x.v3" not found`."""
    return NotFound(f"release: {quote(f'{name}.v{revision}' if revision else name)} not found")


def history(env: Environment, name: str) -> list[Release]:
    """All revisions, oldest first. Raises NotFound, StorageError."""
    try:
        found = env.storage.history(name)
    except NotFound as error:
        raise not_found(name) from error
    return sorted(found, key=lambda release: release.version)


def last(env: Environment, name: str) -> Release:
    """The newest revision. Raises NotFound, StorageError."""
    found = history(env, name)
    if not found:
        raise StorageError(f"no revision for release {quote(name)}")
    return found[-1]


def get(env: Environment, name: str, revision: int) -> Release:
    """One revision. Raises NotFound, StorageError."""
    try:
        return env.storage.get(name, revision)
    except NotFound as error:
        raise not_found(name, revision) from error


def deployed(env: Environment, name: str) -> Release:
    """The newest deployed revision. Raises NoDeployedReleases, StorageError."""
    return env.storage.deployed(name)


def create(env: Environment, release: Release, history_max: int) -> None:
    """Store a new revision. Raises AlreadyExists, StorageError."""
    room = history_max if history_max > 0 and _is_deployed(env, release.name) else 0
    try:
        if room:
            _make_room(env, release.name, room - 1)
        env.storage.create(release)
    except AlreadyExists as error:
        raise StorageError(
            f"release: {quote(f'{release.name}.v{release.version}')} already exists",
            hint="somebody else works on the release",
        ) from error


def _is_deployed(env: Environment, name: str) -> bool:
    try:
        deployed(env, name)
    except NoDeployedReleases:
        return False
    return True


def _make_room(env: Environment, name: str, room: int) -> None:
    """Delete the oldest revisions until `room` are left, never the deployed one."""
    try:
        found = history(env, name)
    except NotFound:
        return
    kept = deployed(env, name).version
    old = [release for release in found if release.version != kept]
    for release in old[: max(0, len(found) - room)]:
        try:
            env.storage.delete(name, release.version)
        except CharthouseError as error:
            text = "a revision could not be pruned"
            env.log(LogRecord(WARN, text, release=name, revision=release.version, error=error.message))
