"""The namespace of the current kubeconfig context, read without the Kubernetes client.

Rules: client-go ``tools/clientcmd`` (``Namespace`` of ``DeferredLoadingClientConfig``): of several files in
``KUBECONFIG`` the first that names a value wins; without a kubeconfig, a pod's own namespace inside a cluster.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.cli.context import Context

__all__ = ["context_namespace", "contexts"]

_POD_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


def context_namespace(context: Context) -> str:
    """The namespace, or "" when nothing says one. Unreadable files count as absent: the client will report them."""
    configs = _configs(context)
    if not configs:
        return _in_cluster(context)
    current = context["kube-context"] or next((c["current-context"] for c in configs if c.get("current-context")), "")
    for name, found in _contexts(configs):
        if name == current:
            return str(found.get("namespace") or "")
    return ""


def contexts(context: Context) -> list[str]:
    """The names of all contexts, with their clusters behind a tab, for shell completion."""
    return sorted({f"{name}\t{found.get('cluster') or ''}" for name, found in _contexts(_configs(context))})


def _configs(context: Context) -> list[dict[str, Any]]:
    explicit = context["kubeconfig"]
    if explicit:
        paths = [explicit]
    elif context.settings.kubeconfig:
        paths = [p for p in context.settings.kubeconfig.split(os.pathsep) if p]
    else:
        paths = [os.path.join(context.settings.home, ".kube", "config")]
    return [config for config in map(_read, paths) if config]


def _contexts(configs: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (str(entry.get("name")), entry["context"])
        for config in configs
        for entry in config.get("contexts") or ()
        if isinstance(entry, dict) and isinstance(entry.get("context"), dict)
    ]


def _read(path: str) -> dict[str, Any] | None:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return None
    if not text.strip():
        return None
    from charthouse.errors import CharthouseError
    from charthouse.formats.yaml import load_object

    try:
        loaded = load_object(text)
    except CharthouseError:
        return None
    return loaded if isinstance(loaded, dict) else None


def _in_cluster(context: Context) -> str:
    if "KUBERNETES_SERVICE_HOST" not in context.environ or "KUBERNETES_SERVICE_PORT" not in context.environ:
        return ""
    try:
        with open(_POD_NAMESPACE, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""
