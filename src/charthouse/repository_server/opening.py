"""A repository server in one call, for the command line, programs and tests.

::

    from charthouse.repository_server import Options, serve

    with serve("charts", options=Options(title="Our charts")) as server:
        print(server.url)
"""

from __future__ import annotations

import os
import time

from charthouse.logs import silent
from charthouse.records import Record
from charthouse.repository_server.access import Access
from charthouse.repository_server.api import Api
from charthouse.repository_server.catalogue import Catalogue
from charthouse.repository_server.contents import Contents
from charthouse.repository_server.folder import Folder
from charthouse.repository_server.journal import Journal
from charthouse.repository_server.listener import Listener
from charthouse.repository_server.objects import Objects, is_address
from charthouse.repository_server.pages import Pages
from charthouse.repository_server.site import Site
from charthouse.repository_server.uploads import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from charthouse.logs import Log
    from charthouse.repository_server.storage import Storage

__all__ = ["Options", "Running", "open_catalogue", "open_site", "serve"]

_GRACE = 20.0


class Options(Record):
    """How a repository is published.

    title: what its pages call it. context: the path in front of everything, ``/charts`` for instance. address: where
    clients find it, for whole addresses in the index ("" for relative ones). overwrite: any upload may replace a chart;
    force: those with ``?force`` may. has_api, has_deletes: whether these parts are there. largest: bytes of an upload;
    most: charts, 0 for any number. chart_field, provenance_field: of forms, besides ``chart`` and ``prov``. origin:
    whose scripts may use the API. interval: seconds after which all files are looked at again.
    version: what ``/info`` says.
    """

    title: str = "Charts"
    context: str = ""
    address: str = ""
    overwrite: bool = False
    force: bool = True
    has_api: bool = True
    has_deletes: bool = True
    largest: int = 20 << 20
    most: int = 0
    chart_field: str = "chart"
    provenance_field: str = "prov"
    origin: str = ""
    interval: float = 30.0
    version: str = "charthouse"

    @property
    def prefix(self) -> str:
        """What addresses in the index begin with."""
        return f"{self.address}{self.context}/" if self.address else ""


class Running:
    """A server that runs, as a context manager. url: where; site: what it serves."""

    def __init__(self, listener: Listener, site: Site, url: str) -> None:
        self.url = url
        self.site = site
        self._listener = listener

    def stop(self) -> bool:
        """Accept no more and wait for answers that are being made; whether all went out."""
        return self._listener.stop(_GRACE)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.stop()


def serve(
    place: str | os.PathLike[str], *, options: Options | None = None, access: Access | None = None,
    host: str = "127.0.0.1", port: int = 0, log: Log = silent, cache: str = "",
) -> Running:  # fmt: skip
    """Serve a folder, or a bucket by its address, in threads of this process.

    access: who may do what, everybody everything when not given. port: 0 for any free one. cache: folder where a
    bucket's journal is kept, "" for none. Raises ServerError.
    """
    options = options or Options()
    catalogue = open_catalogue(os.fspath(place), options, log=log, cache=cache)
    site = open_site(catalogue, options, access or Access(monotonic=time.monotonic), log=log)
    catalogue.open()
    listener = Listener(host, port, site)
    listener.start()
    shown = f"[{host}]" if ":" in host else host
    return Running(listener, site, f"http://{shown}:{listener.port}{options.context}")


def open_catalogue(place: str, options: Options, *, log: Log, cache: str = "") -> Catalogue:
    """The catalogue of a folder or a bucket, not read yet. Raises StorageError."""
    storage, path = _storage(place, cache)
    return Catalogue(
        storage, journal=Journal(path, prefix=options.prefix, log=log) if path else None, log=log, clock=time.time_ns,
        monotonic=time.monotonic, interval=options.interval, prefix=options.prefix, context=options.context,
    )  # fmt: skip


def _storage(place: str, cache: str) -> tuple[Storage, str]:
    """The storage, and where its journal lies ("" = nowhere)."""
    if not is_address(place):
        folder = Folder(place)
        return folder, os.path.join(folder.own, "read.jsonl")
    from hashlib import sha256

    journal = f"{cache}/served/{sha256(place.encode()).hexdigest()[:32]}.jsonl" if cache else ""
    return Objects(place), journal


def open_site(catalogue: Catalogue, options: Options, access: Access, *, log: Log) -> Site:
    """The site of a catalogue."""
    contents = Contents(catalogue.storage)
    policy = Policy(options.overwrite, options.force, options.most)
    api = Api(catalogue, contents, policy, options.chart_field, options.provenance_field, options.prefix)
    address = options.address + options.context if options.address else ""
    pages = Pages(catalogue, contents, context=options.context, title=options.title, address=address)
    return Site(
        catalogue, access, api, pages, log, options.context, options.has_api, options.has_deletes, options.largest,
        options.origin, options.version,
    )  # fmt: skip
