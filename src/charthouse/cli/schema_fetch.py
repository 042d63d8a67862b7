"""Reading what a values schema refers to by an address (``--allow-schema-urls``).

Helm fetches such schemas unasked: whoever renders a chart then makes requests its author chose, into networks the
author cannot reach. Here the flag must be given. Rules: Helm 4.3.1 ``pkg/chart/common/util/jsonschema.go``
HTTPURLLoader (proxies by the environment, 15 seconds, status 200 only). Where it differs: no more than 8 MiB are read,
and redirects lead to http and https only.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["fetch_schema", "schema_fetcher"]

_SECONDS = 15.0
_LARGEST = 8 << 20
_PIECE = 1 << 16


def schema_fetcher(environ: Mapping[str, str]) -> Callable[[str], bytes]:
    """What reads remote schemas. environ: for proxies."""
    return lambda address: fetch_schema(address, environ)


def fetch_schema(address: str, environ: Mapping[str, str], *, seconds: float = _SECONDS) -> bytes:
    """The bytes at an http or https address. environ: for proxies. Raises OSError with what went wrong."""
    import http.client
    from urllib import error, request

    from charthouse.charts.schema import BadStatus

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(_proxies(address, environ)), request.HTTPHandler(), request.HTTPSHandler(),
        request.HTTPRedirectHandler(), request.HTTPDefaultErrorHandler(), request.HTTPErrorProcessor(),
        request.UnknownHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    asked = request.Request(address, headers={"User-Agent": "Helm/4.3.1", "Accept-Encoding": "identity"})
    until = time.monotonic() + seconds
    parts: list[bytes] = []
    size = 0
    try:
        with opener.open(asked, timeout=seconds) as answer:
            while piece := answer.read1(_PIECE):
                size += len(piece)
                parts.append(piece)
                if size > _LARGEST:
                    raise OSError(f"more than {_LARGEST} bytes")
                if time.monotonic() > until:
                    raise OSError(f"not read within {seconds:g} seconds")
            return b"".join(parts)
    except error.HTTPError as refused:
        refused.close()
        raise BadStatus(refused.code, http.client.responses.get(refused.code, "")) from None
    except error.URLError as failed:
        raise OSError(str(failed.reason)) from None
    except (http.client.HTTPException, ValueError) as broken:
        raise OSError(str(broken) or type(broken).__name__) from None


def _proxies(address: str, environ: Mapping[str, str]) -> dict[str, str]:
    from charthouse.web.address import BadURL, endpoint, proxy_for

    try:
        target = endpoint(address)
    except BadURL as error:
        raise OSError(str(error)) from None
    proxy = proxy_for(target, environ)
    return {target.scheme: proxy} if proxy else {}
