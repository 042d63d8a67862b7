"""What of a Tiller is in the cluster already: read once, before anything is chosen."""

from __future__ import annotations

import base64

from charthouse.k8s.objects import ObjectRef
from charthouse.k8s.ports import ApiError
from charthouse.records import Record
from charthouse.tiller.installation.authority import Pair
from charthouse.tiller.installation.certificates import Present
from charthouse.tiller.installation.chart import KEPT_AUTHORITY
from charthouse.tiller.installation.predecessor import is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.k8s.ports import KubeClient

__all__ = ["NOTHING", "Survey", "further_rights", "look"]


class Survey(Record):
    """deployment: tiller-deploy as it is, None when there is none; certificates: what certificates the cluster has;
    journal_key: base64, "" when there is none."""

    deployment: dict[str, Any] | None = None
    certificates: Present = Present()
    journal_key: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the Tiller that is there was made by `init`."""
        return self.deployment is not None and is_ours(self.deployment)


NOTHING = Survey()


def look(client: KubeClient, namespace: str) -> Survey:
    """Raises ApiError, Unreachable."""
    types = {kind: client.resource_type(version, kind) for version, kind in _KINDS}

    def read(kind: str, name: str) -> dict[str, Any] | None:
        try:
            return client.get(ObjectRef(types[kind], namespace, name))
        except ApiError as error:
            if error.reason != "NotFound":
                raise
            return None

    deployment = read("Deployment", "tiller-deploy")
    secret = read("Secret", "tiller-secret")
    published = _text(read("ConfigMap", "charthouse-tiller-ca"), "ca.crt", encoded=False)
    clients = _text(read("ConfigMap", "tiller-client-ca"), "ca.crt", encoded=False)
    signing = _text(read("Secret", KEPT_AUTHORITY), "authority.pem")
    key = ((read("Secret", "tiller-journal-key") or {}).get("data") or {}).get("key", "")
    has_manager = "cert-manager.io/v1/Certificate" in client.api_versions()
    source, pair = _pair(secret)
    if secret is not None and source == "files" and not published:
        published = _text(secret, "ca.crt")  # Helm 2's: its authority vouches for the server and for clients
        clients = clients or published
    present = Present(source, pair, published, clients, signing, has_manager)
    return Survey(deployment, present, str(key))


_KINDS = (("apps/v1", "Deployment"), ("v1", "Secret"), ("v1", "ConfigMap"))


def _text(body: dict[str, Any] | None, key: str, *, encoded: bool = True) -> str:
    found = ((body or {}).get("data") or {}).get(key, "")
    return base64.b64decode(found).decode("utf-8", "replace") if encoded else str(found)


def _pair(secret: dict[str, Any] | None) -> tuple[str, Pair | None]:
    """Where the server's certificate comes from, and the certificate. One without our note was given by somebody."""
    certificate, key = _text(secret, "tls.crt"), _text(secret, "tls.key")
    if secret is None or not certificate or not key:
        return "", None
    notes = secret["metadata"].get("annotations") or {}
    source = notes.get("tiller.charthouse.dev/certificates", "")
    return source or "files", Pair(certificate, key)


def further_rights(client: KubeClient, namespace: str, account: str) -> list[str]:
    """Bindings not made by `init` that give Tiller's service account rights, `Kind [namespace/]name (role)` each.

    Helm 2's instructions bound it to cluster-admin. [] also when bindings may not be listed.
    """
    found = []
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        type = client.resource_type("rbac.authorization.k8s.io/v1", kind)
        try:
            bindings = client.list(type)
        except ApiError as error:
            if error.reason != "Forbidden":
                raise
            continue
        for binding in bindings:
            if is_ours(binding) or not _names(binding, namespace, account):
                continue
            meta, role = binding["metadata"], binding["roleRef"]["name"]
            where = f"{meta['namespace']}/" if meta.get("namespace") else ""
            found.append(f"{kind} {where}{meta['name']} ({role})")
    return found


def _names(binding: dict[str, Any], namespace: str, account: str) -> bool:
    return any(
        subject.get("kind") == "ServiceAccount"
        and subject.get("name") == account
        and subject.get("namespace") == namespace
        for subject in binding.get("subjects") or ()
    )
