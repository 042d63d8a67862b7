"""Every command of the first level: its name, the module that holds it, and its line in ``--help``.

Commands are imported when they run, so that ``version`` does not pay for ``upgrade``. Names and aliases are Helm
4.3.1's (``pkg/cmd/root.go`` and each command's file); ``cluster``, ``diff``, ``explain`` and ``vendor`` are ours,
``init`` and ``reset`` Helm 2's.
"""

from __future__ import annotations

from charthouse.cli.command import PROGRAM, Command, Stub

__all__ = ["root"]

_STUBS = (
    Stub("cluster", "cluster", "run a Kubernetes API on this machine for trying charts"),
    Stub("completion", "completion", "print a completion script for a shell"),
    Stub("create", "create", "start a new chart in a directory of its own"),
    Stub("dependency", "dependency", "look after the charts a chart depends on", ("dep", "dependencies")),
    Stub("diff", "diff", "show what an upgrade would change"),
    Stub("docs", "docs", "write the documentation of all commands", hidden=True),
    Stub("env", "env", "print the directories and settings in force"),
    Stub("explain", "explain", "show where a field of a rendered object comes from"),
    Stub("get", "get", "print parts of a release"),
    Stub("help", "help", "explain a command"),
    Stub("history", "history", "list the revisions of a release", ("hist",)),
    Stub("init", "init", "put the release server Tiller into a cluster"),
    Stub("install", "install", "install a chart as a release"),
    Stub("lint", "lint", "look for mistakes in a chart"),
    Stub("list", "list", "list releases", ("ls",)),
    Stub("package", "package", "pack a chart directory into an archive"),
    Stub("plugin", "plugin", "manage plugins"),
    Stub("pull", "pull", "download a chart", ("fetch",)),
    Stub("push", "push", "upload a chart to a registry"),
    Stub("registry", "registry", "log in to and out of registries"),
    Stub("repo", "repo", "manage chart repositories"),
    Stub("reset", "reset", "take the release server Tiller out of a cluster"),
    Stub("rollback", "rollback", "bring back an earlier revision of a release"),
    Stub("search", "search", "look for charts"),
    Stub("serve", "serve", "serve a folder of charts as a repository"),
    Stub("show", "show", "print parts of a chart", ("inspect",)),
    Stub("status", "status", "print the state of a release"),
    Stub("template", "template", "render a chart without a cluster"),
    Stub("test", "test", "run the tests of a release"),
    Stub("tiller", "tiller", "run the release server, look after releases of Helm 2's Tiller"),
    Stub("uninstall", "uninstall", "remove a release", ("del", "delete", "un")),
    Stub("upgrade", "upgrade", "upgrade a release"),
    Stub("vendor", "vendor", "keep charts and all they need in a folder, pinned by digest"),
    Stub("verify", "verify", "check the signature of a packaged chart"),
    Stub("version", "version", "print the version"),
    Stub("__complete", "complete", "candidates for shell completion", ("__completeNoDesc",), hidden=True),
)

_LONG = """The Kubernetes package manager: renders charts, installs them as releases, and looks after those.

charthouse reads the charts, writes the release records and takes the commands, flags and variables of Helm 4, so both
can take turns on one cluster; usage lines and messages therefore say `helm`.

Variables: HELM_CACHE_HOME, HELM_CONFIG_HOME, HELM_DATA_HOME, HELM_DEBUG, HELM_DRIVER,
HELM_DRIVER_SQL_CONNECTION_STRING, HELM_MAX_HISTORY, HELM_NAMESPACE, HELM_NO_PLUGINS, HELM_PLUGINS,
HELM_REGISTRY_CONFIG, HELM_REPOSITORY_CACHE, HELM_REPOSITORY_CONFIG, HELM_CONTENT_CACHE, KUBECONFIG,
HELM_KUBEAPISERVER, HELM_KUBECAFILE, HELM_KUBEASGROUPS, HELM_KUBEASUSER, HELM_KUBECONTEXT, HELM_KUBETOKEN,
HELM_KUBEINSECURE_SKIP_TLS_VERIFY, HELM_KUBETLS_SERVER_NAME, HELM_BURST_LIMIT, HELM_QPS, HELM_COLOR, NO_COLOR,
SOURCE_DATE_EPOCH. `helm env` prints the values in force. Directories follow HELM_*_HOME, then the XDG variables,
then ~/.cache/helm, ~/.config/helm and ~/.local/share/helm.
"""


def root() -> Command:
    """The program itself."""
    return Command(PROGRAM, "the Kubernetes package manager", long=_LONG, children=_STUBS)
