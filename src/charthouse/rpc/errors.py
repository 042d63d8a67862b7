"""What a server or a client can fail with before there is any call; calls fail with ``status.RpcError``.

::

    CharthouseError
        ├── RpcError (rpc.status)  a call
        ├── ListenError            an address cannot be listened on
        └── TLSError               certificates or keys that cannot be used
"""

from __future__ import annotations

from charthouse.errors import CharthouseError

__all__ = ["ListenError", "TLSError"]


class ListenError(CharthouseError):
    """An address cannot be listened on."""


class TLSError(CharthouseError):
    """Certificates or keys that cannot be used."""
