"""A chart with everything it needs inside its archive, wherever it and its dependencies come from.

What its publisher packed is taken as it is, byte for byte. Charts that Chart.yaml names and that are not inside are
fetched, and what those lack too, and packed in; so is a chart directory, in the versions of its Chart.lock where it has
one. Packing dates all files to one moment, so that the same charts give the same bytes.

Rules: which version a dependency gets and where it is are Helm 4.3.1's (``sources``). Differs from `helm dependency
update`: it is recursive for what was fetched, no chart directory is changed, and an archive from elsewhere may not name
paths of this machine.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import Chart, ChartError, Dependency
from charthouse.distribution import downloads, refreshing, urls
from charthouse.distribution.access import Access
from charthouse.distribution.downloads import Resolved
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.sources import FILE, Sources, constraint_of, local_path
from charthouse.errors import CharthouseError
from charthouse.golang.strconv import quote
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.distribution.downloads import Places
    from charthouse.distribution.fetch import Fetcher
    from charthouse.distribution.registry.charts import Registries
    from charthouse.logs import Log

__all__ = ["Collected", "Collector", "Obtained", "Wanted"]

_DEEPEST = 50
_MOST = 1000
_DATED = 315532800  # 1980, the earliest zip files know too


class Wanted(Record):
    """A chart as asked for. reference: a path, repository/chart, an address or oci://…; repository: as ``--repo``;
    version: a version or range, "" = the newest; devel: pre-releases too; proof: its provenance file too, if it has
    one."""

    reference: str
    repository: str = ""
    version: str = ""
    devel: bool = False
    proof: bool = False


class Obtained(Record):
    """An archive as it came. url: without credentials, "" for a path; digest: its sha256; manifest: a registry's;
    proof: its provenance file, b"" = none or not asked for."""

    data: bytes
    url: str = ""
    digest: str = ""
    manifest: str = ""
    proof: bytes = b""


class Collected(Record):
    """data: the archive; chart: as loaded from it; origin: the archive as it came, its data empty when it was a
    directory; fetched: what was fetched into it, by path (``charts/redis``)."""

    data: bytes
    chart: Chart
    origin: Obtained
    fetched: dict[str, Obtained]

    @property
    def repacked(self) -> bool:
        """Whether it is not what its source sent."""
        return self.data != self.origin.data


class Collector:
    """registries: sessions as the user asked for; others: for hosts the user did not name. access: from the command
    line, for the charts asked for, never for their dependencies. epoch: SOURCE_DATE_EPOCH. say: hears what is fetched.
    """

    def __init__(
        self, places: Places, fetcher: Fetcher, registries: Registries, others: Registries, access: Access, *,
        epoch: int | None = None, say: Callable[[str], object], log: Log,
    ) -> None:  # fmt: skip
        self._places = places
        self._fetcher = fetcher
        self._registries = registries
        self._others = others
        self._access = access
        self._epoch = _DATED if epoch is None else epoch
        self._say = say
        self._log = log
        self._count = 0
        self._refreshed: set[str] = set()

    def collect(self, wanted: Wanted) -> Collected:
        """Raises ChartError, DistributionError with Helm's texts."""
        from charthouse.charts.archive import pack, stamp
        from charthouse.charts.loader import load_archive

        directory = _directory(wanted)
        self._say(f"Collecting {urls.without_credentials(wanted.reference)}\n")
        if directory:
            origin = Obtained(b"")
            chart = self._load_directory(directory)
        else:
            origin = self._obtain(wanted)
            chart = load_archive(origin.data, log=self._log)
        if chart.refused:
            raise ChartError("invalid chart apiVersion")
        fetched: dict[str, Obtained] = {}
        changed = self._complete(chart, directory, "", (), fetched)
        if not (directory or changed):
            return Collected(origin.data, chart, origin, fetched)
        _check_packable(chart)
        chart.metadata.validate()
        stamp(chart, self._epoch)
        data = pack(chart, now=self._epoch)
        return Collected(data, load_archive(data, log=self._log), origin, fetched)

    def _load_directory(self, path: str) -> Chart:
        from charthouse.charts.loader import load

        return load(path, log=self._log)

    def _obtain(self, wanted: Wanted) -> Obtained:
        """The archive a reference leads to."""
        from hashlib import sha256

        reference, access = wanted.reference, self._access
        version = wanted.version or (">0.0.0-0" if wanted.devel else "")
        if not wanted.repository and os.path.exists(reference):
            data = _read(reference)
            proof = _read(f"{reference}.prov") if wanted.proof and os.path.exists(f"{reference}.prov") else b""
            return Obtained(data, digest="sha256:" + sha256(data).hexdigest(), proof=proof)
        if wanted.repository:
            repository = wanted.repository
            reference = downloads.find_in_repository(
                repository, reference, version, access, self._fetcher, log=self._log
            )
            if not access.pass_all and urls.origin(repository) != urls.origin(reference):
                access = replace(access, username="", password="")
        if urls.is_oci(reference):
            return self._pull(reference, version, self._registries, proof=wanted.proof)
        found = downloads.resolve(reference, version, self._places, access, log=self._log)
        return self._proven(self._download(found), found) if wanted.proof else self._download(found)

    def _proven(self, origin: Obtained, found: Resolved) -> Obtained:
        """With its provenance file, if there is one. Raises DistributionError when that cannot be said."""
        from charthouse.distribution import proofs

        try:
            return replace(origin, proof=proofs.fetch(found, self._places, self._fetcher, log=self._log))
        except FetchFailed as error:
            if error.status in (403, 404, 410):
                return origin
            raise

    def _download(self, found: Resolved) -> Obtained:
        from hashlib import sha256

        from charthouse.distribution.fetch import checked_scheme

        checked_scheme(found.url)
        data = downloads.download(found, self._places, self._fetcher, log=self._log)
        return Obtained(data, urls.public(found.url), "sha256:" + sha256(data).hexdigest())

    def _pull(self, reference: str, version: str, registries: Registries, *, proof: bool = False) -> Obtained:
        from charthouse.distribution.registry.charts import pull, resolve

        found, _ = resolve(reference, version, registries)
        done = pull(found, registries(found.registry), provenance=proof)
        return Obtained(done.chart, f"oci://{done.reference}", done.chart_digest, done.digest, done.provenance)

    def _complete(
        self, chart: Chart, directory: str, path: str, above: tuple[str, ...], fetched: dict[str, Obtained]
    ) -> bool:
        """Put what is missing into `chart`; whether anything was. directory: where the chart is, "" for an archive from
        elsewhere; path: where it stands in the outermost chart; above: what it stands in. Raises as `collect`."""
        declared = [d for d in chart.metadata.dependencies or () if d is not None]
        missing = [d for d in declared if not _present(chart, d, directory)]
        if not missing:
            return False
        self._check_bounds(chart, missing, directory, above)
        places = _Locked(chart).pin(missing)
        heard: list[str] = []
        sources = Sources(
            directory, self._places, self._fetcher, self._others, refresh=True, debug=False, say=heard.append,
            log=self._log,
        )  # fmt: skip
        try:
            sources.identify(places)
            sources.fetch_unmanaged(places)
            self._refresh(sources, places)
            locked = sources.resolve(places)
        except CharthouseError as error:
            told = [text.strip() for text in heard if text.startswith("...Unable")]
            hint = "\n".join(text for text in (error.hint, *told) if text)
            raise ChartError(f"{chart.name} cannot be completed: {error}", hint=hint) from error
        for dependency in locked:
            if _identity(dependency) in above:
                raise ChartError(f"{dependency.name} needs itself: {', then '.join((*above, _identity(dependency)))}")
        found = self._fetch_all(sources, locked, directory)
        kept = _kept(chart, declared, missing)
        for dependency, (inner, origin, where) in zip(locked, found, strict=True):
            below = f"{path}charts/{inner.name}"
            fetched[below] = origin
            self._complete(inner, where, f"{below}/", (*above, _identity(dependency)), fetched)
            kept.append(inner)
        chart.set_dependencies(kept)
        return True

    def _check_bounds(self, chart: Chart, missing: list[Dependency], directory: str, above: tuple[str, ...]) -> None:
        self._count += len(missing)
        if self._count > _MOST or len(above) > _DEEPEST:
            raise ChartError(f"{chart.name} needs more than {_MOST} charts, or charts nested {_DEEPEST} deep")
        for dependency in missing:
            if not dependency.repository:
                raise ChartError(
                    f"found in Chart.yaml, but missing in charts/ directory: {dependency.name}",
                    hint=f"{chart.name} names no repository for {dependency.name}, so it can only lie in charts/",
                )
            if not directory and dependency.repository.startswith(FILE):
                raise ChartError(
                    f"directory {dependency.repository.removeprefix(FILE)} not found",
                    hint=f"the archive of {chart.name} lacks {dependency.name} and names a path of the machine it was "
                    "made on; only its publisher can pack it in",
                )

    def _refresh(self, sources: Sources, wanted: list[Dependency]) -> None:
        """Fetch the indexes of the repositories that are needed and were added, each once."""
        for entry in sources.managed(wanted):
            if entry.name not in self._refreshed:
                self._refreshed.add(entry.name)
                refreshing.fetch_index(
                    entry.name, entry.access, self._places.indexes, self._fetcher, own=self._places.own, log=self._log
                )

    def _fetch_all(
        self, sources: Sources, locked: list[Dependency], directory: str
    ) -> list[tuple[Chart, Obtained, str]]:
        """Each with the directory it was read from, "" for an archive; downloads run at the same time."""
        from concurrent.futures import ThreadPoolExecutor

        from charthouse.charts.loader import load_archive

        def one(dependency: Dependency) -> tuple[Chart, Obtained, str]:
            if dependency.repository.startswith(FILE):
                where = local_path(dependency.repository, directory)
                return self._load_directory(where), Obtained(b"", url=dependency.repository), where
            try:
                found = sources.find(dependency)
                if urls.is_oci(found.url):
                    repository, _, version = found.url.rpartition(":")
                    origin = self._pull(repository, version, self._others)
                else:
                    origin = self._download(found)
            except DistributionError as error:
                shown = urls.without_credentials(dependency.repository)
                text = f"could not download {dependency.name} from {shown}: {error}"
                raise DistributionError(text, hint=error.hint) from error
            return load_archive(origin.data, log=self._log), origin, ""

        for dependency in locked:
            self._say(f"Collecting {dependency.name} {dependency.version} from {dependency.repository}\n")
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(one, locked))


class _Locked:
    """What a chart's lock file says."""

    def __init__(self, chart: Chart) -> None:
        entries = chart.lock.dependencies if chart.lock is not None else None
        self._entries = [entry for entry in entries or () if entry is not None]

    def version(self, dependency: Dependency) -> str:
        """The version locked for a dependency, "" when there is none that suits it."""
        suits = constraint_of(dependency, quote(dependency.name))
        for entry in self._entries:
            same = entry.repository == dependency.repository or dependency.repository.startswith(("@", "alias:"))
            if entry.name == dependency.name and same and suits(entry.version):
                return entry.version
        return ""

    def pin(self, wanted: list[Dependency]) -> list[Dependency]:
        """Copies of dependencies, in their locked versions; each once."""
        found: dict[tuple[str, str, str], Dependency] = {}
        for dependency in wanted:
            version = self.version(dependency) or dependency.version
            key = (dependency.name, version, dependency.repository)
            found.setdefault(key, Dependency(dependency.name, version, dependency.repository))
        return list(found.values())


def _present(chart: Chart, dependency: Dependency, directory: str) -> bool:
    """Whether a dependency is inside: in an archive by its name, as Helm looks; in a directory in a version that was
    locked, or else allowed."""
    inside = [inner for inner in chart.dependencies if inner.name == dependency.name]
    if not inside or not directory or not dependency.repository:
        return bool(inside)
    locked = _Locked(chart).version(dependency)
    if locked:
        return any(inner.metadata.version == locked for inner in inside)
    return any(constraint_of(dependency, quote(dependency.name))(inner.metadata.version) for inner in inside)


def _kept(chart: Chart, declared: list[Dependency], missing: list[Dependency]) -> list[Chart]:
    """The charts inside that stay: all but those of a name that is fetched anew, in a version nobody wants."""
    replaced = {d.name for d in missing}
    served = [d for d in declared if d.name in replaced and d not in missing]

    def stays(inner: Chart) -> bool:
        version, locked = inner.metadata.version, _Locked(chart)
        return inner.name not in replaced or any(
            d.name == inner.name and (locked.version(d) or version) == version for d in served
        )

    return [inner for inner in chart.dependencies if stays(inner)]


def _identity(dependency: Dependency) -> str:
    return f"{dependency.name} {dependency.version} of {urls.public(dependency.repository)}"


def _check_packable(chart: Chart) -> None:
    """Raises ChartError for charts of one name inside one chart, which an archive has one place for."""
    seen: dict[str, str] = {}
    for inner in chart.dependencies:
        if inner.name in seen:
            raise ChartError(
                f"{chart.name} holds {inner.name} in the versions {seen[inner.name]} and {inner.metadata.version}",
                hint="an archive has one place for charts of a name; rename one of them",
            )
        seen[inner.name] = inner.metadata.version
        _check_packable(inner)


def _directory(wanted: Wanted) -> str:
    """The chart directory a reference names, "" when it names none. Raises ChartError for a path that is not there."""
    if wanted.repository:
        return ""
    path = wanted.reference
    if os.path.isdir(path):
        return os.path.abspath(path)
    if path.startswith(("/", ".")) and not os.path.exists(path):
        raise ChartError(f'path "{path}" not found')
    return ""


def _read(path: str) -> bytes:
    from charthouse.charts.oserror import reading_text
    from charthouse.charts.regular import LARGEST, read_bounded

    try:
        return read_bounded(path, limit=2 * LARGEST)
    except OSError as error:
        raise ChartError(reading_text(path, error)) from None
