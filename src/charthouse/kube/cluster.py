"""Release-sized work on one cluster: ``actions.ports.Cluster`` over a KubeClient."""

from __future__ import annotations

from charthouse.actions.ports import ApplyOptions, ApplyResult, DeleteResult, Finding, Operation
from charthouse.errors import CharthouseError
from charthouse.k8s.objects import Resource
from charthouse.k8s.ports import ApiError, KubeClient
from charthouse.kube import ownership
from charthouse.kube.errors import KubeError, OwnershipConflict, Unreachable
from charthouse.kube.parallel import each
from charthouse.kube.refusals import is_not_found
from charthouse.logs import WARN, LogRecord, silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from charthouse.actions.ports import Clock, Progress, WaitOptions
    from charthouse.logs import Log

__all__ = ["Cluster"]

_WAITS = (0.1, 0.3, 1.0, 2.0)  # seconds between questions for an object that is to be deleted


class Cluster:
    """One cluster as one user. Safe to use from several threads."""

    def __init__(self, client: KubeClient, *, log: Log = silent, clock: Clock | None = None) -> None:
        """clock: the system's when None."""
        from charthouse.kube.connect import SystemClock

        self._client = client
        self._log = log
        self._clock = clock or SystemClock()

    @property
    def client(self) -> KubeClient:
        return self._client

    def reachable(self) -> None:
        """Raises Unreachable with Helm's `kubernetes cluster unreachable: …`."""
        try:
            self._client.server_version()
        except CharthouseError as error:
            raise Unreachable(f"kubernetes cluster unreachable: {error.message}", hint=error.hint) from error

    def build(self, manifest: str, namespace: str, *, validate: bool = True) -> list[Resource]:
        """Parse, flatten Lists, resolve kinds, default the namespace. Raises BuildError."""
        from charthouse.kube.build import build

        return build(manifest, namespace, self._client.resource_type, validate=validate)

    def check_ownership(self, resources: Sequence[Resource], options: ApplyOptions) -> list[Resource]:
        """Those that exist already and may be adopted. Raises OwnershipConflict, KubeError.

        Rules: Helm 4.3.1 ``pkg/action/validate.go`` (``existingResourceConflict``, ``requireAdoption``).
        """
        found = []
        named = [resource for resource in resources if not ownership.has_generated_name(resource)]
        for resource, live in zip(named, each(named, self._live_or_error), strict=True):
            if live is None:
                continue
            if not options.take_ownership:
                self._require_ours(resource, live, options)
            found.append(resource)
        return found

    def _require_ours(self, resource: Resource, live: dict[str, Any], options: ApplyOptions) -> None:
        problems = ownership.ownership_problems(live, options.release, options.release_namespace)
        if not problems:
            return
        text = "; ".join(problems)
        notes = (live.get("metadata") or {}).get("annotations") or {}
        holder = notes.get(ownership.RELEASE_NAME)
        hint = f"it belongs to release `{holder}`" if holder else "it was not made by Helm"
        raise OwnershipConflict(
            f"{ownership.described(resource)} exists and cannot be imported into the current release: "
            f"invalid ownership metadata; {text}",
            resource=resource,
            hint=f"{hint}; adopt it with --take-ownership, or delete or rename it",
        )

    def _live_or_error(self, resource: Resource) -> dict[str, Any] | None:
        try:
            return self._client.get(resource.ref)
        except ApiError as error:
            if is_not_found(error):
                return None
            raise self._unreadable(resource, error) from error
        except CharthouseError as error:
            raise self._unreadable(resource, error) from error

    def _unreadable(self, resource: Resource, error: CharthouseError) -> KubeError:
        text = f"could not get information about the resource {ownership.described(resource)}: {error.message}"
        return KubeError(text, hint=error.hint)

    def plan(self, original: Sequence[Resource], target: Sequence[Resource], options: ApplyOptions) -> list[Operation]:
        """What would be done to get from `original` to `target`; reads living objects, writes none.

        Raises KubeError (`could not get information about the resource: …`, `failed to create patch: …`, options that
        exclude each other).
        """
        from charthouse.kube.plan import identity, plan_update, removed

        gone = removed(original, target)
        wanted = [*target, *gone]
        if original:
            _check_force(options)

        def read(resource: Resource) -> dict[str, Any] | None:
            return self._read(resource, required=resource in target, nameless=not original)

        answers = each(wanted, read)
        live = {identity(resource): body for resource, body in zip(wanted, answers, strict=True)}
        if not original and any(answers):
            _check_force(options)

        def adopted(resource: Resource) -> None:
            self._log(
                LogRecord(
                    WARN,
                    "resource exists on cluster but not in original release, using cluster state as baseline",
                    namespace=resource.namespace,
                    name=resource.name,
                    kind=resource.kind,
                )
            )

        return plan_update(original, target, lambda resource: live[identity(resource)], options, adopted=adopted)

    def _read(self, resource: Resource, *, required: bool, nameless: bool) -> dict[str, Any] | None:
        """The living object; one that is only to be deleted and may not be read is left alone, as in Helm.

        Helm also leaves one alone that the server fails to give (500, a lost connection), so it stays for good. It is
        asked for again, and what cannot be had then ends the update before it has begun.

        nameless: an object whose name the server is to choose is taken for a new one, which Helm does only in a first
        installation (``Create``); ``Update`` asks for it and fails.
        """
        if nameless and not resource.name and (resource.object.get("metadata") or {}).get("generateName"):
            return None
        try:
            return self._client.get(resource.ref) if required else self._read_again(resource)
        except CharthouseError as error:
            if isinstance(error, ApiError) and is_not_found(error):
                return None
            if not required and not _fails(error):
                return None
            text = f"could not get information about the resource: {error.message}"
            raise KubeError(text, hint=error.hint) from error

    def _read_again(self, resource: Resource) -> dict[str, Any]:
        """The living object, asked for up to five times while the server fails."""
        for wait in _WAITS:
            try:
                return self._client.get(resource.ref)
            except CharthouseError as error:
                if not _fails(error):
                    raise
            self._clock.sleep(wait)
        return self._client.get(resource.ref)

    def execute(
        self, plan: Iterable[Operation], options: ApplyOptions, progress: Callable[[Progress], None]
    ) -> ApplyResult:
        """Do it. Raises ApplyFailed with `.result` and Helm's text."""
        from charthouse.kube.apply import Applier

        return Applier(self._client, options, clock=self._clock, progress=progress).run(plan)

    def delete(
        self, resources: Sequence[Resource], *, propagation: str, release: str, release_namespace: str,
        progress: Callable[[Progress], None],
    ) -> DeleteResult:  # fmt: skip
        """In the order given; release "" = without looking at ownership and policy. Errors are in the result."""
        from charthouse.kube.deletion import delete

        return delete(
            self._client, resources, propagation=propagation, release=release, release_namespace=release_namespace,
            clock=self._clock, progress=progress,
        )  # fmt: skip

    def wait(self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]) -> None:
        """Until all are ready; paused Deployments are not waited for by the watcher. Raises WaitFailed."""
        if options.strategy == "hookOnly":
            return
        if options.strategy == "legacy":
            self._legacy(resources, options, progress).until_ready(jobs=options.jobs)
            return
        from charthouse.kube.wait import StatusWaiter, jobs_reader, plain_reader

        running = [resource for resource in resources if not _paused(resource)]
        reader = jobs_reader if options.jobs else plain_reader
        StatusWaiter(
            self._client, running, clock=self._clock, timeout=options.timeout, progress=progress, reader=reader
        ).until_ready()

    def wait_deleted(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        """Until all are gone. Raises WaitFailed."""
        if options.strategy == "hookOnly":
            return
        if options.strategy == "legacy":
            self._legacy(resources, options, progress).until_gone()
            return
        from charthouse.kube.wait import StatusWaiter, plain_reader

        StatusWaiter(
            self._client, resources, clock=self._clock, timeout=options.timeout, progress=progress,
            reader=plain_reader, phase="delete",
        ).until_gone()  # fmt: skip

    def wait_hook(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        """Jobs and Pods to completion, everything else is ready at once. Raises WaitFailed."""
        if options.strategy == "legacy":
            self._legacy(resources, options, progress).until_hooks_done()
            return
        from charthouse.kube.wait import StatusWaiter, hook_reader

        running = [resource for resource in resources if not _paused(resource)]
        StatusWaiter(
            self._client, running, clock=self._clock, timeout=options.timeout, progress=progress, reader=hook_reader,
            phase="hook",
        ).until_ready()  # fmt: skip

    def _legacy(self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]) -> Any:
        from charthouse.kube.legacy_wait import LegacyWaiter

        return LegacyWaiter(self._client, resources, clock=self._clock, timeout=options.timeout, progress=progress)

    def diagnose(self, resources: Sequence[Resource]) -> list[Finding]:
        """Why they are not ready. Never raises a CharthouseError."""
        from charthouse.kube.diagnose import diagnose

        return diagnose(self._client, resources)


def _fails(error: CharthouseError) -> bool:
    """Whether it is the server (or the way to it) that does not work, not the request."""
    return isinstance(error, Unreachable) or (isinstance(error, ApiError) and (error.code >= 500 or error.code == 429))


def _check_force(options: ApplyOptions) -> None:
    """Ways of changing what exists that exclude each other (``Client.Update``); plain creates do not care."""
    if options.force_conflicts and not options.server_side:
        raise KubeError(
            "invalid client update option(s): forceConflicts enabled when serverSideApply disabled",
            hint="--force-conflicts is for server-side apply: give --server-side=true with it",
        )
    if options.force_replace and options.force_conflicts:
        raise KubeError("invalid operation: cannot use force conflicts and force replace together")
    if options.force_replace and options.server_side:
        raise KubeError(
            "invalid operation: cannot use server-side apply and force replace together",
            hint="give --server-side=false with --force-replace",
        )


def _paused(resource: Resource) -> bool:
    """A Deployment whose manifest says so never gets ready."""
    return (
        resource.kind == "Deployment"
        and resource.ref.type.group == "apps"
        and (resource.object.get("spec") or {}).get("paused") is True
    )
