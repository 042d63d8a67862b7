"""Folders of vendored charts: made from directories, archives and a repository of bytes; updated; checked."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest

from charthouse.actions.vendor import make, update
from charthouse.actions.vendor_check import check
from charthouse.api.rendering import render
from charthouse.charts.archive import pack, stamp
from charthouse.charts.loader import load_archive, load_directory
from charthouse.distribution import pins
from charthouse.distribution.access import Access
from charthouse.distribution.collecting import Collector, Wanted
from charthouse.distribution.downloads import Places
from charthouse.distribution.errors import DistributionError, FetchFailed
from charthouse.distribution.fetch import Fetched, Fetcher
from charthouse.errors import CharthouseError
from charthouse.logs import silent

HOST = "https://charts.test"


class Web:
    """A Fetcher's `get` over bytes."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}

    def serves(self, scheme: str) -> bool:
        return scheme == "https"

    def get(self, url: str, access: Access, **_: object) -> Fetched:
        if url not in self.pages:
            raise FetchFailed(f"failed to fetch {url} : 404 Not Found", status=404)
        return Fetched(200, "OK", {}, self.pages[url], url)

    def publish(self, *archives: tuple[str, str, bytes]) -> None:
        """Put archives (name, version, bytes) into the repository, the last ones first."""
        lines = ["apiVersion: v1", "entries:"]
        for name in sorted({name for name, _, _ in archives}):
            lines.append(f"  {name}:")
            for _, version, data in (entry for entry in archives if entry[0] == name):
                file, digest = f"{name}-{version}.tgz", sha256(data).hexdigest()
                lines.append(f"  - {{name: {name}, version: {version}, urls: [{file}], digest: {digest}}}")
                self.pages[f"{HOST}/{file}"] = data
        self.pages[f"{HOST}/index.yaml"] = "\n".join(lines).encode() + b"\n"


def chart(folder: Path, name: str, version: str = "1.0.0", needs: str = "", **files: str) -> Path:
    path = folder / name
    (path / "templates").mkdir(parents=True, exist_ok=True)
    (path / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n{needs}")
    (path / "templates/pod.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, image: "
        "'{{ .Values.image | default " + f'"{name}"' + " }}:1'}]}\n"
    )
    for file, text in files.items():
        (path / file).write_text(text)
    return path


def packed(path: Path) -> bytes:
    loaded = load_directory(str(path), log=silent)
    stamp(loaded, 1700000000)
    return pack(loaded)


class Bench:
    """A folder, a repository, and the verbs on them."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.folder = base / "vendor"
        self.web = Web()
        self.values: Mapping[str, Any] = {}
        (base / "repositories.yaml").write_text("repositories: []\n")

    def collector(self) -> Collector:
        places = Places(str(self.base / "repositories.yaml"), str(self.base / "indexes"), str(self.base / "content"))

        def no_registry(host: str) -> Any:
            raise AssertionError(f"no registry is asked: {host}")

        web = cast(Fetcher, self.web)
        return Collector(places, web, no_registry, no_registry, Access(), say=lambda text: None, log=silent)

    def make(self, *wanted: Wanted) -> list[tuple[str, str]]:
        changes = make(str(self.folder), wanted, self.collector().collect, render=lambda c: render(c, self.values))
        return [(change.before.version if change.before else "-", change.after.version) for change in changes]

    def update(self, *names: str) -> list[tuple[str, str]]:
        changes = update(str(self.folder), names, self.collector().collect, render=lambda c: render(c, self.values))
        return [(change.before.version if change.before else "-", change.after.version) for change in changes]

    def states(self) -> list[tuple[str, str]]:
        return [(finding.archive, finding.status) for finding in check(str(self.folder), log=silent)]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()} if self.folder.exists() else {}

    def pinned(self) -> pins.Pinned:
        found = pins.read(str(self.folder))
        assert found is not None
        return found[0]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def needs(name: str, version: str = "'*'", repository: str = HOST) -> str:
    return f"dependencies: [{{name: {name}, version: {version}, repository: '{repository}'}}]\n"


def test_a_directory_with_all_it_needs(bench: Bench) -> None:
    """file:// in file://, and a chart from a repository that itself lacks one there."""
    leaf = chart(bench.base, "leaf")
    middle = chart(bench.base, "middle", needs=needs("leaf"))
    bench.web.publish(("leaf", "1.0.0", packed(leaf)), ("middle", "1.0.0", packed(middle)))
    inner = chart(bench.base, "inner", needs=needs("middle"))
    top = chart(bench.base, "top", needs=needs("inner", repository="file://../inner"))
    before = sorted(top.rglob("*"))
    assert bench.make(Wanted(str(top))) == [("-", "1.0.0")]
    assert sorted(top.rglob("*")) == before, "the chart directory is left alone"
    assert inner.joinpath("charts").exists() is False
    assert bench.states() == [("top-1.0.0.tgz", "ok")]
    pinned = bench.pinned()
    assert [(part.path, part.url) for part in pinned.dependencies] == [
        ("charts/inner", "file://../inner"),
        ("charts/inner/charts/middle", f"{HOST}/middle-1.0.0.tgz"),
        ("charts/inner/charts/middle/charts/leaf", f"{HOST}/leaf-1.0.0.tgz"),
    ]
    assert pinned.dependencies[2].digest == "sha256:" + sha256(bench.web.pages[f"{HOST}/leaf-1.0.0.tgz"]).hexdigest()
    assert [image.reference for image in pinned.images] == ["inner:1", "leaf:1", "middle:1", "top:1"]
    assert pinned.source == pins.Source("../top")
    first = bench.files()
    assert bench.update() == [("1.0.0", "1.0.0")]
    assert bench.files() == first, "the same charts give the same bytes"


def test_an_archive_is_taken_as_it_is(bench: Bench) -> None:
    data = packed(chart(bench.base, "web"))
    bench.web.publish(("web", "1.0.0", data))
    bench.make(Wanted("web", HOST))
    assert bench.files()["web-1.0.0.tgz"] == data
    pinned = bench.pinned()
    assert (pinned.repacked, pinned.source.url, pinned.source.digest) == (
        False, f"{HOST}/web-1.0.0.tgz", pinned.digest
    )  # fmt: skip


def test_provenance_goes_along(bench: Bench) -> None:
    whole, lacking = packed(chart(bench.base, "web")), packed(chart(bench.base, "shop", needs=needs("web")))
    bench.web.publish(("web", "1.0.0", whole), ("shop", "1.0.0", lacking))
    for name in ("web", "shop"):
        bench.web.pages[f"{HOST}/{name}-1.0.0.tgz.prov"] = b"signed"
    bench.make(Wanted("web", HOST, proof=True), Wanted("shop", HOST, proof=True))
    names = ["shop-1.0.0.tgz", "vendor.lock", "web-1.0.0.tgz", "web-1.0.0.tgz.prov"]
    assert sorted(bench.files()) == names, "what was packed anew is not what was signed"
    first = bench.files()
    bench.update()
    assert bench.files() == first
    proof = bench.folder / "web-1.0.0.tgz.prov"
    proof.write_bytes(b"other")
    assert bench.states()[1] == ("web-1.0.0.tgz", "wrong provenance")
    proof.unlink()
    assert bench.states()[1] == ("web-1.0.0.tgz", "wrong provenance")
    del bench.web.pages[f"{HOST}/web-1.0.0.tgz.prov"]
    bench.update("web")
    assert sorted(bench.files()) == names[:3]
    assert bench.states() == [("shop-1.0.0.tgz", "ok"), ("web-1.0.0.tgz", "ok")]


def test_an_archive_that_lacks_a_chart_is_completed(bench: Bench) -> None:
    data = packed(chart(bench.base, "web", needs=needs("leaf")))
    bench.web.publish(("leaf", "1.0.0", packed(chart(bench.base, "leaf"))), ("web", "1.0.0", data))
    bench.make(Wanted("web", HOST))
    pinned = bench.pinned()
    assert pinned.repacked
    assert pinned.source.digest == "sha256:" + sha256(data).hexdigest() != pinned.digest
    loaded = load_archive(bench.files()["web-1.0.0.tgz"], log=silent)
    assert [inner.name for inner in loaded.dependencies] == ["leaf"]


def test_the_lock_file_of_a_directory_counts(bench: Bench) -> None:
    old, new = packed(chart(bench.base, "leaf", "1.0.0")), packed(chart(bench.base, "leaf", "1.1.0"))
    bench.web.publish(("leaf", "1.1.0", new), ("leaf", "1.0.0", old))
    lock = f"dependencies: [{{name: leaf, version: 1.0.0, repository: '{HOST}'}}]\ndigest: sha256:0\n"
    top = chart(bench.base, "top", needs=needs("leaf"), **{"Chart.lock": lock})
    bench.make(Wanted(str(top)))
    assert bench.pinned().dependencies[0].version == "1.0.0"
    (top / "Chart.lock").unlink()
    bench.update()
    assert bench.pinned().dependencies[0].version == "1.1.0"
    (top / "charts").mkdir()
    (top / "charts/leaf-1.0.0.tgz").write_bytes(old)
    bench.update()
    assert bench.pinned().dependencies[0].version == "1.0.0", "what lies in charts/ and is allowed stays"


def test_update_takes_what_was_asked_for(bench: Bench) -> None:
    one, two = packed(chart(bench.base, "web", "1.0.0")), packed(chart(bench.base, "web", "2.0.0"))
    bench.web.publish(("web", "1.0.0", one))
    bench.make(Wanted("web", HOST))
    bench.web.publish(("web", "2.0.0", two), ("web", "1.0.0", one))
    assert bench.update() == [("1.0.0", "2.0.0")]
    assert sorted(bench.files()) == ["vendor.lock", "web-2.0.0.tgz"], "what is no longer pinned goes"
    assert bench.make(Wanted("web", HOST, "^1")) == [("2.0.0", "1.0.0")]
    assert bench.update("web") == [("1.0.0", "1.0.0")]
    with pytest.raises(DistributionError, match=r"^vendor.lock pins no chart x$"):
        bench.update("x")


def test_images_need_the_values_they_were_listed_with(bench: Bench) -> None:
    top = chart(bench.base, "top")
    arguments: dict[str, Any] = {"render": lambda c: render(c, {"image": "mine"}), "values": "sha256:00"}
    make(str(bench.folder), [Wanted(str(top))], bench.collector().collect, **arguments)
    assert [image.reference for image in bench.pinned().images] == ["mine:1"]
    with pytest.raises(DistributionError, match="the images of top were listed with values, and none are given"):
        bench.update()
    update(str(bench.folder), [], bench.collector().collect, render=None)
    assert (bench.pinned().images, bench.pinned().values) == ((), "")


def test_what_a_publisher_announces_is_listed(bench: Bench) -> None:
    listed = 'annotations: {artifacthub.io/images: "- {name: a, image: q/op:1}\\n- {image: no image}\\n- 7\\n"}\n'
    bench.make(Wanted(str(chart(bench.base, "top", needs=listed))))
    assert [(image.reference, image.certain) for image in bench.pinned().images] == [("q/op:1", False), ("top:1", True)]


REFUSED = [
    ("file", needs("leaf", repository="file:///etc"), "directory /etc not found"),
    (
        "nowhere",
        "dependencies: [{name: leaf, version: 1.0.0}]\n",
        "found in Chart.yaml, but missing in charts/ .*: leaf",
    ),
    ("gone", needs("plum"), "gone cannot be completed: plum chart not found in repo"),
    ("older", needs("leaf", "'>7'"), "older cannot be completed: can't get a valid version for 1 subchart"),
    ("alias", needs("leaf", repository="@nope"), "alias cannot be completed: no repository definition for @nope"),
    ("circle", needs("circle"), "circle needs itself"),
]


@pytest.mark.parametrize(("name", "dependencies", "error"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_cannot_be_completed_leaves_no_trace(bench: Bench, name: str, dependencies: str, error: str) -> None:
    leaf = packed(chart(bench.base, "leaf"))
    data = packed(chart(bench.base, name, needs=dependencies))
    bench.web.publish(("leaf", "1.0.0", leaf), (name, "1.0.0", data))
    with pytest.raises(CharthouseError, match=error):
        bench.make(Wanted("leaf", HOST), Wanted(name, HOST))
    assert bench.files() == {}


def test_a_chart_that_cannot_be_rendered_leaves_no_trace(bench: Bench) -> None:
    top = chart(bench.base, "top")
    (top / "templates/x.yaml").write_text("{{ fail `no` }}")
    with pytest.raises(CharthouseError, match="no"):
        bench.make(Wanted(str(top)))
    assert bench.files() == {}


def test_check_finds_what_is_wrong(bench: Bench) -> None:
    leaf, top = chart(bench.base, "leaf"), chart(bench.base, "top", needs=needs("leaf", repository="file://../leaf"))
    bench.make(Wanted(str(leaf)), Wanted(str(top)))
    archive, lock = bench.folder / "top-1.0.0.tgz", bench.folder / "vendor.lock"
    data, text = archive.read_bytes(), lock.read_text()
    content = pins.from_yaml(text, "")[1].dependencies[0].content
    found = []
    for change in (
        lambda: archive.write_bytes(data[:-1] + bytes([data[-1] ^ 1])),
        lambda: archive.write_bytes(data + b"x"),
        lambda: archive.write_bytes(data[:-9]),
        lambda: archive.write_bytes(b""),
        archive.unlink,
        lambda: make_directory(archive),
        lambda: lock.write_text(text.replace("version: 1.0.0", "version: 1.0.1")),
        lambda: lock.write_text(text.replace(content, "sha256:00")),
        lambda: (bench.folder / "stray-1.tgz").write_bytes(b""),
    ):
        change()
        found.append(bench.states()[1:])
        if archive.is_dir():
            archive.rmdir()
        archive.write_bytes(data)
        lock.write_text(text)
    name = "top-1.0.0.tgz"
    states = [
        "wrong digest", "wrong size", "wrong size", "wrong size", "missing", "unreadable", "wrong chart",
        "wrong contents",
    ]  # fmt: skip
    assert found == [*([(name, state)] for state in states), [(name, "ok"), ("stray-1.tgz", "not pinned")]]


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


LOCKS = [
    ("", "the lock is no map"),
    ("[]", "the lock is no map"),
    ("a: {", "error converting YAML to JSON"),
    ("apiVersion: v1\nkind: VendorLock\n", "is no VendorLock of charthouse.dev/v1"),
    ("charts: {}", "charts is no list"),
    ("charts: [1]", r"charts\[0\] is no map"),
    ("charts: [{archive: ../x.tgz, digest: x}]", r"charts\[0\].archive is not the name of an archive"),
    ("charts: [{archive: .x.tgz, digest: x}]", r"charts\[0\].archive is not the name of an archive"),
    ("charts: [{archive: x.tgz, digest: x}]", r"charts\[0\].digest is no sha256"),
    ("charts: [{archive: x.tgz, digest: DIGEST}]", r"charts\[0\].size is no number"),
    ("charts: [{archive: x.tgz, digest: DIGEST, size: 1}]", r"charts\[0\].source is no map"),
    ("charts: [{archive: x.tgz, digest: DIGEST, size: 1, source: {}}]", r"charts\[0\].name is no text"),
    (
        "charts: [{archive: x.tgz, digest: DIGEST, size: 1, name: x, version: 1, source: {}}]",
        r"charts\[0\].version is no text",
    ),
]


@pytest.mark.parametrize(("text", "error"), LOCKS)
def test_a_lock_that_is_none(text: str, error: str) -> None:
    head = "apiVersion: charthouse.dev/v1\nkind: VendorLock\n" if text.startswith("charts") else ""
    with pytest.raises(pins.BadLock, match=error):
        pins.from_yaml(head + text.replace("DIGEST", f"sha256:{'0' * 64}"), "vendor.lock")


def test_a_lock_is_read_as_it_was_written(bench: Bench) -> None:
    bench.make(Wanted(str(chart(bench.base, "a"))), Wanted(str(chart(bench.base, "b"))))
    text = (bench.folder / "vendor.lock").read_text()
    assert pins.to_yaml(pins.from_yaml(text, "")) == text
