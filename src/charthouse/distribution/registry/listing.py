"""What a registry holds: the versions of a chart with what their configs say, and the charts below a path.

Ours: Helm lists tags only to resolve a range. A version is a tag that is a strict semantic version (``_`` for ``+``), a
chart a repository whose newest version has Helm's config. Eight requests run at a time.
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.registry.charts import describe
from charthouse.distribution.registry.pages import names
from charthouse.distribution.registry.reference import Reference, parse
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.distribution.registry.charts import Described
    from charthouse.distribution.registry.session import Session
    from charthouse.formats.semver import Version

__all__ = ["Entry", "find", "list_versions", "versions_of"]

_AT_ONCE = 8
_CATALOGUE = "registry:catalog:*"


class Entry(Record):
    """One version of a chart. reference: ``host/path/chart``; tag: as the registry has it; digest: of the manifest;
    size: bytes of the archive; created: RFC 3339, "" when not said. All but reference, version and tag are empty for
    what is not a chart."""

    reference: str
    version: str
    tag: str
    digest: str = ""
    size: int = 0
    created: str = ""
    app_version: str = ""
    description: str = ""
    kube_version: str = ""
    deprecated: bool = False

    @property
    def is_chart(self) -> bool:
        return bool(self.digest)


def versions_of(
    reference: Reference, session: Session, *, suits: Callable[[Version], bool] = lambda version: True
) -> list[tuple[str, str]]:
    """Version and tag of what a repository holds, newest first. suits: which are wanted. Raises FetchFailed."""
    from functools import cmp_to_key

    from charthouse.formats.semver import SemverError, Version

    found: list[tuple[Version, str]] = []
    path, scope = f"/v2/{reference.repository}/tags/list", f"repository:{reference.repository}:pull"
    for tag in names(session, path, "tags", scope=scope):
        try:
            version = Version.parse_strict(tag.replace("_", "+"))
        except SemverError:
            continue
        if suits(version):
            found.append((version, tag))
    found.sort(key=cmp_to_key(_newest_first))
    return [(str(version), tag) for version, tag in found]


def _newest_first(one: tuple[Version, str], other: tuple[Version, str]) -> int:
    return other[0].compare(one[0]) or (one[1] > other[1]) - (one[1] < other[1])


def list_versions(
    reference: Reference, session: Session, wanted: Sequence[tuple[str, str]], *, at_once: int = _AT_ONCE
) -> list[Entry]:
    """What is known of versions of one chart, in the order given. wanted: as `versions_of` gave them.

    Raises DistributionError.
    """
    from concurrent.futures import ThreadPoolExecutor

    def one(pair: tuple[str, str]) -> Entry:
        version, tag = pair
        return _entry(version, tag, replace(reference, tag=tag, digest=""), session)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, wanted))


def _entry(version: str, tag: str, reference: Reference, session: Session) -> Entry:
    shown = f"{reference.registry}/{reference.repository}"
    found = describe(reference, session)
    if found is None:
        return Entry(shown, version, tag)
    return _filled(Entry(shown, version, tag), found)


def _filled(entry: Entry, found: Described) -> Entry:
    config = found.config

    def text(key: str) -> str:
        value = config.get(key)
        return value if type(value) is str else ""

    return replace(
        entry, digest=found.digest, size=found.size, created=found.created, app_version=text("appVersion"),
        description=text("description"), kube_version=text("kubeVersion"), deprecated=config.get("deprecated") is True,
    )  # fmt: skip


def find(
    place: str, session_of: Callable[[str], Session], *, suits: Callable[[Version], bool], keyword: str = ""
) -> list[Entry]:
    """The newest suiting version of each chart below `place` (``oci://host/prefix``), by name.

    keyword: in the name or the description. Raises DistributionError; a registry that has no catalogue, or does not
    show it, is told of in so many words.
    """
    host, _, prefix = place.removeprefix("oci://").partition("/")
    prefix = prefix.strip("/")
    parse(f"{host}/{prefix or 'x'}")
    session = session_of(host)
    try:
        listed = set(names(session, "/v2/_catalog", "repositories", scope=_CATALOGUE))
    except FetchFailed as error:
        if error.status not in (400, 401, 403, 404, 405, 501):
            raise
        raise FetchFailed(
            f"{host} does not list its repositories: {error}",
            status=error.status,
            hint=f"name a chart: `charthouse registry tags oci://{host}/PATH/CHART` lists its versions",
        ) from error
    below = sorted(name for name in listed if not prefix or name == prefix or name.startswith(f"{prefix}/"))
    return [entry for entry in _newest(host, below, session, suits) if _matches(entry, keyword.lower())]


def _newest(host: str, repositories: Sequence[str], session: Session, suits: Callable[[Version], bool]) -> list[Entry]:
    from concurrent.futures import ThreadPoolExecutor

    def one(name: str) -> Entry | None:
        try:
            reference = parse(f"{host}/{name}")
            found = versions_of(reference, session, suits=suits)
        except FetchFailed as error:
            if error.status in (401, 403, 404):
                return None  # not ours to see, or gone since
            raise
        except DistributionError:
            return None  # a name no chart can have
        if not found:
            return None
        version, tag = found[0]
        entry = _entry(version, tag, replace(reference, tag=tag), session)
        return entry if entry.is_chart else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [entry for entry in pool.map(one, repositories) if entry is not None]


def _matches(entry: Entry, keyword: str) -> bool:
    return keyword in entry.reference.partition("/")[2].lower() or keyword in entry.description.lower()
