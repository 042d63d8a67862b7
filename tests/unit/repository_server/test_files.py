"""ETags, conditional requests, ranges, HEAD; and that only the repository's files are served."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from charthouse.repository_server.requests import Answer
from charthouse.repository_server.site import Site
from tests.unit.repository_server.archives import chart, signed
from tests.unit.repository_server.sites import ask, content, site

DATA = chart()
TAR = "/charts/apple-1.0.0.tgz"


@pytest.fixture
def shop(tmp_path: Path) -> Site:
    (tmp_path / "apple-1.0.0.tgz").write_bytes(DATA)
    (tmp_path / "apple-1.0.0.tgz.prov").write_bytes(signed())
    os.utime(tmp_path / "apple-1.0.0.tgz", (1_700_000_000, 1_700_000_000))
    return site(tmp_path)


def header(answer: Answer, name: str) -> str:
    return dict(answer.headers).get(name, "")


ETAG = header  # what an answer says its version is
N = len(DATA)
RANGES = [
    ("bytes=0-0", 206, (0, 1)), ("bytes=0-", 206, (0, N)), ("bytes=5-9", 206, (5, 10)), ("bytes=-3", 206, (N - 3, N)),
    (f"bytes=-{N + 9}", 206, (0, N)), (f"bytes=10-{N + 9}", 206, (10, N)), (f"bytes={N}-", 416, (0, 0)),
    ("bytes=-0", 416, (0, 0)), ("bytes=9-5", 200, (0, N)), ("bytes=0-1,3-4", 200, (0, N)), ("lines=0-1", 200, (0, N)),
    ("bytes=x-1", 200, (0, N)), ("bytes", 200, (0, N)), ("bytes=-", 200, (0, N)), ("bytes=+1-2", 200, (0, N)),
    (f"bytes={'9' * 30}-", 200, (0, N)), ("bytes=1-²", 200, (0, N)), ("BYTES = 1 - 2", 206, (1, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "status", "part"), RANGES)
def test_ranges(shop: Site, wanted: str, status: int, part: tuple[int, int]) -> None:
    answer = ask(shop, "GET", TAR, range=wanted)
    data = content(answer)
    assert (answer.status, data) == (status, DATA[part[0] : part[1]])
    assert answer.length == len(data)
    if status == 206:
        assert header(answer, "Content-Range") == f"bytes {part[0]}-{part[1] - 1}/{N}"
    if status == 416:
        assert header(answer, "Content-Range") == f"bytes */{N}"


def test_ranges_of_what_changed_give_everything(shop: Site) -> None:
    etag = header(ask(shop, "GET", TAR), "ETag")
    for condition, status in (
        (etag, 206), ('"other"', 200), (f"W/{etag}", 200), ("Tue, 14 Nov 2023 22:13:20 GMT", 206),
        ("Tue, 14 Nov 2023 22:13:21 GMT", 200), ("nonsense", 200),
    ):  # fmt: skip
        assert ask(shop, "GET", TAR, range="bytes=0-1", if_range=condition).status == status


def test_what_the_client_has_is_not_sent_again(shop: Site) -> None:
    for path in (TAR, f"{TAR}.prov", "/index.yaml"):
        first = ask(shop, "GET", path)
        etag, modified = header(first, "ETag"), header(first, "Last-Modified")
        content(first)
        for headers, status in (
            ({"if_none_match": etag}, 304), ({"if_none_match": f'"x", W/{etag}'}, 304), ({"if_none_match": "*"}, 304),
            ({"if_none_match": '"x"'}, 200), ({"if_modified_since": modified}, 304),
            ({"if_modified_since": "Mon, 01 Jan 1990 00:00:00 GMT"}, 200), ({"if_modified_since": "nonsense"}, 200),
            ({"if_none_match": '"x"', "if_modified_since": modified}, 200),
        ):  # fmt: skip
            answer = ask(shop, "GET", path, b"", **headers)
            assert (answer.status, header(answer, "ETag")) == (status, etag)
            assert bool(content(answer)) == (status == 200)


def test_head_says_what_get_sends(shop: Site) -> None:
    for path in (TAR, f"{TAR}.prov", "/index.yaml", "/api/charts", "/", "/health", "/chart/apple"):
        got, head = ask(shop, "GET", path), ask(shop, "HEAD", path)
        assert (got.status, got.headers, got.length, len(got.body)) == (
            head.status, head.headers, head.length, len(head.body),
        )  # fmt: skip
        content(got)
        content(head)


def test_a_replaced_archive_has_another_etag_and_one_being_read_stays_whole(shop: Site, tmp_path: Path) -> None:
    first = ask(shop, "GET", TAR)
    other = chart(more="home: https://x.y\n")
    assert ask(shop, "POST", "/api/charts?force", other).status == 201
    second = ask(shop, "GET", TAR)
    assert header(first, "ETag") != header(second, "ETag")
    assert content(first) == DATA
    assert content(second) == other


@pytest.mark.parametrize(
    "path",
    [
        "/charts/.charthouse/read.jsonl", "/charts/.charthouse%2fread.jsonl", "/charts/..%2f..%2fetc%2fpasswd.tgz",
        "/charts/%2e%2e.tgz", "/charts/x%00.tgz", "/charts//etc/x.tgz", "/charts/secret.txt.tgz", "/charts/%ff.tgz",
        "/charts/link-1.0.0.tgz", "/charts/folder-1.0.0.tgz", "/charts/pipe-1.0.0.tgz", "/charts/-x.tgz",
    ],
)  # fmt: skip
def test_nothing_else_is_served(shop: Site, tmp_path: Path, path: str) -> None:
    (tmp_path / "link-1.0.0.tgz").symlink_to("/nowhere")
    (tmp_path / "folder-1.0.0.tgz").mkdir()
    os.mkfifo(tmp_path / "pipe-1.0.0.tgz")
    assert ask(shop, "GET", path).status in (404, 500)
