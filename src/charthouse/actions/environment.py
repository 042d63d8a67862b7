"""What every verb is given: the cluster, the records, the lock, and the ambient state (time, randomness, who listens).

Stands for `action.Configuration` (helm v4.3.1, pkg/action/action.go), with everything handed in.
"""

from __future__ import annotations

from charthouse.logs import silent
from charthouse.profile import HELM4
from charthouse.records import Record
from charthouse.releases.lock import Unlocked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.ports import Clock, Cluster, Progress
    from charthouse.actions.render import Renderer
    from charthouse.engine.cache import TreeCache
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.releases.history import Storage
    from charthouse.releases.lock import Locks
    from charthouse.releases.storage.database import Database
    from charthouse.releases.storage.memory import MemoryStore

__all__ = ["Environment", "HookOutput", "assemble", "no_hints", "no_output", "no_progress"]

if TYPE_CHECKING:
    HookOutput = Callable[[str, str, str, str], None]
else:
    HookOutput = object


def no_progress(progress: Progress, /) -> None:
    """For callers who do not watch."""


def no_hints(text: str, /) -> None:
    """For callers who want no advice."""


def no_output(namespace: str, pod: str, container: str, text: str, /) -> None:
    """For callers who do not read the logs of hooks."""


class Environment(Record):
    """cluster: the API server, release by release; storage: the records; clock; random: so many random bytes.

    log: what Helm logs. hint: advice in our words, beside success (the advice of a failure is in its error). locks: the
    guard of each release; hook_output: gets (namespace, pod, container, text) of hooks whose log policy asks for it.
    trees: parsed templates on disk. limits: what the templates of a chart may use up.
    profile: which Helm a render follows. renderer: what turns a chart into text, with the interface of
    ``render.render_release``, None for that one (Tiller renders in a process apart, ``charthouse.sandbox``).
    """

    cluster: Cluster
    storage: Storage
    clock: Clock
    random: Callable[[int], bytes]
    log: Log = silent
    hint: Callable[[str], None] = no_hints
    locks: Locks = Unlocked()
    hook_output: HookOutput = no_output
    trees: TreeCache | None = None
    limits: Limits | None = None
    profile: Profile = HELM4
    renderer: Renderer | None = None


def assemble(
    cluster: Cluster,
    *,
    namespace: str,
    driver: str,
    clock: Clock,
    random: Callable[[int], bytes],
    log: Log = silent,
    hint: Callable[[str], None] = no_hints,
    hook_output: HookOutput = no_output,
    trees: TreeCache | None = None,
    memory: MemoryStore | None = None,
    database: Callable[[], Database] | None = None,
    profile: Profile = HELM4,
) -> Environment:
    """The Environment of one namespace: records by `driver` (HELM_DRIVER's value), locks as Leases beside them.

    namespace: "" for reading all of them. memory: what the memory driver of several namespaces shares. database: opens
    the one of the SQL driver. Raises StorageError (`unknown driver "x"`).
    """
    from charthouse.releases.history import Storage
    from charthouse.releases.holder import this_process
    from charthouse.releases.lock import LeaseLocks, ProcessLocks
    from charthouse.releases.storage.driver import open_driver

    def now() -> float:
        return float(clock.now().timestamp())

    store = open_driver(driver, cluster.client, namespace, now=now, log=log, memory=memory, database=database)
    locks: Locks
    if store.name == "Memory":
        locks = ProcessLocks()
    else:
        locks = LeaseLocks(
            cluster.client, namespace, holder=lambda: this_process(random(8).hex()), clock=clock, hint=hint
        )
    return Environment(
        cluster=cluster,
        storage=Storage(store),
        clock=clock,
        random=random,
        log=log,
        hint=hint,
        locks=locks,
        hook_output=hook_output,
        trees=trees,
        profile=profile,
    )
