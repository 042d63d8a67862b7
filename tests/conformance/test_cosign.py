"""cosign's signatures of a chart in Debian's docker-registry, laid out as cosign's specification says and signed with
openssl; no cosign is at hand in CI. Needs the peers `docker-registry` and `openssl`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.repositories.tools import run
from tests.conformance.test_registries import program, start

ARCHIVE = "web-0.1.0.tgz"
PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process, address = start(tmp_path_factory.mktemp("cosign") / "registry", htpasswd=False)
    try:
        yield address
    finally:
        process.kill()
        process.wait()


def send(address: str, path: str, body: bytes, kind: str = "application/octet-stream", method: str = "PUT") -> str:
    """A request to the registry; where it says that the thing is."""
    url = path if "://" in path else f"http://{address}{path}"
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers.get("Location", ""))


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def blob(address: str, data: bytes) -> dict[str, Any]:
    where = send(address, "/v2/x/web/blobs/uploads/", b"", method="POST")
    send(address, f"{where}&digest={digest(data)}", data)
    return {"digest": digest(data), "size": len(data)}


def attach(address: str, tag: str, layer: dict[str, Any], *, kind: str = MANIFEST, **more: object) -> bytes:
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", **blob(address, b"{}")}
    text = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer], **more}).encode()
    send(address, f"/v2/x/web/manifests/{tag}", text, kind)
    return text


class Signer:
    def __init__(self, folder: Path, name: str) -> None:
        openssl = program("openssl")
        self._key, self.public = folder / f"{name}.pem", folder / f"{name}.pub"
        for words in (
            ["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", str(self._key)],
            ["ec", "-in", str(self._key), "-pubout", "-out", str(self.public)],
        ):
            subprocess.run([openssl, *words], check=True, capture_output=True)

    def sign(self, data: bytes) -> str:
        command = ["openssl", "dgst", "-sha256", "-sign", str(self._key)]
        return base64.b64encode(subprocess.run(command, input=data, check=True, capture_output=True).stdout).decode()


def payload(of: str) -> bytes:
    critical = {
        "identity": {"docker-reference": "x/web"},
        "image": {"docker-manifest-digest": of},
        "type": "cosign container image signature",
    }
    return json.dumps({"critical": critical, "optional": None}).encode()


def test_charts_are_used_only_when_the_key_signed_them(tmp_path: Path, registry: str) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    ours, other = Signer(tmp_path, "ours"), Signer(tmp_path, "other")
    assert run("charthouse", "package web", tmp_path, "")[0] == 0
    out = run("charthouse", f"push {ARCHIVE} oci://{registry}/x --plain-http", tmp_path, "")[1]
    of = re.findall(r"Digest: (\S+)", out)[0]
    archive = (tmp_path / ARCHIVE).read_bytes()
    (tmp_path / ARCHIVE).unlink()

    def pull(*flags: str) -> tuple[int, str]:
        line = f"pull oci://{registry}/x/web --plain-http {' '.join(flags)}"
        status, out, error = run("charthouse", line, tmp_path, "")
        assert (tmp_path / ARCHIVE).exists() == (status == 0)
        (tmp_path / ARCHIVE).unlink(missing_ok=True)
        return status, out.partition(of)[2].strip() + error.replace(registry, "@")

    mine, theirs = "--verify-cosign-key ours.pub", "--verify-cosign-key other.pub"
    assert pull(mine) == (1, "Error: there is no cosign signature for @/x/web:0.1.0\n")
    tag = of.replace(":", "-")
    layer = {"mediaType": PAYLOAD, **blob(registry, payload(of))}
    annotations = {"dev.cosignproject.cosign/signature": other.sign(payload(of))}
    attach(registry, f"{tag}.sig", {**layer, "annotations": annotations})
    assert pull(mine) == (1, "Error: no cosign signature for @/x/web:0.1.0 is valid\n")
    status, said = pull(theirs)
    assert (status, said[:50]) == (0, "Cosign Signature Verified: key sha256:" + said[38:50])
    index_of(registry, tag, statement(ours, of))
    assert pull(mine)[0] == pull(theirs)[0] == 0
    for command in ("template t", "show chart"):
        line = f"{command} oci://{registry}/x/web --plain-http {mine}"
        assert run("charthouse", line, tmp_path, "")[0] == 0
    bundle = {"mediaType": BUNDLE, "messageSignature": {"signature": ours.sign(archive)}}
    (tmp_path / "bundle").write_text(json.dumps(bundle))
    assert pull(mine, "--verify-cosign-bundle bundle")[0] == 0
    assert pull(theirs, "--verify-cosign-bundle bundle")[0] == 1
    (tmp_path / "kept.tgz").write_bytes(archive)
    for flags, status in ((mine, 0), (theirs, 1)):
        line = f"template t kept.tgz {flags} --verify-cosign-bundle bundle"
        assert run("charthouse", line, tmp_path, "")[0] == status
    assert os.listdir(tmp_path / "web") == ["Chart.yaml"]


def statement(signer: Signer, of: str) -> bytes:
    """A bundle with an envelope, as cosign 3 makes it."""
    kind = "application/vnd.in-toto+json"
    body = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"digest": {"sha256": of.removeprefix("sha256:")}}],
            "predicateType": "https://sigstore.dev/cosign/sign/v1",
            "predicate": {},
        }
    ).encode()
    made = signer.sign(f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body)
    envelope = {"payload": base64.b64encode(body).decode(), "payloadType": kind, "signatures": [{"sig": made}]}
    return json.dumps({"mediaType": BUNDLE, "verificationMaterial": {}, "dsseEnvelope": envelope}).encode()


def index_of(registry: str, tag: str, bundle: bytes) -> None:
    """Attach a bundle as a registry without a list of referrers has it: by an index with a tag of its own."""
    text = attach(registry, "bundle", {"mediaType": BUNDLE, **blob(registry, bundle)}, artifactType=BUNDLE)
    entry = {"mediaType": MANIFEST, "digest": digest(text), "size": len(text), "artifactType": BUNDLE}
    kind = "application/vnd.oci.image.index.v1+json"
    index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]}).encode()
    send(registry, f"/v2/x/web/manifests/{tag}", index, kind)
