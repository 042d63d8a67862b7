"""The hooks of one event of a release that is being worked on.

Whose rules: ``actions.hooks_helm2``; the namespace of the release is made before its first hook (helm v2.17.0
pkg/kube/client.go, Create).
"""

from __future__ import annotations

from charthouse.actions.helm2.namespaces import ensure_namespace
from charthouse.actions.helm2.revision import delete_timeouts, with_hooks
from charthouse.actions.hooks_helm2 import BEFORE, TillerHooks
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.draft import Draft
    from charthouse.actions.hooks_helm2 import HookCluster
    from charthouse.actions.ports import Progress

__all__ = ["run_hooks"]


def run_hooks(
    draft: Draft, event: str, timeout: float, progress: Callable[[Progress], None], *, again: bool = False
) -> None:
    """Run them; the draft's hooks then tell when. again: an operation that died may have made them: such ones go first.

    Raises ApplyFailed, WaitFailed, HookDeletion, BuildError, Locked.
    """
    release = draft.release
    if not any(event in hook.events for hook in release.hooks):
        return
    draft.check()
    from typing import cast

    def before() -> None:
        ensure_namespace(draft.env, release.namespace)
        if draft.guard is not None:
            draft.guard.retry()

    hooks = TillerHooks(
        cast("HookCluster", draft.env.cluster),  # whoever works by Helm 2's rules is given a cluster of them
        release.namespace,
        timeout,
        draft.now,
        progress,
        delete_timeouts(release),
        before,
    )
    wanted = [replace(hook, delete_policies=(*hook.delete_policies, BEFORE)) for hook in release.hooks]
    done = hooks.run(wanted if again else release.hooks, event)
    draft.release = with_hooks(
        release, [replace(hook, last_run=ran.last_run) for hook, ran in zip(release.hooks, done, strict=True)]
    )
