"""Registries without a network: references, credentials, challenges, versions, and what is refused."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from charthouse.charts.metadata import Maintainer, Metadata
from charthouse.distribution.access import Access
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.fetch import Fetched
from charthouse.distribution.registry.charts import CHART, CONFIG, image_annotations, pull, push, resolve, versions
from charthouse.distribution.registry.credentials import Credential, Store
from charthouse.distribution.registry.reference import Reference, parse
from charthouse.distribution.registry.session import Session

REFERENCES = [
    ("oci://h/a/b", Reference("h", "a/b")),
    ("h:5000/a:1.0.0+x", Reference("h:5000", "a", "1.0.0_x")),
    ("h/a@sha256:12", Reference("h", "a", "", "sha256:12")),
    ("h/a:1@sha256:12", Reference("h", "a", "1", "sha256:12")),
    ("h/a__b-c.d/e--f", Reference("h", "a__b-c.d/e--f")),
]


@pytest.mark.parametrize(("text", "found"), REFERENCES)
def test_references(text: str, found: Reference) -> None:
    assert parse(text) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h", "missing registry or repository"),
        ("h/A", 'invalid repository "A"'),
        ("h/a___b", 'invalid repository "a___b"'),
        ("h/a//b", 'invalid repository "a//b"'),
        ("h/a/../b", 'invalid repository "a/../b"'),
        ("h/-a", 'invalid repository "-a"'),
        ("h/a:-1", 'invalid tag "-1"'),
        ("h!x y/a", 'invalid registry "h!x y"'),
        ("u@h/a", "missing registry or repository"),
    ],
)
def test_what_is_no_reference(text: str, message: str) -> None:
    with pytest.raises(DistributionError, match=r"^invalid reference: ") as caught:
        parse(text)
    assert str(caught.value) == f"invalid reference: {message}"


class Registry:
    """A fetcher that answers from a table; unknown requests are 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[dict[str, str], bytes | None], Fetched]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    def request(
        self, method: str, url: str, access: Access, *, headers: list[tuple[str, str]] | None = None,
        body: bytes | None = None, progress: object = None, largest: int = 0,
    ) -> Fetched:  # fmt: skip
        found = dict(headers or [])
        self.seen.append((f"{method} {url}", found))
        answer = self.answers.get(f"{method} {url.partition('?')[0]}")
        return answer(found, body) if answer else Fetched(404, "Not Found", {}, b"", url)

    def give(self, line: str, body: bytes, status: int = 200, **headers: str) -> None:
        url = line.partition(" ")[2]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[line] = lambda sent, sent_body: Fetched(status, "X", named, body, url)

    def session(self, credential: Credential | None = None) -> Session:
        return Session("h", self, credential=lambda host: credential or Credential(), access=Access())  # type: ignore[arg-type]  # a stand-in


def challenged(challenge: str, token: str) -> Callable[[dict[str, str], bytes | None], Fetched]:
    def answer(sent: dict[str, str], body: bytes | None) -> Fetched:
        if sent.get("Authorization") == token:
            return Fetched(200, "OK", {}, b'{"tags": ["1.0.0"]}', "https://h/v2/a/tags/list")
        return Fetched(401, "Unauthorized", {"www-authenticate": challenge}, b"", "https://h/v2/a/tags/list")

    return answer


TAGS = "GET https://h/v2/a/tags/list"
BEARER = 'Bearer realm="https://auth.h/token",service="s"'


def test_basic() -> None:
    registry = Registry()
    registry.answers[TAGS] = challenged('Basic realm="x"', "Basic dTpw")
    assert versions(Reference("h", "a"), registry.session(Credential("u", "p"))) == ["1.0.0"]
    with pytest.raises(FetchFailed, match="basic credential not found") as caught:
        versions(Reference("h", "a"), registry.session())
    assert caught.value.hint == "`charthouse registry login h`"


def test_bearer_is_asked_for_once_and_scoped() -> None:
    registry = Registry()
    registry.answers[TAGS] = challenged(BEARER, "Bearer t")
    registry.give("GET https://auth.h/token", b'{"token": "t"}')
    session = registry.session(Credential("u", "p"))
    assert versions(Reference("h", "a"), session) == versions(Reference("h", "a"), session) == ["1.0.0"]
    assert [line for line, _ in registry.seen] == [
        TAGS, "GET https://auth.h/token?scope=repository%3Aa%3Apull&service=s", TAGS, TAGS,
    ]  # fmt: skip
    assert registry.seen[1][1]["Authorization"] == "Basic dTpw"


def test_a_refresh_token_is_exchanged() -> None:
    registry = Registry()
    registry.answers[TAGS] = challenged(BEARER, "Bearer t")
    registry.give("POST https://auth.h/token", b'{"access_token": "t"}')
    assert versions(Reference("h", "a"), registry.session(Credential(refresh_token="r"))) == ["1.0.0"]


REALMS = [
    ("http://auth.h/token", "uses http but registry was contacted over https"),
    ("ftp://auth.h/token", 'uses unsupported scheme "ftp"'),
    ("https://169.254.169.254/latest", "is a loopback, link-local, private, or unspecified address"),
    ("https://10.0.0.1/token", "is a loopback, link-local, private, or unspecified address"),
]


@pytest.mark.parametrize(("realm", "message"), REALMS)
def test_who_must_not_hear_the_password(realm: str, message: str) -> None:
    registry = Registry()
    registry.answers[TAGS] = challenged(f'Bearer realm="{realm}"', "never")
    with pytest.raises(FetchFailed, match=message):
        versions(Reference("h", "a"), registry.session(Credential("u", "p")))
    assert [line for line, _ in registry.seen] == [TAGS]


def test_errors_are_told_in_the_registrys_words() -> None:
    registry = Registry()
    body = {"errors": [{"code": "DENIED", "message": "not you", "detail": {"a": 1}}, {"code": "TOO_MANY"}]}
    registry.give(TAGS, json.dumps(body).encode(), 403)
    with pytest.raises(FetchFailed) as caught:
        versions(Reference("h", "a"), registry.session())
    assert str(caught.value) == (
        'GET "https://h/v2/a/tags/list": response status code 403: denied: not you: map[a:1]; too many'
    )


def test_versions_page_by_page() -> None:
    registry = Registry()
    registry.give(TAGS, b'{"tags": ["1.0.0", "latest", "v1"]}', link='</v2/a/tags/more>; rel="next"')
    registry.give("GET https://h/v2/a/tags/more", b'{"tags": ["1.10.0_b", "1.9.0"]}')
    assert versions(Reference("h", "a"), registry.session()) == ["1.10.0+b", "1.9.0", "1.0.0"]


CHOSEN = [
    ("", "1.2.0", "a-1.2.0.tgz"), ("^0", "0.9.0_b", "a-0.9.0+b.tgz"), (">0.0.0-0", "2.0.0-rc1", "a-2.0.0-rc1.tgz"),
    ("7.7.7", "7.7.7", "a-7.7.7.tgz"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "tag", "name"), CHOSEN)
def test_which_version_is_meant(wanted: str, tag: str, name: str) -> None:
    registry = Registry()
    registry.give(TAGS, b'{"tags": ["1.2.0", "0.9.0_b", "2.0.0-rc1"]}')
    found, file_name = resolve("oci://h/a", wanted, lambda host: registry.session())
    assert (found.tag, file_name) == (tag, name)


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def serve(registry: Registry, archive: bytes, *, sent: bytes | None = None) -> None:
    config = b"{}"
    manifest = json.dumps(
        {
            "config": {"mediaType": CONFIG, "digest": digest(config), "size": 2},
            "layers": [{"mediaType": CHART, "digest": digest(archive), "size": len(archive)}],
        }
    ).encode()
    registry.give("GET https://h/v2/a/manifests/1.0.0", manifest)
    registry.give(f"GET https://h/v2/a/blobs/{digest(archive)}", archive if sent is None else sent)


def test_pulling() -> None:
    registry = Registry()
    serve(registry, b"archive")
    assert pull(Reference("h", "a", "1.0.0"), registry.session()).chart == b"archive"


@pytest.mark.parametrize("sent", [b"", b"archiv", b"Archive", b"archive and more"])
def test_what_is_not_what_its_digest_says_is_never_taken(sent: bytes) -> None:
    registry = Registry()
    serve(registry, b"archive", sent=sent)
    with pytest.raises(DistributionError, match=r"^the registry sent \d+ bytes"):
        pull(Reference("h", "a", "1.0.0"), registry.session())


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{}", b'{"layers": 7}', b'{"config": {"mediaType": "x"}, "layers": [null]}', b"\xff"]
)
def test_damaged_manifests(manifest: bytes) -> None:
    registry = Registry()
    registry.give("GET https://h/v2/a/manifests/1.0.0", manifest)
    with pytest.raises(DistributionError):
        pull(Reference("h", "a", "1.0.0"), registry.session())


def test_annotations() -> None:
    metadata = Metadata("web", "1.0.0")
    metadata.description = "A web"
    metadata.maintainers = [Maintainer("Ann", "a@x.y"), None, Maintainer("Bob")]
    metadata.annotations = {"org.opencontainers.image.title": "no", "z": "1"}
    assert image_annotations(metadata, "2020-01-01T00:00:00Z") == {
        "org.opencontainers.image.authors": "Ann (a@x.y), Bob",
        "org.opencontainers.image.created": "2020-01-01T00:00:00Z",
        "org.opencontainers.image.description": "A web",
        "org.opencontainers.image.title": "web",
        "org.opencontainers.image.version": "1.0.0",
        "z": "1",
    }


def test_pushing_what_is_there_already_only_tags_it() -> None:
    registry = Registry()
    metadata = Metadata("a", "1.0.0")

    def there(sent: dict[str, str], body: bytes | None) -> Fetched:
        return Fetched(200, "OK", {}, b"", "https://h")

    registry.answers = {"PUT https://h/v2/a/manifests/1.0.0": there}
    for blob in (b"data", json.dumps({"name": "a", "version": "1.0.0"}, separators=(",", ":")).encode()):
        registry.answers[f"HEAD https://h/v2/a/blobs/{digest(blob)}"] = there
    reference = Reference("h", "a", "1.0.0")
    first = push(b"data", metadata, reference, registry.session(), created="t")
    assert [seen.partition(" ")[0] for seen, _ in registry.seen] == ["HEAD", "HEAD", "HEAD", "PUT"]
    registry.seen.clear()
    registry.answers[f"HEAD https://h/v2/a/manifests/{first.digest}"] = there
    assert push(b"data", metadata, reference, registry.session(), created="t") == first
    assert [seen.partition(" ")[0] for seen, _ in registry.seen] == ["HEAD", "PUT"]


def test_credentials_are_dockers(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    store = Store(str(path), {"HOME": str(tmp_path)})
    assert not store.get("h:5000")
    store.put("h:5000", Credential("u", "p:q"))
    store.put("t", Credential(refresh_token="r"))
    assert json.loads(path.read_text()) == {"auths": {"h:5000": {"auth": "dTpwOnE="}, "t": {"identitytoken": "r"}}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert store.get("h:5000") == Credential("u", "p:q")
    assert store.get("t") == Credential(refresh_token="r")
    store.delete("h:5000")
    assert not store.get("h:5000")
    docker = tmp_path / ".docker"
    docker.mkdir()
    (docker / "config.json").write_text('{"auths": {"https://old/v1/": {"auth": "YTpi"}}}')
    assert store.get("old") == Credential("a", "b")
    assert "p:q" not in repr(Credential("u", "p:q"))


@pytest.mark.parametrize("text", ["{", '{"auths": {"h": {"auth": "eA=="}}}', '{"auths": {"h": {"auth": "abc"}}}'])
def test_damaged_credentials(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(DistributionError, match="invalid config format"):
        Store(str(path), {}).get("h")


def test_a_helper_keeps_them(tmp_path: Path) -> None:
    path, program = tmp_path / "config.json", tmp_path / "docker-credential-box"
    path.write_text('{"credsStore": "none", "credHelpers": {"h": "box"}}')
    program.write_text(f'#!/bin/sh\ntee -a {tmp_path}/said >/dev/null\necho "$1" >> {tmp_path}/said\n'
                       'test "$1" = get && echo \'{"Username": "u", "Secret": "s"}\'\nexit 0\n')  # fmt: skip
    program.chmod(0o755)
    store = Store(str(path), {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert store.get("h") == Credential("u", "s")
    store.put("h", Credential("n", "o"))
    store.delete("h")
    assert (tmp_path / "said").read_text() == (
        'hget\n{"ServerURL": "h", "Username": "n", "Secret": "o"}store\nherase\n'
    )
    with pytest.raises(DistributionError, match=r'exec: "docker-credential-none": executable file not found in \$PATH'):
        store.get("other")


def test_a_machine_s_own_keychain_is_found(tmp_path: Path) -> None:
    path, program = tmp_path / "config.json", tmp_path / "docker-credential-secretservice"
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\ntest $1 = get || exit 0\necho credentials not found in native keychain\nexit 1\n"
    )
    program.chmod(0o755)
    store = Store(str(path), {"PATH": f"{tmp_path}:/bin"})
    assert not store.get("h")
    store.put("h", Credential("n", "o"))
    assert path.read_text() == '{\n\t"auths": {},\n\t"credsStore": "secretservice"\n}'
    path.write_text('{"auths": {"other": {"auth": "YTpi"}}}')
    store.put("h", Credential("n", "o"))
    assert json.loads(path.read_text())["auths"] == {"h": {"auth": "bjpv"}, "other": {"auth": "YTpi"}}


def test_a_damaged_file_of_docker_is_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    assert not Store(str(tmp_path / "none.json"), {"DOCKER_CONFIG": str(tmp_path)}).get("h")


def test_what_else_a_file_holds_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"z": {"b": 1, "a": "<&>"}, "auths": {"h": {"auth": "YTpi", "email": "e"}}, "HttpHeaders": {}}')
    Store(str(path), {}).put("b", Credential("n", "o"))
    assert path.read_text() == (
        '{\n\t"HttpHeaders": {},\n\t"auths": {\n\t\t"b": {\n\t\t\t"auth": "bjpv"\n\t\t},\n'
        '\t\t"h": {\n\t\t\t"auth": "YTpi",\n'
        '\t\t\t"email": "e"\n\t\t}\n\t},\n\t"z": {\n\t\t"b": 1,\n\t\t"a": "\\u003c\\u0026\\u003e"\n\t}\n}'
    )
    with pytest.raises(DistributionError, match="bad credential format: colons"):
        Store(str(path), {}).put("b", Credential("n:m", "o"))
