"""The flags of ``tiller serve``. Those of Helm 2's tiller: helm v2.17.0 cmd/tiller/tiller.go; the others are ours."""

from __future__ import annotations

from charthouse.cli.flags import Flag

__all__ = ["serve_flags"]

_SECOND = 1_000_000_000


def serve_flags() -> list[Flag]:
    """In the order in which help shows them by name."""
    return [*_helm2(), *_identity(), *_bounds(), *_process()]


def _helm2() -> list[Flag]:
    return [
        Flag("listen", "string", "address:port of gRPC, or unix:PATH", default=":44134"),
        Flag("probe-listen", "string", "address:port of probes and metrics", default=":44135"),
        Flag("probe", "bool", "serve probes and metrics", default=True),
        Flag("trace", "bool", "", hidden=True),
        Flag("experimental-release", "bool", "", hidden=True),
        Flag("storage", "string", "where releases are kept: configmap, secret, sql, memory", default="configmap"),
        Flag("sql-dialect", "string", "dialect of the SQL database: postgres, sqlite", default="postgres"),
        Flag("sql-connection-string", "string", "the SQL database (HELM_DRIVER_SQL_CONNECTION_STRING)"),
        Flag("tls", "bool", "encrypt the connections (TILLER_TLS_ENABLE)"),
        Flag("tls-verify", "bool", "the CA of --tls-ca-cert vouches for callers, too (TILLER_TLS_VERIFY)"),
        Flag("tls-key", "string", "key of the certificate (TILLER_TLS_CERTS/tls.key)"),
        Flag("tls-cert", "string", "certificate with its chain (TILLER_TLS_CERTS/tls.crt)"),
        Flag("tls-ca-cert", "string", "authority of callers' certificates (TILLER_TLS_CERTS/ca.crt)"),
        Flag("history-max", "int", "revisions kept of a release, 0 for all (TILLER_HISTORY_MAX)"),
        Flag("version", "bool", "print the version Helm 2's clients see, and end"),
    ]


def _identity() -> list[Flag]:
    return [
        Flag("tiller-namespace", "string", "namespace of this Tiller (TILLER_NAMESPACE, else that of the pod)"),
        Flag("disable-tokens", "bool", "take no bearer tokens"),
        Flag("disable-cluster-ca", "bool", "certificates of the cluster's users do not count"),
        Flag("insecure-allow-anonymous", "bool", "callers who prove nothing work with this Tiller's own rights"),
        Flag("insecure-allow-privileged-callers", "bool", "act as system:masters and nodes, too"),
        Flag("insecure-plain-tokens", "bool", "take tokens over connections that are not encrypted"),
        Flag("insecure-no-isolation", "bool", "render charts in this process, not in confined workers"),
        Flag("ignore-helm2-releases", "bool", "do not look for releases Helm 2's Tiller left"),
    ]


def _bounds() -> list[Flag]:
    return [
        Flag("operations", "int", "operations at work at the same time", default=64),
        Flag("operations-waiting", "int", "operations that may wait for their turn", default=1024),
        Flag("render-workers", "int", "charts rendered at the same time", default=4),
        Flag("render-seconds", "int", "processor time a chart may take", default=20),
        Flag("render-memory", "int", "MiB a chart may need to render", default=512),
        Flag("render-output", "int", "MiB a chart may render to", default=32),
        Flag("max-connections", "int", "connections at the same time", default=512),
        Flag("max-calls", "int", "calls worked on at the same time", default=128),
    ]


def _process() -> list[Flag]:
    return [
        Flag("drain", "duration", "time calls and operations have to end when told to stop", default=30 * _SECOND),
        Flag("check-every", "duration", "time between looks at certificate files and API server", default=10 * _SECOND),
        Flag("log-format", "string", "text or json", default="text"),
        Flag("log-level", "string", "debug, info, warn, error", default="info"),
    ]
