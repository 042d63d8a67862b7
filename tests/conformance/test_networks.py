"""Proxies, certificates, token servers, credential helpers and mirrors beside the real helm 4.3.1: the same lines, each
tool in a home of its own. Compared are what is said, the exit status, and what servers and proxies heard.

Needs the peers `helm4`, `docker-registry` and openssl. Names that end in .test exist for the proxy only, since neither
tool asks a proxy for this machine's own addresses.
"""

from __future__ import annotations

import json
import re
import shutil
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.networks.pki import Authority
from tests.conformance.networks.proxy import Proxy
from tests.conformance.networks.tokens import TokenServer
from tests.conformance.repositories.server import Repository
from tests.conformance.repositories.tools import homes, pack_charts, peer, run
from tests.conformance.test_registries import program, start

Line = tuple[str, dict[str, str]]
NAMED = [
    (r"127\.0\.0\.1:\d+->", "127.0.0.1:N->"),
    # What Python does not tell of a certificate that is refused.
    (r' \(possibly because of "x509: .*"\)', ""),
    (r": current time \S+ is after \S+", ""),
]
DIFFERENT = ["pull loose/pear", "pull pear --repo @HERE/far --username anna --password secret"]
"""Helm forgets that a repository was added with --insecure-skip-tls-verify when it downloads a chart of it; and it
sends what --repo was given to whatever host the index names, --pass-credentials or not."""


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    peer()
    return pack_charts(tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    program("openssl")
    return Authority(tmp_path_factory.mktemp("pki") / "ca")


def server_context(certificate: Path, *, clients: Path | None = None) -> ssl.SSLContext:
    """clients: the authority client certificates have to come from."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context


class Stage:
    """A home for each tool, and words that stand for places."""

    def __init__(self, folder: Path, words: Mapping[str, str]) -> None:
        self.homes = homes(folder)
        self.words = words

    def play(self, lines: list[Line], heard: Callable[[], list[tuple[str, ...]]] = list) -> list[str]:
        """What differs. heard: what servers heard since it was last asked."""
        different = []
        for line, variables in lines:
            answers = {}
            for tool, home in self.homes.items():
                heard()
                status, out, error = run(tool, self._filled(line), home, "", self._environment(variables))
                said = [re.sub(r"time=\S+ ", "", self._named(text)) for text in (out, error)]
                answers[tool] = (status, *said, heard())
            if answers["helm"] != answers["charthouse"] and line not in DIFFERENT:
                different.append(
                    f"$ {line} {variables}\n  helm       {answers['helm']}\n  charthouse {answers['charthouse']}"
                )
        return different

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {name: self._filled(value) for name, value in variables.items()}

    def _filled(self, text: str) -> str:
        for word, meaning in self.words.items():
            text = text.replace(word, meaning)
        return text

    def _named(self, text: str) -> str:
        for word, meaning in self.words.items():
            text = text.replace(meaning, word)
        for pattern, instead in NAMED:
            text = re.sub(pattern, instead, text)
        lines = text.splitlines()
        return "\n".join(sorted(lines) if any(line.startswith("...") for line in lines) else lines)


def test_proxies(tmp_path: Path, charts: Path, authority: Authority) -> None:
    tls = server_context(authority.issue("charts"))
    with ExitStack() as stack:
        plain = stack.enter_context(Repository(charts))
        secret = stack.enter_context(Repository(charts, tls=tls))
        ports = {"charts.test:80": plain.port, "charts.test:443": secret.port}
        open_proxy = stack.enter_context(Proxy(ports))
        shut_proxy = stack.enter_context(Proxy(ports, pair="anna:s%cret"))
        words = {
            "@TLS": stack.enter_context(Proxy(ports, pair="a:b", tls=tls)).address.replace("127.0.0.1", "localhost"),
            "@OPEN": open_proxy.address, "@SHUT": shut_proxy.address, "@CA": str(authority.folder / "ca.pem"),
        }  # fmt: skip

        def heard() -> list[tuple[str, ...]]:
            found = [*open_proxy.seen, *(("shut", *entry) for entry in shut_proxy.seen)]
            open_proxy.seen.clear()
            shut_proxy.seen.clear()
            return sorted(found)

        via, web = {"HTTP_PROXY": "http://@OPEN"}, "http://charts.test/plain"
        both = {"HTTPS_PROXY": "http://@OPEN", "HTTP_PROXY": "http://@OPEN"}
        lines: list[Line] = [
            (f"repo add web {web}", via),
            ("repo update", via),
            ("pull web/apple", {"http_proxy": "@OPEN"}),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTP_PROXY": "@OPEN"}),
            (f"pull {web}/apple-0.1.0.tgz", {**via, "NO_PROXY": "charts.test"}),
            (f"pull {web}/apple-0.1.0.tgz", {**via, "NO_PROXY": "*"}),
            (f"pull {web}/apple-0.1.0.tgz", {**via, "no_proxy": "other.test,.charts.test,10.0.0.0/8,charts.test:81"}),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTPS_PROXY": "http://@OPEN"}),
            (f"pull {web}/nope-1.tgz", via),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTP_PROXY": "http://127.0.0.1:1"}),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTP_PROXY": "http://@SHUT"}),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTP_PROXY": "http://anna:wrong@@SHUT"}),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTP_PROXY": "http://anna:s%25cret@@SHUT"}),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", both),
            ("pull https://charts.test/plain/pear-0.2.0.tgz", both),
            ("pull https://charts.test/plain/nope.tgz --ca-file @CA", both),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", {"HTTPS_PROXY": "http://127.0.0.1:1"}),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", {"HTTPS_PROXY": "http://@SHUT"}),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", {"HTTPS_PROXY": "http://a:b@@SHUT"}),
            (
                "pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA",
                {"HTTPS_PROXY": "http://anna:s%25cret@@SHUT"},
            ),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", {"https_proxy": "anna:s%25cret@@SHUT"}),
            (f"pull {web}/apple-0.1.0.tgz --ca-file @CA", {"HTTP_PROXY": "https://a:b@@TLS"}),
            (f"pull {web}/apple-0.1.0.tgz", {"HTTP_PROXY": "https://a:b@@TLS"}),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", {"HTTPS_PROXY": "https://a:b@@TLS"}),
            ("pull https://charts.test/plain/pear-0.2.0.tgz --ca-file @CA", {"HTTPS_PROXY": "https://a:c@@TLS"}),
            ("pull https://charts.test/plain/nope.tgz --ca-file @CA", {"HTTPS_PROXY": "https://a:b@@TLS"}),
            ("pull https://charts.test/plain/pear-0.2.0.tgz", {"HTTPS_PROXY": "https://a:b@@TLS"}),
            ("pull http://anna:secret@charts.test/auth/pear-0.2.0.tgz", {"HTTP_PROXY": "http://anna:s%25cret@@SHUT"}),
        ]
        different = Stage(tmp_path, words).play(lines, heard)
    assert not different, "\n".join(different)


def test_certificates(tmp_path: Path, charts: Path, authority: Authority) -> None:
    other = Authority(tmp_path / "other")
    client = authority.issue("client", usage="clientAuth")
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "text.pem").write_text("hello\n")
    with ExitStack() as stack:

        def begin(context: ssl.SSLContext) -> str:
            return stack.enter_context(Repository(charts, tls=context)).address

        good = authority.issue("server")
        words = {
            "@GOOD": begin(server_context(good)),
            "@OLD": begin(server_context(authority.issue("old", days=-1))),
            "@NAMED": begin(server_context(authority.issue("named", names="DNS:else.test"))),
            "@MUTUAL": begin(server_context(good, clients=authority.folder / "ca.pem")),
            "@CA": str(authority.folder / "ca.pem"),
            "@OTHER": str(other.folder / "ca.pem"),
            "@CLIENT": str(client),
            "@KEY": str(client.with_suffix(".key")),
            "@STRANGER": str(other.issue("stranger", usage="clientAuth")),
            "@DIR": str(tmp_path),
        }
        mine = "--cert-file @CLIENT --key-file @KEY"
        lines: list[Line] = [
            (line, {})
            for line in (
                "repo add good @GOOD/plain",
                "repo add good @GOOD/plain --ca-file @OTHER",
                "repo add good @GOOD/plain --ca-file @DIR/none.pem",
                "repo add good @GOOD/plain --ca-file @DIR/empty.pem",
                "repo add good @GOOD/plain --ca-file @DIR/text.pem",
                "repo add good @GOOD/plain --ca-file @CA",
                "repo add loose @GOOD/plain --insecure-skip-tls-verify",
                "repo update",
                "pull good/apple",
                "pull loose/pear",
                "show chart good/apple",
                "repo add old @OLD/plain --ca-file @CA",
                "repo add old @OLD/plain --insecure-skip-tls-verify",
                "repo add named @NAMED/plain --insecure-skip-tls-verify",
                f"repo add mutual @MUTUAL/plain --ca-file @CA {mine}",
                "repo add mutual2 @MUTUAL/plain --ca-file @CA --cert-file @CLIENT --key-file @DIR/none.key",
                "repo add mutual2 @MUTUAL/plain --ca-file @CA --cert-file @CLIENT --key-file @CLIENT",
                "repo add mutual2 @MUTUAL/plain --ca-file @CA --cert-file @DIR/text.pem --key-file @KEY",
                "pull mutual/apple",
                f"pull @MUTUAL/plain/pear-0.2.0.tgz --ca-file @CA {mine}",
                f"pull pear --repo @MUTUAL/plain --ca-file @CA {mine}",
                f"template t @MUTUAL/plain/pear-0.2.0.tgz --ca-file @CA {mine}",
                "repo list -o yaml",
            )
        ]
        lines.append(("pull @GOOD/plain/pear-0.2.0.tgz", {"SSL_CERT_FILE": "@CA"}))
        different = Stage(tmp_path, words).play(lines)
    assert not different, "\n".join(different)


def test_credentials_stay_where_they_belong(tmp_path: Path, charts: Path) -> None:
    """Two servers; one sends everything on to the other under another name, and lists charts that lie there."""
    with Repository(charts) as other, Repository(charts, elsewhere=f"http://localhost:{other.port}") as server:
        words = {"@HERE": server.address, "@THERE": other.address}
        (charts / "moved").mkdir(exist_ok=True)
        index = (charts / "index.yaml").read_text()
        moved = re.sub(r"(?m)^(\s+- )(\w+-[\w.-]+\.tgz)$", rf"\g<1>{other.address}/auth/\g<2>", index)
        (charts / "moved.yaml").write_text(moved)
        server.indexes["far"] = moved.encode()

        def heard() -> list[tuple[str, ...]]:
            found = [("here", *entry) for entry in server.seen] + [("there", *entry) for entry in other.seen]
            server.seen.clear()
            other.seen.clear()
            return sorted(set(found))

        who = "--username anna --password secret"
        lines: list[Line] = [
            (line, {})
            for line in (
                f"pull pear --repo @HERE/far {who}",
                f"pull pear --repo @HERE/far {who} --pass-credentials",
                f"template t pear --repo @HERE/far {who}",
                f"repo add auth @HERE/auth {who}",
                f"repo add away @HERE/away {who}",
                f"repo add awayall @HERE/away {who} --pass-credentials",
                f"repo add far @HERE/far {who}",
                f"repo add farall @HERE/far {who} --pass-credentials",
                "repo update",
                "pull auth/apple",
                "pull away/apple",
                "pull awayall/apple",
                "pull far/apple",
                "pull farall/apple",
                f"pull apple --repo @HERE/auth {who}",
                f"pull apple --repo @HERE/away {who}",
                f"pull apple --repo @HERE/far {who}",
                f"pull apple --repo @HERE/far {who} --pass-credentials",
                f"template t apple --repo @HERE/far {who}",
                f"template t apple --repo @HERE/far {who} --pass-credentials",
                f"pull @HERE/auth/pear-0.2.0.tgz {who}",
                f"pull @HERE/away/pear-0.2.0.tgz {who}",
                "pull http://anna:secret@127.0.0.1:1/x.tgz",
                f"pull @HERE/404/pear-0.2.0.tgz {who}",
            )
        ]
        different = Stage(tmp_path, words).play(lines, heard)
    assert not different, "\n".join(different)


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[dict[str, str]]:
    """Registries with tokens, encrypted, and in front of another."""
    peer()
    base = tmp_path_factory.mktemp("registries")
    good = authority.issue("registry")
    encrypted = f"tls: {{certificate: {good}, key: {good.with_suffix('.key')}}}"
    with TokenServer(authority) as tokens, TokenServer(authority, oauth=False) as old, ExitStack() as stack:

        def token(server: TokenServer) -> str:
            return (f"auth: {{token: {{realm: '{server.address}', service: registry, issuer: tokens, "
                    f"rootcertbundle: {server.bundle}}}}}\n")  # fmt: skip

        running = {}
        kinds = {"open": "", "token": token(tokens), "old": token(old), "tls": ""}
        for name, more in kinds.items():
            process, address = start(base / name, more=more, http=encrypted if name == "tls" else "")
            stack.callback(process.wait)
            stack.callback(process.kill)
            running[name] = address
        process, running["mirror"] = start(base / "mirror", more=f"proxy: {{remoteurl: 'http://{running['open']}'}}\n")
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield running
        assert {who for _, _, who in tokens.seen} >= {"anna", "nobody", "stranger"}
        assert {method for method, _, _ in tokens.seen} == {"GET", "POST"}


HELPER = """#!/bin/sh
read -r server
test "$1" = get || exit 0
case $server in
@TOKEN) echo '{"ServerURL": "x", "Username": "anna", "Secret": "secret"}';;
@OLD) echo '{"ServerURL": "x", "Username": "<token>", "Secret": "refresh"}';;
*) echo "credentials not found in native keychain"; exit 1;;
esac
"""


def test_registries_behind_tokens(
    tmp_path: Path, registries: dict[str, str], authority: Authority, charts: Path
) -> None:
    words = {f"@{name.upper()}": address for name, address in registries.items()}
    words |= {"@CHARTS": str(charts), "@CA": str(authority.folder / "ca.pem"), "@DIR": str(tmp_path)}
    stage = Stage(tmp_path, words)
    (tmp_path / "bin").mkdir()
    helper = tmp_path / "bin/docker-credential-box"
    helper.write_text(HELPER.replace("@TOKEN", registries["token"]).replace("@OLD", registries["old"]))
    helper.chmod(0o755)
    (tmp_path / "helper.json").write_text('{"credsStore": "box"}')
    (tmp_path / "gone.json").write_text(json.dumps({"credHelpers": {registries["token"]: "gone"}}))
    (tmp_path / "damaged.json").write_text("{")
    (tmp_path / "docker").mkdir()
    shutil.copy(tmp_path / "helper.json", tmp_path / "docker/config.json")
    found = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    lines: list[Line] = [
        ("push @CHARTS/apple-1.0.0.tgz oci://@TOKEN/shut --plain-http", {}),
        ("registry login @TOKEN --plain-http -u anna -p wrong", {}),
        ("registry login @TOKEN --plain-http -u anna -p secret", {}),
        ("push @CHARTS/apple-1.0.0.tgz oci://@TOKEN/shut --plain-http", {}),
        ("push @CHARTS/apple-0.1.0.tgz oci://@TOKEN/open --plain-http", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http", {}),
        ("registry logout @TOKEN", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http", {}),
        ("pull oci://@TOKEN/open/apple --plain-http", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0 --username anna --password secret", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0 --username anna --password wrong", {}),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0 --registry-config @DIR/helper.json", found),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0 --registry-config @DIR/gone.json", found),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0 --registry-config @DIR/damaged.json", found),
        ("pull oci://@TOKEN/shut/apple --plain-http --version 1.0.0", {**found, "DOCKER_CONFIG": "@DIR/docker"}),
        ("registry login @OLD --plain-http -u anna -p secret", {}),
        ("push @CHARTS/apple-1.0.0.tgz oci://@OLD/shut --plain-http", {}),
        ("pull oci://@OLD/shut/apple --plain-http", {}),
        ("registry login @TLS -u anna -p secret", {}),
        ("registry login @TLS -u anna -p secret --ca-file @CA", {}),
        ("registry login @TLS -u anna -p secret --insecure", {}),
        ("registry login @OPEN -u anna -p secret", {}),
        ("push @CHARTS/pear-0.2.0.tgz oci://@TLS/x", {}),
        ("push @CHARTS/pear-0.2.0.tgz oci://@TLS/x --ca-file @CA", {}),
        ("push @CHARTS/pear-0.2.0.tgz oci://@TLS/x --insecure-skip-tls-verify", {}),
        ("pull oci://@TLS/x/pear --ca-file @CA", {}),
        ("pull oci://@TLS/x/pear --insecure-skip-tls-verify", {}),
        ("pull oci://@TLS/x/pear", {}),
        ("pull oci://@TLS/x/pear --plain-http", {}),
        ("push @CHARTS/apple-1.0.0.tgz oci://@OPEN/m --plain-http", {}),
        ("pull oci://@MIRROR/m/apple --plain-http --version 1.0.0", {}),
        ("push @CHARTS/apple-0.1.0.tgz oci://@MIRROR/m --plain-http", {}),
        ("repo add x oci://@OPEN/m", {}),
        ("repo list --registry-config @DIR/damaged.json", {}),
    ]
    different = stage.play(lines)
    assert not different, "\n".join(different)
