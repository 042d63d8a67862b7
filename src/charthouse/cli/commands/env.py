"""``env``: the directories and settings in force.

Rules: Helm 4.3.1 ``pkg/cmd/env.go``, ``pkg/cli/environment.go`` (``EnvVars``)."""

from __future__ import annotations

from charthouse.cli.command import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND", "variables"]


def variables(context: Context) -> dict[str, str]:
    """Name → value, sorted by name, after flags."""
    settings = context.settings
    found = {
        "HELM_BIN": context.program,
        "HELM_BURST_LIMIT": str(context["burst-limit"]),
        "HELM_CACHE_HOME": settings.cache_home,
        "HELM_CONFIG_HOME": settings.config_home,
        "HELM_CONTENT_CACHE": context["content-cache"],
        "HELM_DATA_HOME": settings.data_home,
        "HELM_DEBUG": "true" if context["debug"] else "false",
        "HELM_KUBEAPISERVER": context["kube-apiserver"],
        "HELM_KUBEASGROUPS": ",".join(context["kube-as-group"]),
        "HELM_KUBEASUSER": context["kube-as-user"],
        "HELM_KUBECAFILE": context["kube-ca-file"],
        "HELM_KUBECONTEXT": context["kube-context"],
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": "true" if context["kube-insecure-skip-tls-verify"] else "false",
        "HELM_KUBETLS_SERVER_NAME": context["kube-tls-server-name"],
        "HELM_KUBETOKEN": context["kube-token"],
        "HELM_MAX_HISTORY": str(settings.max_history),
        "HELM_NAMESPACE": context.namespace,
        "HELM_PLUGINS": settings.plugins,
        "HELM_QPS": f"{context['qps']:.2f}",
        "HELM_REGISTRY_CONFIG": context["registry-config"],
        "HELM_REPOSITORY_CACHE": context["repository-cache"],
        "HELM_REPOSITORY_CONFIG": context["repository-config"],
    }
    if context["kubeconfig"]:
        found["KUBECONFIG"] = context["kubeconfig"]
    return found


def _run(context: Context) -> None:
    found = variables(context)
    if context.words:
        context.out.write(found.get(context.words[0], "") + "\n")
        return
    context.out.write("".join(f'{name}="{value}"\n' for name, value in sorted(found.items())))


def _complete(context: Context, typed: str) -> tuple[list[str], int]:
    return ([] if context.words else sorted(variables(context))), 4


COMMAND = Command(
    "env",
    "print the directories and settings in force",
    long="Print every directory and setting in force, or the value of one variable.\n",
    args="max 1",
    run=_run,
    complete=_complete,
)
