"""The flags every command takes. Rules: Helm 4.3.1 ``pkg/cli/environment.go`` (``AddFlags``), ``pkg/cmd/flags.go``
(``addKlogFlags``: accepted, hidden, without effect)."""

from __future__ import annotations

from charthouse.cli.flags import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.settings import Settings

__all__ = ["global_flags", "tiller_tls_flags"]


def global_flags(settings: Settings) -> list[Flag]:
    """The global flags, with the environment's values as defaults."""
    return [
        Flag("namespace", "string", "namespace to work in", default=settings.namespace, short="n"),
        Flag("kubeconfig", "string", "kubeconfig file"),
        Flag("kube-context", "string", "context of the kubeconfig to use", default=settings.kube_context),
        Flag("kube-token", "string", "bearer token to present", default=settings.kube_token),
        Flag("kube-as-user", "string", "user to act as", default=settings.kube_as_user),
        Flag(
            "kube-as-group", "stringArray", "group to act as (may be given several times)",
            default=settings.kube_as_groups,
        ),
        Flag("kube-apiserver", "string", "address of the Kubernetes API server", default=settings.kube_apiserver),
        Flag("kube-ca-file", "string", "certificate authority of the API server", default=settings.kube_ca_file),
        Flag(
            "kube-tls-server-name", "string", "name expected in the API server's certificate, when not its host name",
            default=settings.kube_tls_server_name,
        ),
        Flag(
            "kube-insecure-skip-tls-verify", "bool", "do not check the API server's certificate (insecure)",
            default=settings.kube_insecure_skip_tls_verify,
        ),
        Flag("debug", "bool", "say more about what is done", default=settings.debug),
        Flag("registry-config", "string", "file with registry credentials", default=settings.registry_config),
        Flag("repository-config", "string", "file with the repositories", default=settings.repository_config),
        Flag("repository-cache", "string", "directory of cached repository indexes", default=settings.repository_cache),
        Flag("content-cache", "string", "directory of cached downloads", default=settings.content_cache),
        Flag("burst-limit", "int", "requests that may be sent at once", default=settings.burst_limit),
        Flag("qps", "float32", "requests a second, bursts apart", default=settings.qps),
        Flag("color", "string", "colours in output: never, auto, always", default=settings.color),
        Flag("colour", "string", "colours in output: never, auto, always", default=settings.color, variable="color"),
        Flag("compat", "string", "the Helm to render as: helm4, helm3, helm2", default=settings.compat),
        Flag("exact", "bool", "integers in values stay integers; warn where Helm differs", default=settings.exact),
        Flag("exact-report", "string", "write what --exact changed to this file, as JSON", default=""),
        Flag("dev-cluster", "bool", "work on the development cluster, started when it is not running"),
        Flag(
            "tiller", "string", "let a release server work: cluster (found by kubeconfig), HOST:PORT or unix:PATH",
            default=settings.tiller,
        ),
        Flag("tiller-namespace", "string", "namespace the release server is in", default=settings.tiller_namespace),
        Flag(
            "tiller-connection-timeout", "int", "seconds the way to the release server may take", default=300,
        ),
        *(Flag(name, kind, "", default=default, hidden=True) for name, kind, default in _KLOG),
        Flag("v", "int", "", short="v", hidden=True),
    ]  # fmt: skip


def tiller_tls_flags() -> list[Flag]:
    """How a release server named by --tiller is spoken to. Names and meanings: Helm 2.17.0 ``cmd/helm/helm.go``
    (``addFlagsTLS``)."""
    return [
        Flag("tls", "bool", "with --tiller: encrypt, without checking the server's certificate (HELM_TLS_ENABLE)"),
        Flag("tls-verify", "bool", "with --tiller: encrypt and check the server's certificate (HELM_TLS_VERIFY)"),
        Flag("tls-hostname", "string", "name expected in the release server's certificate (HELM_TLS_HOSTNAME)"),
        Flag("tls-ca-cert", "string", "authority of the release server's certificate (HELM_TLS_CA_CERT)"),
        Flag("tls-cert", "string", "certificate to show the release server (HELM_TLS_CERT)"),
        Flag("tls-key", "string", "key of that certificate (HELM_TLS_KEY)"),
    ]


_KLOG = (
    ("add-dir-header", "goBool", False),
    ("alsologtostderrthreshold", "string", "0"),
    ("alsologtostderr", "goBool", False),
    ("legacy-stderr-threshold-behavior", "goBool", True),
    ("log-backtrace-at", "string", ":0"),
    ("log-dir", "string", ""),
    ("log-file", "string", ""),
    ("log-file-max-size", "string", "1800"),
    ("logtostderr", "goBool", True),
    ("one-output", "goBool", False),
    ("skip-headers", "goBool", False),
    ("skip-log-headers", "goBool", False),
    ("stderrthreshold", "string", "2"),
    ("vmodule", "string", ""),
)
