"""What the verbs are given when the command line runs them: the cluster, the records, the lock, clock and randomness.

The one place where ``cli`` meets ``kube`` and ``releases``. Rules: Helm 4.3.1 ``pkg/cmd/root.go`` (``NewRootCmd``),
``pkg/action/action.go`` (``Init``: storage drivers).
"""

from __future__ import annotations

import os
from contextlib import contextmanager

from charthouse.errors import CharthouseError
from charthouse.logs import INFO, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.actions.environment import Environment
    from charthouse.actions.ports import Clock, Cluster, Progress
    from charthouse.actions.verbs import Verbs
    from charthouse.cli.context import Context
    from charthouse.kube.connect import ConnectConfig
    from charthouse.releases.history import Storage
    from charthouse.releases.lock import Locks

__all__ = ["DriverError", "TillerFlag", "connect_config", "environment", "log_lines", "painter", "verbs"]

_COPIED = 32 * 1024
_TLS_FLAGS = ("tls", "tls-verify", "tls-hostname", "tls-ca-cert", "tls-cert", "tls-key")


class TillerFlag(CharthouseError):
    """A flag for the way to a release server, without one."""


class DriverError(CharthouseError):
    """HELM_DRIVER names no storage there is."""


def verbs(context: Context, *, namespace: str | None = None, offline: bool = False) -> Verbs:
    """Who does what is asked for: this process, or with ``--tiller`` a release server.

    namespace, offline: as of ``environment``, whose errors are raised.
    """
    if context["tiller"] and not offline:
        from charthouse.cli.tiller_client import tiller_verbs

        return tiller_verbs(context)
    _check_tls_flags(context)
    from charthouse.actions.verbs import LocalVerbs

    return LocalVerbs(environment(context, namespace=namespace, offline=offline))


def _check_tls_flags(context: Context) -> None:
    """Raises TillerFlag for a flag that only a release server gives a meaning."""
    given = [flag for flag in _TLS_FLAGS if flag in context.flags.changed]
    if given and not context["tiller"]:
        raise TillerFlag(
            f"--{given[0]} says how to speak to a release server, and there is none",
            hint="name it with --tiller; without one the API server is spoken to as the kubeconfig says",
        )


def environment(context: Context, *, namespace: str | None = None, offline: bool = False) -> Environment:
    """What a verb needs. namespace: of the records, "" = all. offline: nothing of the cluster will be asked.

    Raises KubeconfigError, CredentialError, DriverError.

    """
    from charthouse.actions.environment import Environment
    from charthouse.cli.bounds import render_limits
    from charthouse.kube.connect import SystemClock

    where = context.namespace if namespace is None else namespace
    clock = SystemClock()
    cluster = _no_cluster(context, clock) if offline else _cluster(context, clock)
    storage, locks = _storage(context, cluster, where, clock, offline=offline)
    return Environment(
        cluster=cluster,
        storage=storage,
        clock=clock,
        random=os.urandom,
        log=context.log,
        hint=context.hint,
        locks=locks,
        hook_output=lambda namespace, pod, container, text: log_lines(context, text),
        limits=render_limits(context),
        profile=context.profile,
    )


def log_lines(context: Context, text: str) -> None:
    """What a hook printed, as Helm 4 lets it out: through Go's log package, which slog has taken over.

    Each write of ``io.Copy`` (32 KiB at most) becomes one record, one line end at its end cut off.
    """
    for start in range(0, len(text), _COPIED):
        context.log(LogRecord(INFO, text[start : start + _COPIED].removesuffix("\n")))


def connect_config(context: Context) -> ConnectConfig:
    """Where the cluster is, from flags and variables."""
    from charthouse import __version__
    from charthouse.kube.connect import ConnectConfig
    from charthouse.kube.kubeconfig import Overrides

    cache = context.settings.own_cache
    return ConnectConfig(
        environ=context.environ,
        kubeconfig=context["kubeconfig"],
        overrides=Overrides(
            context=context["kube-context"],
            namespace=context["namespace"],
            token=context["kube-token"],
            as_user=context["kube-as-user"],
            as_groups=tuple(dict.fromkeys(context["kube-as-group"])),
            server=context["kube-apiserver"],
            ca_file=context["kube-ca-file"],
            insecure=context["kube-insecure-skip-tls-verify"],
            tls_server_name=context["kube-tls-server-name"],
        ),
        cache_folder=f"{cache}/discovery" if cache else "",
        user_agent=f"Helm/4.3.1 charthouse/{__version__}",
        interactive=context.out.isatty(),
        qps=context["qps"],
        burst=context["burst-limit"],
    )


def _cluster(context: Context, clock: Clock) -> Cluster:
    from charthouse.kube.cluster import Cluster
    from charthouse.kube.connect import connect

    if context["dev-cluster"]:
        from charthouse.cli.dev_cluster import connect_dev_cluster

        return Cluster(connect_dev_cluster(context, clock), log=context.log, clock=clock)
    return Cluster(connect(connect_config(context), clock=clock, log=context.log), log=context.log, clock=clock)


def _no_cluster(context: Context, clock: Clock) -> Cluster:
    """A cluster nobody will talk to: a client-side dry run must not need a kubeconfig."""
    from charthouse.kube.cluster import Cluster
    from charthouse.kube.connect import connect_to
    from charthouse.kube.kubeconfig import Access

    config = connect_config(context)
    return Cluster(
        connect_to(Access(server="http://localhost:8080"), config, clock=clock, log=context.log), clock=clock
    )


def _storage(
    context: Context, cluster: Cluster, namespace: str, clock: Clock, *, offline: bool
) -> tuple[Storage, Locks]:
    from charthouse.releases.history import Storage
    from charthouse.releases.lock import LeaseLocks, ProcessLocks
    from charthouse.releases.storage.memory import MemoryDriver

    def now() -> float:
        return float(clock.now().timestamp())

    kind = context.settings.driver
    if offline or kind == "memory":
        return Storage(MemoryDriver(namespace, now=now)), ProcessLocks()
    if kind in ("", "secret", "secrets"):
        from charthouse.releases.storage.secret import SecretDriver

        driver = SecretDriver(cluster.client, namespace, now=now, log=context.log)
    elif kind in ("configmap", "configmaps"):
        from charthouse.releases.storage.configmap import ConfigMapDriver

        driver = ConfigMapDriver(cluster.client, namespace, now=now, log=context.log)  # type: ignore[assignment]  # both are drivers
    elif kind == "sql":
        from charthouse.releases.storage.database import open_database
        from charthouse.releases.storage.sql import SqlDriver

        text = context.environ.get("HELM_DRIVER_SQL_CONNECTION_STRING", "")
        driver = SqlDriver(lambda: open_database(text, context.environ), namespace, now=now, log=context.log)  # type: ignore[assignment]  # as above
    else:
        from charthouse.cli.native_storage import native_driver

        found = native_driver(context, namespace)
        if found is None:  # main refuses a driver there is not before any command runs
            raise DriverError(f"unknown driver {kind}")
        driver = found  # type: ignore[assignment]  # as above
    locks = LeaseLocks(cluster.client, namespace, holder=_holder, clock=clock, hint=context.hint)
    return Storage(driver), locks


def _holder():  # type: ignore[no-untyped-def]  # Holder is imported only when a lock is taken
    from charthouse.releases.holder import this_process

    return this_process(os.urandom(6).hex())


@contextmanager
def painter(context: Context, name: str = "") -> Iterator[Callable[[Progress], None]]:
    """Shows progress on a terminal while the block runs.

    name: the release; with it, SIGINT and SIGTERM say `Release NAME has been cancelled.` (stdout, as Helm) and stop the
    work, which is then recorded as failed.
    """
    from charthouse.cli.output.progress import Painter, silent_painter

    restore = _cancellable(context, name) if name else None
    paint = Painter(context.out, context.err) if context.err.isatty() and not context["debug"] else None
    try:
        yield paint.update if paint is not None else silent_painter
    finally:
        if paint is not None:
            paint.end()
        if restore is not None:
            restore()


def _cancellable(context: Context, name: str) -> Callable[[], None]:
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def cancel(number: int, frame: object) -> None:
        context.out.write(f"Release {name} has been cancelled.\n")
        context.out.flush()
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, cancel) for number in numbers]

    def restore() -> None:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

    return restore
