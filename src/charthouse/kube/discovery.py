"""What the server serves: kinds, versions, names in URLs.

Rules: client-go v0.37.1 ``discovery/discovery_client.go`` and ``aggregated_discovery.go`` (one request each for /api
and /apis; older servers are asked group by group), Helm 4.3.1 ``pkg/action/action.go`` (``GetVersionSet``:
``.Capabilities.APIVersions``). A snapshot is kept on disk for ten minutes (kubectl keeps its own for six hours, which
makes freshly installed kinds unknown; ours costs two conditional requests more); a kind it does not know is looked up
again at the server before anybody is told so, and ``.Capabilities`` never trusts it.
"""

from __future__ import annotations

from charthouse.k8s.objects import ResourceType
from charthouse.kube import jsontext
from charthouse.kube.errors import UnknownKind
from charthouse.logs import WARN, LogRecord
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from charthouse.actions.ports import Clock
    from charthouse.kube.transport import Answer
    from charthouse.logs import Log

__all__ = ["Discovery", "DiscoveryCache", "Snapshot"]

CACHE_SECONDS = 600.0
_FORMAT = 2
_ACCEPT = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


class Snapshot(Record):
    """What was served at one time.

    types: (api_version, kind) → ResourceType, sub-resources left out. versions: what Helm calls API versions.
    tags: ETag of /api and /apis. taken: seconds since the epoch. stale: group/versions whose server did not answer.
    """

    types: dict[tuple[str, str], ResourceType]
    versions: tuple[str, ...]
    tags: tuple[str, str] = ("", "")
    taken: float = 0.0
    stale: tuple[str, ...] = ()


class DiscoveryCache:
    """Snapshots in a folder, one file for each server and user. A damaged or foreign file counts as absent."""

    def __init__(self, folder: str, key: str) -> None:
        """folder: "" for no cache. key: what sets servers and users apart; only its hash is stored."""
        self._folder = folder
        self._key = key

    def _path(self) -> str:
        from _blake2 import blake2b

        return f"{self._folder}/{blake2b(self._key.encode(), digest_size=16).hexdigest()}.json"

    def load(self) -> Snapshot | None:
        if not self._folder:
            return None
        try:
            with open(self._path(), "rb") as file:
                body = jsontext.decode(file.read())
            if body["format"] != _FORMAT:
                return None
            types = {}
            for row in body["types"]:
                found = ResourceType(
                    row[0], row[1], row[2], bool(row[3]), tuple(row[4]), tuple(row[5]), row[6], tuple(row[7])
                )
                types[(found.api_version, found.kind)] = found
            return Snapshot(types, tuple(body["versions"]), tuple(body["tags"]), body["taken"], tuple(body["stale"]))
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            # nothing usable: the server is asked
            return None

    def store(self, snapshot: Snapshot) -> None:
        """Write atomically; a folder that cannot be written is no error, only slower."""
        if not self._folder:
            return
        import os

        rows = [
            [t.api_version, t.kind, t.plural, t.namespaced, t.verbs, t.short_names, t.singular, t.categories]
            for t in snapshot.types.values()
        ]
        body = {
            "format": _FORMAT, "taken": snapshot.taken, "tags": snapshot.tags, "stale": snapshot.stale,
            "versions": snapshot.versions, "types": rows,
        }  # fmt: skip
        path = self._path()
        temporary = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(jsontext.encode(body))
            os.replace(temporary, path)
        except OSError:
            # a read-only home: the next run asks the server again
            return


class Discovery:
    """Kinds of one server. Safe to use from several threads."""

    def __init__(
        self, get: Callable[[str, str, str], Answer], *, cache: DiscoveryCache, clock: Clock, log: Log
    ) -> None:
        """get: (path, accept, etag) → answer; raises ApiError for refusals, 304 is an answer."""
        import threading

        self._get = get
        self._cache = cache
        self._clock = clock
        self._log = log
        self._lock = threading.RLock()
        self._held: Snapshot | None = None
        self._fresh = False

    def resource_type(self, api_version: str, kind: str) -> ResourceType:
        """Raises UnknownKind after the server itself has been asked."""
        with self._lock:
            found = self._snapshot().types.get((api_version, kind))
            if found is None and not self._fresh:
                found = self._refresh().types.get((api_version, kind))
        if found is None:
            raise UnknownKind(api_version, kind)
        return found

    def versions(self) -> tuple[str, ...]:
        """Group/versions and group/version/kinds, sorted, as the server serves them now."""
        with self._lock:
            snapshot = self._snapshot() if self._fresh else self._refresh()
        if snapshot.stale:
            text = ", ".join(f"{version}: stale GroupVersion discovery: {version}" for version in snapshot.stale)
            self._log(
                LogRecord(
                    WARN,
                    "the kubernetes server has an orphaned API service",
                    error=f"unable to retrieve the complete list of server APIs: {text}",
                )
            )
            self._log(LogRecord(WARN, "to fix this, kubectl delete apiservice <service-name>"))
        return snapshot.versions

    def types(self) -> tuple[ResourceType, ...]:
        """Every kind known, sub-resources left out."""
        with self._lock:
            return tuple(self._snapshot().types.values())

    def forget(self) -> None:
        """The next question goes to the server (CRDs were installed)."""
        with self._lock:
            self._fresh = False
            if self._held is not None:
                self._held = Snapshot(self._held.types, self._held.versions, self._held.tags, 0.0, self._held.stale)

    def _snapshot(self) -> Snapshot:
        now = self._clock.now().timestamp()
        if self._held is None:
            self._held = self._cache.load()
        if self._held is None or (not self._fresh and not 0 <= now - self._held.taken < CACHE_SECONDS):
            return self._refresh()
        return self._held

    def _refresh(self) -> Snapshot:
        held = self._held or self._cache.load()
        now = self._clock.now().timestamp()
        tags = held.tags if held is not None else ("", "")
        core = self._get("/api", _ACCEPT, tags[0])
        groups = self._get("/apis", _ACCEPT, tags[1])
        if held is not None and core.status == 304 and groups.status == 304:
            snapshot = Snapshot(held.types, held.versions, held.tags, now, held.stale)
        else:
            if core.status == 304:
                core = self._get("/api", _ACCEPT, "")
            if groups.status == 304:
                groups = self._get("/apis", _ACCEPT, "")
            snapshot = self._read(core, groups, now)
        self._held, self._fresh = snapshot, True
        self._cache.store(snapshot)
        return snapshot

    def _read(self, core: Answer, groups: Answer, now: float) -> Snapshot:
        reading = _Reading()
        for root, answer in (("/api", core), ("/apis", groups)):
            body = jsontext.decode(answer.body)
            if body.get("kind") == "APIGroupDiscoveryList":
                reading.aggregated(body)
            else:
                self._legacy(root, body, reading)
        tags = (core.headers.get("etag", ""), groups.headers.get("etag", ""))
        return Snapshot(reading.types, tuple(sorted(reading.versions)), tags, now, tuple(reading.stale))

    def _legacy(self, root: str, body: dict[str, Any], reading: _Reading) -> None:
        """A server without aggregated discovery: one request for each group/version."""
        from charthouse.k8s.ports import ApiError

        if body.get("kind") == "APIVersions":
            versions = list(body.get("versions") or ())
        else:
            versions = [v["groupVersion"] for g in body.get("groups") or () for v in g.get("versions") or ()]
        for version in versions:
            reading.versions.add(version)
            try:
                found = self._get(f"{root}/{version}", "application/json", "")
            except ApiError as error:
                if error.code == 404:
                    continue
                if error.code < 500:
                    raise
                reading.stale.append(version)
                continue
            reading.resources(version, jsontext.decode(found.body))


class _Reading:
    """Collects what discovery documents say."""

    def __init__(self) -> None:
        self.types: dict[tuple[str, str], ResourceType] = {}
        self.versions: set[str] = set()
        self.stale: list[str] = []

    def aggregated(self, body: dict[str, Any]) -> None:
        for item in body.get("items") or ():
            group = (item.get("metadata") or {}).get("name", "")
            for version in item.get("versions") or ():
                name = f"{group}/{version['version']}" if group else version["version"]
                self.versions.add(name)
                if version.get("freshness") == "Stale":
                    self.stale.append(name)
                    continue
                for resource in version.get("resources") or ():
                    self._resource(name, resource)

    def _resource(self, version: str, body: dict[str, Any]) -> None:
        kind = (body.get("responseKind") or {}).get("kind", "")
        if kind:
            self.versions.add(f"{version}/{kind}")
            self._add(
                ResourceType(
                    version,
                    kind,
                    body["resource"],
                    body.get("scope") == "Namespaced",
                    tuple(body.get("verbs") or ()),
                    tuple(body.get("shortNames") or ()),
                    body.get("singularResource", ""),
                    tuple(body.get("categories") or ()),
                )
            )
        for sub in body.get("subresources") or ():
            kind = (sub.get("responseKind") or {}).get("kind", "")
            if kind:
                self.versions.add(f"{version}/{kind}")

    def resources(self, version: str, body: dict[str, Any]) -> None:
        for row in body.get("resources") or ():
            kind = row.get("kind", "")
            self.versions.add(f"{version}/{kind}" if kind else version)
            if "/" in row["name"]:
                continue
            self._add(
                ResourceType(
                    version,
                    kind,
                    row["name"],
                    bool(row.get("namespaced")),
                    tuple(row.get("verbs") or ()),
                    tuple(row.get("shortNames") or ()),
                    row.get("singularName", ""),
                    tuple(row.get("categories") or ()),
                )
            )

    def _add(self, found: ResourceType) -> None:
        self.types.setdefault((found.api_version, found.kind), found)
