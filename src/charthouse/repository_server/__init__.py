"""A repository server: charts in a folder or a bucket, published over HTTP, uploaded and deleted through an API.

From the wire upwards: ``wire`` (HTTP/1.1 over one connection, through h11), ``listener`` (connections, their number and
their end), ``requests`` (request and answer as data), ``site`` (which handler, who may), ``api`` and ``files`` (what
ChartMuseum's clients and Helm ask), ``pages`` (what people look at). Below them ``catalogue`` is what the repository
holds: it reads a ``storage`` (``folder``, ``objects``), remembers in a ``journal`` what it has read, and gives the
index as text. ``uploads`` says what may come in, ``opening`` puts it all together: ``serve`` is a server in one call.

Rules: the HTTP interface is that of ChartMuseum 0.16 (``pkg/chartmuseum/server/multitenant``, ``pkg/repo``): paths,
JSON and status codes. Differs: docs/guides/serving.md.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.repository_server.access import Access
    from charthouse.repository_server.errors import ServerError
    from charthouse.repository_server.opening import Options, Running, serve

__all__ = ["Access", "Options", "Running", "ServerError", "serve"]

_PLACES = {"Access": "access", "ServerError": "errors", "Options": "opening", "Running": "opening", "serve": "opening"}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
