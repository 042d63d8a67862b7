"""What a user may say of the way to Tiller, and what the client needs of the kubeconfig."""

from __future__ import annotations

from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.kube.client import Client
    from charthouse.tiller.identity.credentials import TillerCredentials

__all__ = ["ClientSettings", "ClusterSide", "TLSSettings"]


class TLSSettings(Record):
    """Helm 2's flags. tls: encrypt, the server unchecked; verify: and check it. hostname: expected in its certificate.

    ca_file, cert_file, key_file: "" is not said. home: where Helm 2 keeps ca.pem, cert.pem and key.pem, "" for nowhere.
    """

    tls: bool = False
    verify: bool = False
    hostname: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    home: str = ""


class ClientSettings(Record):
    """address: as ``address.parse_address`` takes it. namespace: Tiller's own. timeout: seconds until a connection must
    stand, and to go on trying to come back to a running operation."""

    address: str
    namespace: str = "kube-system"
    timeout: float = 300.0
    tls: TLSSettings = TLSSettings()


class ClusterSide(Record):
    """The kubeconfig's cluster and user. client: of the API server (nothing is asked before it is used). credentials:
    what Tiller may be shown once it is verified; both raise KubeconfigError where there is no kubeconfig."""

    client: Callable[[], Client]
    credentials: Callable[[], TillerCredentials]
