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
    from charthouse.actions.ports import Clock, Cluster
    from charthouse.logs import Log

__all__ = ["connected", "system_clock"]


def system_clock() -> Clock:
    """The machine's clock."""
    return SystemClock()


def connected(
    kubeconfig: str | os.PathLike[str] | None, context: str, namespace: str, *, clock: Clock, log: Log
) -> tuple[Cluster, str]:
    """The cluster a kubeconfig names, and the namespace to work in. Raises KubeconfigError, CredentialError."""
    from charthouse import __version__

    config = ConnectConfig(
        environ=os.environ,
        kubeconfig=os.fspath(kubeconfig) if kubeconfig is not None else "",
        overrides=Overrides(context=context, namespace=namespace),
        user_agent=f"Helm/4.3.1 charthouse/{__version__}",
    )
    client = connect(config, clock=clock, log=log)
    return KubeCluster(client, log=log, clock=clock), default_namespace(config)
