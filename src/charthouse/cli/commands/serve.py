"""``serve`` (ours; Helm 2 had one): publish a folder or a bucket of charts as a repository, with ChartMuseum's API.

Flags that ChartMuseum has are called as there.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]

_SECOND = 1_000_000_000


def _flags() -> list[Flag]:
    return [
        Flag("listen-host", "string", "address to listen on; 0.0.0.0 for all", default="127.0.0.1"),
        Flag("port", "int", "port to listen on; 0 for any free one", default=8080),
        Flag("context-path", "string", "path in front of everything that is served"),
        Flag("chart-url", "string", "address of the repository, for absolute addresses in the index"),
        Flag("title", "string", "what the pages call the repository", default="Charts"),
        Flag("allow-overwrite", "bool", "an upload may replace a chart"),
        Flag("disable-force-overwrite", "bool", "an upload may not replace a chart even with ?force"),
        Flag("disable-api", "bool", "serve charts and pages only"),
        Flag("disable-delete", "bool", "nothing can be deleted"),
        Flag("max-upload-size", "int", "bytes an upload may have", default=20 << 20),
        Flag("max-storage-objects", "int", "charts the repository may hold; 0 for any number"),
        Flag("chart-post-form-field-name", "string", "form field of an uploaded chart", default="chart"),
        Flag("prov-post-form-field-name", "string", "form field of an uploaded provenance file", default="prov"),
        Flag("cors-alloworigin", "string", "origin whose scripts may use the API"),
        Flag("basic-auth-user", "string", "user name to ask for (BASIC_AUTH_USER)"),
        Flag("basic-auth-pass", "string", "password to ask for; better as variable (BASIC_AUTH_PASS)"),
        Flag("htpasswd", "string", "file of users and bcrypt hashes of their passwords"),
        Flag("bearer-token-file", "string", "file of tokens, one a line, each with what it may: pull, push"),
        Flag("bearer-auth", "bool", "take signed tokens of an authorization server"),
        Flag("auth-realm", "string", "address of the authorization server"),
        Flag("auth-service", "string", "name of this service at the authorization server"),
        Flag("auth-cert-path", "string", "public key or certificate of the authorization server"),
        Flag("auth-anonymous-get", "bool", "who gives no password may read"),
        Flag("tls-cert", "string", "certificate chain, for https"),
        Flag("tls-key", "string", "key of the certificate"),
        Flag("tls-ca-cert", "string", "authorities of the certificates that clients must present"),
        Flag("read-timeout", "int", "seconds a request may take to come", default=30),
        Flag("write-timeout", "int", "seconds an answer may take to go", default=30),
        Flag("max-connections", "int", "connections at the same time", default=256),
        Flag("cache-interval", "duration", "time after which all files are looked at again", default=30 * _SECOND),
        Flag("gen-index", "bool", "print index.yaml and end"),
        Flag("log-json", "bool", "log as JSON"),
        Flag("log-health", "bool", "log requests for /health, too"),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.serving import serve

    serve(context)


def _complete(context: Context, typed: str) -> tuple[list[str], int]:
    from charthouse.cli.complete import DEFAULT, NO_FILES

    return [], NO_FILES if context.words else DEFAULT


COMMAND = Command(
    "serve [FOLDER]",
    "serve a folder of charts as a repository",
    long="""Publish the packed charts in FOLDER (here, when not given) as a chart repository over HTTP, with pages
to look at them and the API of ChartMuseum to upload and delete them. FOLDER may be the address of a
bucket, s3://bucket/charts for instance (pip install 'charthouse[objects]').

Without users or tokens everybody who reaches the port may upload. SIGTERM or Ctrl-C ends it once the
answers that are being made have gone out.
""",
    args="max 1",
    flags=_flags,
    exclusive=(("allow-overwrite", "disable-force-overwrite"),),
    run=_run,
    complete=_complete,
)
