"""The cached index of a repository, brought up to date.

Rules: Helm 4.3.1 ``pkg/repo/v1/chartrepo.go`` (``DownloadIndexFile``). Differs: the server is asked whether the index
changed since (ETag, RFC 9110 §13), whoever wrote the file; what has not changed is not read again, and what has is read
once, for our catalogue too.
"""

from __future__ import annotations

import os

from charthouse.distribution import atomic, catalogues, urls
from charthouse.distribution.catalogue import tell
from charthouse.logs import DEBUG, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.distribution.access import Access
    from charthouse.distribution.catalogue import Warning
    from charthouse.distribution.cataloguing import Filled
    from charthouse.distribution.fetch import Fetcher, Progress
    from charthouse.logs import Log

__all__ = ["fetch_index"]


def fetch_index(
    name: str, access: Access, folder: str, fetcher: Fetcher, *, own: str = "", log: Log,
    progress: Progress | None = None,
) -> None:  # fmt: skip
    """Fetch a repository's index into `folder`, with the list of its charts beside it. own: our cache directory.

    Nothing is written when it is no index. Raises DistributionError.
    """
    path = os.path.join(folder, f"{name}-index.yaml" if name else "index.yaml")
    url = urls.resolve(access.url, "index.yaml")
    validators = _Validators(path, url, own)
    answer = fetcher.get(url, access, headers=validators.headers(), progress=progress)
    if answer.status == 304:
        log(LogRecord(DEBUG, "index has not changed", url=urls.without_credentials(url)))
        tell(_named(catalogues.load(path, own, log=lambda record: None).warnings, path, access.url), log)
        return
    known = catalogues.known(path, answer.body, own)
    filled: Filled | None = None
    if known is None:
        from charthouse.distribution import cataloguing

        filled = cataloguing.read(answer.body, access.url)
        known = cataloguing.in_memory(filled)
    tell(_named(known.warnings, path, access.url), log)
    charts = "".join(f"{key}\n" for key in known).encode("utf-8", "surrogateescape")
    atomic.write(path, answer.body, 0o644)
    atomic.write(os.path.join(folder, f"{name}-charts.txt" if name else "charts.txt"), charts, 0o644)
    validators.keep(answer.headers, answer.body)
    if own and filled is not None:
        heads, rows, warnings = filled
        catalogues.keep(path, os.stat(path), answer.body, (heads, rows, _named(warnings, access.url, path)), own)


def _named(warnings: list[Warning], source: str, other: str) -> list[Warning]:
    """Warnings of an index by another name: they are told of its address here, of its file elsewhere."""
    return [
        (level, text, [(key, other if key == "source" and value == source else value) for key, value in attributes])
        for level, text, attributes in warnings
    ]


class _Validators:
    """What a server said of the index we have: its ETag and date, kept in our cache with the index's digest."""

    def __init__(self, path: str, url: str, own: str) -> None:
        self._path, self._url, self._own = path, url, own

    def _file(self) -> str:
        return _digest(os.path.abspath(self._path).encode("utf-8", "surrogateescape"))

    def _state(self) -> list[object]:
        try:
            info = os.stat(self._path)
        except OSError:
            return []
        return [info.st_size, info.st_mtime_ns, info.st_ino]

    def headers(self) -> list[tuple[str, str]]:
        """What asks for the index only if it is another one; nothing when we do not have what the server spoke of."""
        state = self._state()
        if not self._own or not state:
            return []
        import json

        from charthouse.privatedir import PrivateDirectory

        with PrivateDirectory(f"{self._own}/validators") as folder:
            data = folder.read(self._file(), 65536)
        try:
            kept = json.loads(data) if data else None
        except ValueError:
            return []  # damaged: ask for everything
        if type(kept) is not dict or kept.get("url") != self._url:
            return []
        if kept.get("state") != state and not self._is_still(kept):
            return []
        return [(str(name), str(value)) for name, value in kept.get("headers", {}).items() if value]

    def _is_still(self, kept: dict[str, object]) -> bool:
        """Whether the file, written anew by somebody (Helm does, at each update), is what it was."""
        try:
            with open(self._path, "rb") as stream:
                return _digest(stream.read()) == kept.get("digest")
        except OSError:
            return False

    def keep(self, headers: dict[str, str], body: bytes) -> None:
        """Keep what came with the index that has just been written."""
        found = {"If-None-Match": headers.get("etag", ""), "If-Modified-Since": headers.get("last-modified", "")}
        if not self._own or not found["If-None-Match"]:
            return  # a date alone may miss a change within the second
        import json

        from charthouse.privatedir import PrivateDirectory

        kept = {"url": self._url, "state": self._state(), "digest": _digest(body), "headers": found}
        with PrivateDirectory(f"{self._own}/validators", create=True) as folder:
            folder.write(self._file(), json.dumps(kept).encode())


def _digest(data: bytes) -> str:
    from _blake2 import blake2b

    return blake2b(data, digest_size=20).hexdigest()
