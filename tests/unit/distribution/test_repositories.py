"""The repositories file, addresses, and files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from charthouse.distribution import atomic, repositories, urls
from charthouse.distribution.errors import DistributionError, RepositoriesError
from charthouse.distribution.repositories import MissingFile, Repositories, Repository

TEXT = """apiVersion: ""
generated: "0001-01-01T00:00:00Z"
repositories:
- caFile: ""
  certFile: ""
  insecure_skip_tls_verify: false
  keyFile: ""
  name: a
  pass_credentials_all: true
  password: p
  url: https://x.y
  username: u
"""


def test_the_file_is_helms(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "repositories.yaml"
    made = Repositories().with_entry(Repository("a", "https://x.y", "u", "p", pass_all=True))
    made.save(str(path))
    assert path.read_text() == TEXT
    assert path.stat().st_mode & 0o777 == 0o600
    assert repositories.load(str(path)) == made
    assert [p.name for p in path.parent.iterdir()] == ["repositories.yaml"]


def test_replacing_and_removing() -> None:
    made = Repositories((Repository("a", "1"), None, Repository("b", "2"), Repository("a", "3")))
    assert [e and e.url for e in made.with_entry(Repository("a", "9")).entries] == ["9", None, "2", "3"]
    assert [e.url for e in made.without("a").named()] == ["2"]


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    with pytest.raises(
        MissingFile, match=r"^couldn't load repositories file \(.*\): open .*: no such file or directory$"
    ):
        repositories.load(str(path))
    for text, message in (("[1]", "array into Go value of type repo.File"), ("a: [", "error converting YAML to JSON")):
        path.write_text(text)
        with pytest.raises(RepositoriesError, match=message):
            repositories.load(str(path))


RESOLVED = [
    ("https://x.y/r", "a.tgz", "https://x.y/r/a.tgz"),
    ("https://x.y/r/", "../a.tgz", "https://x.y/a.tgz"),
    ("https://x.y/r?t=1", "index.yaml", "https://x.y/r/index.yaml?t=1"),
    ("https://x.y/r", "/a.tgz", "https://x.y/a.tgz"),
    ("https://x.y/r", "http://z/a.tgz", "http://z/a.tgz"),
    ("https://x.y", "a b.tgz", "https://x.y/a b.tgz"),
]


@pytest.mark.parametrize(("base", "reference", "found"), RESOLVED)
def test_addresses_of_charts(base: str, reference: str, found: str) -> None:
    assert urls.resolve(base, reference) == found


def test_joining() -> None:
    assert urls.join("http://x/y/", "z", "a.tgz") == "http://x/y/z/a.tgz"
    assert urls.join("http://x", "a.tgz") == "http://x/a.tgz"
    assert urls.join("", "sub", "a.tgz") == "sub/a.tgz"
    assert urls.equal("http://x", "http://x/")
    assert urls.equal("http://x/a//b", "http://x/a/b")
    assert not urls.equal("http://x/a", "http://x/b")
    assert urls.without_credentials("http://u:p@x/y") == "http://x/y"


def test_nothing_is_half_written(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.mkdir()
    with pytest.raises(DistributionError, match=r"open .*file: is a directory"):
        atomic.write(str(target), b"x", 0o644)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    with pytest.raises(DistributionError, match="no such file or directory"):
        atomic.write(str(tmp_path / "none" / "file"), b"x", 0o644, make_folder=False)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = str(tmp_path / "repositories.yaml")
    assert atomic.lock_path(path) == str(tmp_path / "repositories.lock")
    assert atomic.lock_path("/a.b/file") == "/a.b/file.lock"
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def lock() -> atomic.FileLock:
        return atomic.FileLock(atomic.lock_path(path), sleep=sleep, monotonic=lambda: clock[0])

    with lock(), pytest.raises(DistributionError, match="context deadline exceeded"), lock():
        raise AssertionError("held twice")
    assert 30 <= clock[0] < 31
    with lock():
        assert clock[0] < 31, "free again"
