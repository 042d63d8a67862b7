"""A file counts only when nobody else could have written it; whatever is wrong with it, there simply is none."""

from __future__ import annotations

import os
import pathlib
import threading

import pytest

from charthouse.privatedir import PrivateDirectory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def _filled(place: pathlib.Path) -> pathlib.Path:
    with PrivateDirectory(str(place), create=True) as directory:
        assert directory.write("file", b"data")
    return place


def _read(place: pathlib.Path, limit: int = 100) -> bytes:
    with PrivateDirectory(str(place)) as directory:
        return directory.read("file", limit)


def test_a_file_is_read_back(tmp_path: pathlib.Path) -> None:
    place = _filled(tmp_path / "deep" / "below" / "cache")
    assert _read(place) == b"data"
    assert os.stat(place).st_mode & 0o777 == 0o700
    assert os.stat(place / "file").st_mode & 0o777 == 0o600
    assert os.listdir(place) == ["file"]


def _open_directory(place: pathlib.Path) -> None:
    os.chmod(place, 0o777)


def _open_file(place: pathlib.Path) -> None:
    os.chmod(place / "file", 0o666)


def _link_file(place: pathlib.Path) -> None:
    os.rename(place / "file", place.parent / "elsewhere")
    os.symlink(place.parent / "elsewhere", place / "file")


def _link_directory(place: pathlib.Path) -> None:
    os.rename(place, place.parent / "moved")
    os.symlink(place.parent / "moved", place)


def _pipe(place: pathlib.Path) -> None:
    os.unlink(place / "file")
    os.mkfifo(place / "file", 0o600)


def _directory(place: pathlib.Path) -> None:
    os.unlink(place / "file")
    os.mkdir(place / "file", 0o700)


def _gone(place: pathlib.Path) -> None:
    os.unlink(place / "file")


@pytest.mark.parametrize(
    "spoil", [_open_directory, _open_file, _link_file, _link_directory, _pipe, _directory, _gone],
    ids=lambda spoil: spoil.__name__.strip("_"),
)  # fmt: skip
def test_what_others_may_have_touched_is_not_read(
    spoil: Callable[[pathlib.Path], None], tmp_path: pathlib.Path
) -> None:
    place = _filled(tmp_path / "cache")
    spoil(place)
    assert _read(place) == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given", ["cache", "cache/file"])
def test_what_belongs_to_another_user_is_not_read(given: str, tmp_path: pathlib.Path) -> None:
    place = _filled(tmp_path / "cache")
    os.chown(tmp_path / given, 12345, 12345)
    assert _read(place) == b""


def test_a_file_too_large_is_not_read(tmp_path: pathlib.Path) -> None:
    assert _read(_filled(tmp_path / "cache"), limit=3) == b""


@pytest.mark.parametrize("path", ["file/below", "loop"])
def test_where_no_directory_can_be_nothing_is_kept(path: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    os.symlink("loop", tmp_path / "loop")
    with PrivateDirectory(str(tmp_path / path), create=True) as directory:
        assert not directory.usable
        assert not directory.write("file", b"data")
        assert directory.read("file", 100) == b""


def test_a_full_disk_leaves_no_piece(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = _filled(tmp_path / "cache")

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with PrivateDirectory(str(place)) as directory:
        assert not directory.write("file", b"new")
    monkeypatch.undo()
    assert os.listdir(place) == ["file"]
    assert _read(place) == b"data"


def test_many_writers_leave_one_whole_file(tmp_path: pathlib.Path) -> None:
    place = _filled(tmp_path / "cache")
    texts = [bytes([65 + number]) * 200_000 for number in range(8)]
    seen: list[bytes] = []

    def work(data: bytes) -> None:
        for _ in range(5):
            with PrivateDirectory(str(place)) as directory:
                directory.write("file", data)
                seen.append(directory.read("file", 1 << 20))

    workers = [threading.Thread(target=work, args=(text,)) for text in texts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(seen) == 40
    assert set(seen) <= set(texts)
    assert os.listdir(place) == ["file"]


def test_the_oldest_files_make_room(tmp_path: pathlib.Path) -> None:
    place = tmp_path / "cache"
    with PrivateDirectory(str(place), create=True) as directory:
        for number in range(6):
            directory.write(f"file{number}", b"x" * 1000)
            os.utime(place / f"file{number}", (number, number))
        directory.shrink(6000)
        assert len(os.listdir(place)) == 6
        directory.shrink(5000)
    assert sorted(os.listdir(place)) == ["file4", "file5"]
