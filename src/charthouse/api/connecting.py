"""From a caller's arguments to a cluster: the library's own wiring of package ``kube``.

The one place of the library that looks at the environment (KUBECONFIG, HOME, proxies), and only when no cluster is
given.
"""

from __future__ import annotations

import os

from charthouse.kube.cluster import Cluster as KubeCluster
from charthouse.kube.connect import ConnectConfig, SystemClock, connect, default_namespace
from charthouse.kube.kubeconfig import Overrides

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.actions.environment import HookOutput
    from charthouse.actions.ports import Clock, Cluster
    from charthouse.actions.verbs import Verbs
    from charthouse.logs import Log
    from charthouse.profile import Profile
    from charthouse.tiller.client.settings import ClientSettings

__all__ = ["connected", "system_clock", "tiller_verbs"]


def system_clock() -> Clock:
    """The machine's clock."""
    return SystemClock()


def connected(
    kubeconfig: str | os.PathLike[str] | None, context: str, namespace: str, *, clock: Clock, log: Log
) -> tuple[Cluster, str]:
    """The cluster a kubeconfig names, and the namespace to work in. Raises KubeconfigError, CredentialError."""
    config = _config(kubeconfig, context, namespace)
    client = connect(config, clock=clock, log=log)
    return KubeCluster(client, log=log, clock=clock), default_namespace(config)


def _config(kubeconfig: str | os.PathLike[str] | None, context: str, namespace: str) -> ConnectConfig:
    from charthouse import __version__

    return ConnectConfig(
        environ=os.environ,
        kubeconfig=os.fspath(kubeconfig) if kubeconfig is not None else "",
        overrides=Overrides(context=context, namespace=namespace),
        user_agent=f"Helm/4.3.1 charthouse/{__version__}",
    )


def tiller_verbs(
    tiller: str | ClientSettings,
    kubeconfig: str | os.PathLike[str] | None,
    context: str,
    *,
    clock: Clock,
    log: Log,
    hint: Callable[[str], None],
    hook_output: HookOutput,
    profile: Profile,
) -> tuple[Verbs, str]:
    """The verbs of a release server, and the kubeconfig's namespace. Nothing is asked yet. Raises BadAddress,
    LibraryMissing."""
    from charthouse.tiller.client.libraries import insist

    insist()
    from functools import cache

    from charthouse.kube.connect import resolve
    from charthouse.tiller.client.connection import Connection
    from charthouse.tiller.client.settings import ClientSettings, ClusterSide
    from charthouse.tiller.client.verbs import verbs_over
    from charthouse.tiller.identity.credentials import TillerCredentials

    config = _config(kubeconfig, context, "")
    settings = ClientSettings(tiller) if isinstance(tiller, str) else tiller
    client = cache(lambda: connect(config, clock=clock, log=log))
    credentials = cache(lambda: TillerCredentials(resolve(config), client(), clock=clock, environ=os.environ))
    verbs = verbs_over(
        Connection(settings, ClusterSide(client, credentials), hint=hint), clock=clock, log=log, hint=hint,
        hook_output=hook_output, profile=profile, patience=settings.timeout,
    )  # fmt: skip
    return verbs, default_namespace(config)
