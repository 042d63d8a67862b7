"""Provenance beside the real helm 4.3.1 and 3.17.3, with keys and keyrings of the real gpg: what one signs, the others
check; the same command lines, faults included, say the same. Needs the peers helm4, helm3, gpg and docker-registry.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.provenance.keys import HELM3, KEYS, Gnupg
from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import PEERS, TOOLS, homes, peer, run
from tests.conformance.test_registries import program, start

CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\ndescription: '- a web server'\nappVersion: '1'\n"
ARCHIVE = "web-0.1.0.tgz"


@pytest.fixture(scope="module")
def gnupg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gnupg]:
    program("gpg")
    peer()
    made = Gnupg(tmp_path_factory.mktemp("g"))
    yield made
    made.close()


def sign(tool: str, gnupg: Gnupg, key: str, folder: Path) -> Path:
    """A package signed by a tool with a key; its path."""
    chart = folder / "web"
    chart.mkdir(parents=True, exist_ok=True)
    (chart / "Chart.yaml").write_text(CHART)
    line = f"package web --sign --key {key}@ --keyring keys/{key}.sec --passphrase-file keys/secret.txt"
    user = KEYS[key][0]
    email = user[user.index("<") + 1 : -1]
    shutil.copytree(gnupg.rings, folder / "keys", dirs_exist_ok=True)
    status, _, error = run(tool, line.replace(f"{key}@", email), folder, "")
    assert status == 0, (tool, key, error)
    return folder / ARCHIVE


def verified(tool: str, package: Path, keyring: Path) -> str:
    done = subprocess.run(
        [tool, "verify", str(package), "--keyring", str(keyring)], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else done.stderr


def test_what_we_sign_others_check(gnupg: Gnupg, tmp_path: Path) -> None:
    ring = gnupg.rings / "pub.gpg"
    for key in KEYS:
        if key in ("old", "young", "sub", "revoked"):
            continue
        package = sign("charthouse", gnupg, key, tmp_path / key)
        digest = f"Chart Hash Verified: {_digest(package)}\n"
        assert digest in verified(str(PEERS / "helm4"), package, ring), key
        if key in HELM3 and (PEERS / "helm3").exists():
            assert digest in verified(str(PEERS / "helm3"), package, ring), key
        assert "GOODSIG" in gnupg.says(Path(f"{package}.prov")), key


def _digest(package: Path) -> str:
    from hashlib import sha256

    return "sha256:" + sha256(package.read_bytes()).hexdigest()


def test_provenance_files_are_laid_out_as_helms(gnupg: Gnupg, tmp_path: Path) -> None:
    for key in ("rsa", "p521", "ed", "dsa"):
        files = [Path(f"{sign(tool, gnupg, key, tmp_path / key / tool)}.prov").read_bytes() for tool in TOOLS]
        digests = [_digest(tmp_path / key / tool / ARCHIVE).encode() for tool in TOOLS]
        ours, helms = (re.sub(digest, b"<sum>", file) for digest, file in zip(digests, files, strict=True))
        assert _text(ours) == _text(helms)
        assert _shape(_packet(ours)) == _shape(_packet(helms))
        modes = {os.stat(f"{tmp_path / key / tool / ARCHIVE}.prov").st_mode for tool in TOOLS}
        assert len(modes) == 1


def _text(file: bytes) -> bytes:
    head, begin, rest = file.partition(b"-----BEGIN PGP SIGNATURE-----\n\n")
    return head + begin + rest[rest.index(b"\n-----END") :]


def _packet(file: bytes) -> bytes:
    return base64.b64decode(file.split(b"-----BEGIN PGP SIGNATURE-----\n\n")[1].split(b"\n-----END")[0])


def _shape(packet: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The parts of a signature packet that are always the same; the time, salt and signature left out."""
    body = packet[3:] if packet[1] >= 192 else packet[2:]
    return body[:8], body[12:60], body[92:117], packet[:1]


VERIFIES = [
    *(f"verify by-{key}/{ARCHIVE} --keyring keys/pub.gpg" for key in KEYS if key not in ("twin", "sub")),
    *(f"verify by-rsa/{ARCHIVE} --keyring keys/{ring}" for ring in (
        "pub.asc", "pub.kbx", "rsa.sec", "twin.asc", "two.asc", "cut.gpg", "text.gpg", "empty.gpg", "message.asc",
        "secret.txt", "none.gpg", "",
    )),
    f"verify by-rsa/{ARCHIVE}",
    *(f"verify {case}/{ARCHIVE} --keyring keys/pub.gpg" for case in (
        "text", "sum", "archive", "none", "empty", "junk", "cut", "base64", "padding", "header", "dashes", "crlf",
        "nobreak", "badyaml", "nofiles", "listed", "number", "gpg", "subkey", "twice", "unsigned", "wrongkey", "before",
    )),
    "verify renamed/other-0.1.0.tgz --keyring keys/pub.gpg",
    "verify web --keyring keys/pub.gpg",
    "verify keys/pub.gpg --keyring keys/pub.gpg",
    "verify nothere.tgz --keyring keys/pub.gpg",
    "verify",
    "verify a b",
    "verify --keyring keys/pub.gpg",
]  # fmt: skip
PACKAGES = """
package web --sign --keyring keys/rsa.sec
package web --sign --key rsa@example.com --keyring ''
package web --sign --key nobody --keyring keys/rsa.sec
package web --sign --key Rita --keyring keys/rsa.pub
package web --sign --key Rita --keyring keys/none.gpg
package web --sign --key Rita --keyring keys/text.gpg
package web --sign --key Rita --keyring keys/empty.gpg
package web --sign --key Rita --keyring keys/rsa.sec
package web --sign --key Twin --keyring keys/some.sec
package web --sign --key 'Twin Two <two@example.com>' --keyring keys/some.sec
package web --sign --key Timer --keyring keys/some.sec
package web --sign --key Voked --keyring keys/revoked.sec
package web --sign --key Marine --keyring keys/sub.sec
package web --sign --key Marine --keyring keys/sub-only.sec
package web --sign --key Smith --keyring keys/locked.sec
package web --sign --key Smith --keyring keys/locked.sec --passphrase-file keys/secret.txt
package web --sign --key Smith --keyring keys/locked.asc --passphrase-file keys/secret.txt
package web --sign --key Smith --keyring keys/locked.sec --passphrase-file keys/wrong.txt
package web --sign --key Smith --keyring keys/locked.sec --passphrase-file keys/nothing.txt
package web --sign --key Smith --keyring keys/locked.sec --passphrase-file keys/none.txt
package web --sign --key Smith --keyring keys/locked.sec --passphrase-file keys
package web --sign --key Smith --keyring keys/locked.sec --passphrase-file -
package web web --sign --key Smith --keyring keys/locked.sec --passphrase-file -
package web --sign --key Essay --keyring keys/dsa.sec --passphrase-file keys/wrong.txt
package web --sign --key ed@ --keyring keys/ed.sec --passphrase-file keys/wrong.txt
package web --sign --key ed@ --keyring keys/ed.sec --passphrase-file keys/secret.txt --version 0.2.0
package web --key Rita --keyring keys/rsa.sec
""".strip().split("\n")


@pytest.fixture(scope="module")
def cases(gnupg: Gnupg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages signed by each key, and packages with every fault."""
    folder = tmp_path_factory.mktemp("cases")
    for number, key in enumerate(key for key in KEYS if key not in ("twin", "sub")):
        tool = list(TOOLS)[number % 2]
        package = sign(tool, gnupg, key, folder / f"by-{key}")
        shutil.rmtree(package.parent / "keys")
    package = folder / "by-rsa" / ARCHIVE
    data, proof = package.read_bytes(), Path(f"{package}.prov").read_bytes()
    digest = _digest(package)
    listed = f"name: web\n\n...\nfiles:\n  {ARCHIVE}: {digest}\n"
    faults: dict[str, tuple[bytes, bytes]] = {
        "text": (data, proof.replace(b"a web server", b"a web servant")),
        "sum": (data, proof.replace(digest[:12].encode(), b"sha256:00000")),
        "archive": (data[:-1] + b"x", proof),
        "empty": (data, b""),
        "junk": (data, b"hello\n"),
        "cut": (data, proof[:-40]),
        "base64": (data, re.sub(rb"(SIGNATURE-----\n\n....)", rb"\1!", proof)),
        "padding": (data, re.sub(rb"(SIGNATURE-----\n\n.{40}).", rb"\1=", proof)),
        "header": (data, proof.replace(b"Hash: SHA512", b"Comment: no")),
        "dashes": (data, proof.replace(b"SIGNED MESSAGE-----", b"SIGNED MESSAGE----- ")),
        "crlf": (data, proof.replace(b"\n", b"\r\n")),
        "nobreak": (data, gnupg.clear_sign("rsa", "no break here\n")),
        "badyaml": (data, gnupg.clear_sign("rsa", "a: b\n\n...\nfiles: [\n")),
        "nofiles": (data, gnupg.clear_sign("rsa", "a: b\n\n...\nimages: {}\n")),
        "listed": (data, gnupg.clear_sign("rsa", "a: b\n\n...\nfiles: [a]\n")),
        "number": (data, gnupg.clear_sign("rsa", f"a: b\n\n...\nfiles: {{{ARCHIVE}: 12}}\n")),
        "gpg": (data, gnupg.clear_sign("rsa", listed)),
        "subkey": (data, gnupg.clear_sign("sub", listed)),
        "twice": (data, proof + b"\n" + proof),
        "unsigned": (data, proof[: proof.index(b"-----BEGIN PGP SIGNATURE")]),
        "wrongkey": (data, Path(f"{folder}/by-dsa/{ARCHIVE}.prov").read_bytes().split(b"-----BEGIN PGP SIGNATURE")[1]),
        "before": (data, b"in front\n" + proof + b"\nbehind\n"),
    }
    mixed = proof[: proof.index(b"-----BEGIN PGP SIGNATURE")] + b"-----BEGIN PGP SIGNATURE" + faults["wrongkey"][1]
    faults["wrongkey"] = (data, mixed)
    for name, (archive, signed) in faults.items():
        (folder / name).mkdir()
        (folder / name / ARCHIVE).write_bytes(archive)
        (folder / name / f"{ARCHIVE}.prov").write_bytes(signed)
    for name, wanted in (("none", ARCHIVE), ("renamed", "other-0.1.0.tgz")):
        (folder / name).mkdir()
        (folder / name / wanted).write_bytes(data)
    (folder / "renamed" / "other-0.1.0.tgz.prov").write_bytes(proof)
    return folder


def furnish(gnupg: Gnupg, cases: Path, folder: Path) -> dict[str, Path]:
    """A home for each tool with the same files."""
    where = homes(folder)
    for home in where.values():
        shutil.copytree(gnupg.rings, home / "keys")
        shutil.copytree(cases, home, dirs_exist_ok=True)
        (home / "web").mkdir()
        (home / "web" / "Chart.yaml").write_text(CHART)
    return where


def differences(lines: list[str], where: dict[str, Path], host: str = "", words: dict[str, str] | None = None) -> str:
    """The lines both tools do not answer alike. Packages that were written are looked at and removed again; after a
    check that failed only ours must have written none."""
    found = []
    for line in lines:
        answers = {}
        for tool, home in where.items():
            status, out, error = play(tool, line, home, words or {}, host)
            files = {str(p.relative_to(home)) for p in home.glob("*.tgz*")}
            if tool == "charthouse" and status and line.startswith("pull"):
                assert not files, line
            answers[tool] = (status, out, error, set() if status and line.startswith("pull") else files)
            for name in files:
                (home / name).unlink()
            shutil.rmtree(home / "out", ignore_errors=True)
        if answers["helm"] != answers["charthouse"]:
            found.append(f"$ {line}\n  helm       {answers['helm']}\n  charthouse {answers['charthouse']}")
    return "\n".join(found)


def play(tool: str, line: str, home: Path, words: dict[str, str], host: str) -> tuple[int, str, str]:
    """As `run`, with what differs by its nature made alike: process numbers, and each tool's corner of a registry."""
    for word, meaning in {**words, "@TOOL": tool}.items():
        line = line.replace(word, meaning)
    status, out, error = run(tool, line, home, host)
    texts = [re.sub(r"(?<=tmpcharts-)\d+", "PID", text) for text in (out, error)]
    for word, meaning in words.items():
        texts = [text.replace(meaning, word) for text in texts]
    texts = [re.sub(rf"(?<=[/:])({tool})(?=[/:\s])", "@TOOL", text) for text in texts]
    return status, texts[0], texts[1]


def test_checks_say_what_helm_says(gnupg: Gnupg, cases: Path, tmp_path: Path) -> None:
    assert differences(VERIFIES, furnish(gnupg, cases, tmp_path)) == ""


def test_signing_says_what_helm_says(gnupg: Gnupg, cases: Path, tmp_path: Path) -> None:
    assert differences(PACKAGES, furnish(gnupg, cases, tmp_path)) == ""


def at_a_terminal(tool: str, home: Path, typed: bytes) -> tuple[int, bytes, bytes]:
    """Exit status, what was printed, and what the terminal showed, when `typed` answers the question."""
    import pty
    import select

    master, slave = pty.openpty()
    words = ["package", "web", "--sign", "--key", "Smith", "--keyring", "keys/locked.sec"]
    process = subprocess.Popen(
        [*TOOLS[tool], *words], cwd=home, env={"HOME": str(home), "PATH": os.environ["PATH"]},
        stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    asked = b""
    while not asked.endswith(b">  "):
        assert select.select([process.stdout], [], [], 30)[0], asked
        asked += os.read(process.stdout.fileno(), 100)
    import time

    time.sleep(0.3)  # the question comes before the echo is turned off
    os.write(master, typed)
    rest = process.communicate(timeout=60)[0]
    shown = os.read(master, 100) if select.select([master], [], [], 0.2)[0] else b""
    os.close(slave)
    os.close(master)
    text = (asked + rest).replace(str(home).encode(), b"<home>").splitlines()
    return process.returncode, b"\n".join(line for line in text if not line.startswith(b"hint:")), shown


def test_passphrases_are_asked_for_at_the_terminal(gnupg: Gnupg, cases: Path, tmp_path: Path) -> None:
    where = furnish(gnupg, cases, tmp_path)
    for typed in (b"secret\n", b"wrong\n"):
        answers = {tool: at_a_terminal(tool, home, typed) for tool, home in where.items()}
        assert answers["helm"] == answers["charthouse"]
        assert b'Password for key "Lock Smith <locked@example.com>" >  ' in answers["helm"][1]
        assert typed.strip() not in answers["charthouse"][2]


def test_the_default_keyring_is_gnupgs(gnupg: Gnupg, cases: Path, tmp_path: Path) -> None:
    where = furnish(gnupg, cases, tmp_path)
    line = f"verify by-ed/{ARCHIVE}"
    for ring in ("none", "kbx", "gpg"):
        for home in where.values():
            (home / ".gnupg").mkdir(exist_ok=True)
            if ring != "none":
                shutil.copy(gnupg.rings / f"pub.{ring}", home / ".gnupg" / f"pubring.{ring}")
        assert differences([line], where) == "", ring
    assert run("charthouse", line, where["charthouse"], "")[0] == 0


RING = "--keyring keys/pub.gpg"
FROM_REPOSITORY = f"""
repo add plain @PLAIN
pull plain/web --prov
pull plain/pear --prov
pull plain/web --verify {RING}
pull plain/web --verify --keyring keys/none.gpg
pull plain/web --verify --keyring keys/twin.asc
pull plain/web --verify
pull plain/pear --verify {RING}
pull plain/bad --verify {RING}
pull plain/swap --verify {RING}
pull @PLAIN/web-0.1.0.tgz --verify {RING}
pull @PLAIN/bad-0.1.0.tgz --verify {RING}
pull web --repo @PLAIN --verify {RING}
pull plain/web --verify {RING} --untar --untardir out
template t plain/web --verify {RING}
template t plain/web --verify {RING}
template t plain/bad --verify {RING}
template t plain/bad --verify {RING}
template t plain/pear --verify {RING}
template t by-rsa/{ARCHIVE} --verify {RING}
template t none/{ARCHIVE} --verify {RING}
template t web --verify {RING}
template t @PLAIN/web-0.1.0.tgz --verify {RING}
show chart plain/web --verify {RING}
show values plain/pear --verify {RING}
show readme plain/bad --verify {RING}
show all plain/swap --verify {RING}
install t plain/bad --verify {RING} --dry-run=client
dependency update signed --verify {RING}
dependency build signed --verify {RING}
dependency update signed --verify --keyring keys/none.gpg
dependency update mixed --verify {RING}
dependency update mixed
dependency build mixed --verify {RING}
dependency update broken --verify {RING}
dependency update broken
dependency build broken --verify {RING}
""".strip().split("\n")
FROM_REGISTRY = f"""
push by-rsa/{ARCHIVE} oci://@OPEN/@TOOL --plain-http
push none/{ARCHIVE} oci://@OPEN/@TOOL/none --plain-http
push text/{ARCHIVE} oci://@OPEN/@TOOL/bad --plain-http
pull oci://@OPEN/@TOOL/web --plain-http --prov
pull oci://@OPEN/@TOOL/none/web --plain-http --prov
pull oci://@OPEN/@TOOL/web --plain-http --verify {RING}
pull oci://@OPEN/@TOOL/web --plain-http --verify {RING} --version 0.1.0
pull oci://@OPEN/@TOOL/web --plain-http --verify --keyring keys/twin.asc
pull oci://@OPEN/@TOOL/none/web --plain-http --verify {RING}
pull oci://@OPEN/@TOOL/bad/web --plain-http --verify {RING}
pull oci://@OPEN/@TOOL/web:0.1.0 --plain-http --verify {RING} --untar --untardir out
template t oci://@OPEN/@TOOL/web --plain-http --verify {RING}
template t oci://@OPEN/@TOOL/web --plain-http --verify {RING}
template t oci://@OPEN/@TOOL/bad/web --plain-http --verify {RING}
template t oci://@OPEN/@TOOL/none/web --plain-http --verify {RING}
show chart oci://@OPEN/@TOOL/web --plain-http --verify {RING}
dependency update remote --plain-http --verify {RING}
dependency build remote --plain-http --verify {RING}
dependency update bare --plain-http --verify {RING}
dependency update bare --plain-http
dependency build bare --plain-http --verify {RING}
""".strip().split("\n")


def test_charts_from_repositories_are_checked(gnupg: Gnupg, cases: Path, tmp_path: Path) -> None:
    where = furnish(gnupg, cases, tmp_path)
    served = tmp_path / "served"
    for name in ("web", "pear", "bad", "swap"):
        chart = tmp_path / "charts" / name
        chart.mkdir(parents=True)
        (chart / "Chart.yaml").write_text(CHART.replace("name: web", f"name: {name}"))
        keyring = f"--sign --key rsa@example.com --keyring {gnupg.rings}/rsa.sec" if name != "pear" else ""
        assert run("charthouse", f"package {chart} -d {served} {keyring}", tmp_path, "")[0] == 0
    proof = (served / "bad-0.1.0.tgz.prov").read_bytes()
    (served / "bad-0.1.0.tgz.prov").write_bytes(proof.replace(b"a web server", b"a mad server"))
    shutil.copy(served / "web-0.1.0.tgz.prov", served / "swap-0.1.0.tgz.prov")
    assert run("charthouse", f"repo index {served}", tmp_path, "")[0] == 0
    wanted = {"signed": ("web",), "mixed": ("web", "pear"), "broken": ("bad",)}
    with Repository(served) as server:
        for home in where.values():
            for name, needs in wanted.items():
                (home / name).mkdir()
                listed = "".join(
                    f"- {{name: {n}, version: 0.1.0, repository: '{server.address}/plain'}}\n" for n in needs
                )
                (home / name / "Chart.yaml").write_text(
                    f"apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n{listed}"
                )
        assert differences(FROM_REPOSITORY, where, server.address) == ""


def test_charts_from_registries_are_checked(gnupg: Gnupg, cases: Path, tmp_path: Path) -> None:
    where = furnish(gnupg, cases, tmp_path)
    process, address = start(tmp_path / "registry", htpasswd=False)
    try:
        for tool, home in where.items():
            for name, place in {"remote": tool, "bare": f"{tool}/none"}.items():
                (home / name).mkdir()
                listed = f"[{{name: web, version: 0.1.0, repository: 'oci://{address}/{place}'}}]"
                text = f"apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: {listed}\n"
                (home / name / "Chart.yaml").write_text(text)
        assert differences(FROM_REGISTRY, where, "", {"@OPEN": address}) == ""
        for tool, other in (("helm", "charthouse"), ("charthouse", "helm")):  # and what the other one pushed
            line = f"pull oci://@OPEN/{other}/web --plain-http --verify {RING}"
            assert play(tool, line, where[tool], {"@OPEN": address}, "")[0] == 0
    finally:
        process.kill()
        process.wait()
