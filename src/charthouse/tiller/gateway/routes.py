"""Which HTTP request means which RPC, as a table.

Paths are those of Kubernetes' API (namespaces, then the resource, then what is done to it), below `/v1`, and the same
below `/apis/tiller.charthouse.dev/v1`, where the API server leads to as to an aggregated API.
"""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AGGREGATED", "GROUP", "PREFIXES", "ROUTES", "Found", "Route", "WrongMethod", "find"]

GROUP = "tiller.charthouse.dev"
AGGREGATED = f"/apis/{GROUP}/v1"
PREFIXES = ("/v1", AGGREGATED)


class Route(Record):
    """method and path: of the request, a part in braces names a field of the message; rpc: the method's name.

    body: the field the body's JSON goes into, "*" for the whole message, "" for none (then fields may stand in the
    query). inside: the field in which those of the path are, "" for the message itself.
    """

    method: str
    path: str
    rpc: str
    body: str = ""
    inside: str = ""


class Found(Record):
    """A route and what its path says, still percent-encoded."""

    route: Route
    given: tuple[tuple[str, str], ...]


class WrongMethod(Exception):
    """The path is known, the method is not. allowed: those that are."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(", ".join(allowed))
        self.allowed = tuple(allowed)


_RELEASES = "/namespaces/{namespace}/releases"
_RELEASE = _RELEASES + "/{name}"

ROUTES = (
    Route("GET", "/releases", "List"),
    Route("GET", _RELEASES, "List"),
    Route("POST", _RELEASES, "Install", body="*"),
    Route("GET", _RELEASE, "GetRelease"),
    Route("PUT", _RELEASE, "Upgrade", body="*"),
    Route("DELETE", _RELEASE, "Uninstall"),
    Route("GET", _RELEASE + "/status", "GetStatus"),
    Route("GET", _RELEASE + "/history", "History"),
    Route("GET", _RELEASE + "/values", "GetValues"),
    Route("GET", _RELEASE + "/metadata", "GetMetadata"),
    Route("POST", _RELEASE + "/rollback", "Rollback", body="*"),
    Route("POST", _RELEASE + "/test", "Test", body="*"),
    Route("POST", _RELEASE + "/plan", "Plan", body="upgrade", inside="upgrade"),
    Route("POST", _RELEASE + "/plan/install", "Plan", body="install", inside="install"),
    Route("POST", _RELEASE + "/plan/rollback", "Plan", body="rollback", inside="rollback"),
    Route("POST", _RELEASE + "/plan/uninstall", "Plan", body="uninstall", inside="uninstall"),
    Route("POST", _RELEASE + "/plan/test", "Plan", body="test", inside="test"),
    Route("POST", _RELEASE + "/diff", "Diff", body="*", inside="upgrade"),
    Route("POST", _RELEASE + "/install-instead", "InstallInstead", body="upgrade", inside="upgrade"),
    Route("GET", "/watch/releases", "Watch"),
    Route("GET", "/watch" + _RELEASES, "Watch"),
    Route("GET", "/watch" + _RELEASE, "Watch"),
    Route("GET", "/operations", "ListOperations"),
    Route("GET", "/namespaces/{namespace}/operations", "ListOperations"),
    Route("GET", "/operations/{operation}", "GetOperation"),
    Route("GET", "/operations/{operation}/events", "Attach"),
    Route("POST", "/operations/{operation}/cancel", "Cancel"),
    Route("POST", "/operations/{operation}/approve", "Approve", body="*"),
    Route("GET", "/server", "GetServer"),
)


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split("/")[1:])


_SPLIT = tuple((route, _split(route.path)) for route in ROUTES)


def find(method: str, path: str) -> Found | None:
    """The route of a path without its query. Raises WrongMethod."""
    rest = next((path[len(prefix) :] for prefix in PREFIXES if path.startswith(prefix + "/")), None)
    if rest is None:
        return None
    parts = _split(rest)
    allowed: list[str] = []
    for route, wanted in _SPLIT:
        if len(parts) != len(wanted):
            continue
        given = tuple((name[1:-1], part) for name, part in zip(wanted, parts, strict=True) if name.startswith("{"))
        if any(part != name for name, part in zip(wanted, parts, strict=True) if not name.startswith("{")):
            continue
        if route.method == method or (method == "HEAD" and route.method == "GET"):
            return Found(route, given)
        allowed.append(route.method)
    if allowed:
        raise WrongMethod(allowed)
    return None
