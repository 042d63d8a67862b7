"""``init``: put the release server into a cluster. Helm 2 had it; flags that Helm 2 has are called as there.

Rules: helm v2.17.0 cmd/helm/init.go (names, short names, defaults of flags). Differs: two replicas by default.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.shared_flags import timeout_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["COMMAND"]


def _flags() -> list[Flag]:
    return [*_what(), *_pods(), *_certificates(), *_rights(), *_of_old()]


def _what() -> list[Flag]:
    return [
        Flag("client-only", "bool", "do not install Tiller", short="c"),
        Flag("upgrade", "bool", "upgrade a Tiller that is there, Helm 2's included"),
        Flag("force-upgrade", "bool", "upgrade even if the Tiller that is there is newer"),
        Flag("dry-run", "bool", "show what would be done; with --debug or -o print the manifests instead"),
        Flag("output", "OutputFormat", "print the manifests as json or yaml, and do nothing", short="o"),
        Flag("wait", "bool", "wait until Tiller is ready, up to --timeout"),
        timeout_flag(),
        Flag("tiller-namespace", "string", "where Tiller goes (TILLER_NAMESPACE; kube-system)"),
        Flag("create-namespace", "bool", "make Tiller's namespace when it is missing"),
        Flag("force-conflicts", "bool", "take over fields that others have changed since"),
        Flag("reset-options", "bool", "with --upgrade: forget what earlier inits were told"),
    ]


def _pods() -> list[Flag]:
    return [
        Flag("tiller-image", "string", "image of Tiller, as you built and pushed it", short="i"),
        Flag("replicas", "int", "number of pods", default=2),
        Flag("storage", "string", "what keeps the records: configmap, secret, sql or memory", default="configmap"),
        Flag("sql-secret", "string", "Secret with the key connection-string, for --storage sql (tiller-sql)"),
        Flag("history-max", "int", "revisions kept of each release, 0 for all"),
        Flag("service-account", "string", "use this service account; one is made when not given"),
        Flag("automount-service-account-token", "bool", "give the pods a token of the service account", default=True),
        Flag("net-host", "bool", "run in the network of the nodes"),
        Flag("node-selectors", "string", "labels of the nodes to run on (app=tiller,helm=rocks)"),
        Flag("override", "stringArray", "change the Deployment: key1=val1,key2=val2 (may be repeated)"),
        Flag(
            "tiller-args", "stringArray", "flag of the server, see `charthouse tiller serve --help` (may be repeated)"
        ),
        Flag("aggregated-api", "bool", "serve REST through the API server, below /apis/tiller.charthouse.dev"),
    ]


def _certificates() -> list[Flag]:
    return [
        Flag("certificates", "string", "where certificates come from: auto, own, cert-manager, files or none",
             default="auto"),
        Flag("issuer", "string", "cert-manager's issuer, as Issuer/NAME or ClusterIssuer/NAME"),
        Flag("certificate-days", "int", "how long a certificate made here lasts", default=1095),
        Flag("renew-certificates", "bool", "with --upgrade: make new certificates now"),
        Flag("authority-file", "string", "file that keeps the authority with its key; made when missing"),
        Flag("store-authority", "bool", "keep the authority with its key in the cluster"),
        Flag("client-ca-cert", "string", "file of the authority whose certificates prove who a client is"),
        Flag("tiller-tls", "bool", "take the certificate from files"),
        Flag("tiller-tls-verify", "bool", "--tls-ca-cert vouches for clients, too"),
        Flag("tiller-tls-key", "string", "file of the certificate's key"),
        Flag("tiller-tls-cert", "string", "file of the certificate"),
        Flag("tls-ca-cert", "string", "file of the authority of the certificate"),
    ]  # fmt: skip


def _rights() -> list[Flag]:
    return [
        Flag("insecure-allow-anonymous", "bool", "serve who proves nothing, with Tiller's own rights"),
        Flag("impersonate-users", "stringSlice", "the only users Tiller may act as"),
        Flag("impersonate-groups", "stringSlice", "the only groups it may act in"),
        Flag(
            "impersonate-service-accounts", "stringSlice",
            "the only service accounts it may act as, NAMESPACE:NAME, or none",
        ),
        Flag("impersonate-extras", "stringSlice", "further keys of users' extra attributes that are passed on"),
    ]  # fmt: skip


def _of_old() -> list[Flag]:
    """Read as Helm 2 reads them; what they asked for there is no more."""
    return [
        Flag("canary-image", "bool", "", hidden=True),
        Flag("skip-refresh", "bool", "", hidden=True),
        Flag("skip-repos", "bool", "", hidden=True),
        Flag("use-deprecated-stable-repository", "bool", "", hidden=True),
        Flag("stable-repo-url", "string", "", hidden=True),
        Flag("local-repo-url", "string", "", hidden=True),
        Flag("tiller-tls-hostname", "string", "", hidden=True),
    ]


def _run(context: Context) -> None:
    from charthouse.cli.tiller_init import run

    run(context)


def _complete(context: Context, typed: str) -> tuple[list[str], int]:
    from charthouse.cli.complete import NO_FILES

    return [], NO_FILES


COMMAND = Command(
    "init",
    "put the release server Tiller into a cluster",
    long="""Install Tiller, the release server, into --tiller-namespace of the cluster your kubeconfig names, or upgrade
it with --upgrade. What is made is the chart tiller of charthouse; -o yaml prints it.

No release needs Tiller. It is for those who may not, or should not, speak to the cluster themselves from where they
are, and for what must be finished whatever becomes of the client. It works with the rights of whoever asks.

--upgrade keeps what earlier inits were told and takes over a Tiller of Helm 2, whose releases stay as they are.
""",
    flags=_flags,
    exclusive=(("client-only", "upgrade"),),
    run=_run,
    complete=_complete,
)
