"""Kubeconfig: files and flags in, one cluster and one user out. Pure: text and data, no I/O.

Rules: client-go v0.37.1 ``tools/clientcmd`` — ``loader.go`` (``ClientConfigLoadingRules.Load``: the first file to name
a cluster, user or context wins as a whole; of plain values the first file wins), ``client_config.go``
(``DirectClientConfig``: overrides), ``validation.go`` (texts). Relative paths are relative to their file.
"""

from __future__ import annotations

from charthouse.kube.errors import KubeconfigError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

__all__ = ["Access", "Exec", "Kubeconfig", "Overrides", "merge", "namespace", "parse", "select"]


class Exec(Record):
    """A credential plugin: what to run and how (users[].user.exec).

    env: (name, value) pairs added to ours. interactive: Never | IfAvailable | Always.
    cluster_config: the cluster's extension ``client.authentication.k8s.io/exec``, handed to the plugin.
    """

    api_version: str
    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive: str = "IfAvailable"
    cluster_config: Any = None


class Access(Record):
    """How to reach one cluster as one user; certificates are still files or data, nothing has been read.

    ``*_data`` are PEM bytes. impersonate_extra: (key, values) pairs. default: nothing was configured, this is
    ``localhost:8080`` (or KUBERNETES_MASTER).
    """

    server: str
    tls_server_name: str = ""
    insecure: bool = False
    ca_file: str = ""
    ca_data: bytes = b""
    proxy_url: str = ""
    disable_compression: bool = False
    token: str = ""
    token_file: str = ""
    username: str = ""
    password: str = ""
    cert_file: str = ""
    cert_data: bytes = b""
    key_file: str = ""
    key_data: bytes = b""
    exec: Exec | None = None
    impersonate: str = ""
    impersonate_uid: str = ""
    impersonate_groups: tuple[str, ...] = ()
    impersonate_extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    default: bool = False


class Overrides(Record):
    """What flags and variables say (Helm: --kube-*, HELM_KUBE*)."""

    context: str = ""
    namespace: str = ""
    token: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    server: str = ""
    ca_file: str = ""
    insecure: bool = False
    tls_server_name: str = ""


class Kubeconfig(Record):
    """A kubeconfig, of one file or merged. The dicts are the JSON objects by name, paths made absolute."""

    clusters: Mapping[str, dict[str, Any]]
    users: Mapping[str, dict[str, Any]]
    contexts: Mapping[str, dict[str, Any]]
    current_context: str = ""


def parse(document: Any, path: str) -> Kubeconfig:
    """One file's content, as parsed YAML or JSON.

    path: where it came from; relative paths inside are resolved against its folder.
    Raises KubeconfigError with client-go's frame (`error loading config file …`).
    """
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise _unreadable(
            path,
            f"couldn't get version/kind; json parse error: json: cannot unmarshal {_go_kind(document)} into Go value "
            'of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
            '"json:\\"kind,omitempty\\"" }',
        )
    folder = path.rpartition("/")[0]
    current = document.get("current-context") or ""
    if not isinstance(current, str):
        raise _mistyped(path, current, "Config.current-context", "string")
    return Kubeconfig(
        clusters=_named(document, _CLUSTERS, path, folder),
        users=_named(document, _USERS, path, folder),
        contexts=_named(document, _CONTEXTS, path, folder),
        current_context=current,
    )


def _unreadable(path: str, why: str) -> KubeconfigError:
    return KubeconfigError(f'error loading config file "{path}": {why}', hint="is this file a kubeconfig?")


_GO_KINDS = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def _go_kind(value: Any) -> str:
    return _GO_KINDS.get(type(value), "value")


def _mistyped(path: str, value: Any, field: str, wanted: str) -> KubeconfigError:
    text = f"json: cannot unmarshal {_go_kind(value)} into Go struct field {field} of type {wanted}"
    return _unreadable(path, text)


class _Section(Record):
    """One of the three lists: its key, the key inside each item, Go's names, and fields that are strings or
    booleans.
    """

    plural: str
    field: str
    item_type: str
    body_type: str
    strings: tuple[str, ...]
    booleans: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


_CLUSTERS = _Section(
    "clusters", "cluster", "NamedCluster", "Cluster",
    ("server", "tls-server-name", "certificate-authority", "certificate-authority-data", "proxy-url"),
    ("insecure-skip-tls-verify", "disable-compression"), ("certificate-authority",),
)  # fmt: skip
_USERS = _Section(
    "users", "user", "NamedAuthInfo", "AuthInfo",
    (
        "client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "as",
        "as-uid", "username", "password",
    ), (), ("client-certificate", "client-key", "tokenFile"),
)  # fmt: skip
_CONTEXTS = _Section("contexts", "context", "NamedContext", "Context", ("cluster", "user", "namespace"))


def _named(document: dict[str, Any], section: _Section, path: str, folder: str) -> dict[str, dict[str, Any]]:
    items = document.get(section.plural)
    if items is None:
        return {}
    if not isinstance(items, list):
        raise _mistyped(path, items, f"Config.{section.plural}", f"[]v1.{section.item_type}")
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        if not isinstance(item, dict):
            raise _mistyped(path, item, f"Config.{section.plural}", f"v1.{section.item_type}")
        name = item.get("name") or ""
        if not isinstance(name, str):
            raise _mistyped(path, name, f"{section.item_type}.{section.plural}.name", "string")
        body = item.get(section.field) or {}
        where = f"{section.plural}.{section.field}"
        if not isinstance(body, dict):
            raise _mistyped(path, body, f"{section.item_type}.{where}", f"v1.{section.body_type}")
        for field in section.strings:
            if not isinstance(body.get(field), (str, type(None))):
                raise _mistyped(path, body[field], f"{section.body_type}.{where}.{field}", "string")
        for field in section.booleans:
            if not isinstance(body.get(field), (bool, type(None))):
                raise _mistyped(path, body[field], f"{section.body_type}.{where}.{field}", "bool")
        found.setdefault(name, _absolute(body, section.paths, folder))
    return found


def _absolute(body: dict[str, Any], keys: Sequence[str], folder: str) -> dict[str, Any]:
    changed = {}
    for key in keys:
        value = body.get(key)
        if isinstance(value, str) and value and not value.startswith("/") and folder:
            changed[key] = f"{folder}/{value}"
    return {**body, **changed} if changed else body


def merge(files: Sequence[Kubeconfig]) -> Kubeconfig:
    """Several files as one: the first to name something wins; the first current-context wins."""
    clusters: dict[str, dict[str, Any]] = {}
    users: dict[str, dict[str, Any]] = {}
    contexts: dict[str, dict[str, Any]] = {}
    current = ""
    for file in files:
        for into, source in ((clusters, file.clusters), (users, file.users), (contexts, file.contexts)):
            for name, body in source.items():
                into.setdefault(name, body)
        current = current or file.current_context
    return Kubeconfig(clusters=clusters, users=users, contexts=contexts, current_context=current)


def _known_contexts(wanted: str, known: list[str]) -> str:
    from charthouse.advice.nearness import listed, meant

    near = meant(wanted, known)
    return f"{near + ' ' if near else ''}known contexts: {listed(known, 20) or 'none'}"


def _context(config: Kubeconfig, overrides: Overrides) -> dict[str, Any]:
    if overrides.context:
        if overrides.context not in config.contexts:
            hint = _known_contexts(overrides.context, sorted(config.contexts))
            raise KubeconfigError(f'context "{overrides.context}" does not exist', hint=hint)
        return config.contexts[overrides.context]
    return config.contexts.get(config.current_context, {})


def namespace(config: Kubeconfig, overrides: Overrides) -> str:
    """The namespace the kubeconfig and flags name; "" when they name none. Raises KubeconfigError."""
    if overrides.namespace:
        return overrides.namespace
    value = _context(config, overrides).get("namespace") or ""
    return value if isinstance(value, str) else ""


def _all_readable(path: str) -> str:
    return ""


def select(
    config: Kubeconfig, overrides: Overrides, *, default_server: str,
    unreadable: Callable[[str], str] = _all_readable,
) -> Access:  # fmt: skip
    """The cluster and user the kubeconfig and flags choose.

    default_server: used when no cluster names a server (``http://localhost:8080`` or KUBERNETES_MASTER).
    unreadable: (path of a certificate or key) → why it cannot be opened, "" when it can.
    Raises KubeconfigError, with client-go's `invalid configuration: …` for what contradicts itself.
    """
    context = _context(config, overrides)
    cluster_name = _text(context, "cluster")
    user_name = _text(context, "user")
    cluster = config.clusters.get(cluster_name)
    user = config.users.get(user_name, {})
    problems = []
    if config.current_context and not overrides.context and config.current_context not in config.contexts:
        problems.append(f"context was not found for specified context: {config.current_context}")
    server = overrides.server or _text(cluster or {}, "server") or default_server
    problems += _user_problems(user_name, user, overrides, unreadable)
    problems += _cluster_problems(cluster_name, cluster or {}, overrides, unreadable)
    if problems:
        raise KubeconfigError("invalid configuration: " + _aggregate(problems))
    if overrides.insecure and overrides.ca_file:
        raise KubeconfigError("specifying a root certificates file with the insecure flag is not allowed")
    user = _without_provider(user, user_name)
    return _access(server, cluster, user, overrides, user_name=user_name)


_REMOVED = {
    "gcp": (
        "The gcp auth plugin has been removed.\n"
        'Please use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.\n'
        "See https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke "
        "for further details"
    ),
    "azure": (
        "The azure auth plugin has been removed.\n"
        "Please use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.\n"
        "See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins "
        "for further details"
    ),
}


def _without_provider(user: dict[str, Any], name: str) -> dict[str, Any]:
    """Auth providers: oidc's present token is used, never renewed; the others are gone. Raises KubeconfigError."""
    provider = user.get("auth-provider")
    if not isinstance(provider, dict) or user.get("exec") is not None:
        return user
    kind = _text(provider, "name")
    settings = provider.get("config")
    token = _text(settings, "id-token") if isinstance(settings, dict) else ""
    if kind == "oidc" and token:
        return {**user, "token": token}
    raise KubeconfigError(
        _REMOVED.get(kind, f'no Auth Provider found for name "{kind}"'),
        hint=f"let user `{name}` of the kubeconfig use an exec credential plugin",
    )


def _access(
    server: str, cluster: dict[str, Any] | None, user: dict[str, Any], overrides: Overrides, *, user_name: str
) -> Access:
    found = cluster or {}
    pinned = bool(overrides.insecure or overrides.ca_file)
    as_user = overrides.as_user or _text(user, "as")
    plugin = None if overrides.token else _exec(user.get("exec"), found, user_name)
    return Access(
        server=server if "://" in server else f"http://{server}",
        tls_server_name=overrides.tls_server_name
        if overrides.tls_server_name or overrides.server
        else _text(found, "tls-server-name"),
        insecure=overrides.insecure if pinned else bool(found.get("insecure-skip-tls-verify")),
        ca_file=overrides.ca_file if pinned else _text(found, "certificate-authority"),
        ca_data=b"" if pinned else _data(found, "certificate-authority-data"),
        proxy_url=_text(found, "proxy-url"),
        disable_compression=bool(found.get("disable-compression")),
        token=overrides.token or _text(user, "token"),
        token_file="" if overrides.token or _text(user, "token") else _text(user, "tokenFile"),
        username=_text(user, "username"),
        password=_text(user, "password"),
        cert_file=_text(user, "client-certificate"),
        cert_data=_data(user, "client-certificate-data"),
        key_file=_text(user, "client-key"),
        key_data=_data(user, "client-key-data"),
        exec=plugin,
        impersonate=as_user,
        impersonate_uid=_text(user, "as-uid"),
        impersonate_groups=overrides.as_groups or tuple(user.get("as-groups") or ()),
        impersonate_extra=tuple(
            (str(key), tuple(values or ())) for key, values in sorted((user.get("as-user-extra") or {}).items())
        ),
        default=cluster is None and not overrides.server and not user,
    )


def _exec(body: Any, cluster: dict[str, Any], user_name: str) -> Exec | None:
    if not isinstance(body, dict):
        return None
    version = _text(body, "apiVersion")
    interactive = _text(body, "interactiveMode")
    if not interactive and version in (
        "client.authentication.k8s.io/v1alpha1",
        "client.authentication.k8s.io/v1beta1",
    ):
        interactive = "IfAvailable"
    problems = []
    if not _text(body, "command"):
        problems.append(f"command must be specified for {user_name} to use exec authentication plugin")
    if not version:
        problems.append(f"apiVersion must be specified for {user_name} to use exec authentication plugin")
    env = []
    for item in body.get("env") or ():
        if not isinstance(item, dict) or not _text(item, "name"):
            problems.append(f"env variable name must be specified for {user_name} to use exec authentication plugin")
        else:
            env.append((_text(item, "name"), _text(item, "value")))
    if not interactive:
        problems.append(f"interactiveMode must be specified for {user_name} to use exec authentication plugin")
    elif interactive not in ("Never", "IfAvailable", "Always"):
        problems.append(f'invalid interactiveMode for {user_name}: "{interactive}"')
    if problems:
        raise KubeconfigError("invalid configuration: " + _aggregate(problems))
    if version not in ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"):
        raise KubeconfigError(
            f'exec plugin: invalid apiVersion "{version}"',
            hint="charthouse speaks client.authentication.k8s.io/v1 and v1beta1; update the plugin's kubeconfig entry",
        )
    return Exec(
        api_version=version,
        command=_text(body, "command"),
        args=tuple(str(arg) for arg in body.get("args") or ()),
        env=tuple(env),
        install_hint=_text(body, "installHint"),
        provide_cluster_info=bool(body.get("provideClusterInfo")),
        interactive=interactive,
        cluster_config=_exec_extension(cluster),
    )


def _exec_extension(cluster: dict[str, Any]) -> Any:
    for item in cluster.get("extensions") or ():
        if isinstance(item, dict) and item.get("name") == "client.authentication.k8s.io/exec":
            return item.get("extension")
    return None


def _user_problems(
    name: str, user: dict[str, Any], overrides: Overrides, unreadable: Callable[[str], str]
) -> list[str]:
    problems = []
    methods = []
    if overrides.token or _text(user, "token"):
        methods.append("token")
    if _text(user, "username") or _text(user, "password"):
        methods.append("basicAuth")
    cert = (_text(user, "client-certificate"), user.get("client-certificate-data"))
    key = (_text(user, "client-key"), user.get("client-key-data"))
    if any(cert):
        if all(cert):
            problems.append(
                f"client-cert-data and client-cert are both specified for {name}. client-cert-data will override."
            )
        if all(key):
            problems.append(
                f"client-key-data and client-key are both specified for {name}; client-key-data will override"
            )
        if not any(key):
            problems.append(
                f"client-key-data or client-key must be specified for {name} to use the clientCert authentication "
                "method."
            )
        for what, path in (("client-cert", cert[0]), ("client-key", key[0])):
            problem = unreadable(path) if path else ""
            if problem:
                problems.append(f"unable to read {what} {path} for {name} due to {problem}")
    if user.get("exec") and user.get("auth-provider"):
        problems.append(f"authProvider cannot be provided in combination with an exec plugin for {name}")
    if len(methods) > 1:
        problems.append(
            f"more than one authentication method found for {name}; found [{' '.join(methods)}], only one is allowed"
        )
    impersonated = overrides.as_user or _text(user, "as")
    groups = overrides.as_groups or user.get("as-groups")
    if (user.get("as-uid") or groups or user.get("as-user-extra")) and not impersonated:
        problems.append(f"requesting uid, groups or user-extra for {name} without impersonating a user")
    return problems


def _cluster_problems(
    name: str, cluster: dict[str, Any], overrides: Overrides, unreadable: Callable[[str], str]
) -> list[str]:
    problems = []
    pinned = overrides.insecure or overrides.ca_file
    if not pinned and _text(cluster, "certificate-authority") and cluster.get("certificate-authority-data"):
        problems.append(
            f"certificate-authority-data and certificate-authority are both specified for {name}. "
            "certificate-authority-data will override."
        )
    proxy = _text(cluster, "proxy-url")
    if proxy and proxy.partition("://")[0] not in ("http", "https", "socks5"):
        scheme = proxy.partition("://")[0] if "://" in proxy else ""
        problems.append(
            f'invalid \'proxy-url\' "{proxy}" for cluster "{name}": '
            f'unsupported scheme "{scheme}", must be http, https, or socks5'
        )
    ca_file = overrides.ca_file if pinned else _text(cluster, "certificate-authority")
    problem = unreadable(ca_file) if ca_file else ""
    if problem:
        problems.append(f"unable to read certificate-authority {ca_file} for {name} due to {problem}")
    return problems


def _aggregate(problems: Sequence[str]) -> str:
    """Go's utilerrors.Aggregate: one message alone, several in brackets, repetitions once."""
    unique = list(dict.fromkeys(problems))
    return unique[0] if len(unique) == 1 else "[" + ", ".join(unique) + "]"


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def _data(body: Mapping[str, Any], key: str) -> bytes:
    value = body.get(key)
    if not value:
        return b""
    import binascii

    try:
        return binascii.a2b_base64(str(value), strict_mode=False)
    except binascii.Error as error:
        raise KubeconfigError(f"{key} of the kubeconfig is not base64: {error}") from error
