"""Bringing charts/ up to date with the dependencies of Chart.yaml, or with the lock file.

A dependency without a repository is expected below charts/; one whose repository begins `file://` is packed from there;
others are downloaded. Everything is gathered beside charts/ first and moved there when all of it is whole.

Whose rules: Helm 4.3.1 pkg/downloader/manager.go (Update, Build, downloadAll, safeMoveDeps, tarFromLocalDir,
writeLock), internal/resolver/resolver.go (HashReq, HashV2Req). Differs: archives are downloaded at the same time; what
has a digest in the index must have it.
"""

from __future__ import annotations

import os

from charthouse.charts.chart import ChartError, Dependency, Lock
from charthouse.distribution import atomic
from charthouse.distribution.downloads import Resolved
from charthouse.distribution.errors import DistributionError
from charthouse.distribution.sources import AT_ONCE, FILE, Sources, constraint_of, local_path
from charthouse.distribution.urls import redacted
from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Future

    from charthouse.charts.chart import Chart
    from charthouse.distribution.proofs import Downloaded
    from charthouse.logs import Log

__all__ = ["build", "update"]

_OUT_OF_SYNC = (
    "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). "
    "Please update the dependencies with 'helm dependency update'"
)
_OUT_OF_SYNC_V1 = (
    "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). "
    "Please update the dependencies"
)


def update(sources: Sources, *, now: str, epoch: int | None = None) -> None:
    """Fetch what Chart.yaml asks for into charts/, and write the lock file when it changed.

    sources: of which chart, and from where. now: the lock's time, RFC 3339; epoch: seconds since 1970 that files packed
    here are dated to. Raises ChartError, DistributionError.
    """
    directory = sources.directory
    chart = _load(directory, sources.log)
    declared = chart.metadata.dependencies
    if declared is None:
        return
    wanted = [d for d in declared if d is not None]
    sources.identify(wanted)
    sources.fetch_unmanaged(wanted)
    sources.fetch_managed()
    locked = sources.resolve(wanted)
    _Gathering(sources, epoch).run(locked)
    digest = _digest([[entry.to_dict() for entry in entries] for entries in (wanted, locked)])
    if chart.lock is None or chart.lock.digest != digest:
        _write_lock(directory, Lock(now, digest, list(locked)), legacy=chart.metadata.api_version == "v1")


def build(sources: Sources, *, now: str, epoch: int | None = None) -> None:
    """Fetch what the lock file names into charts/; without a lock file, `update`. Raises as `update`."""
    chart = _load(sources.directory, sources.log)
    if chart.lock is None:
        update(sources, now=now, epoch=epoch)
        return
    wanted = [d for d in chart.metadata.dependencies or () if d is not None]
    locked = [d for d in chart.lock.dependencies or () if d is not None]
    legacy = chart.metadata.api_version == "v1"
    old_digest = _digest({"dependencies": [entry.to_dict() for entry in wanted]}) if legacy else ""
    sources.identify(wanted)
    if _digest([[entry.to_dict() for entry in entries] for entries in (wanted, locked)]) != chart.lock.digest:
        if not legacy:
            raise ChartError(_OUT_OF_SYNC)
        _warn_old_lock(sources.log)
        if old_digest != chart.lock.digest:
            raise ChartError(_OUT_OF_SYNC_V1)
    sources.check_known(locked)
    sources.fetch_managed()
    _Gathering(sources, epoch).run(locked)


def _warn_old_lock(log: Log) -> None:
    from charthouse.logs import INFO, LogRecord

    log(LogRecord(INFO, "warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash..."))


def _load(directory: str, log: Log) -> Chart:
    from charthouse.charts.loader import load_directory
    from charthouse.charts.oserror import go_text

    try:
        os.stat(directory)
    except OSError as error:
        raise ChartError(f"could not find {directory}: {go_text('stat', directory, error)}") from None
    if not os.path.isdir(directory):
        raise ChartError("only unpacked charts can be updated")
    return load_directory(directory, log=log)


class _Gathering:
    """The archives, gathered in a directory beside charts/ and moved from there when all went well."""

    __slots__ = ("_places", "directory", "epoch", "log", "say", "sources", "target", "temporary")

    def __init__(self, sources: Sources, epoch: int | None) -> None:
        self.sources = sources
        self.directory = sources.directory
        self.target = os.path.join(sources.directory, "charts")
        self.temporary = os.path.join(sources.directory, f"tmpcharts-{os.getpid()}")
        self.epoch = epoch
        self.say = sources.say
        self.log = sources.log
        self._places: dict[int, Resolved | DistributionError] = {}

    def run(self, locked: list[Dependency]) -> None:
        """Raises ChartError, DistributionError; `locked` gets the versions that were packed."""
        import shutil

        self.sources.load_managed()
        self._make_directories()
        try:
            self.say(f"Saving {len(locked)} charts\n")
            try:
                self._gather(locked)
            except _NotSaved as failure:
                self.say(f"Save error occurred:  {failure.error}\n")
                raise failure.error from failure.__cause__
            self._move({d.name for d in locked if not d.repository})
        finally:
            shutil.rmtree(self.temporary, ignore_errors=True)

    def _gather(self, locked: list[Dependency]) -> None:
        """In the order of the list, as it is told; the downloads begin at once and run at the same time."""
        from concurrent.futures import ThreadPoolExecutor

        wanted = {found.url: found for d in locked if isinstance(found := self._found(d), Resolved)}
        watch = self.sources.watch("charts", len(wanted)) if wanted else None

        def one(found: Resolved) -> Downloaded:
            try:
                return self.sources.download(found, watch.part() if watch else None)
            finally:
                if watch:
                    watch.finished()

        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                begun = {url: pool.submit(one, found) for url, found in wanted.items()}
                self._take(locked, begun)
        finally:
            if watch:
                watch.end()

    def _take(self, locked: list[Dependency], begun: dict[str, Future[Downloaded]]) -> None:
        done: set[str] = set()
        for dependency in locked:
            if not dependency.repository:
                self._check_present(dependency)
            elif dependency.repository.startswith(FILE):
                dependency.version = self._pack(dependency)
            else:
                self._save(dependency, begun, done)

    def _found(self, dependency: Dependency) -> Resolved | DistributionError | None:
        """Where a dependency is downloaded from, None when it is not; or why that cannot be said."""
        if not dependency.repository or dependency.repository.startswith(FILE):
            return None
        key = id(dependency)
        if key not in self._places:
            try:
                self._places[key] = self.sources.find(dependency)
            except DistributionError as error:
                self._places[key] = error
        return self._places[key]

    def _save(self, dependency: Dependency, begun: dict[str, Future[Downloaded]], done: set[str]) -> None:
        found = self._found(dependency)
        if isinstance(found, DistributionError):
            raise _NotSaved(found)
        assert found is not None
        if found.url in done:
            self.say(f"Already downloaded {dependency.name} from repo {redacted(dependency.repository)}\n")
            return
        self.say(f"Downloading {dependency.name} from repo {redacted(dependency.repository)}\n")
        try:
            got = begun[found.url].result()
        except DistributionError as error:
            raise _not_downloaded(found, error) from error
        self.say(got.said)
        if got.problem is not None:
            raise _not_downloaded(found, got.problem) from got.problem
        path = os.path.join(self.temporary, got.name)
        atomic.write(path, got.data, 0o644)
        if got.proof:
            atomic.write(f"{path}.prov", got.proof, 0o644)
        done.add(found.url)

    def _make_directories(self) -> None:
        from charthouse.charts.oserror import go_text
        from charthouse.golang.strconv import quote

        try:
            if not os.path.isdir(self.target):
                if os.path.lexists(self.target) and os.path.exists(self.target):
                    raise ChartError(f"{quote(self.target)} is not a directory")
                os.makedirs(self.target, mode=0o755, exist_ok=True)
            os.makedirs(self.temporary, mode=0o755, exist_ok=True)
        except OSError as error:
            raise ChartError(go_text("mkdir", str(error.filename), error)) from None

    def _pack(self, dependency: Dependency) -> str:
        from charthouse.charts.archive import save
        from charthouse.charts.loader import load_directory

        if self.sources.debug:
            self.say(f"Archiving {dependency.name} from repo {redacted(dependency.repository)}\n")
        try:
            chart = load_directory(local_path(dependency.repository, self.directory), log=self.log)
            version = chart.metadata.version
            if not constraint_of(dependency, dependency.name)(version):
                raise ChartError(f"can't get a valid version for dependency {dependency.name}")
            save(chart, self.temporary, epoch=self.epoch)
        except ChartError as error:
            raise _NotSaved(error) from error
        return version

    def _check_present(self, dependency: Dependency) -> None:
        """A chart that declares no repository lies in charts/ already."""
        from charthouse.charts.loader import load_directory

        name = dependency.name
        self.say(f"Dependency {name} did not declare a repository. Assuming it exists in the charts directory\n")
        path = os.path.normpath(os.path.join(self.target, name))
        try:
            version = load_directory(path, log=self.log).metadata.version
        except ChartError as error:
            raise ChartError(f"unable to load chart '{path}': {error}", hint=error.hint) from error
        if not constraint_of(dependency, name)(version):
            text = f"dependency {name} at version {version} does not satisfy the constraint {dependency.version}"
            raise _NotSaved(ChartError(text))

    def _no_chart(self, path: str) -> str:
        """Why a file is no chart, "" when it is one. Helm says so of provenance files, and leaves them behind."""
        from charthouse.charts.loader import load_file

        try:
            load_file(path, log=self.log)
        except ChartError as error:
            return str(error)
        return ""

    def _move(self, local: set[str]) -> None:
        """Fresh archives into charts/, and archives of no dependency out of it (safeMoveDeps). local: names of charts
        that lie in charts/ by themselves."""
        from charthouse.charts.loader import load_file

        before = sorted(os.listdir(self.target))
        fresh = sorted(os.listdir(self.temporary))
        for name in fresh:
            path = os.path.join(self.temporary, name)
            if name.endswith(".prov") and (problem := self._no_chart(path)):
                self.say(f"Could not verify {path} for moving: {problem} (Skipping)")
                continue
            os.replace(path, os.path.join(self.target, name))
        self.say("Deleting outdated charts\n")
        for name in before:
            path = os.path.join(self.target, name)
            if name in fresh or (os.path.isdir(path) and not os.path.islink(path)):
                continue
            try:
                chart = load_file(path, log=self.log)
            except ChartError as error:
                self.say(f"Could not verify {path} for deletion: {error} (Skipping)\n")
                continue
            if chart.name not in local:
                os.remove(path)


def _digest(value: object) -> str:
    """What tells whether a lock is that of a Chart.yaml (HashReq, HashV2Req)."""
    import hashlib

    from charthouse.golang.json import encode
    from charthouse.golang.ordered import ordered

    text = encode(ordered(value))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class _NotSaved(Exception):
    """What Helm tells twice: as `Save error occurred`, and at the end."""

    def __init__(self, error: CharthouseError) -> None:
        super().__init__(str(error))
        self.error = error


def _not_downloaded(found: Resolved, error: CharthouseError) -> _NotSaved:
    shown = found.url.rpartition(":")[0] if found.url.startswith("oci://") else redacted(found.url)
    return _NotSaved(DistributionError(f"could not download {shown}: {error}", hint=error.hint))


def _write_lock(directory: str, lock: Lock, *, legacy: bool) -> None:
    """legacy: charts of apiVersion v1 have requirements.lock."""
    from charthouse.charts.oserror import go_text
    from charthouse.formats.yaml import dump
    from charthouse.golang.strconv import quote

    name = "requirements.lock" if legacy else "Chart.lock"
    path = os.path.join(directory, name)
    if os.path.islink(path):
        raise ChartError(f"the {name} file is a symlink to {quote(os.readlink(path))}")
    try:
        with open(path, "wb") as stream:
            stream.write(dump(lock.to_dict()).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ChartError(go_text("open", path, error)) from None
