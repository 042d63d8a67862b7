"""What `init` was told, by the names of its flags, and the options that makes.

Noted on the Deployment, so that `init --upgrade` without flags changes the version and nothing else: a Tiller that kept
its records in Secrets must not look for them in ConfigMaps because somebody upgraded it.
"""

from __future__ import annotations

from charthouse.tiller.installation.errors import BadOption
from charthouse.tiller.installation.options import Impersonation, Options, node_selector
from charthouse.tiller.installation.predecessor import split_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["NOTED", "next_image", "options"]

NOTED = (
    "tiller-image", "replicas", "storage", "sql-secret", "history-max", "service-account",
    "automount-service-account-token", "net-host", "node-selectors", "override", "tiller-args",
    "insecure-allow-anonymous", "aggregated-api", "certificates", "issuer", "store-authority", "certificate-days",
    "impersonate-users", "impersonate-groups", "impersonate-service-accounts", "impersonate-extras",
)  # fmt: skip
"""The flags whose values are noted. Files are not: what was read from them is in the cluster."""


def options(namespace: str, chosen: Mapping[str, Any]) -> Options:
    """chosen: flag name → value; what is missing has its default. Raises BadOption for values of another kind."""
    try:
        return Options(
            namespace=namespace,
            image=_text(chosen, "tiller-image"),
            replicas=int(chosen.get("replicas", 2)),
            storage=_text(chosen, "storage") or "configmap",
            history_max=int(chosen.get("history-max", 0)),
            sql_secret=_text(chosen, "sql-secret"),
            service_account=_text(chosen, "service-account"),
            token=bool(chosen.get("automount-service-account-token", True)),
            host_network=bool(chosen.get("net-host", False)),
            node_selector=node_selector(_text(chosen, "node-selectors")),
            override=_texts(chosen, "override"),
            arguments=_texts(chosen, "tiller-args"),
            anonymous=bool(chosen.get("insecure-allow-anonymous", False)),
            aggregated=bool(chosen.get("aggregated-api", False)),
            impersonate=Impersonation(
                users=_texts(chosen, "impersonate-users"),
                groups=_texts(chosen, "impersonate-groups"),
                service_accounts=_texts(chosen, "impersonate-service-accounts"),
                extras=_texts(chosen, "impersonate-extras"),
            ),
        )
    except (TypeError, ValueError) as error:
        raise BadOption(
            f"the options noted on the Deployment cannot be read: {error}", hint="--reset-options forgets them"
        ) from error


def _text(chosen: Mapping[str, Any], name: str) -> str:
    return str(chosen.get(name, "") or "")


def _texts(chosen: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(str(value) for value in chosen.get(name) or ())


def next_image(image: str, before: str, now: str) -> str:
    """The image for an upgrade that names none: a tag that said charthouse's version before says the new one."""
    repository, tag = split_image(image)
    if "@" in image or not tag or tag.removeprefix("v") != before:
        return image
    return f"{repository}:{tag[: len(tag) - len(before)]}{now}"
