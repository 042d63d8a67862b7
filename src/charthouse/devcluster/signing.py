"""Requests for client certificates: who asks is noted, approved ones are signed by the client CA.

Rules: pkg/registry/certificates and pkg/controller/certificates/signer of k8s.io/kubernetes v1.37.2, for the signer
kubernetes.io/kube-apiserver-client (others are left to whoever they belong to)."""

from __future__ import annotations

import base64
import binascii

from charthouse.devcluster.failures import Cause, forbidden, invalid
from charthouse.devcluster.identity import MASTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.devcluster.identity import User
    from charthouse.devcluster.pki import Pki

    Object = dict[str, Any]

__all__ = ["REQUESTS", "note_requester", "signed"]

REQUESTS = "certificatesigningrequests.certificates.k8s.io"
SIGNER = "kubernetes.io/kube-apiserver-client"
MAX_REQUEST = 64 * 1024
DAYS = 365


def note_requester(body: Object, user: User) -> None:
    """Put who asks into a new request, whatever it says itself. Raises ApiFailure: 422 when it cannot be read,
    403 when it asks for the masters' group (plugin/pkg/admission/certificates/subjectrestriction)."""
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return
    for field in ("username", "uid", "groups", "extra"):
        spec.pop(field, None)
    spec["username"] = user.name
    if user.uid:
        spec["uid"] = user.uid
    if user.groups:
        spec["groups"] = list(user.groups)
    if user.extra:
        spec["extra"] = dict(user.extra)
    name = str((body.get("metadata") or {}).get("name", ""))
    found = _parsed(spec)
    if found is not None and spec.get("signerName") == SIGNER and MASTERS in _names(found)[1]:
        text = f"use of {SIGNER} signer with {MASTERS} group is not allowed"
        raise forbidden("certificates.k8s.io", "certificatesigningrequests", name, text)
    if found is None:
        text = "Invalid value: null: PEM block type must be CERTIFICATE REQUEST"
        cause = Cause("FieldValueInvalid", "spec.request", text)
        raise invalid("certificates.k8s.io", "CertificateSigningRequest", name, [cause])


def _parsed(spec: Object) -> Any:
    """The request, None when it is none or its signature does not hold."""
    from cryptography import x509

    try:
        data = base64.b64decode(spec.get("request") or "", validate=True)
        if len(data) > MAX_REQUEST:
            return None
        found = x509.load_pem_x509_csr(data)
    except (ValueError, TypeError, binascii.Error):
        return None
    return found if found.is_signature_valid else None


def _names(request: Any) -> tuple[list[str], tuple[str, ...]]:
    """(common names, organizations) of a request's subject."""
    from cryptography.x509.oid import NameOID

    common, groups = (
        [str(part.value) for part in request.subject.get_attributes_for_oid(oid)]
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    )
    return common, tuple(groups)


def signed(request: Object, pki: Pki) -> str | None:
    """The certificate (base64 of PEM) of an approved request that is ours to sign, else None."""
    spec, status = request["spec"], request.get("status") or {}
    kinds = {condition["type"] for condition in status.get("conditions") or ()}
    if spec.get("signerName") != SIGNER or "Approved" not in kinds or kinds & {"Denied", "Failed"}:
        return None
    found = None if status.get("certificate") else _parsed(spec)
    if found is None:
        return None
    names, groups = _names(found)
    seconds = spec.get("expirationSeconds") or DAYS * 86400
    made = pki.clients.sign(found.public_key(), names[-1] if names else "", groups, seconds=seconds)
    return base64.b64encode(made.encode()).decode()
