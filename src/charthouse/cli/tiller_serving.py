"""``tiller serve`` wired up: flags and variables to a Tiller, signals to its end, its log to standard error.

Rules for variables and defaults: helm v2.17.0 cmd/tiller/tiller.go, pkg/tiller/environment (TILLER_*); the namespace:
TILLER_NAMESPACE, else that of the pod's service account, else kube-system.
"""

from __future__ import annotations

import os

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context
    from charthouse.kube.connect import ConnectConfig
    from charthouse.logs import Log
    from charthouse.tiller.loglines import LogLines
    from charthouse.tiller.options import Options
    from charthouse.tiller.server import Tiller

__all__ = ["BadServing", "serve"]

_MIB = 1 << 20
_STORAGES = ("configmap", "secret", "sql", "memory")


class BadServing(CharthouseError):
    """Flags or variables that do not make a Tiller."""


def serve(context: Context) -> None:
    """Serve until a signal comes. Raises BadServing and what ``Tiller`` raises."""
    from charthouse.kube.connect import SystemClock
    from charthouse.tiller.server import HELM2_VERSION, Tiller

    if context["version"]:
        context.out.write(f"{HELM2_VERSION}\n")
        return
    _for_long()
    lines = _lines(context)
    made = options(context, lines.area("main"))
    tiller = Tiller(made, _connect(context), environ=context.environ, clock=SystemClock(), lines=lines)
    _until_told(tiller)


def options(context: Context, log: Log) -> Options:
    """What flags and variables say. Raises BadServing."""
    from charthouse.tiller.options import Options

    if context["experimental-release"]:
        raise BadServing("--experimental-release: there is no Rudder any more", hint="leave the flag out")
    storage = context["storage"].lower()
    if storage not in _STORAGES:
        raise BadServing(f'unknown storage "{context["storage"]}"', hint=f"it is one of {', '.join(_STORAGES)}")
    certificate, key, authority = _certificate(context)
    return Options(
        listen=context["listen"], probe_listen=context["probe-listen"], probe=context["probe"],
        namespace=_namespace(context), storage=storage, sql=_database(context) if storage == "sql" else "",
        history_max=_history_max(context, log), certificate=certificate, key=key, client_ca=authority,
        tokens=not context["disable-tokens"], cluster_ca=not context["disable-cluster-ca"],
        allow_anonymous=context["insecure-allow-anonymous"],
        allow_privileged=context["insecure-allow-privileged-callers"],
        plain_tokens=context["insecure-plain-tokens"], no_isolation=context["insecure-no-isolation"],
        operations=_least(context, "operations", 1), waiting=_least(context, "operations-waiting", 0),
        workers=_least(context, "render-workers", 1), render_seconds=_least(context, "render-seconds", 1),
        render_memory=_least(context, "render-memory", 64) * _MIB,
        render_output=_least(context, "render-output", 1) * _MIB, connections=_least(context, "max-connections", 2),
        handlers=_least(context, "max-calls", 2), drain=max(0.0, context["drain"] / 1_000_000_000),
        check_every=max(0.1, context["check-every"] / 1_000_000_000), helm2=not context["ignore-helm2-releases"],
    )  # fmt: skip


def _least(context: Context, flag: str, least: int) -> int:
    value: int = context[flag]
    if value < least:
        raise BadServing(f"--{flag} is {value}, at least {least} is wanted")
    return value


def _certificate(context: Context) -> tuple[str, str, str]:
    """Files of certificate, key and callers' authority, "" for what there is not."""
    environ = context.environ
    verify = context["tls-verify"] or bool(environ.get("TILLER_TLS_VERIFY"))
    if not (verify or context["tls"] or environ.get("TILLER_TLS_ENABLE")):
        return "", "", ""
    folder = environ.get("TILLER_TLS_CERTS", "")
    authority = context["tls-ca-cert"] or f"{folder}/ca.crt"
    if not os.path.exists(authority):
        if verify or context["tls-ca-cert"]:
            raise BadServing(f"Could not create server TLS configuration: unable to read CA file: {authority}")
        authority = ""
    return context["tls-cert"] or f"{folder}/tls.crt", context["tls-key"] or f"{folder}/tls.key", authority


def _namespace(context: Context) -> str:
    given = context["tiller-namespace"] or context.environ.get("TILLER_NAMESPACE", "")
    if given:
        return str(given)
    from charthouse.kube.connect import SERVICE_ACCOUNT

    try:
        with open(f"{SERVICE_ACCOUNT}/namespace", encoding="utf-8") as stream:
            return stream.read().strip() or "kube-system"
    except OSError:
        return "kube-system"


def _history_max(context: Context, log: Log) -> int:
    """The flag, else the variable; what is no number counts as 0, which is said (as Helm 2 does)."""
    if "history-max" in context.flags.changed:
        return max(0, int(context["history-max"]))
    text = context.environ.get("TILLER_HISTORY_MAX", "")
    if not text:
        return 0
    try:
        return max(0, int(text))
    except ValueError:
        from charthouse.cli.flag_kinds import quote
        from charthouse.logs import INFO, LogRecord

        log(LogRecord(INFO, f"Invalid max history {quote(text)}. Defaulting to 0."))
        return 0


def _database(context: Context) -> str:
    text = context["sql-connection-string"] or context.environ.get("HELM_DRIVER_SQL_CONNECTION_STRING", "")
    dialect = context["sql-dialect"]
    if dialect not in ("postgres", "sqlite"):
        raise BadServing(f'{dialect} dialect isn\'t supported, only "postgres" and "sqlite" are')
    if not text:
        raise BadServing("storage sql needs a database", hint="give --sql-connection-string (postgres://…)")
    return str(text)


def _connect(context: Context) -> ConnectConfig:
    """Where the cluster is: as for every command, with a name of its own and no limit but the server's."""
    from charthouse import __version__
    from charthouse.cli.wiring import connect_config
    from charthouse.records import replace

    return replace(connect_config(context), user_agent=f"charthouse-tiller/{__version__}", qps=0.0, cache_folder="")


def _lines(context: Context) -> LogLines:
    from datetime import datetime

    from charthouse.tiller.loglines import FORMATS, LEVELS, LogLines

    for flag, known in (("log-format", FORMATS), ("log-level", LEVELS)):
        if context[flag] not in known:
            raise BadServing(f'--{flag} is "{context[flag]}"', hint=f"it is one of {', '.join(known)}")
    level = "debug" if context["debug"] else context["log-level"]
    return LogLines(
        context.err.write, now=lambda: datetime.now().astimezone(), format=context["log-format"], level=level
    )


def _for_long() -> None:
    """A process that stays needs the garbage collector one that ends at once does without, and leaves no core behind,
    in which there would be credentials."""
    import gc

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        from resource import RLIMIT_CORE, getrlimit, setrlimit
    except ImportError:  # Windows
        return
    setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))


def _until_told(tiller: Tiller) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends it at once."""
    import signal
    import threading

    told = threading.Event()

    def tell(number: int, _: object) -> None:
        if told.is_set():
            os._exit(128 + number)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, tell)
    tiller.start()
    while not told.wait(3600.0):
        continue
    tiller.drain()
    tiller.stop()
