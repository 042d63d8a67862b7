"""Why a caller is not known, and why a server does not start.

::

    RpcError
    └── Unauthenticated    UNAUTHENTICATED: no proof, or one that does not hold
    CharthouseError
    └── NoIdentity         the server is configured to know nobody

A text for a caller says what to do in itself: over gRPC nothing else reaches the caller's terminal. It never repeats
what the caller sent.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.rpc.status import Code, RpcError

__all__ = ["NoIdentity", "Unauthenticated"]


class Unauthenticated(RpcError):
    """reason: a word for metrics and logs (none, token, expired, audience, certificate, plaintext, ambiguous)."""

    def __init__(self, message: str, *, reason: str, hint: str = "") -> None:
        super().__init__(Code.UNAUTHENTICATED, message, hint=hint)
        self.reason = reason


class NoIdentity(CharthouseError):
    """Nobody could prove who they are to a server started like this."""
