"""Archives: what is read, what is refused, and that nothing can be made to take too much."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from charthouse.charts.tarball import ArchiveError, NotGzip, read_archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def archive(
    *members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT, change: Callable[[tarfile.TarInfo], None] | None = None
) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1_700_000_000
            if change is not None:
                change(info)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(stream.getvalue())


def read(data: bytes) -> dict[str, bytes]:
    return {file.name: file.data for file in read_archive(data)}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_every_format(form: int) -> None:
    long = "c/" + "d" * 60 + "/" + "e" * 70 + ".yaml"
    data = archive(("c/Chart.yaml", b"\xef\xbb\xbfname: c\n"), (long, b"x" * 1000), form=form)
    assert read(data) == {"Chart.yaml": b"name: c\n", long[2:]: b"x" * 1000}
    modified = read_archive(data)[0].modified
    assert modified is not None
    assert modified.timestamp() == 1_700_000_000


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_names_of_any_length(form: int) -> None:
    name = "c/" + "é" * 200 + "/x"
    assert read(archive((name, b"1"), form=form)) == {name[2:]: b"1"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("c/a", "a"),
        ("./c/a", "c/a"),
        ("c/./a//b", "a/b"),
        ("c\\templates\\a.yaml", "templates/a.yaml"),
        ("c/d/../a", "a"),
    ],
)
def test_cleans_names(name: str, kept: str) -> None:
    assert read(archive((name, b""))) == {kept: b""}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c//etc/passwd", "chart illegally contains absolute paths"),
        ("c/../../x", "chart illegally references parent directory"),
        ("c/..x", "chart illegally references parent directory"),
        ("c\\..\\x", "chart illegally references parent directory"),
        ("c/c:/x", "chart contains illegally named files"),
        ("Chart.yaml/x", "chart yaml not in base directory"),
        ("alone", 'chart illegally contains content outside the base directory: "alone"'),
        ("c/.", 'chart illegally contains content outside the base directory: "c/."'),
    ],
)
def test_refuses_names(name: str, text: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        read_archive(archive((name, b"x")))
    assert str(caught.value) == text


def test_skips_directories_and_reads_links_as_empty() -> None:
    def link(info: tarfile.TarInfo) -> None:
        if info.name == "c/link":
            info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc/passwd", 0
        if info.name == "c/dir":
            info.type = tarfile.DIRTYPE

    assert read(archive(("c/dir", b""), ("c/link", b""), ("c/a", b"1"), change=link)) == {"link": b"", "a": b"1"}


def test_limits_the_size_of_all_files() -> None:
    data = archive(("c/a", b"x" * 600), ("c/b", b"x" * 600))
    with pytest.raises(ArchiveError, match="decompressed chart is larger than the maximum size 1000"):
        read_archive(data, limit=1000)
    assert len(read_archive(data, limit=1201)) == 2


def test_stops_inflating_a_bomb() -> None:
    bomb = gzip.compress(b"\1" * (1 << 24))
    with pytest.raises(ArchiveError):
        read_archive(bomb, limit=1 << 16)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: b"", "EOF"),
        (lambda data: data[: len(data) // 2], "unexpected EOF"),
        (lambda data: gzip.compress(b"junk" * 200), "archive/tar: invalid tar header"),
        (lambda data: gzip.compress(b"\0" * 1024), "no files in chart archive"),
        (lambda data: gzip.compress(gzip.decompress(data)[:700]), "unexpected EOF"),
        (
            lambda data: gzip.compress(gzip.decompress(data).replace(b"ustar", b"uxtar")),
            "archive/tar: invalid tar header",
        ),
    ],
)
def test_damage(change: Callable[[bytes], bytes], text: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        read_archive(change(archive(("c/a", bytes(range(256)) * 20))))
    assert str(caught.value) == text


def test_no_gzip() -> None:
    with pytest.raises(NotGzip):
        read_archive(b"PK\x03\x04 this is a zip file")


def test_refuses_sparse_files_and_endless_headers() -> None:
    def sparse(info: tarfile.TarInfo) -> None:
        info.pax_headers = {"GNU.sparse.major": "1"}

    with pytest.raises(ArchiveError, match="sparse"):
        read_archive(archive(("c/a", b"1"), change=sparse))

    def endless(info: tarfile.TarInfo) -> None:
        info.pax_headers = {"comment": "x" * (2 << 20)}

    with pytest.raises(ArchiveError, match="header field too long"):
        read_archive(archive(("c/a", b"1"), change=endless))
