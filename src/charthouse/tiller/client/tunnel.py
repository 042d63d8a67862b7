"""A pod's port as a connected socket: what gRPC needs, and no port of this machine that others could use as well.

Whose rules: helm v2.17.0 pkg/helm/portforwarder (which pod: the first one that is ready, of those labelled
`app=helm,name=tiller`; the texts when there is none), over ``kube.portforward``.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from charthouse.kube.portforward import PortForwardError, Tunnel, ready_pod
from charthouse.tiller.client.errors import NotReached
from charthouse.web.duplex import Duplex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.kube.client import Client

__all__ = ["LABELS", "find_pod", "open_tunnel"]

LABELS = "app=helm,name=tiller"
_CHUNK = 64 * 1024


def find_pod(client: Client, namespace: str) -> str:
    """The name of a ready pod of Tiller's. Raises NotReached in Helm 2's words, ApiError, Unreachable."""
    try:
        return ready_pod(client, namespace, LABELS)
    except PortForwardError as error:
        none = error.message.startswith("no pod") and " is ready " not in error.message
        hint = f"{error}; `charthouse init` installs one, --tiller-namespace says where it is"
        raise NotReached("could not find tiller" if none else "could not find a ready tiller pod", hint=hint) from error


def open_tunnel(client: Client, namespace: str, pod: str, port: int) -> socket.socket:
    """This machine's end of a connection to the port. Raises ApiError, Unreachable, PortForwardError."""
    tunnel = Tunnel(client, namespace, pod, port)
    ours, theirs = socket.socketpair()
    wire = Duplex(theirs)
    out = threading.Thread(target=_outwards, args=(wire, tunnel), name="tiller-tunnel", daemon=True)
    back = threading.Thread(target=_inwards, args=(tunnel, wire, out), name="tiller-tunnel", daemon=True)
    out.start()
    back.start()
    return ours


def _outwards(wire: Duplex, tunnel: Tunnel) -> None:
    with suppress(OSError):
        # either side is gone: both are ended
        while data := wire.recv(_CHUNK):
            tunnel.sendall(data)
    tunnel.close()


def _inwards(tunnel: Tunnel, wire: Duplex, out: threading.Thread) -> None:
    with suppress(OSError, PortForwardError):
        # what was wrong shows as a broken connection, which is made anew
        while data := tunnel.recv():
            wire.sendall(data)
    wire.close()
    out.join()
    tunnel.release()
