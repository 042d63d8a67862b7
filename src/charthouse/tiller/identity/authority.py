"""By which CA a client knows Tiller.

`charthouse init` publishes the CA of Tiller's certificate in the ConfigMap `charthouse-tiller-ca` of Tiller's
namespace, where only administrators write, and everybody who is authenticated may read. It comes through the API
server, which the kubeconfig verifies, so a Tiller behind any address is known without another file. `--tls-ca-cert`
takes its place.

A client that has neither sends no token (and, since TLS without a check proves nothing, no certificate is of use).
"""

from __future__ import annotations

from charthouse.k8s.objects import ObjectRef, ResourceType
from charthouse.k8s.ports import ApiError
from charthouse.kube.errors import CredentialError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.kube.client import Client

__all__ = ["CONFIG_MAP", "KEY", "NoAuthority", "published"]

CONFIG_MAP = "charthouse-tiller-ca"
KEY = "ca.crt"
_CONFIG_MAPS = ResourceType("v1", "ConfigMap", "configmaps", True)


class NoAuthority(CredentialError):
    """Nothing is published to know Tiller by."""


def published(client: Client, namespace: str) -> bytes:
    """PEM of the CA of the Tiller of a namespace. Raises NoAuthority (nothing published, or not readable), Unreachable.

    client: of the API server, as the user.
    """
    ref = ObjectRef(_CONFIG_MAPS, namespace, CONFIG_MAP)
    try:
        found = client.get(ref)
    except ApiError as error:
        raise NoAuthority(
            f"cannot verify Tiller: {error}",
            hint=f"`charthouse init` publishes its CA in ConfigMap {CONFIG_MAP}; --tls-ca-cert names a file instead",
        ) from error
    text = (found.get("data") or {}).get(KEY, "")
    if not isinstance(text, str) or "-----BEGIN CERTIFICATE-----" not in text:
        raise NoAuthority(
            f"cannot verify Tiller: ConfigMap {namespace}/{CONFIG_MAP} has no certificate under {KEY}",
            hint="run `charthouse init --upgrade`, or name a file with --tls-ca-cert",
        )
    return text.encode("ascii", "replace")
