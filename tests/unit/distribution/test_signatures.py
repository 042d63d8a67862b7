"""cosign's signatures in a registry: where they are looked for, and what a registry may not do."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from charthouse.distribution.errors import DistributionError
from charthouse.distribution.registry.reference import Reference
from charthouse.distribution.registry.signatures import Signature, signatures
from charthouse.provenance.cosign import PAYLOAD
from tests.unit.distribution.test_registry import Registry

BASE = "GET https://h/v2/a"
DIGEST = "sha256:" + 64 * "a"
TAG = DIGEST.replace(":", "-")
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layer(data: bytes, kind: str, **more: object) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(data), "size": len(data), **more}


def signed(data: bytes, signature: str) -> dict[str, Any]:
    return layer(data, PAYLOAD, annotations={"dev.cosignproject.cosign/signature": signature})


def found(registry: Registry) -> list[Signature]:
    return signatures(Reference("h", "a", "1.0.0"), DIGEST, registry.session())


def give(registry: Registry, what: str, manifest: object) -> None:
    registry.give(f"{BASE}/manifests/{what}", json.dumps(manifest).encode())


def test_nothing_is_kept() -> None:
    registry = Registry()
    assert found(registry) == []
    assert [line.removeprefix(BASE) for line, _ in registry.seen] == [
        f"/manifests/{TAG}.sig", f"/referrers/{DIGEST}", f"/manifests/{TAG}",
    ]  # fmt: skip


def test_a_tag_holds_payloads() -> None:
    registry = Registry()
    layers = [signed(b"one", "c2ln"), layer(b"x", "text/plain"), layer(b"two", PAYLOAD), signed(b"three", "czM="), 7]
    give(registry, f"{TAG}.sig", {"layers": layers})
    for data in (b"one", b"three"):
        registry.give(f"{BASE}/blobs/{digest(data)}", data)
    assert found(registry) == [Signature(b"one", "c2ln"), Signature(b"three", "czM=")]


@pytest.mark.parametrize("listed", ["referrers", "tag"])
def test_bundles_refer_to_the_manifest(listed: str) -> None:
    registry = Registry()
    manifest = json.dumps({"layers": [layer(b"{}", BUNDLE), layer(b"x", "text/plain")]}).encode()
    index = {
        "manifests": [{"digest": digest(manifest), "artifactType": BUNDLE}, {"digest": "x", "artifactType": "sbom"}]
    }
    if listed == "tag":
        give(registry, TAG, index)
    else:
        registry.give(f"{BASE}/referrers/{DIGEST}", json.dumps(index).encode())
    registry.give(f"{BASE}/manifests/{digest(manifest)}", manifest)
    registry.give(f"{BASE}/blobs/{digest(b'{}')}", b"{}")
    assert found(registry) == [Signature(b"{}")]


def test_what_a_registry_may_not_do() -> None:
    registry = Registry()
    give(registry, f"{TAG}.sig", {"layers": [signed(b"one", "c2ln")]})
    registry.give(f"{BASE}/blobs/{digest(b'one')}", b"other")
    with pytest.raises(DistributionError, match="the registry sent something else for sha256:"):
        found(registry)
    give(registry, f"{TAG}.sig", {"layers": [{**signed(b"one", "c2ln"), "size": 5 << 20}]})
    with pytest.raises(DistributionError, match="a signature of 5242880 bytes is refused"):
        found(registry)
    registry.give(f"{BASE}/manifests/{TAG}.sig", b"{")
    with pytest.raises(DistributionError, match=r"the manifest sha256-a+\.sig cannot be read"):
        found(registry)
    registry.give(f"{BASE}/manifests/{TAG}.sig", b"no", status=500)
    with pytest.raises(DistributionError, match="500"):
        found(registry)


@pytest.mark.parametrize("odd", [[], {"layers": 1}, {"layers": [{"mediaType": PAYLOAD, "annotations": 3}]}, None])
def test_odd_manifests_hold_nothing(odd: object) -> None:
    registry = Registry()
    give(registry, f"{TAG}.sig", odd)
    give(registry, TAG, odd)
    assert found(registry) == []
