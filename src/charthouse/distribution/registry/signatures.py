"""cosign's signatures of a chart, as they lie beside it in its registry.

Ours. Rules: sigstore/cosign ``specs/SIGNATURE_SPEC.md`` (a manifest tagged ``sha256-DIGEST.sig``, its layers payloads
with the signature in an annotation) and ``BUNDLE_SPEC.md`` (bundles that refer to the manifest: OCI distribution spec
1.1, ``referrers``, or the index tagged ``sha256-DIGEST`` where a registry has no such list).
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.registry.charts import INDEX, MANIFEST
from charthouse.provenance.cosign import BUNDLE, PAYLOAD
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.distribution.registry.reference import Reference
    from charthouse.distribution.registry.session import Session

__all__ = ["Signature", "signatures"]

_ANNOTATION = "dev.cosignproject.cosign/signature"
_MOST = 64
_MOST_OCTETS = 4 << 20


class Signature(Record):
    """data: a payload, or a bundle when `signature` is "". signature: base64."""

    data: bytes
    signature: str = ""


def signatures(reference: Reference, digest: str, session: Session) -> list[Signature]:
    """What is kept there for the manifest `digest` ("sha256:…"), at most 64. Raises DistributionError."""
    found = []
    tag = digest.replace(":", "-")
    attached = _manifest(reference, f"{tag}.sig", session)
    for layer in _entries(attached, "layers"):
        annotations = layer.get("annotations")
        made = annotations.get(_ANNOTATION) if type(annotations) is dict else None
        if layer.get("mediaType") == PAYLOAD and type(made) is str:
            found.append(Signature(_blob(reference, layer, session), made))
    for entry in _referrers(reference, digest, tag, session):
        if not str(entry.get("artifactType", BUNDLE)).startswith(BUNDLE):
            continue
        for layer in _entries(_manifest(reference, str(entry.get("digest")), session), "layers"):
            if str(layer.get("mediaType")).startswith(BUNDLE):
                found.append(Signature(_blob(reference, layer, session)))
    return found[:_MOST]


def _scope(reference: Reference) -> str:
    return f"repository:{reference.repository}:pull"


def _entries(manifest: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = manifest.get(name)
    return [entry for entry in listed[:_MOST] if type(entry) is dict] if type(listed) is list else []


def _referrers(reference: Reference, digest: str, tag: str, session: Session) -> list[dict[str, Any]]:
    path = f"/v2/{reference.repository}/referrers/{digest}"
    try:
        answer = session.ask("GET", path, scope=_scope(reference), accept=INDEX)
    except FetchFailed as error:
        if error.status not in (400, 404, 405):
            raise
        return _entries(_manifest(reference, tag, session), "manifests")
    return _entries(_object(answer.body, "the list of referrers"), "manifests")


def _manifest(reference: Reference, what: str, session: Session) -> dict[str, Any]:
    """A manifest by tag or digest; {} when there is none."""
    from hashlib import sha256

    path = f"/v2/{reference.repository}/manifests/{what}"
    try:
        answer = session.ask("GET", path, scope=_scope(reference), accept=f"{MANIFEST}, {INDEX}")
    except FetchFailed as error:
        if error.status != 404:
            raise
        return {}
    if what.startswith("sha256:") and what != f"sha256:{sha256(answer.body).hexdigest()}":
        raise DistributionError(f"the registry sent something else for {what}")
    return _object(answer.body, f"the manifest {what}")


def _object(body: bytes, what: str) -> dict[str, Any]:
    import json

    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DistributionError(f"{what} cannot be read: {error}") from None
    return found if type(found) is dict else {}


def _blob(reference: Reference, layer: dict[str, Any], session: Session) -> bytes:
    from hashlib import sha256

    digest, size = str(layer.get("digest")), layer.get("size")
    if type(size) is not int or not 0 <= size <= _MOST_OCTETS:
        raise DistributionError(f"a signature of {size} bytes is refused")
    data = session.ask("GET", f"/v2/{reference.repository}/blobs/{digest}", scope=_scope(reference)).body
    if f"sha256:{sha256(data).hexdigest()}" != digest:
        raise DistributionError(f"the registry sent something else for {digest}", hint="nothing was kept")
    return data
