"""How one Tiller is set up, as data: what the command line and its variables come to.

Flags of Helm 2's Tiller keep their names and defaults (helm v2.17.0 cmd/tiller/tiller.go, environment.go); the others
are ours. ``cli.tiller_serving`` fills it, ``tiller.server`` works by it.
"""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.records import Record
from charthouse.tiller.identity import AUDIENCE

__all__ = ["NotStarted", "Options"]


class NotStarted(CharthouseError):
    """A Tiller set up like this cannot serve."""


class Options(Record):
    """listen, probe_listen: `host:port`, `:port` for all addresses, `unix:PATH`. probe: serve probes and metrics.

    namespace: Tiller's own. storage: configmap, secret, sql, memory; sql: the connection string. history_max: revisions
    kept of a release, 0 = all. certificate, key: files, "" for plain text; client_ca: a file of more CAs of callers.

    tokens, cluster_ca: take tokens, certificates of the cluster's users. audience: of tokens made for this Tiller.
    allow_anonymous, allow_privileged, plain_tokens, no_isolation: what --insecure-… allow.

    operations, waiting: at work at once, and in the queue. workers: renders at once; render_seconds, render_memory
    (bytes), render_output (characters): of each. connections, handlers: of the gRPC port. drain: seconds calls and
    operations have to end once the process is told to. check_every: seconds between two looks at the certificate's
    files and at the API server. helm2: releases of Helm 2's Tiller are seen.
    """

    listen: str = ":44134"
    probe_listen: str = ":44135"
    probe: bool = True
    namespace: str = "kube-system"
    storage: str = "configmap"
    sql: str = ""
    history_max: int = 0
    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    tokens: bool = True
    cluster_ca: bool = True
    audience: str = AUDIENCE
    allow_anonymous: bool = False
    allow_privileged: bool = False
    plain_tokens: bool = False
    no_isolation: bool = False
    operations: int = 64
    waiting: int = 1024
    workers: int = 4
    render_seconds: int = 20
    render_memory: int = 512 << 20
    render_output: int = 32 << 20
    connections: int = 512
    handlers: int = 128
    drain: float = 30.0
    check_every: float = 10.0
    helm2: bool = True

    @property
    def tls(self) -> bool:
        """Whether the port is encrypted."""
        return bool(self.certificate)
