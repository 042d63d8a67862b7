"""The workplace of Tiller's services (``tiller.workplace.Workplace``) on a cluster.

Records are in the caller's reach or in nobody's: drivers get a client that impersonates; what the cluster does not keep
(SQL, memory) is guarded by its word (``guarded``).
"""

from __future__ import annotations

import os
import threading

from charthouse.actions.environment import Environment
from charthouse.kube.cluster import Cluster
from charthouse.logs import silent
from charthouse.records import Record
from charthouse.releases.errors import StorageError
from charthouse.releases.history import Storage
from charthouse.releases.lock import LeaseLocks, ProcessLocks
from charthouse.releases.storage.driver import open_driver
from charthouse.releases.storage.memory import MemoryStore
from charthouse.tiller.audit import AuditedDriver, AuditTrail, ValuesDigest
from charthouse.tiller.operations.seal import Seal
from charthouse.tiller.workplaces import impersonation
from charthouse.tiller.workplaces.clusters import Clusters
from charthouse.tiller.workplaces.everywhere import EverywhereDriver, namespaces_for
from charthouse.tiller.workplaces.helm2 import Doors, Helm2Home
from charthouse.tiller.workplaces.homes import HomesDriver
from charthouse.tiller.workplaces.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import HookOutput
    from charthouse.actions.ports import Clock
    from charthouse.actions.render import Renderer
    from charthouse.engine.cache import TreeCache
    from charthouse.gotemplate.limits import Limits
    from charthouse.kube.client import Client
    from charthouse.kube.connect import ConnectConfig
    from charthouse.kube.kubeconfig import Access
    from charthouse.kube.transport import Observe
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.releases.lock import Locks
    from charthouse.releases.storage.database import Database
    from charthouse.releases.storage.driver import Driver
    from charthouse.tiller.caller import Caller

__all__ = ["STORAGES", "ClusterWorkplace", "WorkplaceSettings", "render_limits"]

STORAGES = ("configmap", "secret", "sql", "memory")
_KINDS = {"configmap": "secret", "secret": "configmap"}


class WorkplaceSettings(Record):
    """storage: one of STORAGES, where new releases go. namespace: Tiller's own. database: opens the one of `sql`.

    allow_anonymous: callers without a name get Tiller's rights. allow_privileged: act also as the control plane.
    helm2: read the records of Helm 2's Tiller in Tiller's namespace. audit: gets each change of a record. limits: of
    each rendering; trees: parsed templates; renderer: what renders charts in the place of this process.
    observe: told of each request to the API server (``kube.transport``).
    """

    storage: str = "configmap"
    namespace: str = "kube-system"
    database: Callable[[], Database] | None = None
    allow_anonymous: bool = False
    allow_privileged: bool = False
    helm2: bool = True
    audit: Log = silent
    limits: Callable[[], Limits] | None = None
    trees: TreeCache | None = None
    renderer: Renderer | None = None
    observe: Observe | None = None


def render_limits() -> Limits:
    """What a chart may use up in the server: less than on the command line, since others wait."""
    from charthouse.gotemplate.limits import Limits

    return Limits(steps=10_000_000, output=1 << 25, seconds=20.0)


def _own_namespace(caller: Caller) -> set[str]:
    """That of a service account."""
    parts = caller.user.split(":")
    return {parts[2]} if parts[:2] == ["system", "serviceaccount"] and len(parts) == 4 else set()


class ClusterWorkplace:
    """See the module. Safe to use from several threads."""

    def __init__(
        self,
        config: ConnectConfig,
        settings: WorkplaceSettings,
        *,
        clock: Clock,
        access: Access | None = None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """config, access: see Clusters. clock: for connections; requests bring their own.

        Raises KubeconfigError, StorageError (a storage there is not).
        """
        if settings.storage not in STORAGES:
            raise StorageError(f'unknown storage "{settings.storage}"', hint=f"it is one of {', '.join(STORAGES)}")
        if settings.storage == "sql" and settings.database is None:
            raise StorageError(
                "storage sql needs a database", hint="give --sql-connection-string (postgres://…, sqlite:///PATH)"
            )
        self._settings = settings
        self._clock = clock
        self._random = random
        self._clusters = Clusters(config, clock=clock, access=access, observe=settings.observe)
        self._memory = MemoryStore()
        self._mutex = threading.Lock()
        self._process_locks: dict[str, ProcessLocks] = {}
        self._doors = Doors(clock.monotonic)
        self._places = Places(self.own_client(), settings.namespace, clock)
        seal = Seal(self.own_client(), settings.namespace, random)
        self._digest = ValuesDigest(seal.of, random(32))

    @property
    def storage(self) -> str:
        return self._settings.storage

    @property
    def namespace(self) -> str:
        return self._settings.namespace

    def cluster(self, caller: Caller, *, profile: Profile) -> Cluster:
        """The cluster as `caller`. Raises Refused."""
        return self._cluster(self._client(caller, silent), profile, silent, self._clock)

    def own_cluster(self) -> Cluster:
        """The cluster as Tiller itself."""
        return Cluster(self.own_client(), clock=self._clock)

    def own_client(self) -> Client:
        """Requests as Tiller itself."""
        return self._clusters.client(None)

    def environment(
        self,
        caller: Caller,
        namespace: str,
        *,
        profile: Profile,
        log: Log,
        hint: Callable[[str], None],
        hook_output: HookOutput,
        clock: Clock,
        locks: Locks | None = None,
    ) -> Environment:
        """For one request in one namespace ("" = all, for reading), as `caller`. Raises Refused."""
        client = self._client(caller, log)
        records = self._records(client, caller, namespace, profile, log, clock)
        if namespace:
            trail = AuditTrail(caller, self._settings.audit, self._digest, clock.now)
            records = AuditedDriver(records, trail, learn=self._places.learn)
        return Environment(
            cluster=self._cluster(client, profile, log, clock),
            storage=Storage(records),
            clock=clock,
            random=self._random,
            log=log,
            hint=hint,
            locks=locks or self._locks(client, namespace, clock, hint),
            hook_output=hook_output,
            trees=self._settings.trees,
            limits=(self._settings.limits or render_limits)(),
            profile=profile,
            renderer=self._settings.renderer,
        )

    def close(self) -> None:
        """Close kept connections."""
        self._clusters.close()

    def _client(self, caller: Caller, log: Log) -> Client:
        settings = self._settings
        impersonation.check(
            caller, allow_privileged=settings.allow_privileged, allow_anonymous=settings.allow_anonymous
        )
        return self._clusters.client(caller, log=log)

    def _cluster(self, client: Client, profile: Profile, log: Log, clock: Clock) -> Cluster:
        if profile.helm2:
            from charthouse.kube.cluster_helm2 import TillerCluster

            return TillerCluster(client, log=log, clock=clock)
        return Cluster(client, log=log, clock=clock)

    def _locks(self, client: Client, namespace: str, clock: Clock, hint: Callable[[str], None]) -> Locks:
        if self.storage == "memory":
            with self._mutex:
                return self._process_locks.setdefault(namespace, ProcessLocks())
        from charthouse.releases.holder import this_process

        return LeaseLocks(client, namespace, holder=lambda: this_process(self._random(8).hex()), clock=clock, hint=hint)

    def _records(
        self, client: Client, caller: Caller, namespace: str, profile: Profile, log: Log, clock: Clock
    ) -> Driver:
        settings = self._settings

        def now() -> float:
            return float(clock.now().timestamp())

        if self.storage == "memory":
            return self._guarded(open_driver("memory", client, namespace, now=now, log=log, memory=self._memory),
                                 caller, profile)  # fmt: skip
        homes: list[Driver] = []
        kinds = [self.storage, _KINDS[self.storage]] if self.storage in _KINDS else ["configmap", "secret"]
        if self.storage == "sql":
            opened = open_driver("sql", client, namespace, now=now, log=log, database=settings.database)
            homes.append(self._guarded(opened, caller, profile))
        known: list[list[str]] = []

        def places() -> list[str]:
            if not known:
                known.append(namespaces_for(client, lambda: self._places.known() | _own_namespace(caller)))
            return known[0]

        homes += [self._objects(kind, client, namespace, profile, now, log, places) for kind in kinds]
        if settings.helm2:
            from charthouse.releases.helm2.driver import tiller_driver

            for kind in ("configmap", "secret"):
                theirs = tiller_driver(kind, client, settings.namespace, now=now, log=log)
                who = kind, caller.user, caller.uid, caller.groups, caller.extra
                homes.append(Helm2Home(theirs, namespace, self._doors, who))
        return HomesDriver(homes)

    def _guarded(self, driver: Driver, caller: Caller, profile: Profile) -> Driver:
        from charthouse.tiller.workplaces.guarded import GuardedDriver, Guards

        guarded: Driver = GuardedDriver(driver, Guards(self.own_client(), caller))
        if profile.helm2:
            from charthouse.tiller.workplaces.annotated import AnnotatedDriver

            return AnnotatedDriver(guarded)
        return guarded

    def _objects(
        self, kind: str, client: Client, namespace: str, profile: Profile, now: Callable[[], float], log: Log,
        places: Callable[[], list[str]],
    ) -> Driver:  # fmt: skip
        """Records in objects of the cluster; for the hapi API with their companions."""
        driver = open_driver(kind, client, namespace, now=now, log=log)
        if not namespace:
            driver = EverywhereDriver(driver, lambda place: open_driver(kind, client, place, now=now, log=log), places)
        if not profile.helm2:
            return driver
        from charthouse.releases.helm2.companions import Companions
        from charthouse.releases.helm2.whole import WholeDriver
        from charthouse.releases.storage.configmap import ConfigMapDriver
        from charthouse.releases.storage.secret import SecretDriver

        of = SecretDriver.type if kind == "secret" else ConfigMapDriver.type
        return WholeDriver(driver, lambda place: Companions(client, place, of))
