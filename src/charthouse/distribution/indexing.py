"""Writing the index of a directory of archives.

Rules: Helm 4.3.1 ``pkg/repo/v1/index.go`` (``IndexDirectory``, ``WriteFile``), ``pkg/cmd/repo_index.go``: archives
here, then those one level down; what is no chart is passed over.
"""

from __future__ import annotations

import os

from charthouse.distribution import atomic, urls
from charthouse.distribution.archives import look_at
from charthouse.distribution.errors import DistributionError, IndexError_
from charthouse.distribution.index import ChartVersion, Index, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from charthouse.logs import Log

__all__ = ["index_directory", "merge_file", "write"]


def index_directory(folder: str, url: str, *, now: Callable[[], str], workers: int = 1, cache: str = "") -> Index:
    """The index of the archives in `folder`. url: where it will be found, "" = relative addresses. now: RFC 3339;
    workers, cache: see `archives.look_at`."""
    index = Index(generated=now())
    found = list(_archives(folder))
    paths = [os.path.join(folder, below, name) for below, name in found]
    parents = {below: _join(url, below) if url or below else "" for below in {below for below, _ in found}}
    for (below, name), archive in zip(found, look_at(paths, workers=workers, cache=cache), strict=True):
        metadata = archive.metadata
        if metadata is None:
            continue  # as in Helm: no chart
        parent = parents[below]
        address = _join(parent, name) if parent else name
        entry = ChartVersion(metadata, [address], created=now(), digest=archive.digest)
        index.entries.setdefault(metadata.name, []).append(entry)
    return index


def _archives(folder: str) -> Iterator[tuple[str, str]]:
    """The folder below and the name of each archive, in Helm's order."""
    names = _list(folder)
    for name in names:
        if name.endswith(".tgz"):
            yield "", name
    for below in names:
        if os.path.isdir(os.path.join(folder, below)):
            for name in _list(os.path.join(folder, below)):
                if name.endswith(".tgz"):
                    yield below, name


def _list(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []  # filepath.Glob passes over what it cannot read


def _join(base: str, name: str) -> str:
    try:
        return urls.join(base, name)
    except DistributionError:
        import posixpath

        return posixpath.normpath(posixpath.join(base, name))


def merge_file(index: Index, path: str, *, as_json: bool, now: Callable[[], str], log: Log) -> None:
    """Add to `index` what the index file at `path` has beside it; a missing one is made, empty.

    Raises DistributionError.
    """
    if not os.path.lexists(path):
        empty = Index(generated=now())
        write(empty, path, as_json=as_json)
        index.merge(empty, log=log)
        return
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError as error:
        reason = f"open {path}: {(error.strerror or str(error)).lower()}"
        raise DistributionError(f"merge failed: {reason}") from error
    try:
        other = load(data, path, log=log)
    except IndexError_ as error:
        raise DistributionError(f"merge failed: error loading {path}: {error}", hint=error.hint) from error
    index.merge(other, log=log)


def write(index: Index, path: str, *, as_json: bool) -> None:
    """Write an index file, YAML or JSON, whole or not at all. Raises DistributionError."""
    value = index.to_dict()
    if as_json:
        from charthouse.golang.json import encode
        from charthouse.golang.ordered import ordered

        text = encode(ordered(value), indent="  ")
    else:
        from charthouse.formats.yaml import dump

        text = dump(value)
    atomic.write(path, text.encode("utf-8", "surrogateescape"), 0o644)
