"""``verify`` and ``package --sign`` on the command line with recorded keys (beside Helm: tests/conformance)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from charthouse.cli.main import run
from charthouse.cli.streams import Output
from tests.unit.provenance.recorded import DATA, NAME, octets


def play(home: Path, *line: str) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    streams = Output(out), Output(err)
    status = run(list(line), {"HOME": str(home)}, *streams, lambda: b"")
    for stream in streams:
        stream.flush()
    return status, out.getvalue().decode(), err.getvalue().decode()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / NAME).write_bytes(octets(NAME))
    (tmp_path / f"{NAME}.prov").write_bytes(octets("helm-ed.prov"))
    return tmp_path / NAME


def test_verify(package: Path) -> None:
    assert play(package.parent, "verify", str(package), "--keyring", str(DATA / "pub.gpg")) == (
        0,
        "Signed by: Édouard <ed@example.com>\n"
        "Using Key With Fingerprint: EC97C876CCE0AF89AA0D50868CFFBE7511650964\n"
        "Chart Hash Verified: sha256:fda051bbb6ee9aae67dc01bd85e60561159ff0e87628c1c9afbac89c66efa4cb\n",
        "",
    )


def test_what_does_not_hold(package: Path) -> None:
    package.write_bytes(b"other")
    status, out, err = play(package.parent, "verify", str(package), "--keyring", str(DATA / "pub.gpg"))
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        f"Error: sha256 sum does not match for {NAME}: "
        '"sha256:fda051bbb6ee9aae67dc01bd85e60561159ff0e87628c1c9afbac89c66efa4cb" != '
        '"sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"',
        "hint: the archive is not the one that was signed: it was changed, or packed again",
    ]
    for command in (["template", "t"], ["show", "chart"]):
        found = play(package.parent, *command, str(package), "--verify", "--keyring", str(DATA / "pub.gpg"))
        assert found == (status, out, err)


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_the_passphrase_is_told_nowhere(tmp_path: Path, debug: list[str]) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    (tmp_path / "pass").write_text("correct horse\n")
    line = ["package", str(tmp_path / "web"), "-d", str(tmp_path), "--sign", "--key", "Smith"]
    line += ["--keyring", str(DATA / "locked.sec"), "--passphrase-file", str(tmp_path / "pass"), *debug]
    status, out, err = play(tmp_path, *line)
    assert status == 1
    assert "openpgp: invalid data: private key checksum failure\nhint: the passphrase is wrong\n" in err
    assert "horse" not in out + err
    assert not (tmp_path / "web-0.1.0.tgz.prov").exists()
    (tmp_path / "pass").write_text("secret\n")
    status, out, err = play(tmp_path, *line)
    assert status == 0
    assert "secret" not in out + err.replace("secrets", "")
    assert (tmp_path / "web-0.1.0.tgz.prov").stat().st_mode & 0o777 == 0o644
