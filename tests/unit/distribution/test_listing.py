"""Tags, pages of them, and the charts below a path, from a registry made of answers."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, cast

import pytest

from charthouse.distribution.access import Access
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.fetch import Fetched, Fetcher
from charthouse.distribution.registry.charts import pull
from charthouse.distribution.registry.credentials import Credential
from charthouse.distribution.registry.listing import Entry, find, list_versions, versions_of
from charthouse.distribution.registry.pages import names
from charthouse.distribution.registry.reference import parse
from charthouse.distribution.registry.session import RegistryRefusal, Session

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def digest(data: bytes) -> str:
    return "sha256:" + sha256(data).hexdigest()


class Answers:
    """A session: answers by path. asked: the paths."""

    host = "h"

    def __init__(self) -> None:
        self.pages: dict[str, tuple[bytes, str]] = {}
        self.asked: list[str] = []

    def ask(self, method: str, path: str, **_: object) -> Fetched:
        path = path.removeprefix("https://h")
        self.asked.append(path)
        if path not in self.pages:
            raise RegistryRefusal(f'GET "https://h{path}": response status code 404: Not Found', status=404)
        body, link = self.pages[path]
        return Fetched(200, "OK", {"link": link} if link else {}, body, f"https://h{path}")

    def tags(self, repository: str, *tags: str) -> None:
        self.pages[f"/v2/{repository}/tags/list"] = (json.dumps({"tags": tags}).encode(), "")

    def chart(self, repository: str, tag: str, *, kind: str = CONFIG, **metadata: Any) -> None:
        config = json.dumps(metadata).encode()
        layers = [{"mediaType": CHART, "digest": "sha256:0", "size": 7}]
        described = {"mediaType": kind, "digest": digest(config), "size": len(config)}
        annotations = {"org.opencontainers.image.created": "2020-01-02T03:04:05Z"}
        manifest = {"config": described, "layers": layers, "annotations": annotations}
        self.pages[f"/v2/{repository}/manifests/{tag}"] = (json.dumps(manifest).encode(), "")
        self.pages[f"/v2/{repository}/blobs/{digest(config)}"] = (config, "")

    @property
    def session(self) -> Session:
        return cast(Session, self)


def test_versions_are_sorted_and_others_left_out() -> None:
    answers = Answers()
    answers.tags("a", "latest", "1.0.0", "1.10.0", "1.9.0-rc1", "v2.0.0", "1.2.0_b1", "sha256-00.sig", "1.2")
    assert versions_of(parse("h/a"), answers.session) == [
        ("1.10.0", "1.10.0"), ("1.9.0-rc1", "1.9.0-rc1"), ("1.2.0+b1", "1.2.0_b1"), ("1.0.0", "1.0.0")
    ]  # fmt: skip


def test_pages_are_followed() -> None:
    answers = Answers()
    answers.pages["/v2/a/tags/list"] = (b'{"tags": ["1.0.0"]}', '</v2/a/tags/list?last=1&n=1>; rel="next"')
    answers.pages["/v2/a/tags/list?last=1&n=1"] = (b'{"tags": null}', "<list?last=2>")
    answers.pages["/v2/a/tags/list?last=2"] = (b'{"tags": ["2.0.0"]}', "")
    assert [version for version, _ in versions_of(parse("h/a"), answers.session)] == ["2.0.0", "1.0.0"]


def test_pages_that_go_round_end() -> None:
    answers = Answers()
    answers.pages["/a"] = (b'{"tags": ["x"]}', "</b>")
    answers.pages["/b"] = (b'{"tags": ["y"]}', "</a>")
    answers.pages["https://h/a"] = answers.pages["/a"]
    with pytest.raises(FetchFailed, match="the list does not end"):
        list(names(answers.session, "https://h/a", "tags", scope=""))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"tags": 7}', b'{"tags": {"a": 1}}', b"[" * 100000])
def test_lists_that_are_none(body: bytes) -> None:
    answers = Answers()
    answers.pages["/a"] = (body, "")
    with pytest.raises(FetchFailed, match="failed to decode response"):
        list(names(answers.session, "/a", "tags", scope=""))


def test_what_is_known_of_versions() -> None:
    answers = Answers()
    answers.chart("a", "1.0.0", name="a", appVersion="7", description="An a", kubeVersion=">1", deprecated=True)
    answers.chart("a", "0.9.0", kind="application/vnd.oci.image.config.v1+json")
    entries = list_versions(parse("h/a"), answers.session, [("1.0.0", "1.0.0"), ("0.9.0", "0.9.0")])
    found = digest(answers.pages["/v2/a/manifests/1.0.0"][0])
    assert entries == [
        Entry("h/a", "1.0.0", "1.0.0", found, 7, "2020-01-02T03:04:05Z", "7", "An a", ">1", True),
        Entry("h/a", "0.9.0", "0.9.0"),
    ]
    assert [entry.is_chart for entry in entries] == [True, False]


def test_charts_below_a_path() -> None:
    answers = Answers()
    listed = ["team/web", "team/image", "team", "teammate/x", "other/y", "team/empty", "team/shut", "Team/Odd"]
    answers.pages["/v2/_catalog"] = (json.dumps({"repositories": listed}).encode(), "")
    for name in ("team/web", "team", "teammate/x", "other/y"):
        answers.tags(name, "1.0.0", "2.0.0-rc1")
        answers.chart(name, "1.0.0", name=name, description="A chart")
    answers.tags("team/image", "1.0.0")
    answers.chart("team/image", "1.0.0", kind="x/y")
    answers.tags("team/empty")

    def look(place: str, keyword: str = "") -> list[str]:
        found = find(place, lambda host: answers.session, suits=lambda v: not v.prerelease, keyword=keyword)
        return [f"{entry.reference} {entry.version}" for entry in found]

    assert look("oci://h/team") == ["h/team 1.0.0", "h/team/web 1.0.0"]
    assert look("oci://h/team/") == look("oci://h/team")
    assert look("oci://h", "X") == ["h/teammate/x 1.0.0"]
    assert look("oci://h", "a chart") == ["h/other/y 1.0.0", "h/team 1.0.0", "h/team/web 1.0.0", "h/teammate/x 1.0.0"]


def test_a_registry_without_a_catalogue() -> None:
    with pytest.raises(FetchFailed, match=r"h does not list its repositories: .*404") as caught:
        find("oci://h/x", lambda host: Answers().session, suits=lambda version: True)
    assert "registry tags" in caught.value.hint


def test_only_the_registry_hears_its_password() -> None:
    """A list that goes on at another host, which asks for a password."""
    asked: list[tuple[str, list[str]]] = []

    class Web:
        def request(self, method: str, url: str, access: Access, *, headers: Any, **_: object) -> Fetched:
            asked.append((url, [value for name, value in headers if name == "Authorization"]))
            if url == "https://h/v2/a/tags/list" and asked[-1][1]:
                return Fetched(200, "OK", {"link": "<https://evil/more>"}, b'{"tags": []}', url)
            return Fetched(401, "Unauthorized", {"www-authenticate": "Basic"}, b"", url)

    session = Session("h", cast(Fetcher, Web()), credential=lambda host: Credential("u", "p"), access=Access())
    with pytest.raises(FetchFailed, match="401"):
        versions_of(parse("h/a"), session)
    assert asked == [
        ("https://h/v2/a/tags/list", []),
        ("https://h/v2/a/tags/list", ["Basic dTpw"]),
        ("https://evil/more", []),
    ]


DEEP = [b"[" * 200_000, b'{"a":' * 100_000]


@pytest.mark.parametrize("body", DEEP)
def test_answers_deeper_than_python_reads(body: bytes) -> None:
    answers = Answers()
    answers.pages["/v2/a/manifests/1.0.0"] = (body, "")
    with pytest.raises(DistributionError, match="cannot be read"):
        list_versions(parse("h/a"), answers.session, [("1.0.0", "1.0.0")])
    with pytest.raises(DistributionError, match="cannot be read"):
        pull(parse("h/a:1.0.0"), answers.session)


def test_a_link_that_is_no_address() -> None:
    answers = Answers()
    answers.pages["/a"] = (b'{"tags": []}', "<http://[::1>")
    with pytest.raises(DistributionError, match="Invalid IPv6 URL"):
        list(names(answers.session, "/a", "tags", scope=""))


def test_indexes_within_indexes_are_not_followed() -> None:
    answers = Answers()
    kind = "application/vnd.oci.image.manifest.v1+json"
    inner = json.dumps({"manifests": [{"mediaType": kind, "digest": digest(b"deepest")}]}).encode()
    outer = json.dumps({"manifests": [{"mediaType": kind, "digest": digest(inner)}]}).encode()
    answers.pages["/v2/a/manifests/1.0.0"] = (outer, "")
    answers.pages[f"/v2/a/manifests/{digest(inner)}"] = (inner, "")
    with pytest.raises(DistributionError, match="minimum number of descriptors"):
        pull(parse("h/a:1.0.0"), answers.session)
    assert answers.asked == ["/v2/a/manifests/1.0.0", f"/v2/a/manifests/{digest(inner)}"]
