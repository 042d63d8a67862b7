"""From a chart reference to an archive on this machine.

Rules: Helm 4.3.1 ``pkg/downloader/chart_downloader.go`` (``ResolveChartVersion``, ``DownloadTo``, ``DownloadToCache``),
``cache.go`` (the content cache: ``xx/HASH.chart`` by sha256), ``pkg/repo/v1/chartrepo.go`` (``FindChartInRepoURL``,
``DownloadIndexFile``). Differs: what is downloaded under a digest is checked against it, and a cached archive too; Helm
trusts both. Indexes are asked for with the ETag of the last answer.
"""

from __future__ import annotations

import os

from charthouse.distribution import atomic, catalogues, urls
from charthouse.distribution.access import Access
from charthouse.distribution.catalogue import tell
from charthouse.distribution.errors import DistributionError, FetchFailed, IndexError_, RepositoriesError
from charthouse.distribution.index import select
from charthouse.distribution.repositories import MissingFile, Repositories
from charthouse.distribution.repositories import load as load_repositories
from charthouse.logs import DEBUG, LogRecord
from charthouse.records import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.distribution.catalogue import Catalogue, Row
    from charthouse.distribution.fetch import Fetcher, Progress
    from charthouse.logs import Log

__all__ = ["Places", "Resolved", "download", "find_in_repository", "in_cache", "keep", "resolve"]

_ACCEPT = "application/gzip,application/octet-stream"


class Places(Record):
    """Where things are kept. repositories: repositories.yaml; indexes: the cached indexes; content: archives by their
    sha256; own: our own cache directory, "" = none."""

    repositories: str
    indexes: str
    content: str
    own: str = ""


class Resolved(Record):
    """An archive's address, what it is fetched as, and the sha256 it must have ("" = unknown)."""

    url: str
    access: Access
    digest: str = ""

    @property
    def file_name(self) -> str:
        """What the archive is called."""
        return urls.base_name(urls.parse(self.url).path)


def resolve(reference: str, version: str, places: Places, access: Access, *, log: Log) -> Resolved:
    """Where the chart `reference` is: an address, or ``repository/chart`` in a repository that was added.

    version: a version or a range, "" = the newest release; not looked at for an address. access: from the command line;
    a repository's own goes before it. Raises DistributionError with Helm's text.
    """
    try:
        parts = urls.parse(reference)
    except DistributionError as error:
        raise DistributionError(f"invalid chart URL format: {urls.redacted(reference)}", hint=error.message) from error
    known = _repositories(places)
    if parts.scheme and parts.netloc and parts.path:
        return _resolve_address(reference, known, places, access, log)
    repository, slash, chart = parts.path.partition("/")
    if not slash:
        raise DistributionError(
            f"non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}",
            hint=f"there is no file or directory `{reference}` here; a chart of a repository is written "
            f"repository/{reference or 'chart'}",
        )
    entry = known.find(repository)
    if entry is None:
        raise RepositoriesError(f"repo {repository} not found", hint=_known_hint(reference, repository, known))
    if not entry.url:
        raise RepositoriesError(f"no URL found for repository {repository}")
    path = os.path.join(places.indexes, f"{repository}-index.yaml")
    try:
        charts = catalogues.load(path, places.own, log=log)
    except IndexError_ as error:
        raise IndexError_(
            f"no cached repo found. (try 'helm repo update'): {error}", hint=f"`charthouse repo update {repository}`"
        ) from error
    try:
        row = _select(charts, chart, version, log)
    except IndexError_ as error:
        raise IndexError_(
            f"chart \"{chart}\" matching {version} not found in {repository} index. (try 'helm repo update'): {error}",
            hint=error.hint or f"`charthouse search repo {repository}/` lists its charts",
        ) from error
    if not row.urls:
        raise IndexError_(f'chart "{reference}" has no downloadable URLs')
    url = urls.resolve(entry.url, row.urls[0])
    return Resolved(url, _merged(access, entry.access, url), row.digest)


def _select(charts: Catalogue, chart: str, version: str, log: Log) -> Row:
    rows = charts.find(chart)
    if rows is None:
        raise IndexError_("no chart name found", hint=_near(chart, charts))
    return rows[select([row.version for row in rows], chart, version, log=log)]


def _near(chart: str, charts: Catalogue) -> str:
    from difflib import get_close_matches

    found = get_close_matches(chart, list(charts), 1)
    return f"did you mean `{found[0]}`?" if found else ""


def _known_hint(reference: str, repository: str, known: Repositories) -> str:
    names = ", ".join(entry.name for entry in known.named())
    text = f"there is no file or directory `{reference}` here, and no repository `{repository}` was added"
    return f"{text}; those that were: {names}" if names else text


def _merged(access: Access, own: Access, url: str) -> Access:
    """What the command line says, and over it what the repository was added with. url: of the chart.

    Differs: that the repository's certificate is not to be looked at counts here too (Helm forgets it but for its
    index and for dependencies), for the repository's own server.
    """
    found = replace(access, url=own.url)
    if own.cert_file or own.key_file or own.ca_file:
        found = replace(found, cert_file=own.cert_file, key_file=own.key_file, ca_file=own.ca_file)
    if own.insecure and urls.origin(url) == urls.origin(own.url):
        found = replace(found, insecure=True)
    if own.username and own.password:
        found = replace(found, username=own.username, password=own.password, pass_all=own.pass_all)
    return found


def _resolve_address(reference: str, known: Repositories, places: Places, access: Access, log: Log) -> Resolved:
    """An address: fetched as the first repository that lists it, if one does (``scanReposForURL``)."""
    for entry in known.named():
        path = os.path.join(places.indexes, f"{entry.name}-index.yaml")
        try:
            charts = catalogues.load(path, places.own, log=log)
        except IndexError_ as error:
            raise IndexError_(
                f"no cached repo found. (try 'helm repo update'): {error}",
                hint=f"`charthouse repo update {entry.name}`",
            ) from error
        if _lists(charts, reference):
            return Resolved(reference, _merged(access, entry.access, reference))
    return Resolved(reference, replace(access, url=reference))


def _lists(charts: Catalogue, address: str) -> bool:
    """Whether a repository names this address for one of its versions."""
    last = urls.base_name(urls.parse(address).path)
    return any(
        last in listed and urls.equal(address, listed)
        for key in charts
        for row in charts.find(key) or ()
        for listed in row.urls
    )


def _repositories(places: Places) -> Repositories:
    try:
        return load_repositories(places.repositories)
    except MissingFile:
        return Repositories()


def find_in_repository(
    url: str, chart: str, version: str, access: Access, fetcher: Fetcher, *, log: Log, charts: Catalogue | None = None
) -> str:
    """The address of a chart in the repository at `url`, which need not have been added. charts: what it offers, when
    that was fetched just now. Raises DistributionError."""
    try:
        scheme = urls.parse(url).scheme
    except DistributionError:
        raise DistributionError(f"invalid chart URL format: {urls.redacted(url)}") from None
    if scheme != "oci" and not fetcher.serves(scheme):
        raise DistributionError(
            f"could not find protocol handler for: {scheme}", hint="an address begins with https://"
        )
    if charts is None:
        charts = _fetched(url, access, fetcher, log)
    what = f'chart "{chart}"' + (f' version "{version}"' if version else "")
    try:
        row = _select(charts, chart, version, log)
    except IndexError_ as error:
        raise IndexError_(f"{what} not found in {urls.redacted(url)} repository", hint=error.hint) from error
    if not row.urls:
        raise IndexError_(f"{what} has no downloadable URLs")
    return urls.resolve(url, row.urls[0])


def _fetched(url: str, access: Access, fetcher: Fetcher, log: Log) -> Catalogue:
    from charthouse.distribution import cataloguing

    own = replace(access, url=url)
    try:
        filled = cataloguing.read(fetcher.get(urls.resolve(url, "index.yaml"), own).body, url)
    except DistributionError as error:
        raise DistributionError(
            f'looks like "{urls.redacted(url)}" is not a valid chart repository or cannot be reached: {error}',
            hint=error.hint,
        ) from error
    tell(filled[2], log)
    return cataloguing.in_memory(filled)


def download(found: Resolved, places: Places, fetcher: Fetcher, *, log: Log, progress: Progress | None = None) -> bytes:
    """The archive's bytes, from the content cache where it is there. Raises DistributionError."""
    digest = found.digest.rpartition(":")[2].lower()
    if digest:
        _check_digest_form(digest)
        kept = _cached(_content(places, digest), digest)
        if kept is not None:
            log(LogRecord(DEBUG, "found chart in cache", id=digest))
            return kept
    data = fetcher.get(found.url, found.access, accept=_ACCEPT, progress=progress).body
    if digest:
        _check(data, digest, found.url)
    return data


def in_cache(found: Resolved, places: Places, fetcher: Fetcher, *, log: Log, progress: Progress | None = None) -> str:
    """The path of the archive in the content cache, where it is put when it is not there. Raises DistributionError."""
    from hashlib import sha256

    digest = found.digest.rpartition(":")[2].lower()
    if digest:
        _check_digest_form(digest)
        path = _content(places, digest)
        if _cached(path, digest) is not None:
            log(LogRecord(DEBUG, "found chart in cache", id=digest))
            return path
    data = fetcher.get(found.url, found.access, accept=_ACCEPT, progress=progress).body
    if digest:
        _check(data, digest, found.url)
    path = _content(places, digest or sha256(data).hexdigest())
    atomic.write(path, data, 0o644)
    return path


def keep(data: bytes, places: Places) -> str:
    """Put an archive into the content cache; its path there. Raises DistributionError."""
    from hashlib import sha256

    path = _content(places, sha256(data).hexdigest())
    atomic.write(path, data, 0o644)
    return path


def _content(places: Places, digest: str) -> str:
    return os.path.join(places.content, digest[:2], f"{digest}.chart")


def _cached(path: str, digest: str) -> bytes | None:
    """A file of the content cache, if it is there and is what its name says."""
    from hashlib import sha256

    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError:
        return None
    return data if data and sha256(data).hexdigest() == digest else None


def _check_digest_form(digest: str) -> None:
    from charthouse.golang.strconv import quote

    for i, char in enumerate(digest):
        if char not in "0123456789abcdef":
            raise DistributionError(
                f"encoding/hex: invalid byte: U+{ord(char):04X} {quote(char).replace(chr(34), chr(39))}"
            )
        if i == len(digest) - 1 and len(digest) % 2:
            raise DistributionError("encoding/hex: odd length hex string")
    if len(digest) != 64:
        raise DistributionError(f"invalid digest length: {len(digest) // 2}")


def _check(data: bytes, digest: str, url: str) -> None:
    from hashlib import sha256

    found = sha256(data).hexdigest()
    if found != digest:
        raise FetchFailed(
            f"sha256 sum does not match for {urls.without_credentials(url)}: {digest!r} != {found!r}".replace("'", '"'),
            hint="the repository's index names another content than its server sends; nothing was kept",
        )
