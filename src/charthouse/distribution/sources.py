"""Where the dependencies of a chart come from: which repository each names, which version it gets, where that is.

Rules: Helm 4.3.1 ``pkg/downloader/manager.go`` (``resolveRepoNames``, ``ensureMissingRepos``, ``hasAllRepos``,
``parallelRepoUpdate``, ``findChartURL``), ``internal/resolver/resolver.go`` (``Resolve``). Differs: indexes are told of
in the order they are needed in, and each is read once.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError, Dependency
from charthouse.distribution import catalogues, urls
from charthouse.distribution.access import Access
from charthouse.distribution.downloads import Resolved, download, find_in_repository
from charthouse.distribution.errors import DistributionError, IndexError_
from charthouse.distribution.index import is_version
from charthouse.distribution.proofs import Downloaded
from charthouse.distribution.refreshing import fetch_index
from charthouse.distribution.repositories import MissingFile, Repositories, Repository
from charthouse.distribution.repositories import load as load_repositories
from charthouse.golang.strconv import quote
from charthouse.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from charthouse.distribution.catalogue import Catalogue
    from charthouse.distribution.downloads import Places
    from charthouse.distribution.fetch import Fetcher, Progress, Watch
    from charthouse.distribution.proofs import Check
    from charthouse.distribution.registry.charts import Registries
    from charthouse.logs import Log

__all__ = ["AT_ONCE", "FILE", "Sources", "constraint_of", "local_path"]

AT_ONCE = 32
"""Fetches at the same time: many repositories are far away, and each is asked for little."""
FILE = "file://"
_UNMANAGED = "helm-manager-"
_NOT_URLS = (
    '\nNote that repositories must be URLs or aliases. For example, to refer to the "example"\n'
    'repository, use "https://charts.example.com/" or "@example" instead of\n'
    "\"example\". Don't forget to add the repo, too ('helm repo add')."
)


def local_path(repository: str, directory: str) -> str:
    """The path `repository` (with or without ``file://``) means for the chart in `directory`. Raises ChartError."""
    from charthouse.charts.oserror import go_text

    place = repository.removeprefix(FILE)
    path = os.path.normpath(place if place.startswith("/") else os.path.join(directory, place))
    try:
        os.stat(path)
    except FileNotFoundError:
        raise ChartError(f"directory {path} not found") from None
    except OSError as error:
        raise ChartError(go_text("stat", path, error)) from None
    return path


def constraint_of(dependency: Dependency, name: str) -> Callable[[str], bool]:
    """Whether a version suits a dependency. name: as it stands in the error. Raises ChartError for a bad range."""
    from charthouse.formats.semver import Constraint, SemverError, Version

    try:
        constraint = Constraint.parse(dependency.version)
    except SemverError as error:
        raise ChartError(f"dependency {name} has an invalid version/constraint format: {error}") from None

    def suits(version: str) -> bool:
        try:
            return constraint.check(Version.parse(version))
        except SemverError:
            return False

    return suits


class Sources:
    """The repositories as one update of one chart sees them.

    directory: the chart's. refresh: indexes are fetched again first. say: hears what is done (Helm's words); debug: it
    hears more. check: how archives are checked, None = not at all. watch: who is told how far so many fetches are.
    """

    def __init__(
        self, directory: str, places: Places, fetcher: Fetcher, registries: Registries, *, refresh: bool, debug: bool,
        say: Callable[[str], object], log: Log, check: Check | None = None,
        watch: Callable[[str, int], Watch | None] = lambda what, count: None,
    ) -> None:  # fmt: skip
        self.directory = directory
        self.places = places
        self.fetcher = fetcher
        self.registries = registries
        self.refresh = refresh
        self.debug = debug
        self.say = say
        self.log = log
        self.check = check
        self.watch = watch
        self._fresh: set[str] = set()
        self._catalogues: dict[str, Catalogue] = {}
        self._names: dict[str, str] = {}

    def _known(self) -> Repositories:
        try:
            return load_repositories(self.places.repositories)
        except MissingFile:
            return Repositories()

    def identify(self, wanted: Sequence[Dependency]) -> None:
        """Find each dependency's repository; an alias is replaced by the address it stands for (in place, as in Helm).

        Raises ChartError when one is unknown.
        """
        known = self._known().named()
        missing = []
        for dependency in wanted:
            repository = dependency.repository
            if not repository:
                continue
            if repository.startswith(FILE):
                local_path(repository, self.directory)
                if self.debug:
                    self.say(f"Repository from local path: {repository}\n")
            elif urls.is_oci(repository):
                self._names[dependency.name] = repository
            elif (entry := _owner(repository, known)) is not None:
                if repository.startswith(("@", "alias:")):
                    dependency.repository = entry.url
                self._names[dependency.name] = entry.name
            elif not _is_address(repository):
                missing.append(repository)
        if missing:
            text = f"no repository definition for {', '.join(missing)}. Please add them via 'helm repo add'"
            if any("//" not in name and not name.startswith(("@", "alias:")) for name in missing):
                text += _NOT_URLS
            raise ChartError(text)

    def check_known(self, locked: Sequence[Dependency]) -> None:
        """Raises ChartError for repositories that were not added (what a build from a lock file needs)."""
        known = self._known().named()
        missing = [
            d.repository
            for d in locked
            if d.repository
            and not d.repository.startswith((FILE, "oci://"))
            and not any(urls.equal(entry.url, d.repository.removesuffix("/")) for entry in known)
        ]
        if missing:
            raise ChartError(
                f"no repository definition for {', '.join(missing)}. Please add the missing repos via 'helm repo add'"
            )

    def fetch_unmanaged(self, wanted: Sequence[Dependency]) -> None:
        """Fetch the indexes of repositories that were not added, under a name made of their address."""
        from hashlib import sha256

        found = []
        for dependency in wanted:
            address = dependency.repository
            if not address or address.startswith(FILE) or dependency.name in self._names:
                continue
            name = _UNMANAGED + sha256(address.encode("utf-8", "surrogateescape")).hexdigest()
            self._names[dependency.name] = name
            found.append(Repository(name=name, url=address))
        if found and self.refresh:
            self.say("Getting updates for unmanaged Helm repositories...\n")
            self._fetch(found)

    def fetch_managed(self) -> None:
        """Fetch the index of every repository that was added, needed or not, as Helm does."""
        known = self._known().named()
        if known and self.refresh:
            self.say("Hang tight while we grab the latest from your chart repositories...\n")
            self._fetch(known)
            self.say("Update Complete. ⎈Happy Helming!⎈\n")

    def managed(self, wanted: Sequence[Dependency]) -> list[Repository]:
        """The repositories that were added and are named by these dependencies, in the order of the file."""
        addresses = [d.repository for d in wanted if d.repository and not d.repository.startswith((FILE, "oci://"))]
        return [e for e in self._known().named() if any(urls.equal(e.url, address) for address in addresses)]

    def _fetch(self, entries: Sequence[Repository]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        unique = {entry.url.removesuffix("/"): entry for entry in entries}
        for entry in unique.values():
            _check_scheme(entry.url, self.fetcher)

        watch = self.watch("indexes", len(unique))

        def one(entry: Repository) -> DistributionError | None:
            try:
                fetch_index(
                    entry.name, entry.access, self.places.indexes, self.fetcher, own=self.places.own, log=self.log,
                    progress=watch.part() if watch else None,
                )  # fmt: skip
            except DistributionError as error:
                return error
            finally:
                if watch:
                    watch.finished()
            return None

        try:
            with ThreadPoolExecutor(min(AT_ONCE, len(unique))) as pool:
                for entry, error in zip(unique.values(), pool.map(one, unique.values()), strict=True):
                    self._tell(entry, error)
        finally:
            if watch:
                watch.end()

    def _tell(self, entry: Repository, error: DistributionError | None) -> None:
        unmanaged = entry.name.startswith(_UNMANAGED)
        address = urls.redacted(entry.url)
        shown = quote(address if unmanaged else entry.name)
        if error is None:
            self._fresh.add(entry.name)
            self.say(f"...Successfully got an update from the {shown} chart repository\n")
            return
        where = "" if unmanaged else f" ({address})"
        self.say(f"...Unable to get an update from the {shown} chart repository{where}:\n\t{error}\n")

    def resolve(self, wanted: Sequence[Dependency]) -> list[Dependency]:
        """The dependencies with the one version each will have. Raises ChartError, IndexError_."""
        locked, missing = [], []
        for dependency in wanted:
            version = self._version(dependency)
            if version is None:
                name, repository = quote(dependency.name), quote(urls.redacted(dependency.repository))
                missing.append(f"{name} (repository {repository}, version {quote(dependency.version)})")
            else:
                locked.append(Dependency(dependency.name, version, dependency.repository))
        if missing:
            raise ChartError(
                f"can't get a valid version for {len(missing)} subchart(s): {', '.join(missing)}. Make sure a matching "
                "chart version exists in the repo, or change the version constraint in Chart.yaml"
            )
        return locked

    def _version(self, dependency: Dependency) -> str | None:
        suits = constraint_of(dependency, quote(dependency.name))
        if not dependency.repository:
            local_path(f"charts/{dependency.name}", self.directory)
            return dependency.version
        if dependency.repository.startswith(FILE):
            from charthouse.charts.loader import load_directory

            path = local_path(dependency.repository, self.directory)
            version = load_directory(path, log=self.log).metadata.version
            return version if suits(version) else None
        if urls.is_oci(dependency.repository):
            return self._tagged(dependency, suits)
        name = self._names[dependency.name]
        try:
            charts = self._catalogue(name)
        except IndexError_ as error:
            raise IndexError_(
                f"no cached repository for {name} found. (try 'helm repo update'): {error}", hint=error.hint
            ) from error
        rows = charts.find(dependency.name)
        if rows is None:
            raise IndexError_(f"{dependency.name} chart not found in repo {urls.redacted(dependency.repository)}")
        return next((row.version for row in rows if row.urls and suits(row.version)), None)

    def _tagged(self, dependency: Dependency, suits: Callable[[str], bool]) -> str | None:
        """A version that is one is taken as it is; for a range the tags are asked for."""
        if is_version(dependency.version):
            return dependency.version
        from charthouse.distribution.registry.charts import versions
        from charthouse.distribution.registry.reference import parse

        reference = parse(f"{dependency.repository}/{dependency.name}")
        try:
            tags = versions(reference, self.registries(reference.registry))
        except DistributionError as error:
            raise DistributionError(
                f"could not retrieve list of tags for repository {urls.redacted(dependency.repository)}: {error}",
                hint=error.hint,
            ) from error
        return next((tag for tag in tags if suits(tag)), dependency.version)

    def _catalogue(self, name: str) -> Catalogue:
        if name not in self._catalogues:
            path = os.path.join(self.places.indexes, f"{name}-index.yaml")
            self._catalogues[name] = catalogues.load(path, self.places.own, log=self.log)
        return self._catalogues[name]

    def load_managed(self) -> None:
        """Read the index of every repository that was added, as Helm does before it downloads. Raises IndexError_."""
        for entry in self._known().named():
            self._catalogue(entry.name)

    def find(self, dependency: Dependency) -> Resolved:
        """Where the archive of a locked dependency is. Raises DistributionError."""
        address = dependency.repository
        if urls.is_oci(address):
            return Resolved(f"{address}/{dependency.name}:{dependency.version}", Access())
        for entry in self._known().named():
            if urls.equal(address, entry.url):
                return self._in_repository(dependency, entry)
        name = self._names.get(dependency.name, "")
        try:
            found = find_in_repository(
                address, dependency.name, dependency.version, Access(), self.fetcher, log=self.log,
                charts=self._catalogue(name) if name in self._fresh else None,
            )  # fmt: skip
        except DistributionError as error:
            raise DistributionError(
                f"could not find : chart {dependency.name} not found in {urls.redacted(address)}: {error}",
                hint=error.hint,
            ) from error
        return Resolved(found, Access(url=found))

    def download(self, found: Resolved, progress: Progress | None = None) -> Downloaded:
        """An archive, checked if that is wanted. Raises DistributionError."""
        if not urls.is_oci(found.url):
            data = download(found, self.places, self.fetcher, log=self.log, progress=progress)
            done = Downloaded(found.file_name, data, "")
            return done if self.check is None else done.proven(found, self.places, self.fetcher, self.check, self.log)
        from charthouse.distribution.registry.charts import pull, resolve, underscore_note

        repository, _, version = found.url.rpartition(":")
        reference, name = resolve(repository, version, self.registries)
        pulled = pull(
            reference, self.registries(reference.registry), provenance=self.check is not None, progress=progress
        )
        said = f"Pulled: {pulled.reference}\nDigest: {pulled.digest}\n{underscore_note(pulled.reference)}"
        done = Downloaded(name, pulled.chart, said)
        if self.check is None:
            return done
        if not pulled.provenance:
            return done.unproven(found.url, repository, None, self.check)
        return replace(done, said=said * 2).checked(pulled.provenance, self.check)

    def _in_repository(self, dependency: Dependency, entry: Repository) -> Resolved:
        rows = self._catalogue(entry.name).find(dependency.name)
        if rows is None:
            raise IndexError_("could not find : entry not found")
        for row in rows:
            if row.urls and (not dependency.version or _same_version(dependency.version, row.version)):
                return Resolved(urls.resolve(dependency.repository, row.urls[0]), entry.access, row.digest)
        raise IndexError_("could not find : no matching version")


def _owner(repository: str, known: Sequence[Repository]) -> Repository | None:
    """The repository that was added and is meant: by its name behind @ or alias:, or by its address."""
    for entry in known:
        if repository in (f"@{entry.name}", f"alias:{entry.name}") or urls.equal(entry.url, repository):
            return entry
    return None


def _is_address(repository: str) -> bool:
    """Whether url.ParseRequestURI takes it, near enough: a scheme, or an absolute path."""
    scheme, colon, _ = repository.partition(":")
    if repository.startswith("/"):
        return True
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    return bool(colon and plain.isascii() and plain.isalnum() and scheme[:1].isalpha())


def _check_scheme(url: str, fetcher: Fetcher) -> None:
    scheme = urls.parse(url).scheme
    if not fetcher.serves(scheme):
        raise DistributionError(f"could not find protocol handler for: {scheme}")


def _same_version(one: str, other: str) -> bool:
    from charthouse.formats.semver import SemverError, Version

    try:
        first = Version.parse(one)
    except SemverError:
        return one == other
    try:
        return first.compare(Version.parse(other)) == 0
    except SemverError:
        return False
