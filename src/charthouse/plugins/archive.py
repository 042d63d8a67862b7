"""Plugin archives: what they say of themselves, taking them apart, putting them together.

Rules: Helm 4.3.1 ``internal/plugin/sign.go`` (``ExtractTgzPluginMetadata``, ``CreatePluginTarball``),
``internal/plugin/installer/extractor.go`` (``cleanJoin``, which members are refused). Differs: an archive has limits,
is taken apart in a directory of its own that nothing has written to before, and a member is never written through a
link.
"""

from __future__ import annotations

import os

from charthouse.plugins.errors import InstallError, PluginError
from charthouse.plugins.placing import make_folder
from charthouse.plugins.reading import FILE_NAME, read_metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tarfile
    from collections.abc import Iterator

    from charthouse.plugins.metadata import Metadata

__all__ = ["SUFFIXES", "extract", "is_archive", "metadata_of", "pack", "plugin_name"]

SUFFIXES = (".tar.gz", ".tgz")
_MOST = 1 << 30
"""Bytes all members together may take."""
_MEMBERS = 100_000
_LARGEST = 1 << 20
"""Bytes plugin.yaml may have."""


def is_archive(name: str) -> bool:
    """Whether a file or address of that name is taken for an archive."""
    return name.endswith(SUFFIXES)


def plugin_name(file_name: str) -> str:
    """The name in the name of an archive: ``helm-diff-1.2.3.tgz`` is helm-diff's (``stripPluginName``)."""
    for suffix in SUFFIXES:
        if file_name.endswith(suffix):
            stem = file_name[: -len(suffix)]
            break
    else:
        return ""
    at = len(stem)
    while (at := stem.rfind("-", 0, at)) >= 0:
        digits, dot, _ = stem[at + 1 :].partition(".")
        if dot and digits.isascii() and digits.isdigit():
            return stem[:at]
    return stem


def metadata_of(data: bytes) -> Metadata:
    """What the plugin in an archive says of itself. Raises PluginError."""
    for member, archive in _members(data):
        if os.path.basename(member.name) == FILE_NAME and member.isreg():
            if member.size > _LARGEST:
                raise PluginError(f"{FILE_NAME} is larger than {_LARGEST} bytes")
            stream = archive.extractfile(member)
            assert stream is not None
            return read_metadata(stream.read())
    raise PluginError(f"{FILE_NAME} not found in tarball")


def extract(data: bytes, target: str) -> None:
    """Take an archive apart below `target`, an empty directory. Raises InstallError."""
    total = 0
    for member, archive in _members(data):
        path = _inside(target, member.name)
        if member.isdir():
            make_folder(path)
            continue
        if not member.isreg():
            kind = member.type[0] if member.type else 0
            raise InstallError(f"unknown type: {kind:b} in {member.name}")
        total += member.size
        if total > _MOST:
            raise InstallError(f"the archive holds more than {_MOST} bytes", hint="this limit is charthouse's")
        stream = archive.extractfile(member)
        assert stream is not None
        _put(path, stream.read(), member.mode & 0o777)


def _put(path: str, content: bytes, mode: int) -> None:
    make_folder(os.path.dirname(path))
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags, mode), "wb") as stream:
            stream.write(content)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise InstallError(go_text("open", path, error)) from error


def _members(data: bytes) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """Raises InstallError in Go's words for what is no archive."""
    import io
    import tarfile
    import zlib

    if not data.startswith(b"\x1f\x8b"):
        raise InstallError("EOF" if not data else "gzip: invalid header", hint="this is no .tgz archive")
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|gz") as archive:
            for count, member in enumerate(archive):
                if count > _MEMBERS:
                    raise InstallError(f"the archive has more than {_MEMBERS} members")
                yield member, archive
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        cut = isinstance(error, EOFError) or any(word in str(error) for word in ("EOF", "truncated", "unexpected end"))
        text = "unexpected EOF" if cut else str(error)
        raise InstallError(text, hint="the archive is damaged") from error


def _inside(root: str, name: str) -> str:
    """Where a member goes. Raises InstallError for a name that leads elsewhere (``cleanJoin``)."""
    if ":" in name:
        raise InstallError("path contains ':', which is illegal")
    name = name.replace("\\", "/")
    if ".." in name.split("/"):
        raise InstallError("path contains '..', which is illegal")
    if name.startswith("/"):
        raise InstallError("path is absolute, which is illegal")
    if "\0" in name:
        raise InstallError("path contains a zero byte, which is illegal")
    return os.path.normpath(os.path.join(root, name))


def pack(directory: str, name: str) -> bytes:
    """A plugin's directory as an archive below `name`, in the order of the file names. Raises PluginError.

    The gzip header has no date, so the same files give the same bytes.
    """
    import gzip
    import io
    import tarfile

    out = io.BytesIO()
    try:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path, inside in _walk(directory, name):
                if not _packable(path):
                    continue
                member = archive.gettarinfo(path, inside)
                member.mtime = int(member.mtime)
                if member.islnk():  # a file with two names in the directory is two files
                    member.type, member.size = tarfile.REGTYPE, os.stat(path).st_size
                if member.isreg():
                    with open(path, "rb") as stream:
                        archive.addfile(member, stream)
                else:
                    archive.addfile(member)
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise PluginError(f"failed to create plugin tarball: {go_text('open', str(error.filename), error)}") from error
    return out.getvalue()


def _packable(path: str) -> bool:
    """Sockets are not."""
    import stat

    return not stat.S_ISSOCK(os.lstat(path).st_mode)


def _walk(directory: str, name: str) -> Iterator[tuple[str, str]]:
    """A directory and all below it, sorted; links are not followed (``filepath.Walk``)."""
    yield directory, name
    if os.path.islink(directory) or not os.path.isdir(directory):
        return
    for entry in sorted(os.listdir(directory)):
        yield from _walk(os.path.join(directory, entry), f"{name}/{entry}")
