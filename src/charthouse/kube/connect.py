"""From settings to a client: reads kubeconfig files, in-cluster files and variables.

Rules: client-go v0.37.1 ``tools/clientcmd`` (loader.go, merged_client_builder.go: a kubeconfig first, then the pod's
service account, then ``localhost:8080``), cli-runtime ``genericclioptions/config_flags.go``, Helm 4.3.1
``pkg/cli/environment.go``. Differs: several files that cannot be read are reported one at a time.
"""

from __future__ import annotations

from charthouse.kube import kubeconfig
from charthouse.kube.errors import KubeconfigError
from charthouse.kube.kubeconfig import Access, Kubeconfig, Overrides
from charthouse.logs import silent
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from charthouse.actions.ports import Clock
    from charthouse.kube.client import Client
    from charthouse.kube.discovery import DiscoveryCache
    from charthouse.kube.transport import Transport
    from charthouse.logs import Log

__all__ = [
    "SERVICE_ACCOUNT",
    "ConnectConfig",
    "SystemClock",
    "connect",
    "connect_to",
    "default_namespace",
    "load",
    "resolve",
]

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class ConnectConfig(Record):
    """Where the cluster is to be found.

    environ: the process's variables (KUBECONFIG, HOME, KUBERNETES_*, proxies, and what plugins inherit).
    kubeconfig: --kubeconfig, one file that must exist; "" = KUBECONFIG's list, then ~/.kube/config.
    overrides: flags and HELM_KUBE*. cache_folder: for discovery, "" = none. interactive: stdin is a terminal.
    service_account: folder of the pod's own credentials. qps, burst: requests a second and at once, 0 = no limit.
    """

    environ: Mapping[str, str]
    kubeconfig: str = ""
    overrides: Overrides = Overrides()
    cache_folder: str = ""
    user_agent: str = "Helm/4.3.1"
    interactive: bool = False
    service_account: str = SERVICE_ACCOUNT
    qps: float = 0.0
    burst: int = 100


class SystemClock:
    """The machine's clock (``actions.ports.Clock``)."""

    def now(self):  # type: ignore[no-untyped-def]  # datetime is imported only when a time is asked for
        from datetime import datetime

        return datetime.now().astimezone()

    def monotonic(self) -> float:
        from time import monotonic

        return monotonic()

    def sleep(self, seconds: float) -> None:
        from time import sleep

        sleep(seconds)


def load(config: ConnectConfig) -> Kubeconfig:
    """Read and merge the kubeconfig files. Raises KubeconfigError; missing files of a list are skipped."""
    if config.kubeconfig:
        document = _document(config.kubeconfig)
        if document is None:
            raise KubeconfigError(f"stat {config.kubeconfig}: no such file or directory", hint="see --kubeconfig")
        return kubeconfig.parse(document[0], config.kubeconfig)
    listed = config.environ.get("KUBECONFIG", "")
    home = config.environ.get("HOME", "")
    paths = dict.fromkeys(listed.split(":")) if listed else {f"{home}/.kube/config": None}
    files = []
    for path in paths:
        found = _document(path) if path else None
        if found is not None:
            files.append(kubeconfig.parse(found[0], path))
    return kubeconfig.merge(files)


def _document(path: str) -> tuple[object] | None:
    """The parsed file, None when it does not exist."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        text = (error.strerror or str(error)).lower()
        verb = "read" if isinstance(error, IsADirectoryError) else "open"
        raise KubeconfigError(f'error loading config file "{path}": {verb} {path}: {text}') from error
    from charthouse.formats.yaml import YamlError, load_object

    try:
        return (load_object(data.decode("utf-8", "surrogateescape")),)
    except YamlError as error:
        text = error.message.removeprefix("error converting YAML to JSON: ")
        raise KubeconfigError(f'error loading config file "{path}": {text}', hint="the file is no YAML") from error


def _unreadable(path: str) -> str:
    """Go's text when a file cannot be opened, "" when it can."""
    try:
        with open(path, "rb"):
            return ""
    except OSError as error:
        return f"open {path}: {(error.strerror or str(error)).lower()}"


def _in_cluster(config: ConnectConfig) -> bool:
    from os.path import isfile

    get = config.environ.get
    return bool(
        get("KUBERNETES_SERVICE_HOST") and get("KUBERNETES_SERVICE_PORT") and isfile(f"{config.service_account}/token")
    )


def resolve(config: ConnectConfig) -> Access:
    """Which server, as whom. Raises KubeconfigError."""
    server = config.environ.get("KUBERNETES_MASTER") or "http://localhost:8080"
    access = kubeconfig.select(load(config), config.overrides, default_server=server, unreadable=_unreadable)
    if access.token_file:
        problem = _unreadable(access.token_file)
        if problem:
            raise KubeconfigError(problem, hint="the token file named by the kubeconfig")
    if not (access.default and _in_cluster(config)):
        return access
    host = config.environ["KUBERNETES_SERVICE_HOST"]
    port = config.environ["KUBERNETES_SERVICE_PORT"]
    ca_file = f"{config.service_account}/ca.crt"
    from os.path import isfile

    return Access(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        token=config.overrides.token,
        token_file="" if config.overrides.token else f"{config.service_account}/token",
        ca_file=config.overrides.ca_file or (ca_file if isfile(ca_file) else ""),
    )


def default_namespace(config: ConnectConfig) -> str:
    """The namespace to work in when no flag names one: the context's, the pod's, or `default`.

    As Helm's EnvSettings.Namespace, a kubeconfig that cannot be used gives `default`.
    """
    if config.overrides.namespace:
        return config.overrides.namespace
    try:
        found = kubeconfig.namespace(load(config), config.overrides)
    except KubeconfigError:
        return "default"
    if found:
        return found
    if _in_cluster(config):
        return config.environ.get("POD_NAMESPACE") or _first_line(f"{config.service_account}/namespace") or "default"
    return "default"


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def connect(config: ConnectConfig, *, clock: Clock | None = None, log: Log = silent) -> Client:
    """A client for the cluster `config` names. Nothing is read or sent yet: what is wrong with the configuration is
    raised (KubeconfigError, CredentialError) by the first request, as in Helm, where the reachability check meets
    it."""
    return _client(lambda: resolve(config), config, clock, log)


def connect_to(access: Access, config: ConnectConfig, *, clock: Clock | None = None, log: Log = silent) -> Client:
    """A client for a known Access (the embedded cluster, tests)."""
    return _client(lambda: access, config, clock, log)


def _client(access: Callable[[], Access], config: ConnectConfig, clock: Clock | None, log: Log) -> Client:
    from charthouse.kube.client import Client

    time = clock or SystemClock()

    def open_transport() -> tuple[Transport, DiscoveryCache]:
        from charthouse.kube.credentials import Credentials
        from charthouse.kube.discovery import DiscoveryCache
        from charthouse.kube.transport import Transport

        found = access()
        credentials = Credentials(found, clock=time, environ=config.environ, interactive=config.interactive)
        pace = None
        if config.qps > 0:
            from charthouse.kube.pace import Pace

            pace = Pace(config.qps, config.burst, time)
        transport = Transport(
            found, credentials, clock=time, environ=config.environ, log=log, user_agent=config.user_agent, pace=pace
        )
        return transport, DiscoveryCache(config.cache_folder, _identity(found))

    return Client(open_transport, clock=time, log=log)


def _identity(access: Access) -> str:
    """What tells apart servers and users as far as discovery can differ; secrets enter only as a hash."""
    user = access.exec.command if access.exec else access.username
    parts = (
        access.server, access.tls_server_name, access.proxy_url, access.impersonate, user,
        access.token, access.token_file, access.cert_file, access.cert_data.decode("latin-1"),
        access.ca_file, access.ca_data.decode("latin-1"),
    )  # fmt: skip
    return "\0".join(parts)
