"""``getHostByName``: asks the system's resolver. The engine replaces it unless DNS is enabled (``--enable-dns``).

Rules: sprig network.go over Go's net.LookupHost.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

__all__ = ["get_host_by_name"]


def get_host_by_name(name: str) -> str:
    """One of the host's addresses. Raises GoError when it has none (sprig ignores the resolver's error and panics)."""
    import socket

    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = sorted({str(entry[4][0]) for entry in found})
    if not addresses:
        raise GoError("invalid argument to Intn")
    from secrets import choice

    return choice(addresses)
