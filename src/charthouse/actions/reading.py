"""Reading one revision, as `status`, `get` and `test` do.

Whose rules: helm v4.3.1 pkg/action/action.go (releaseContent).
"""

from __future__ import annotations

from charthouse.actions.errors import ActionError
from charthouse.releases.errors import InvalidName
from charthouse.releases.release import validate_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment
    from charthouse.releases.release import Release

__all__ = ["named", "read"]


def named(name: str, text: str) -> None:
    """Raises ActionError `TEXTNAME` for a name no release can have."""
    try:
        validate_name(name)
    except InvalidName as error:
        raise ActionError(text + name, hint=error.message) from error


def read(env: Environment, name: str, revision: int) -> Release:
    """A revision, the last one for 0. Raises ActionError, NotFound, StorageError, kube's Unreachable."""
    env.cluster.reachable()
    named(name, "releaseContent: Release name is invalid: ")
    if revision <= 0:
        return env.storage.last(name)
    return env.storage.get(name, revision)
