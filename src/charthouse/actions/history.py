"""The `history` verb: every revision of one release.

Whose rules: helm v4.3.1 pkg/action/history.go; sorting and cutting to `--max` is the shell's (pkg/cmd/history.go).
"""

from __future__ import annotations

from charthouse.actions.reading import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.actions.environment import Environment
    from charthouse.actions.options import HistoryOptions
    from charthouse.releases.release import Release

__all__ = ["run"]


def run(env: Environment, options: HistoryOptions) -> list[Release]:
    """All revisions in the store's order. Raises ActionError, NotFound, StorageError, kube's Unreachable."""
    env.cluster.reachable()
    named(options.name, "release name is invalid: ")
    return env.storage.history(options.name)
