"""``serve`` wired up: flags and variables to a site, signals to its end, its log to standard error."""

from __future__ import annotations

import os

from charthouse.errors import CharthouseError
from charthouse.logs import DEBUG, INFO, WARN, LogRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.logs import Log
    from charthouse.repository_server.access import Access
    from charthouse.repository_server.listener import Listener
    from charthouse.repository_server.opening import Options
    from charthouse.repository_server.site import Site

__all__ = ["serve"]

_GRACE = 20.0  # seconds answers may take to go out once it was told to end


def serve(context: Context) -> None:
    """Serve until a signal comes. Raises ServerError."""
    from charthouse.repository_server.opening import open_catalogue, open_site

    log, options = _log(context), _options(context)
    place = context.words[0] if context.words else "."
    catalogue = open_catalogue(place, options, log=log, cache=context.settings.own_cache)
    if context["gen-index"]:
        catalogue.open()
        context.out.write(catalogue.index().data.decode("utf-8", "surrogateescape"))
        return
    site = open_site(catalogue, options, _access(context), log=log)
    count = catalogue.open()
    listener = _listener(context, site)
    _until_told(context, site, listener, count)


def _options(context: Context) -> Options:
    from charthouse import __version__
    from charthouse.repository_server.opening import Options

    return Options(
        title=context["title"], context=_context_path(context), address=_address(context),
        overwrite=context["allow-overwrite"], force=not context["disable-force-overwrite"],
        has_api=not context["disable-api"], has_deletes=not context["disable-delete"],
        largest=_least(context, "max-upload-size", 1), most=_least(context, "max-storage-objects", 0),
        chart_field=context["chart-post-form-field-name"], provenance_field=context["prov-post-form-field-name"],
        origin=context["cors-alloworigin"], interval=max(1.0, context["cache-interval"] / 1_000_000_000),
        version=f"charthouse {__version__}",
    )  # fmt: skip


def _listener(context: Context, site: Site) -> Listener:
    from charthouse.repository_server.errors import ServerError
    from charthouse.repository_server.listener import Certificates, Listener, tls_context
    from charthouse.repository_server.wire import Pace

    tls = None
    if context["tls-cert"] or context["tls-key"]:
        if not (context["tls-cert"] and context["tls-key"]):
            raise ServerError("--tls-cert and --tls-key belong together")
        tls = tls_context(Certificates(context["tls-cert"], context["tls-key"], context["tls-ca-cert"]))
    elif context["tls-ca-cert"]:
        raise ServerError("--tls-ca-cert needs --tls-cert and --tls-key")
    pace = Pace(float(_least(context, "read-timeout", 1)), float(_least(context, "write-timeout", 1)))
    return Listener(
        context["listen-host"], context["port"], site, tls=tls, pace=pace,
        places=_least(context, "max-connections", 2), log_health=context["log-health"],
    )  # fmt: skip


def _least(context: Context, flag: str, least: int) -> int:
    from charthouse.repository_server.errors import ServerError

    value: int = context[flag]
    if value < least:
        raise ServerError(f"--{flag} is {value}, at least {least} is wanted")
    return value


def _until_told(context: Context, site: Site, listener: Listener, count: int) -> None:
    import signal
    import threading

    told = threading.Event()

    def tell(number: int, _: object) -> None:
        if told.is_set():  # asked twice: at once
            os._exit(128 + number)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, tell)
    scheme = "https" if context["tls-cert"] else "http"
    host = context["listen-host"]
    host = f"[{host}]" if ":" in host else host
    listener.start()
    context.out.write(f"serving {site.catalogue.storage.where} at {scheme}://{host}:{listener.port}{site.context}\n")
    context.out.flush()
    site.log(LogRecord(INFO, "serving", charts=count, port=listener.port))
    if site.access.open and site.has_api:
        site.log(LogRecord(WARN, "everybody who reaches this port may upload and delete charts"))
    while not told.wait(3600.0):
        continue
    whole = listener.stop(_GRACE)
    site.log(LogRecord(INFO if whole else WARN, "ended", answers="all sent" if whole else "some broken off"))


def _context_path(context: Context) -> str:
    from charthouse.repository_server.errors import ServerError

    path: str = context["context-path"].strip("/")
    if path and not all(piece and piece not in (".", "..") and piece.isprintable() for piece in path.split("/")):
        raise ServerError(f"--context-path is {path}", hint="a path like /charts is wanted")
    return f"/{path}" if path else ""


def _address(context: Context) -> str:
    """The server's address without a path, "" when none is given."""
    from charthouse.repository_server.errors import ServerError

    address: str = context["chart-url"].rstrip("/")
    if address and not address.startswith(("http://", "https://")):
        raise ServerError(f"--chart-url is {address}", hint="an address like https://charts.example.com is wanted")
    return address


def _access(context: Context) -> Access:
    import time
    from hashlib import sha256

    from charthouse.repository_server.access import Access, Authority, htpasswd, token_file
    from charthouse.repository_server.errors import ServerError

    users: dict[str, bytes] = {}
    if context["htpasswd"]:
        users = htpasswd(_contents(context["htpasswd"]))
    user = context["basic-auth-user"] or context.environ.get("BASIC_AUTH_USER", "")
    password = context["basic-auth-pass"] or context.environ.get("BASIC_AUTH_PASS", "")
    if bool(user) != bool(password):
        raise ServerError("a user name and a password belong together", hint="BASIC_AUTH_USER and BASIC_AUTH_PASS")
    if user:
        users[user] = b"plain:" + sha256(password.encode("utf-8", "surrogateescape")).hexdigest().encode()
    authority = None
    if context["bearer-auth"]:
        given = {flag: context[flag] for flag in ("auth-realm", "auth-service", "auth-cert-path")}
        if not all(given.values()):
            raise ServerError(f"--bearer-auth needs {', '.join('--' + flag for flag in given)}")
        authority = Authority(given["auth-realm"], given["auth-service"], _contents(given["auth-cert-path"]))
    tokens = token_file(_contents(context["bearer-token-file"])) if context["bearer-token-file"] else None
    if (context["htpasswd"] and not users) or (tokens is not None and not tokens.actions):
        raise ServerError("the file of users or tokens is empty", hint="without it everybody may do everything")
    return Access(
        users=users, tokens=tokens, authority=authority, anonymous=context["auth-anonymous-get"],
        monotonic=time.monotonic,
    )  # fmt: skip


def _contents(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(1 << 20)
    except OSError as error:
        raise CharthouseError(f"open {path}: {(error.strerror or str(error)).lower()}") from error


def _log(context: Context) -> Log:
    """Lines on standard error, from any thread: as Helm logs, or JSON."""
    import threading
    import time
    from json import dumps

    from charthouse.cli.slog import line

    lock = threading.Lock()
    as_json, debug = context["log-json"], context["debug"]

    def log(record: LogRecord, /) -> None:
        if record.level == DEBUG and not debug:
            return
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        if as_json:
            text = dumps({"time": now, "level": record.level, "msg": record.message, **record.attributes}, default=str)
        else:
            text = f"time={now} {line(record)}"
        with lock:
            try:
                context.err.write(text + "\n")
            except OSError:
                return  # nobody reads the log any more; charts are served all the same

    return log
