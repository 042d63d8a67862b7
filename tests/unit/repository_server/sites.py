"""A site over a folder, asked without sockets."""

from __future__ import annotations

import time
from pathlib import Path

from charthouse.logs import Log, silent
from charthouse.repository_server.access import Access
from charthouse.repository_server.api import Api
from charthouse.repository_server.catalogue import Catalogue
from charthouse.repository_server.contents import Contents
from charthouse.repository_server.folder import OWN, Folder
from charthouse.repository_server.journal import Journal
from charthouse.repository_server.pages import Pages
from charthouse.repository_server.requests import Answer, Request
from charthouse.repository_server.site import Site
from charthouse.repository_server.storage import Storage
from charthouse.repository_server.uploads import Policy

__all__ = ["ask", "catalogue", "content", "site"]


def catalogue(folder: Path, *, log: Log = silent, prefix: str = "", context: str = "", keep: bool = True) -> Catalogue:
    """The catalogue of a folder, opened."""
    journal = Journal(str(folder / OWN / "read.jsonl"), prefix=prefix, log=log) if keep else None
    made = Catalogue(
        Folder(str(folder)), journal=journal, log=log, clock=time.time_ns, monotonic=time.monotonic, prefix=prefix,
        context=context,
    )  # fmt: skip
    made.open()
    return made


def site(
    folder: Path, *, access: Access | None = None, policy: Policy | None = None, prefix: str = "", context: str = "",
    fields: tuple[str, str] = ("chart", "prov"), storage: Storage | None = None, log: Log = silent,
    has_api: bool = True, has_deletes: bool = True, largest: int = 20 << 20, origin: str = "",
) -> Site:  # fmt: skip
    """A site of the charts in a folder."""
    known = catalogue(folder, prefix=prefix, context=context, log=log)
    if storage is not None:
        known.storage = storage
    contents = Contents(known.storage)
    api = Api(known, contents, policy or Policy(), *fields, prefix)
    pages = Pages(known, contents, context=context, title="Our charts")
    return Site(
        known, access or Access(monotonic=time.monotonic), api, pages, log, context, has_api, has_deletes, largest,
        origin, "charthouse",
    )  # fmt: skip


def ask(shop: Site, method: str, target: str, body: bytes = b"", /, **headers: str) -> Answer:
    """The answer to a request, through the gate as the wire does it. headers: `_` for a hyphen."""
    from urllib.parse import parse_qsl, unquote

    path, _, query = target.partition("?")
    given = {key.replace("_", "-").lower(): value for key, value in headers.items()}
    if body:
        given["content-length"] = str(len(body))
    request = Request(
        method, unquote(path), dict(parse_qsl(query, keep_blank_values=True)), {"host": "charts.here", **given}, b"",
        "127.0.0.1",
    )  # fmt: skip
    refused = shop.gate(request)
    if refused is not None:
        return refused
    from charthouse.records import replace

    return shop.answer(replace(request, body=body))


def content(answer: Answer) -> bytes:
    """The whole body."""
    if answer.stream is None:
        return answer.body
    try:
        return b"".join(answer.stream())
    finally:
        if answer.close is not None:
            answer.close()
