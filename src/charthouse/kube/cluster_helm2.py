"""A cluster worked on as Tiller does: its plans, its order, its waiting; what a request by the hapi API is given.

Whose rules: helm v2.17.0 ``pkg/kube``; the parts are ``plan_helm2``, ``apply_helm2`` and ``wait_helm2``.
"""

from __future__ import annotations

from charthouse.actions.ports import ApplyOptions, ApplyResult, Operation
from charthouse.kube.apply_helm2 import TillerApplier, TillerRules
from charthouse.kube.cluster import Cluster
from charthouse.kube.wait_helm2 import TillerWaiter
from charthouse.logs import silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from charthouse.actions.ports import Clock, Progress, WaitOptions
    from charthouse.k8s.objects import Resource
    from charthouse.k8s.ports import KubeClient
    from charthouse.logs import Log

__all__ = ["TillerCluster"]


class TillerCluster(Cluster):
    """One cluster as one user, by Helm 2's rules. rules: force and recreate, whatever a request asks for itself."""

    def __init__(
        self,
        client: KubeClient,
        *,
        rules: TillerRules | None = None,
        log: Log = silent,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(client, log=log, clock=clock)
        self._rules = rules or TillerRules()

    def build(self, manifest: str, namespace: str, *, validate: bool = True) -> list[Resource]:
        """Parse, flatten Lists, resolve kinds, default the namespace; Tiller checks nothing before. Raises BuildError
        (`unable to recognize "": no matches for kind …`)."""
        from charthouse.kube.build import build

        return build(manifest, namespace, self.client.resource_type, validate=False, old_texts=True)

    def check_ownership(self, resources: Sequence[Resource], options: ApplyOptions) -> list[Resource]:
        """Helm 2 knows no owners: an object that is there is found out when it is to be made."""
        return []

    def plan(self, original: Sequence[Resource], target: Sequence[Resource], options: ApplyOptions) -> list[Operation]:
        """What would be done; an install (no original, no update) makes everything and looks at nothing.

        Raises KubeError (`Could not get information about the resource: …`, `failed to create patch: …`).
        """
        from charthouse.errors import CharthouseError
        from charthouse.kube.errors import KubeError
        from charthouse.kube.plan_helm2 import plan_update_helm2

        if not original and not options.update:
            return [Operation("create", resource, None, resource.object) for resource in target]
        wanted = set(map(id, target))

        def live(resource: Resource) -> dict[str, object] | None:
            try:
                return self._read(resource, required=id(resource) in wanted, nameless=False)
            except CharthouseError as error:
                text = error.message.removeprefix("could not get information about the resource: ")
                raise KubeError(f"Could not get information about the resource: {text}", hint=error.hint) from error

        return plan_update_helm2(original, target, live)

    def execute(
        self, plan: Iterable[Operation], options: ApplyOptions, progress: Callable[[Progress], None]
    ) -> ApplyResult:
        """Do it. Raises ApplyFailed with `.result` and Tiller's text."""
        rules = TillerRules(
            force=self._rules.force or options.force_replace, recreate=self._rules.recreate or options.restart_pods
        )
        return TillerApplier(self.client, rules, progress=progress).run(plan)

    def wait(self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]) -> None:
        """Until all are ready, by Helm 2's rules for each kind. Raises WaitFailed."""
        if options.strategy != "hookOnly":
            self._waiter(resources, options, progress).until_ready()

    def wait_deleted(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        """Until all are gone; a timeout of 0 does not wait. Raises WaitFailed."""
        if options.timeout > 0:
            self._waiter(resources, options, progress).until_gone()

    def wait_hook(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        """Jobs to their end; Pods are not waited for. Raises WaitFailed."""
        self._waiter(resources, options, progress).until_hooks_done()

    def wait_established(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> None:
        """Custom resource definitions of crd-install hooks. Raises WaitFailed."""
        self._waiter(resources, options, progress).until_established()

    def _waiter(
        self, resources: Sequence[Resource], options: WaitOptions, progress: Callable[[Progress], None]
    ) -> TillerWaiter:
        return TillerWaiter(self.client, resources, clock=self._clock, timeout=options.timeout, progress=progress)
