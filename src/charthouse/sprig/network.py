"""``getHostByName``: asks the system's resolver. The engine replaces it unless DNS is enabled (``--enable-dns``).

Rules: sprig network.go over Go's net.LookupHost.
"""

from __future__ import annotations

from charthouse.golang.kinds import GoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["addresses_of", "get_host_by_name", "use_resolver"]


def addresses_of(name: str) -> list[str]:
    """What the system's resolver knows of a host, sorted; nothing when it knows none."""
    import socket

    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(entry[4][0]) for entry in found})


_resolver: list[Callable[[str], list[str]]] = [addresses_of]


def use_resolver(resolver: Callable[[str], list[str]]) -> None:
    """Have this process ask `resolver` from here on: one without a network (``sandbox``) asks its parent."""
    _resolver[0] = resolver


def get_host_by_name(name: str) -> str:
    """One of the host's addresses. Raises GoError when it has none (sprig ignores the resolver's error and panics)."""
    addresses = _resolver[0](name)
    if not addresses:
        raise GoError("invalid argument to Intn")
    from secrets import choice

    return choice(addresses)
