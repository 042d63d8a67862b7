"""An archive on a web server. Rules: Helm 4.3.1 ``internal/plugin/installer/http_installer.go``."""

from __future__ import annotations

import os

from charthouse.distribution.access import Access
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.plugins.archive import is_archive, plugin_name
from charthouse.plugins.errors import InstallError
from charthouse.plugins.sources.base import Bundle, Places, Source, place_archive, plugin_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.distribution.fetch import Fetcher, Progress

__all__ = ["WebSource", "serves_archive"]

_MEDIA = ("application/gzip", "application/x-gzip", "application/x-tgz", "application/x-gtar")


def serves_archive(url: str, fetcher: Fetcher) -> bool:
    """Whether an address is an archive's: by its end, else by what the server says of it."""
    if not url.startswith(("http://", "https://")):
        return False
    if is_archive(url):
        return True
    try:
        answer = fetcher.request("HEAD", url, Access())
    except DistributionError:
        return False
    return answer.headers.get("content-type", "").lower() in _MEDIA


class WebSource(Source):
    """url: ends like an archive."""

    unfetched = "failed to download plugin: "

    def __init__(self, url: str, places: Places, fetcher: Fetcher, progress: Progress | None = None) -> None:
        if not is_archive(url):
            raise InstallError(f"no extractor implemented yet for {url}")
        self.url = url
        self._places = places
        self._fetcher = fetcher
        self._progress = progress
        self._bundle: Bundle | None = None
        self.place = places.data_path(plugin_name(url.rpartition("/")[2]))

    def verifiable(self) -> bool:
        return True

    def bundle(self) -> Bundle:
        if self._bundle is None:
            archive = self._fetcher.get(self.url, Access(), progress=self._progress).body
            try:
                provenance = self._fetcher.get(f"{self.url}.prov", Access()).body
            except FetchFailed:
                provenance = b""  # what that means is for the verification to say
            self._bundle = Bundle(archive, provenance, os.path.basename(self.url))
        return self._bundle

    def install(self) -> None:
        def root(directory: str) -> str:
            return plugin_root(directory, f"plugin.yaml not found in {directory} or its immediate subdirectories")

        place_archive(self.bundle(), self.place, self._places, "extracting files from archive", root)
