"""Bringing charts/ up to date with the dependencies of Chart.yaml, as far as those are on this machine.

A dependency without a repository is expected below charts/; one whose repository begins `file://` is packed from there.
For any other a network would be needed: it is refused before anything is written.

Whose rules: Helm 4.3.1 pkg/downloader/manager.go (Update, downloadAll, safeMoveDeps, tarFromLocalDir, writeLock),
internal/resolver/resolver.go (Resolve, HashReq, GetLocalPath).
"""

from __future__ import annotations

import os

from charthouse.charts.chart import Chart, ChartError, Dependency, Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.logs import Log

__all__ = ["Elsewhere", "update"]

_FILE = "file://"


class Elsewhere(ChartError):
    """A dependency would have to be fetched. name: its name; repository: where it is."""

    def __init__(self, name: str, repository: str) -> None:
        super().__init__(f"dependency {name} is in repository {repository}")
        self.name = name
        self.repository = repository


def update(
    directory: str,
    *,
    epoch: int | None = None,
    now: float | None = None,
    debug: bool = False,
    say: Callable[[str], object],
    log: Log,
) -> None:
    """Pack what Chart.yaml of `directory` asks for into its charts/, and write the lock file when it changed.

    epoch: seconds since 1970 packed files are dated to; now: the lock's time, the present moment when not given; say:
    hears what is done (Helm's words); debug: tell more. Raises ChartError, Elsewhere.
    """
    chart = _load(directory, log)
    declared = chart.metadata.dependencies
    if declared is None:
        return
    wanted = [d for d in declared if d is not None]
    _check_repositories(wanted, directory, say if debug else None)
    locked = _resolved(wanted, directory, log)
    _Packing(directory, epoch, debug, say, log).run(locked)
    digest = _digest(wanted, locked)
    if chart.lock is None or chart.lock.digest != digest:
        _write_lock(directory, Lock(_moment(now), digest, list(locked)), legacy=chart.metadata.api_version == "v1")


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


def _check_repositories(wanted: list[Dependency], directory: str, say: Callable[[str], object] | None) -> None:
    """Every place must be known before anything is done (resolveRepoNames). say: tells of each, or None."""
    missing = []
    elsewhere: Elsewhere | None = None
    for dependency in wanted:
        repository = dependency.repository
        if repository.startswith(_FILE):
            _local_path(repository, directory)
            if say is not None:
                say(f"Repository from local path: {repository}\n")
        elif repository:
            if _is_address(repository):
                elsewhere = elsewhere or Elsewhere(dependency.name, repository)
            else:
                missing.append(repository)
    if missing:
        text = f"no repository definition for {', '.join(missing)}. Please add them via 'helm repo add'"
        if any("//" not in name and not name.startswith(("@", "alias:")) for name in missing):
            text += (
                '\nNote that repositories must be URLs or aliases. For example, to refer to the "example"\n'
                'repository, use "https://charts.example.com/" or "@example" instead of\n'
                "\"example\". Don't forget to add the repo, too ('helm repo add')."
            )
        raise ChartError(text)
    if elsewhere is not None:
        raise elsewhere


def _is_address(repository: str) -> bool:
    """Whether url.ParseRequestURI takes it, near enough: a scheme, or an absolute path."""
    scheme, colon, rest = repository.partition(":")
    if repository.startswith("/"):
        return True
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    return bool(colon and plain.isascii() and plain.isalnum() and scheme[:1].isalpha() and rest.startswith("/"))


def _local_path(repository: str, directory: str) -> str:
    from charthouse.charts.oserror import go_text

    place = repository.removeprefix(_FILE)
    path = os.path.normpath(place if place.startswith("/") else os.path.join(directory, place))
    try:
        os.stat(path)
    except FileNotFoundError:
        raise ChartError(f"directory {path} not found") from None
    except OSError as error:
        raise ChartError(go_text("stat", path, error)) from None
    return path


def _constraint(dependency: Dependency, name: str) -> Callable[[str], bool]:
    from charthouse.formats.semver import Constraint, SemverError, Version

    try:
        constraint = Constraint.parse(dependency.version)
    except SemverError as error:
        raise ChartError(f"dependency {name} has an invalid version/constraint format: {error}") from None
    return lambda version: constraint.check(Version.parse(version))


def _resolved(wanted: list[Dependency], directory: str, log: Log) -> list[Dependency]:
    """The dependencies with the one version each will have (Resolver.Resolve)."""
    from charthouse.charts.loader import load_directory
    from charthouse.golang.strconv import quote

    locked, missing = [], []
    for dependency in wanted:
        name, repository = dependency.name, dependency.repository
        fits = _constraint(dependency, quote(name))
        if not repository:
            _local_path(f"charts/{name}", directory)
            locked.append(Dependency(name, dependency.version, ""))
            continue
        version = load_directory(_local_path(repository, directory), log=log).metadata.version
        if fits(version):
            locked.append(Dependency(name, version, repository))
        else:
            missing.append(f"{quote(name)} (repository {quote(repository)}, version {quote(dependency.version)})")
    if missing:
        raise ChartError(
            f"can't get a valid version for {len(missing)} subchart(s): {', '.join(missing)}. Make sure a matching "
            "chart version exists in the repo, or change the version constraint in Chart.yaml"
        )
    return locked


class _Packing:
    """The dependencies packed into a directory beside charts/, and moved from there when all went well."""

    __slots__ = ("debug", "directory", "epoch", "log", "say", "target", "temporary")

    def __init__(self, directory: str, epoch: int | None, debug: bool, say: Callable[[str], object], log: Log) -> None:
        self.directory = directory
        self.target = os.path.join(directory, "charts")
        self.temporary = os.path.join(directory, f"tmpcharts-{os.getpid()}")
        self.epoch = epoch
        self.debug = debug
        self.say = say
        self.log = log

    def run(self, locked: list[Dependency]) -> None:
        """Raises ChartError; `locked` then may hold versions not packed."""
        import shutil

        self._make_directories()
        try:
            self.say(f"Saving {len(locked)} charts\n")
            for dependency in locked:
                if dependency.repository:
                    dependency.version = self._saved(self._pack, dependency)
                else:
                    self._check_present(dependency)
            self._move({d.name for d in locked if not d.repository})
        finally:
            shutil.rmtree(self.temporary, ignore_errors=True)

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

    def _saved(self, work: Callable[[Dependency], str], dependency: Dependency) -> str:
        """What `work` returns; its mistake is told twice, as Helm does."""
        try:
            return work(dependency)
        except ChartError as error:
            self.say(f"Save error occurred:  {error}\n")
            raise

    def _pack(self, dependency: Dependency) -> str:
        from charthouse.charts.archive import save
        from charthouse.charts.loader import load_directory

        if self.debug:
            self.say(f"Archiving {dependency.name} from repo {dependency.repository}\n")
        chart = load_directory(_local_path(dependency.repository, self.directory), log=self.log)
        version = chart.metadata.version
        if not _constraint(dependency, dependency.name)(version):
            raise ChartError(f"can't get a valid version for dependency {dependency.name}")
        save(chart, self.temporary, epoch=self.epoch)
        return version

    def _check_present(self, dependency: Dependency) -> None:
        """A chart that declares no repository lies in charts/ already."""
        from charthouse.charts.loader import load_directory

        name = dependency.name
        self.say(f"Dependency {name} did not declare a repository. Assuming it exists in the charts directory\n")
        path = os.path.join(self.target, name)
        try:
            version = load_directory(path, log=self.log).metadata.version
        except ChartError as error:
            raise ChartError(f"unable to load chart '{path}': {error}", hint=error.hint) from error
        if not _constraint(dependency, name)(version):
            text = f"dependency {name} at version {version} does not satisfy the constraint {dependency.version}"
            self.say(f"Save error occurred:  {text}\n")
            raise ChartError(text)

    def _move(self, local: set[str]) -> None:
        """Fresh archives into charts/, and archives of no dependency out of it (safeMoveDeps). local: names of charts
        that lie in charts/ by themselves."""
        from charthouse.charts.loader import load_file

        before = sorted(os.listdir(self.target))
        fresh = sorted(os.listdir(self.temporary))
        for name in fresh:
            os.replace(os.path.join(self.temporary, name), os.path.join(self.target, name))
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


def _digest(wanted: list[Dependency], locked: list[Dependency]) -> str:
    """What tells whether a lock is that of a Chart.yaml (HashReq)."""
    import hashlib

    from charthouse.golang.json import encode

    text = encode([[entry.to_dict() for entry in entries] for entries in (wanted, locked)])
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _moment(now: float | None) -> str:
    from datetime import UTC, datetime

    moment = datetime.now(UTC) if now is None else datetime.fromtimestamp(now, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
