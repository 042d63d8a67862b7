"""What is refused, and that nothing of it stays."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from charthouse.logs import LogRecord
from charthouse.repository_server.folder import Folder
from charthouse.repository_server.storage import is_name, well_named
from tests.unit.repository_server.archives import archive, chart, signed
from tests.unit.repository_server.sites import ask, content, site
from tests.unit.repository_server.stories import BOUNDARY, form

FORM = f"multipart/form-data; boundary={BOUNDARY}"


def _named(name: str, version: str = "1.0.0") -> bytes:
    return archive({"x/Chart.yaml": f"apiVersion: v2\nname: {name!r}\nversion: {version!r}\n"})


_BOMB = "a: &a [x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1 if i else str()}'] * 9)}]\n" for i in range(9))
BAD = {
    "traversal": (_named("../x"), 'chart.metadata.name "../x" is invalid'),
    "absolute": (_named("/etc/x"), 'chart.metadata.name "/etc/x" is invalid'),
    "hidden": (_named(".x"), ".x-1.0.0.tgz is improperly formatted"),
    "option": (_named("-x"), "-x-1.0.0.tgz is improperly formatted"),
    "space": (_named("a b"), "a b-1.0.0.tgz is improperly formatted"),
    "quote": (_named("a'b"), "a'b-1.0.0.tgz is improperly formatted"),
    "letter": (_named("ä"), "ä-1.0.0.tgz is improperly formatted"),
    "long": (_named("a" * 300), f"{'a' * 300}-1.0.0.tgz is improperly formatted"),
    "version": (_named("x", "../1"), 'chart.metadata.version "../1" is invalid'),
    "member outside": (
        archive({"x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "x/../../y": "z"}),
        "chart illegally references parent directory",
    ),
    "member absolute": (archive({"/etc/x": "z"}), "Chart.yaml file is missing"),
    "bomb": (
        archive({f"x/{i}": b"\0" * (5 << 20) for i in range(21)}, level=1),
        "decompressed chart is larger than the maximum size 104857600",
    ),
    "deep yaml": (
        archive({"x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "x/values.yaml": "a: " + "[" * 9999}),
        "cannot load values.yaml: ",
    ),
    "yaml bomb": (
        archive({"x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "x/values.yaml": _BOMB}),
        "cannot load values.yaml: ",
    ),
    "wrong kind": (archive({"x/Chart.yaml": "- a\n"}), "cannot load Chart.yaml: "),
    "gzip of nothing": (archive({}), "no files in chart archive"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_archives_are_refused(name: str, tmp_path: Path) -> None:
    shop = site(tmp_path)
    data, text = BAD[name]
    for answer in (
        ask(shop, "POST", "/api/charts?force", data),
        ask(shop, "POST", "/api/charts", form(chart=data), content_type=FORM),
    ):
        assert answer.status == 400
        assert text.replace('"', '\\"').encode() in content(answer)
    assert [file for file in os.listdir(tmp_path) if file != ".charthouse"] == []
    assert os.listdir(tmp_path.parent).count("x-1.0.0.tgz") == 0


@pytest.mark.parametrize(
    "data",
    [
        b"", b"hello", signed().replace(b"BEGIN PGP SIGNED", b"BEGIN PGP"), signed()[: len(signed()) // 2],
        signed("../../etc/x"), signed("a b"), signed("x", "../1"), signed(".x"), signed("").replace(b"name: \n", b""),
        b"x" + signed(),
    ],
)  # fmt: skip
def test_bad_provenance_is_refused(data: bytes, tmp_path: Path) -> None:
    shop = site(tmp_path)
    assert ask(shop, "POST", "/api/prov", data).status in (400, 500)
    assert ask(shop, "POST", "/api/charts", form(chart=chart(), prov=data), content_type=FORM).status == 400
    assert [file for file in os.listdir(tmp_path) if file != ".charthouse"] == []


def test_a_form_whose_parts_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    shop = site(tmp_path)
    answer = ask(shop, "POST", "/api/charts", form(chart=chart(), prov=signed("pear")), content_type=FORM)
    assert (answer.status, answer.body) == (
        400, b'{"error":"pear-1.0.0.tgz.prov does not belong to apple-1.0.0.tgz"}',
    )  # fmt: skip


def test_quoted_versions_are_found_in_provenance(tmp_path: Path) -> None:
    shop = site(tmp_path)
    data = signed().replace(b"version: 1.0.0", b"version: '1.0.0'")
    assert ask(shop, "POST", "/api/prov", data).status == 201
    assert (tmp_path / "apple-1.0.0.tgz.prov").read_bytes() == data


def test_names() -> None:
    good = ("a-1.tgz", "A_b.c-1.0.0+x.tgz", "a-1.tgz.prov")
    bad = (
        "",
        ".tgz",
        "-a.tgz",
        ".a.tgz",
        "a/b.tgz",
        "a\\b.tgz",
        "a\0.tgz",
        "a.tgz\n",
        "a.tgz.asc",
        "ü.tgz",
        "a" * 237 + ".tgz",
    )
    assert [name for name in good if not is_name(name)] == []
    assert [name for name in bad if is_name(name)] == []
    assert not well_named("..")


def test_many_uploads_at_once_are_all_there(tmp_path: Path) -> None:
    shops = [site(tmp_path), site(tmp_path)]
    statuses: list[int] = []

    def upload(worker: int) -> None:
        for number in range(6):
            data = chart("apple", f"{worker}.{number}.0")
            statuses.append(ask(shops[worker % 2], "POST", "/api/charts", data).status)
            statuses.append(ask(shops[worker % 2], "POST", "/api/charts", chart("same", f"{number}.0.0")).status)

    workers = [threading.Thread(target=upload, args=(i,)) for i in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(statuses) == [201] * (36 + 6) + [409] * 30
    texts = {shop.catalogue.index().data for shop in (*shops, site(tmp_path))}
    assert len(texts) == 1
    assert texts.pop().count(b"  - apiVersion: v2\n") == 42
    assert [name for name in os.listdir(tmp_path / ".charthouse") if name.startswith("new.")] == []


@pytest.mark.parametrize("where", ["fsync", "rename"])
@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 500)])
def test_a_full_disk_leaves_what_was_there(
    where: str, number: int, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = site(tmp_path)
    assert ask(shop, "POST", "/api/charts", chart()).status == 201
    before = content(ask(shop, "GET", "/index.yaml"))

    def fail(*_: object) -> None:
        raise OSError(number, "no")

    with monkeypatch.context() as patch:
        patch.setattr(os, where, fail)
        for data in (chart("pear"), chart(more="home: https://x.y\n")):
            assert ask(shop, "POST", "/api/charts?force", data).status == status
    assert os.listdir(tmp_path / ".charthouse").count("lock") == 1
    assert [name for name in os.listdir(tmp_path / ".charthouse") if name.startswith("new.")] == []
    assert sorted(os.listdir(tmp_path)) == [".charthouse", "apple-1.0.0.tgz"]
    assert (tmp_path / "apple-1.0.0.tgz").read_bytes() == chart()
    assert content(ask(shop, "GET", "/index.yaml")) == before
    assert ask(shop, "POST", "/api/charts?force", chart("pear")).status == 201


def test_a_folder_that_went_away_is_no_empty_repository(tmp_path: Path) -> None:
    folder = tmp_path / "charts"
    folder.mkdir()
    said: list[LogRecord] = []
    shop = site(folder, log=said.append)
    assert ask(shop, "POST", "/api/charts", chart()).status == 201
    folder.rename(tmp_path / "away")
    for path in ("/index.yaml", "/api/charts", "/"):
        assert ask(shop, "GET", path).status == 500
    assert {record.message for record in said} == {"storage failed"}
    (tmp_path / "away").rename(folder)
    assert ask(shop, "GET", "/index.yaml").status == 200


def test_what_a_dead_writer_left_is_taken_away(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    (tmp_path / ".charthouse").mkdir()
    (tmp_path / ".charthouse/new.1.aa").write_bytes(b"half")
    with folder.locked():
        assert os.listdir(tmp_path / ".charthouse") == ["lock"]
