"""What the verbs need of the world, as protocols: `actions` never imports `kube` (docs/architecture.md, "Layers").

``KubeClient`` (of ``k8s.ports``) is the API server, object by object; ``Cluster`` is what is done to it release by
release (build, plan, execute, wait). ``kube`` implements both; ``cli``, ``api`` and ``tiller`` hand them in.
Implementations are safe to use from several threads.
"""

from __future__ import annotations

from typing import Any, Protocol

from charthouse.k8s.objects import Resource
from charthouse.k8s.ports import ApiError, KubeClient, PatchType, ServerVersion, WatchEvent
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "ApiError",
    "ApplyOptions",
    "ApplyResult",
    "Clock",
    "Cluster",
    "DeleteResult",
    "Finding",
    "KubeClient",
    "Operation",
    "PatchType",
    "Progress",
    "ServerVersion",
    "WaitOptions",
    "WatchEvent",
]


class ApplyOptions(Record):
    """How objects are brought to their new state (facts/release-v3v4.md §3).

    server_side: server-side apply instead of client-side patches. take_ownership: adopt what exists.
    release/release_namespace: ownership metadata put on each object ("" = none, for hooks). restart_pods: delete the
    pods behind every workload that is updated (Helm 2's --recreate-pods). update: look at what is there even where
    there is nothing to start from (Helm 2's rules; ours always look).
    """

    release: str = ""
    release_namespace: str = ""
    server_side: bool = True
    force_conflicts: bool = False
    force_replace: bool = False
    take_ownership: bool = False
    field_manager: str = "helm"
    validate: bool = True
    three_way_json: bool = False
    csa_to_ssa: bool = False
    timeout: float = 300.0
    restart_pods: bool = False
    update: bool = False


class Operation(Record):
    """One step of a plan, complete before anything is done.

    action: create | apply | patch | replace | delete | unchanged | keep (resource policy) | adopt.
    live: the object as it is now (None when absent); body: what is sent; patch_type: for `patch` and `apply`.
    reason: one line for people ("spec.replicas changed", "no longer in the manifest").
    """

    action: str
    resource: Resource
    live: dict[str, Any] | None = None
    body: Any = None
    patch_type: PatchType | None = None
    reason: str = ""


class ApplyResult(Record):
    created: tuple[Resource, ...] = ()
    updated: tuple[Resource, ...] = ()
    deleted: tuple[Resource, ...] = ()


class DeleteResult(Record):
    """kept: resource policy; foreign: not owned by the release; errors: texts of failed deletions."""

    deleted: tuple[Resource, ...] = ()
    kept: tuple[Resource, ...] = ()
    foreign: tuple[Resource, ...] = ()
    errors: tuple[str, ...] = ()


class Progress(Record):
    """What long work tells while it runs: phase (plan, apply, wait, hook, delete), an object, its state and message."""

    phase: str
    subject: str
    state: str
    message: str = ""
    done: int = 0
    total: int = 0


class WaitOptions(Record):
    """strategy: watcher (kstatus) | legacy (Helm 3's poller) | hookOnly. timeout: seconds (0 = 30 s in the watcher)."""

    strategy: str
    timeout: float
    jobs: bool = False


class Finding(Record):
    """Why an object is not ready: an event, a container's state, log lines. text may have several lines."""

    subject: str
    source: str
    text: str


class Cluster(Protocol):
    """Release-sized work on one cluster, in one default namespace per call."""

    @property
    def client(self) -> KubeClient: ...

    def reachable(self) -> None:
        """Raises a CharthouseError with Helm's text `kubernetes cluster unreachable: …`."""
        ...

    def build(self, manifest: str, namespace: str, *, validate: bool = True) -> list[Resource]:
        """Parse, flatten Lists, resolve kinds, default the namespace. Helm's texts (`resource mapping not found …`)."""
        ...

    def check_ownership(self, resources: Sequence[Resource], options: ApplyOptions) -> list[Resource]:
        """Those that exist already and may be adopted; raises OwnershipConflict (facts/release-v3v4.md §2)."""
        ...

    def plan(self, original: Sequence[Resource], target: Sequence[Resource], options: ApplyOptions) -> list[Operation]:
        """What would be done to get from `original` (the stored manifest) to `target`; reads live objects only."""
        ...

    def execute(
        self, plan: Iterable[Operation], options: ApplyOptions, progress: Callable[[Progress], None]
    ) -> ApplyResult:
        """Do it. On failure raises ApplyFailed (a CharthouseError) with `.result` (what was done) and Helm's text."""
        ...

    def delete(
        self,
        resources: Sequence[Resource],
        *,
        propagation: str,
        release: str,
        release_namespace: str,
        progress: Callable[[Progress], None],
    ) -> DeleteResult:
        """In the order given. release "" = delete without looking at ownership."""
        ...

    def wait(self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]) -> None:
        """Until all are ready; raises WaitFailed (Helm's text, `.pending`: the resources that were not ready)."""
        ...

    def wait_deleted(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None: ...

    def wait_hook(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        """Jobs and Pods to completion, everything else is ready at once; raises WaitFailed."""
        ...

    def diagnose(self, resources: Sequence[Resource]) -> list[Finding]:
        """Why they are not ready: events, container states, last log lines of their pods. Never raises ApiError."""
        ...


class Clock(Protocol):
    """Time as an argument. now: an aware datetime, from which record times are written; sleep in seconds."""

    def now(self) -> Any: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...
