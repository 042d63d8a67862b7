"""Vendored folders with real servers: charts from a repository, a registry and directories; installed by Helm with all
servers gone; images copied by the commands that were printed. And what a registry lists. Needs the peers `helm4`,
`docker-registry` and skopeo.
"""

from __future__ import annotations

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import TOOLS, WHERE, pack_charts, peer
from tests.conformance.test_registries import program, start

POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, image: '{image}'}}]}}\n"


def run(tool: str, line: str, home: Path, *, status: int = 0, more: dict[str, str] | None = None) -> str:
    """Standard output."""
    words = [str(home / word[1:]) if word.startswith("@") else word for word in line.split(" ")]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], **WHERE, **(more or {})}
    done = subprocess.run(
        [*TOOLS[tool], *words], cwd=home, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == status, (line, done.stdout, done.stderr)
    return done.stdout


def write_chart(path: Path, dependencies: str = "", image: str = "") -> None:
    (path / "templates").mkdir(parents=True)
    (path / "Chart.yaml").write_text(f"apiVersion: v2\nname: {path.name}\nversion: 1.0.0\n{dependencies}")
    (path / "values.yaml").write_text("n: 1\n")
    if image:
        (path / "templates/pod.yaml").write_text(POD.format(name=path.name, image=image))


def test_a_folder_for_a_place_without_a_network(tmp_path: Path) -> None:
    peer()
    home = tmp_path / "home"
    home.mkdir()
    site = tmp_path / "site"
    process, registry = start(tmp_path / "registry")
    try:
        for name in ("leaf", "fruit", "shelf"):
            write_chart(home / name, image=f"{registry}/images/{name}:1")
            run("charthouse", f"package {name} -d {site}", home)
        run("charthouse", f"repo index {site}", home)
        run("charthouse", f"push {site}/shelf-1.0.0.tgz oci://{registry}/charts --plain-http", home)
        with Repository(site) as server:
            there = f"repository: '{server.address}/plain'"
            write_chart(home / "inner", f"dependencies: [{{name: leaf, version: '*', {there}}}]\n")
            write_chart(
                home / "shop",
                "dependencies:\n- {name: inner, version: 1.0.0, repository: 'file://../inner'}\n"
                f"- {{name: fruit, version: ^1, {there}}}\n"
                f"- {{name: shelf, version: ~1.0, repository: 'oci://{registry}/charts'}}\n",
            )
            run("helm", f"repo add plain {server.address}/plain", home)
            words = f"./shop plain/leaf oci://{registry}/charts/shelf --plain-http"
            for folder in ("one", "two"):
                run("charthouse", f"vendor make {words} -d {folder}", home)
            assert run("charthouse", "vendor update -d two --plain-http -o json", home) != ""
    finally:
        process.kill()
        process.wait()
    one, two = ({path.name: path.read_bytes() for path in (home / folder).iterdir()} for folder in ("one", "two"))
    assert one == two, "the same charts give the same bytes"
    assert sorted(one) == [".vendor.lock", "leaf-1.0.0.tgz", "shelf-1.0.0.tgz", "shop-1.0.0.tgz", "vendor.lock"]
    assert one["leaf-1.0.0.tgz"] == (site / "leaf-1.0.0.tgz").read_bytes()
    assert str(home) not in one["vendor.lock"].decode()
    assert json.loads(run("charthouse", "vendor check one -o json", home)) == [
        {"name": name, "version": "1.0.0", "archive": f"{name}-1.0.0.tgz", "status": "ok", "detail": ""}
        for name in ("leaf", "shelf", "shop")
    ]
    theirs, ours = (run(tool, "template t one/shop-1.0.0.tgz", home) for tool in ("helm", "charthouse"))
    assert theirs == ours
    assert [line[8:] for line in theirs.splitlines() if line.startswith("# Source")] == [
        f": shop/charts/{path}/templates/pod.yaml" for path in ("fruit", "inner/charts/leaf", "shelf")
    ]
    images = [row["image"] for row in json.loads(run("charthouse", "vendor images one -o json", home))]
    assert images == [f"{registry}/images/{name}:1" for name in ("fruit", "leaf", "shelf")]
    (home / "one/shop-1.0.0.tgz").write_bytes(one["shop-1.0.0.tgz"] + b"x")
    run("charthouse", "vendor check one", home, status=1)
    run("charthouse", "vendor update -d one --plain-http", home, status=1)
    assert (home / "one/vendor.lock").read_bytes() == one["vendor.lock"], "an update that fails changes nothing"


def image_layout(folder: Path) -> None:
    """The smallest image there is, as skopeo reads it from a folder."""
    (folder / "blobs/sha256").mkdir(parents=True)

    def put(value: object, kind: str) -> dict[str, object]:
        data = json.dumps(value).encode()
        digest = sha256(data).hexdigest()
        (folder / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}+json", "digest": f"sha256:{digest}", "size": len(data)}

    config = put({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}, "config.v1")
    manifest = put({"schemaVersion": 2, "config": config, "layers": []}, "manifest.v1")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))


def test_images_are_copied_by_the_commands_that_are_printed(tmp_path: Path) -> None:
    skopeo = program("skopeo")
    process, registry = start(tmp_path / "registry")
    try:
        image_layout(tmp_path / "layout")
        (tmp_path / "registries.conf").write_text(f'[[registry]]\nlocation = "{registry}"\ninsecure = true\n')
        (tmp_path / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        tool = [skopeo, "--policy", str(tmp_path / "policy.json")]
        tool += ["--registries-conf", str(tmp_path / "registries.conf")]

        def copy(*words: str) -> None:
            command = [*tool, *words]
            subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=60)

        copy("copy", f"oci:{tmp_path}/layout", f"docker://{registry}/images/web:1")
        write_chart(tmp_path / "web", image=f"{registry}/images/web:1")
        run("charthouse", "vendor make ./web", tmp_path)
        out = run("charthouse", "vendor images --skopeo-to oci:carried", tmp_path)
        back = run(
            "charthouse", f"vendor images --skopeo-from oci:carried --skopeo-to docker://{registry}/mirror", tmp_path
        )
        for text in (out, back):
            words = text.split()
            assert words[:3] == ["skopeo", "copy", "--all"]
            copy(*words[1:])
        inspected = subprocess.run(
            [*tool, "inspect", "--raw", f"docker://{registry}/mirror/images/web:1"], env=environ, check=True,
            capture_output=True, timeout=60,
        )  # fmt: skip
        assert json.loads(inspected.stdout)["layers"] == []
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("shut", [False, True], ids=["open", "behind a password"])
def test_what_a_registry_lists(tmp_path: Path, shut: bool) -> None:
    packed = pack_charts(tmp_path / "charts")
    process, registry = start(tmp_path / "registry", htpasswd=shut)
    who = "--plain-http" + (" --username anna --password secret" if shut else "")
    try:
        for archive in sorted(packed.glob("*.tgz")):
            run("charthouse", f"push {archive} oci://{registry}/team {who}", tmp_path)
        assert run("charthouse", f"registry tags oci://{registry}/team/apple --short {who}", tmp_path) == (
            "1.1.0-rc1\n1.0.0\n0.1.0\n"
        )
        rows = json.loads(
            run("charthouse", f"registry tags oci://{registry}/team/apple --version ^1 -o json {who}", tmp_path)
        )
        assert [(row["version"], row["app_version"], row["description"]) for row in rows] == [
            ("1.0.0", "1.1", "The apple chart")
        ]
        assert rows[0]["size"] == (packed / "apple-1.0.0.tgz").stat().st_size
        found = json.loads(run("charthouse", f"search oci://{registry}/team -o json {who}", tmp_path))
        assert [(row["name"], row["version"]) for row in found] == [
            (f"oci://{registry}/team/apple", "1.0.0"), (f"oci://{registry}/team/pear", "0.2.0")
        ]  # fmt: skip
        assert "pear" in run("charthouse", f"search registry oci://{registry} pear {who}", tmp_path)
        if shut:
            run("charthouse", f"search oci://{registry}/team --plain-http", tmp_path, status=1)
    finally:
        process.kill()
        process.wait()
