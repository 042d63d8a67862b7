"""The Kubernetes API, embedded: a whole cluster in this process, with simulated nodes and controllers.

    with charthouse.devcluster.start() as cluster:
        cluster.write_kubeconfig("kubeconfig")   # kubectl, helm and charthouse all work with it

What it is for: trying charts, demonstrations and tests, on a machine without Docker. What it follows: the Kubernetes
API of v1.37.2 as a real kube-apiserver answers it (tests/cluster runs the same suite against both). What pods do is
set by annotations (devcluster/simulation.py).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from charthouse.devcluster.cluster import DevCluster
    from charthouse.devcluster.security import Security

__all__ = ["start"]


def start(
    *, host: str = "127.0.0.1", port: int = 0, data: str | None = None,
    tokens: Mapping[str, tuple[str, tuple[str, ...]]] | None = None, speed: float = 1.0, tls: bool = True,
    security: Security | None = None, forwards: Mapping[int, tuple[str, int]] | None = None,
) -> DevCluster:  # fmt: skip
    """Start a cluster; it serves when this returns.

    port: 0 for any free one. data: an SQLite file the objects are kept in (None: memory). tokens: bearer token → (user
    name, groups); by default random ones for `admin` (system:masters), `alice` and `bob` (no rights). speed: how many
    times faster simulated delays pass. tls: without it everybody is the first token's user (Kubernetes clients send no
    tokens in the clear). security: client certificates, all default roles, an audit log (devcluster/security.py).
    forwards: port of any pod → (host, port) of the process behind it. Raises OSError when the address cannot be bound.
    """
    from charthouse.devcluster.cluster import DevCluster

    return DevCluster(
        host=host, port=port, data=data, tokens=tokens, speed=speed, tls=tls, security=security, forwards=forwards
    )
