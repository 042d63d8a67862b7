"""What may be chosen about a Tiller, and the chart's values that say the same."""

from __future__ import annotations

from charthouse.records import Record
from charthouse.tiller.installation.errors import BadOption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from charthouse.tiller.installation.certificates import Certificates

__all__ = ["MANAGER", "STORAGES", "Impersonation", "Options", "node_selector", "values"]

MANAGER = "charthouse-init"
"""The field manager, and the label by which `reset` knows what `init` made."""
STORAGES = ("configmap", "secret", "sql", "memory")


class Impersonation(Record):
    """Whom Tiller may act as; empty means anybody. service_accounts: `NAMESPACE:NAME`, or `none` alone; extras: keys
    added to the usual ones."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    service_accounts: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


class Options(Record):
    """namespace: Tiller's. image: whole name, "" for the chart's. sql_secret: for storage sql. service_account: "" for
    one made here; token: mount its token. node_selector: (label, value) pairs. override: strvals over the Deployment.
    arguments: of the server."""

    namespace: str = "kube-system"
    image: str = ""
    replicas: int = 2
    storage: str = "configmap"
    history_max: int = 0
    sql_secret: str = ""
    service_account: str = ""
    token: bool = True
    host_network: bool = False
    node_selector: tuple[tuple[str, str], ...] = ()
    override: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    anonymous: bool = False
    aggregated: bool = False
    impersonate: Impersonation = Impersonation()


def node_selector(text: str) -> tuple[tuple[str, str], ...]:
    """`a=b,c=d` as pairs. Raises BadOption with Helm 2's text (installer.parseNodeSelectorsInto)."""
    if not text:
        return ()
    parts = text.split(",")
    pairs = [part.split("=") for part in parts]
    if any(len(pair) != 2 for pair in pairs):
        from charthouse.golang.strconv import quote

        shown = " ".join(quote(part) for part in parts)
        raise BadOption(f"invalid nodeSelector label: [{shown}]", hint="it is label=value, with commas between")
    return tuple((key, value) for key, value in pairs)


def values(options: Options, certificates: Certificates, journal_key: str) -> Mapping[str, Any]:
    """The chart's values. journal_key: base64. Raises BadOption for what the chart's schema would not explain."""
    _check(options, certificates.source)
    account: dict[str, Any] = {"token": options.token}
    if options.service_account:
        account.update(create=False, name=options.service_account)
    found: dict[str, Any] = {
        "image": {"name": options.image},
        "replicas": max(options.replicas, 1),
        "storage": options.storage,
        "historyMax": max(options.history_max, 0),
        "certificates": certificates.values(),
        "journalKey": journal_key,
        "insecureAllowAnonymous": options.anonymous,
        "serviceAccount": account,
        "rbac": {"impersonate": _impersonation(options.impersonate)},
        "aggregatedApi": options.aggregated,
        "hostNetwork": options.host_network,
        "nodeSelector": dict(options.node_selector),
        "arguments": list(options.arguments),
        "managedBy": MANAGER,
    }
    if options.sql_secret:
        found["sql"] = {"secret": options.sql_secret}
    return found


_EXTRAS = (
    "authentication.kubernetes.io/credential-id",
    "authentication.kubernetes.io/node-name",
    "authentication.kubernetes.io/node-uid",
    "authentication.kubernetes.io/pod-name",
    "authentication.kubernetes.io/pod-uid",
)
"""The chart's own: a list among values replaces the chart's."""


def _impersonation(chosen: Impersonation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "users": list(chosen.users),
        "groups": list(chosen.groups),
        "serviceAccounts": list(chosen.service_accounts),
    }
    if chosen.extras:
        found["extras"] = list(dict.fromkeys([*_EXTRAS, *(key.lower() for key in chosen.extras)]))
    return found


def _check(options: Options, source: str) -> None:
    if options.storage not in STORAGES:
        raise BadOption(f'unknown storage "{options.storage}"', hint="it is configmap, secret, sql or memory")
    if options.storage == "memory" and options.replicas > 1:
        raise BadOption(
            "records in memory cannot be shared by replicas", hint="add --replicas 1, or choose another --storage"
        )
    if source == "none" and not options.anonymous:
        raise BadOption(
            "without TLS nobody can be identified safely",
            hint="--certificates none goes only with --insecure-allow-anonymous",
        )
    if options.aggregated and source == "none":
        raise BadOption("--aggregated-api needs TLS", hint="the API server speaks to aggregated APIs by TLS only")
    accounts = options.impersonate.service_accounts
    for account in accounts:
        if account != "none" and (account.count(":") != 1 or account[0] == ":" or account[-1] == ":"):
            raise BadOption(f'"{account}" names no service account', hint="it is NAMESPACE:NAME, or none")
    if "none" in accounts and len(accounts) > 1:
        raise BadOption("--impersonate-service-accounts none stands alone")
