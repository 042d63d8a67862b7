"""What plugins are installed from: archives good and bad, a repository, a registry; and keys to sign them with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.conformance.plugins import FILES

__all__ = ["archives", "keys", "put_artifact", "repository"]


def archives(folder: Path) -> None:
    import io
    import tarfile

    text = FILES["missing/plugin.yaml"].replace("missing", "{}")
    members: dict[str, list[tuple[str, str, bytes]]] = {
        "echoer-0.1.0": [
            (f"echoer/{n.partition('/')[2]}", "", t.encode()) for n, t in FILES.items() if n[:7] == "echoer/"
        ],
        "escape-1.0.0": [("escape/plugin.yaml", "", text.format("escape").encode()), ("escape/../../x", "", b"x")],
        "link-1.0.0": [("link/plugin.yaml", "", text.format("link").encode()), ("link/x", "/etc", b"")],
        "flat-1.0.0": [("plugin.yaml", "", text.format("flat").encode())],
        "bare-1.0.0": [("readme", "", b"x")],
        "wrong-1.0.0": [("other/plugin.yaml", "", text.format("wrong").encode())],
    }
    for name, listed in members.items():
        with tarfile.open(folder / f"{name}.tgz", "w:gz") as tar:
            for path, link, data in listed:
                member = tarfile.TarInfo(path)
                member.size, member.mode, member.mtime = len(data), 0o755, 1_700_000_000
                if link:
                    member.type, member.linkname = tarfile.SYMTYPE, link
                tar.addfile(member, io.BytesIO(data))
    (folder / "odd.tgz").write_text("no archive")


def repository(folder: Path) -> None:
    """Two tagged versions and one behind them."""
    folder.mkdir()
    environ = {
        **os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x",
        "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
    }  # fmt: skip

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, env=environ)

    git("init", "-b", "main")
    for version in ("0.9.0", "v1.0.0", "v1.1.0", ""):
        said = version or "newest"
        (folder / "plugin.yaml").write_text(f"name: versioned\nversion: 1.0.0\ncommand: echo {said}\n")
        git("add", ".")
        git("commit", "-m", said)
        if version:
            git("tag", version)


def put_artifact(host: str, name: str, data: bytes, title: str, *, config: str = "", artifactType: str = "") -> None:
    """An artifact of one layer with a title, by the registry's API."""
    import hashlib
    import json
    from urllib.request import Request, urlopen

    repository, _, tag = f"plugins/{name}".partition(":")

    def send(method: str, url: str, body: bytes, kind: str) -> str:
        with urlopen(Request(url, data=body, method=method, headers={"Content-Type": kind})) as answer:
            return str(answer.headers.get("Location", ""))

    def upload(body: bytes, kind: str) -> dict[str, object]:
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        place = send("POST", f"http://{host}/v2/{repository}/blobs/uploads/", b"", kind)
        send("PUT", f"{place}&digest={digest}", body, "application/octet-stream")
        return {"mediaType": kind, "digest": digest, "size": len(body)}

    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": upload(b"{}", config or "application/vnd.oci.empty.v1+json"),
        "layers": [
            {
                **upload(data, "application/vnd.oci.image.layer.v1.tar+gzip"),
                "annotations": {"org.opencontainers.image.title": title},
            }
        ],
        **({"artifactType": artifactType} if artifactType else {}),
    }
    url = f"http://{host}/v2/{repository}/manifests/{tag}"
    send("PUT", url, json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")


def keys(folder: Path, homes: list[Path]) -> None:
    """Ada's key, without a passphrase, and Bob's with one, as keyrings of the old format in each home."""
    folder.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(folder), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase"]
    for name, passphrase in (("Ada <ada@example.com>", ""), ("Bob <bob@example.com>", "a word")):
        made = [passphrase, "--quick-generate-key", name, "rsa2048", "sign", "never"]
        subprocess.run([*gpg, *made], check=True, capture_output=True)
    gpg.append("a word")
    for name, command in (("pubring.gpg", ["--export"]), ("secring.gpg", ["--export-secret-keys"])):
        data = subprocess.run([*gpg, *command], check=True, capture_output=True).stdout
        for home in homes:
            (home / name).write_bytes(data)
            (home / "passphrase").write_text("a word\n")
    subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "all"], check=False, capture_output=True)
