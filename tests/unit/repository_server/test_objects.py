"""A bucket as storage, through fsspec's memory and local file systems."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from charthouse.logs import silent
from charthouse.repository_server.access import Access
from charthouse.repository_server.api import Api
from charthouse.repository_server.catalogue import Catalogue
from charthouse.repository_server.contents import Contents
from charthouse.repository_server.errors import StorageError
from charthouse.repository_server.journal import Journal
from charthouse.repository_server.objects import Objects, is_address
from charthouse.repository_server.pages import Pages
from charthouse.repository_server.site import Site
from charthouse.repository_server.uploads import Policy
from tests.unit.repository_server.archives import chart, signed
from tests.unit.repository_server.sites import ask, content
from tests.unit.repository_server.stories import BOUNDARY, form

FORM = f"multipart/form-data; boundary={BOUNDARY}"


def bucket(address: str, journal: Path, now: list[float]) -> Site:
    known = Catalogue(
        Objects(address), journal=Journal(str(journal), prefix="", log=silent), log=silent, clock=time.time_ns,
        monotonic=lambda: now[0],
    )  # fmt: skip
    known.open()
    contents = Contents(known.storage)
    return Site(
        known, Access(monotonic=time.monotonic), Api(known, contents, Policy()), Pages(known, contents), silent
    )  # fmt: skip


@pytest.mark.parametrize("protocol", ["memory", "file"])
def test_a_bucket_is_a_repository(protocol: str, tmp_path: Path) -> None:
    address = f"memory://{tmp_path.name}/charts" if protocol == "memory" else f"file://{tmp_path}/charts"
    (tmp_path / "charts").mkdir()
    now = [0.0]
    shop = bucket(address, tmp_path / "j", now)
    assert b"entries: {}" in content(ask(shop, "GET", "/index.yaml"))
    assert ask(shop, "POST", "/api/charts", chart()).status == 201
    assert ask(shop, "POST", "/api/charts", chart()).status == 409
    both = form(chart=chart(version="1.1.0"), prov=signed(version="1.1.0"))
    assert ask(shop, "POST", "/api/charts", both, content_type=FORM).status == 201
    first = ask(shop, "GET", "/charts/apple-1.1.0.tgz")
    assert content(first) == chart(version="1.1.0")
    assert content(ask(shop, "GET", "/charts/apple-1.1.0.tgz", range="bytes=3-9")) == chart(version="1.1.0")[3:10]
    assert ask(shop, "GET", "/charts/apple-1.1.0.tgz", if_none_match=dict(first.headers)["ETag"]).status == 304
    assert content(ask(shop, "GET", "/charts/apple-1.1.0.tgz.prov")) == signed(version="1.1.0")
    assert ask(shop, "GET", "/charts/apple-9.tgz").status == 404
    assert b"How to <em>use</em> it." in ask(shop, "GET", "/chart/apple").body
    assert ask(shop, "DELETE", "/api/charts/apple/1.1.0").status == 200
    assert ask(shop, "DELETE", "/api/charts/apple/1.1.0").status == 404
    index = content(ask(shop, "GET", "/index.yaml"))
    assert index.count(b"    version: ") == 1
    # What another one puts there is seen after a while, and at the next start.
    other = bucket(address, tmp_path / "other", [0.0])
    assert content(ask(other, "GET", "/index.yaml")) == index
    assert ask(other, "POST", "/api/charts", chart("pear")).status == 201
    assert content(ask(shop, "GET", "/index.yaml")) == index
    now[0] = 31.0
    assert b"\n  pear:\n" in content(ask(shop, "GET", "/index.yaml"))
    assert content(ask(bucket(address, tmp_path / "j", now), "GET", "/index.yaml")) == content(
        ask(other, "GET", "/index.yaml")
    )


def test_a_storage_that_fails_is_said_without_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = bucket(f"file://{tmp_path}", tmp_path / "j", [0.0])

    def fail(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", "s3://user:secret@bucket")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.pipe_file", fail)
    answer = ask(shop, "POST", "/api/charts", chart())
    assert (answer.status, answer.body) == (500, b'{"error":"the storage does not answer"}')
    with pytest.raises(StorageError, match=r"^write file://.*/apple-1.tgz: Permission denied$"):
        shop.catalogue.storage.write("apple-1.tgz", b"")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("s3://bucket/charts", True), ("gs://b", True), ("charts", False), ("/srv/charts", False), ("./a://b", False)],
)
def test_addresses(text: str, wanted: bool) -> None:
    assert is_address(text) == wanted


def test_addresses_are_told_without_passwords() -> None:
    assert Objects("memory://user:secret@host/charts?key=secret").where == "memory://host/charts"


def test_without_fsspec_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(StorageError, match="needs fsspec") as caught:
        Objects("s3://bucket")
    assert "charthouse[objects]" in caught.value.hint
