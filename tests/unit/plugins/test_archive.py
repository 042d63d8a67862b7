"""Archives of plugins: names in them, what they may hold, and that nothing gets out of its directory."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from charthouse.plugins.archive import extract, metadata_of, pack, plugin_name
from charthouse.plugins.errors import InstallError, PluginError
from charthouse.plugins.signing import metadata_block

NAMES = [
    ("n-1.2.3.tgz", "n"), ("n.tgz", "n"), ("n-x-1.tar.gz", "n-x-1"), ("a-1.0-2.0.tgz", "a-1.0"),
    ("helm-s3-0.1.0-rc1.tgz", "helm-s3"),
    ("n-1.2.3.zip", ""),
]  # fmt: skip


def archive(*members: tuple[str, bytes | str, bytes]) -> bytes:
    """(name, type or link, content) each."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o750
            if isinstance(kind, str):
                member.type, member.linkname = tarfile.SYMTYPE, kind
            else:
                member.type = kind
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


F = tarfile.REGTYPE
REFUSED = [
    (archive(("a/../../x", F, b"x")), "path contains '..', which is illegal"),
    (archive(("a\\..\\..\\x", F, b"x")), "path contains '..', which is illegal"),
    (archive(("/x", F, b"x")), "path is absolute, which is illegal"),
    (archive(("c:x", F, b"x")), "path contains ':', which is illegal"),
    (archive(("a/x", "/etc", b"")), "unknown type: 110010 in a/x"),
    (archive(("a/x", tarfile.LNKTYPE, b"")), "unknown type: 110001 in a/x"),
    (archive(("a/x", tarfile.FIFOTYPE, b"")), "unknown type: 110110 in a/x"),
    (b"", "EOF"),
    (b"PK\x03\x04", "gzip: invalid header"),
    (archive(("a/x", F, b"x" * 5000))[:60], "unexpected EOF"),
]


@pytest.mark.parametrize(("name", "wanted"), NAMES)
def test_name_in_a_file_name(name: str, wanted: str) -> None:
    assert plugin_name(name) == wanted


@pytest.mark.parametrize(("data", "problem"), REFUSED, ids=range(len(REFUSED)))
def test_refuses(data: bytes, problem: str, tmp_path: Path) -> None:
    target = tmp_path / "in" / "side"
    target.mkdir(parents=True)
    with pytest.raises(InstallError) as caught:
        extract(data, str(target))
    assert caught.value.message == problem
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_packs_and_unpacks(tmp_path: Path) -> None:
    source = tmp_path / "n"
    (source / "bin").mkdir(parents=True)
    (source / "plugin.yaml").write_text("name: n\nversion: 1.0.0\n")
    (source / "bin" / "run").write_text("x")
    (source / "bin" / "run").chmod(0o755)
    data = pack(str(source), "n")
    assert data == pack(str(source), "n")
    assert metadata_of(data).file_name == "n-1.0.0.tgz"
    target = tmp_path / "target"
    target.mkdir()
    extract(data, str(target))
    found = {str(path.relative_to(target)): path.stat().st_mode & 0o777 for path in target.rglob("*") if path.is_file()}
    assert found == {"n/plugin.yaml": 0o644, "n/bin/run": 0o755}


def test_an_archive_without_a_plugin() -> None:
    with pytest.raises(PluginError, match=r"^plugin\.yaml not found in tarball$"):
        metadata_of(archive(("a/x", F, b"x")))


def test_what_is_signed_is_what_helm_signs() -> None:
    text = b"name: tool\nversion: 1.0.0\nusage: u\ncommand: c\nhooks: {install: x}\n"
    assert (
        metadata_block(metadata_of(archive(("n/plugin.yaml", F, text))))
        == """APIVersion: legacy
Config:
  IgnoreFlags: false
  LongHelp: ""
  ShortHelp: u
  Usage: ""
Name: tool
Runtime: subprocess
RuntimeConfig:
  PlatformCommand:
  - Architecture: ""
    Args: null
    Command: c
    OperatingSystem: ""
  PlatformHooks:
    install:
    - Architecture: ""
      Args:
      - -c
      - x
      Command: sh
      OperatingSystem: ""
  ProtocolCommands: null
SourceURL: ""
Type: cli/v1
Version: 1.0.0
"""
    )
