"""Remote procedure calls: gRPC over HTTP/2 (server and client) and plain HTTP on the same port. Knows no message.

Written on the `h2` library and `ssl`, not on grpcio: one port must take callers with a client certificate and callers
without, which grpcio cannot ask for (docs/architecture.md, "rpc").
"""

from __future__ import annotations
