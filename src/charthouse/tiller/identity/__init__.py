"""Who calls, proven: what a client shows (``credentials``, ``authority``), and what the server makes of it.

Server: ``authenticator`` is the layer around every call; ``tokens`` asks the API server about bearer tokens,
``certificates`` reads the user out of a client certificate, ``front_proxy`` what the API server says of the caller of
an aggregated API, ``authorities`` keeps the CAs they are checked with up to date; ``settings`` decides whether there is
any identity to go by. Rules and reasons: docs/tiller/identity.md.
"""

from __future__ import annotations

__all__ = ["AUDIENCE", "TOKEN_HEADER"]

AUDIENCE = "charthouse-tiller"
"""The audience of tokens made for Tiller alone (``kubectl create token NAME --audience charthouse-tiller``)."""

TOKEN_HEADER = "x-charthouse-token"  # a header's name, no secret
"""Where a token travels through the API server's service proxy, which keeps `Authorization` for itself."""
