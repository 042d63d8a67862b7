"""What the archives of a folder are: their digests, and the Chart.yaml of those that are charts.

To know whether an archive is a chart it has to be loaded as a whole, so several processes share the work (Helm does one
after the other), and what was found is kept by digest: a repository grows by an archive or two at a time.
"""

from __future__ import annotations

import os

from charthouse import __version__
from charthouse.charts.metadata import ChartError, Metadata
from charthouse.logs import silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.charts.kept import KeptValues

    # sha256 in hex ("" = could not be read) → the JSON form of Chart.yaml, None for what is no chart
    Found = dict[str, Any]

__all__ = ["Archive", "look_at"]

_FORM = f"1-{__version__}"
_FEW = 8  # archives that are read sooner than another process is started
_MOST = 20_000
_LIMIT = 64 << 20


class Archive:
    """One file. digest: sha256 in hex, "" when it cannot be read; metadata: None when it is no chart."""

    __slots__ = ("digest", "metadata")

    def __init__(self, digest: str, metadata: Metadata | None) -> None:
        self.digest = digest
        self.metadata = metadata


def look_at(paths: Sequence[str], *, workers: int = 1, cache: str = "") -> list[Archive]:
    """What the files at `paths` are, in their order. workers: processes that may work at the same time; cache: our
    cache directory, "" = keep nothing."""
    known = _kept(cache) if cache else {}
    largest = sorted(paths, key=_size, reverse=True)
    shares = [largest[n :: max(workers, 1)] for n in range(max(workers, 1))]
    if workers < 2 or len(paths) <= _FEW or not hasattr(os, "fork"):
        shares = [list(paths)]
    answers = _shared(shares, known)
    fresh = {digest: value for _, digest, value in answers.values() if digest and digest not in known}
    if fresh and cache:
        _keep(cache, known | fresh)
    made = [answers[path] for path in paths]
    return [Archive(digest, None if value is None else Metadata.from_object(value)) for _, digest, value in made]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _shared(shares: list[list[str]], known: Found) -> dict[str, tuple[str, str, Any]]:
    """Each path's answer; the first share is looked at here, each other one in a process of its own."""
    started = [(share, *_start(share, known)) for share in shares[1:] if share]
    found = {answer[0]: answer for answer in _answers(shares[0], known)}
    for share, process, handle in started:
        answers = _collect(process, handle)
        if [answer[0] for answer in answers] != share:  # it was killed: the work is done here
            answers = _answers(share, known)
        found.update((answer[0], answer) for answer in answers)
    return found


def _start(share: list[str], known: Found) -> tuple[int, int]:
    """A process that looks at a share, and where it writes what it found."""
    here, there = os.pipe()
    process = os.fork()
    if process:
        os.close(there)
        return process, here
    status = 1
    try:
        import marshal

        with os.fdopen(there, "wb") as stream:
            marshal.dump(_answers(share, known), stream)
        status = 0
    finally:
        os._exit(status)


def _collect(process: int, handle: int) -> list[tuple[str, str, Any]]:
    import marshal

    with os.fdopen(handle, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(process, 0)
    answers: list[tuple[str, str, Any]] = marshal.loads(data) if status == 0 else []
    return answers


def _answers(paths: list[str], known: Found) -> list[tuple[str, str, Any]]:
    from charthouse.charts.kept import KeptValues

    kept = KeptValues(_Memory(), small=256)  # in memory, even a short one is found sooner than read
    return [(path, *_answer(path, known, kept)) for path in paths]


class _Memory:
    """Values files that were read before: versions of a chart often have the same."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[bytes, dict[Any, Any]] = {}

    def load(self, key: bytes) -> dict[Any, Any] | None:
        return self._found.get(key)

    def store(self, key: bytes, found: dict[Any, Any]) -> None:
        if len(self._found) > 100:
            self._found.clear()
        self._found[key] = found


def _answer(path: str, known: Found, kept: KeptValues) -> tuple[str, Any]:
    from hashlib import sha256

    from charthouse.charts.loader import load_archive
    from charthouse.charts.regular import LARGEST, read_regular

    try:
        data = read_regular(path, limit=2 * LARGEST)
    except OSError:
        return "", None
    digest = sha256(data).hexdigest()
    if digest in known:
        return digest, known[digest]
    try:
        metadata = load_archive(data, log=silent, kept=kept).metadata
        metadata.api_version = metadata.api_version or "v1"
        metadata.validate()
    except ChartError:
        return digest, None
    return digest, metadata.to_dict()


def _kept(cache: str) -> Found:
    """What was found before, {} when nothing was kept or it is damaged."""
    import marshal
    from zlib import crc32

    from charthouse.privatedir import PrivateDirectory

    with PrivateDirectory(f"{cache}/archives") as folder:
        data = folder.read(_FORM, _LIMIT)
    if len(data) < 4 or crc32(data[4:]) != int.from_bytes(data[:4]):
        return {}
    found: Found = marshal.loads(data[4:])
    return found


def _keep(cache: str, found: Found) -> None:
    import marshal
    from zlib import crc32

    from charthouse.privatedir import PrivateDirectory

    newest = dict(list(found.items())[-_MOST:])
    data = marshal.dumps(newest)
    with PrivateDirectory(f"{cache}/archives", create=True) as folder:
        if len(data) < _LIMIT:
            folder.write(_FORM, crc32(data).to_bytes(4) + data)
