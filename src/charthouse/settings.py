"""Where Helm keeps its things and what its variables say, as data: read once by the shell, handed down.

Rules: Helm 4.3.1 ``pkg/cli/environment.go`` (``New``), ``pkg/helmpath`` (Linux: ``lazypath_unix.go``). The variables,
the directories and the file formats are Helm's own, so a Helm user's repositories and releases are there on the first
run. Ours beside them: ``CHARTHOUSE_CACHE`` (by default ``charthouse`` beside Helm's cache, in it where HELM_CACHE_HOME
says where that is; empty = keep nothing) and ``CHARTHOUSE_DATA`` (``charthouse`` beside Helm's data).
"""

from __future__ import annotations

from charthouse.cachehome import cache_home
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "settings_from"]


class Settings(Record):
    """What the environment decides.

    Directories and files are absolute unless a variable said otherwise. namespace: ``HELM_NAMESPACE`` ("" = ask the
    kubeconfig). qps: queries a second, 0 = the client's own default; burst_limit: how many may come at once.
    color: never | auto | always. driver: ``HELM_DRIVER`` as given. keyring: where GnuPG kept public keys before 2.1.
    own_cache: directory of our own caches (parsed templates, discovery), "" = keep none.
    own_data: directory of what we keep beside Helm's things (the dev cluster).
    search_path: ``PATH``. compat: ``CHARTHOUSE_COMPAT``, the Helm to render as; exact: ``CHARTHOUSE_EXACT``, integers
    stay integers. tiller: ``CHARTHOUSE_TILLER``, or Helm 2's ``HELM_HOST``: the release server to work through, "" =
    none; tiller_namespace: ``TILLER_NAMESPACE``.

    """

    home: str
    cache_home: str
    config_home: str
    data_home: str
    plugins: str
    registry_config: str
    repository_config: str
    repository_cache: str
    content_cache: str
    namespace: str = ""
    max_history: int = 10
    kube_context: str = ""
    kube_token: str = ""
    kube_as_user: str = ""
    kube_as_groups: tuple[str, ...] = ()
    kube_apiserver: str = ""
    kube_ca_file: str = ""
    kube_insecure_skip_tls_verify: bool = False
    kube_tls_server_name: str = ""
    kubeconfig: str = ""
    burst_limit: int = 100
    qps: float = 0.0
    color: str = "auto"
    debug: bool = False
    driver: str = ""
    keyring: str = ""
    own_cache: str = ""
    own_data: str = ""
    compat: str = ""
    exact: bool = False
    search_path: str = ""
    tiller: str = ""
    tiller_namespace: str = "kube-system"

    @property
    def default_keyring(self) -> str:
        """Where public keys are: GnuPG's old keyring, its keybox where only that is there (``defaultKeyring``)."""
        import os

        box = f"{self.keyring.removesuffix('.gpg')}.kbx"
        for path in (self.keyring, box):
            try:
                os.stat(path)
            except FileNotFoundError:
                continue
            except OSError:
                return path
            return path
        return self.keyring


_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


def settings_from(environ: Mapping[str, str]) -> Settings:
    """The settings an environment describes. Unreadable numbers and truth values count as absent, as in Helm."""
    get = environ.get
    home = get("HOME", "")
    cache = get("HELM_CACHE_HOME") or _under(get("XDG_CACHE_HOME"), home, ".cache")
    config = get("HELM_CONFIG_HOME") or _under(get("XDG_CONFIG_HOME"), home, ".config")
    data = get("HELM_DATA_HOME") or _under(get("XDG_DATA_HOME"), home, ".local/share")
    groups = get("HELM_KUBEASGROUPS", "").strip(", ")
    return Settings(
        home=home,
        cache_home=cache,
        config_home=config,
        data_home=data,
        plugins=get("HELM_PLUGINS", _join(data, "plugins")),
        registry_config=get("HELM_REGISTRY_CONFIG", _join(config, "registry/config.json")),
        repository_config=get("HELM_REPOSITORY_CONFIG", _join(config, "repositories.yaml")),
        repository_cache=get("HELM_REPOSITORY_CACHE", _join(cache, "repository")),
        content_cache=get("HELM_CONTENT_CACHE", _join(cache, "content")),
        namespace=get("HELM_NAMESPACE", ""),
        max_history=_integer(get("HELM_MAX_HISTORY"), 10),
        kube_context=get("HELM_KUBECONTEXT", ""),
        kube_token=get("HELM_KUBETOKEN", ""),
        kube_as_user=get("HELM_KUBEASUSER", ""),
        kube_as_groups=tuple(groups.split(",")) if groups else (),
        kube_apiserver=get("HELM_KUBEAPISERVER", ""),
        kube_ca_file=get("HELM_KUBECAFILE", ""),
        kube_insecure_skip_tls_verify=get("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "") in _TRUE,
        kube_tls_server_name=get("HELM_KUBETLS_SERVER_NAME", ""),
        kubeconfig=get("KUBECONFIG", ""),
        burst_limit=_integer(get("HELM_BURST_LIMIT"), 100),
        qps=_number(get("HELM_QPS"), 0.0),
        color=_color(environ),
        debug=get("HELM_DEBUG", "") in _TRUE,
        driver=get("HELM_DRIVER", ""),
        keyring=_join(get("GNUPGHOME", _join(home, ".gnupg")), "pubring.gpg"),
        own_cache=cache_home(environ),
        own_data=get("CHARTHOUSE_DATA") or _own_data(environ, home),
        compat=get("CHARTHOUSE_COMPAT", ""),
        exact=get("CHARTHOUSE_EXACT", "") in _TRUE,
        search_path=get("PATH", ""),
        tiller=get("CHARTHOUSE_TILLER", get("HELM_HOST", "")),
        tiller_namespace=get("TILLER_NAMESPACE") or "kube-system",
    )


def _own_data(environ: Mapping[str, str], home: str) -> str:
    if environ.get("HELM_DATA_HOME"):
        return _join(environ["HELM_DATA_HOME"], "charthouse")
    return _under(environ.get("XDG_DATA_HOME"), home, ".local/share", "charthouse")


def _under(xdg: str | None, home: str, default: str, name: str = "helm") -> str:
    return _join(xdg or _join(home, default), name)


def _join(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/{name}" if base else name


def _integer(text: str | None, default: int) -> int:
    if text is None:
        return default
    body = text[1:] if text[:1] in ("+", "-") else text
    if not (body.isascii() and body.isdigit()):
        return default
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else default


def _number(text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        return float(text)
    except ValueError:
        return default


def _color(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "never"
    mode = environ.get("HELM_COLOR", "").lower()
    return mode if mode in ("never", "auto", "always") else "auto"
