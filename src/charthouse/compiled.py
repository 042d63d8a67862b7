"""The modules commands need, compiled and in one file, because finding and opening a hundred takes as long as running.

Python keeps each module's compiled code in a file of its own and looks for it along a path; for a command that takes
thirty milliseconds that is a good part of it. Here the code of all modules commands have imported before, ours and
others', lies in one file of our cache, a file for each interpreter and search path. The rules are those of Python's own
``.pyc`` files: code counts only for the source it was made from (its time and size are looked at each time) and for
this very interpreter. ``privatedir`` sees to it that nobody else wrote the file, a checksum that a damaged one is not
read; whatever does not hold, the module is imported as usual and the file written anew.
"""

from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery costs a millisecond
from _frozen_importlib_external import SourceFileLoader
from _imp import extension_suffixes, source_hash

from charthouse.privatedir import PrivateDirectory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    # path, time and size of the source, whether it is a package, offset and length of the code, its checksum
    Entry = tuple[str, int, int, bool, int, int, bytes]

__all__ = ["CompiledModules"]

_MAGIC = b"charthouse-modules\2"
_LIMIT = 32 << 20
_FIRST = 1 << 16  # bytes read at once: the index of a few hundred modules
_HEADER = 16  # bytes of a .pyc before the code: magic, flags, time and size of the source


def _checksum(data: bytes) -> bytes:
    found: bytes = source_hash(0x63686172, data)
    return found


class CompiledModules:
    """A finder for ``sys.meta_path``. folder: where the file lies."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        # Where a wheel brought compiled modules, sources of the same time may be there that are not to be run.
        root = __file__.rpartition("/")[0]
        libraries = [os.path.exists(f"{root}__mypyc{suffix}") for suffix in extension_suffixes()[:1]]
        pure = "charthouse.pure" in sys.modules
        where = f"{root} {sys.path} {sys.version} {sys.flags.optimize} {libraries} {pure}"
        self.name = _checksum(where.encode("utf-8", "surrogateescape")).hex()
        self.entries: dict[str, Entry] = {}
        self.handle = -1
        self.start = 0
        self.given: set[str] = set()

    def open(self) -> None:
        """Read the file's index and be asked for modules from now on."""
        with PrivateDirectory(self.folder) as directory:
            self.handle = directory.open(self.name)
        if self.handle >= 0:
            try:
                self._read_index()
            except (OSError, EOFError, ValueError, TypeError):
                self.entries = {}
        self.given.update(sys.modules)  # those there already are imported as usual next time too
        sys.meta_path.insert(0, self)

    def _read_index(self) -> None:
        data = os.pread(self.handle, _FIRST, 0)
        start = len(_MAGIC) + 16
        if not data.startswith(_MAGIC) or len(data) < start:
            return
        self.start = start + int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 8], "little")
        if len(data) < self.start <= _LIMIT:
            data += os.pread(self.handle, self.start - len(data), len(data))
        index = data[start : self.start]
        if _checksum(index) == data[len(_MAGIC) + 8 : start]:
            self.entries = marshal.loads(index)

    def _code(self, entry: Entry) -> bytes:
        """The code of a module, b"" when the file is damaged there."""
        _, _, _, _, offset, length, checksum = entry
        try:
            code = os.pread(self.handle, length, self.start + offset)
        except OSError:
            return b""
        return code if _checksum(code) == checksum else b""

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        """Where a module comes from: this file, if it has the code of the source as it is now."""
        entry = self.entries.get(name)
        if entry is None:
            return None
        try:
            info = os.stat(entry[0])
        except OSError:
            return None
        if int(info.st_mtime) != entry[1] or info.st_size != entry[2]:
            return None
        code = self._code(entry)
        if not code:
            return None
        self.given.add(name)
        spec = ModuleSpec(name, _Loader(name, entry[0], code), origin=entry[0], is_package=entry[3])
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(entry[0].rpartition("/")[0])
        return spec

    def keep(self) -> None:
        """Write the file anew when modules were imported that it did not have.

        The first time it stays empty: gathering the code takes a while, and whoever runs one command only has
        nothing of it.
        """
        if self.handle < 0:
            self._write({})
            return
        fresh = [(name, module) for name, module in list(sys.modules.items()) if name not in self.given]
        found = {name: made for name, module in fresh if (made := _compiled(name, module)) is not None}
        if found:
            self._write(found)

    def _write(self, fresh: dict[str, tuple[str, int, int, bool, bytes]]) -> None:
        for name, entry in self.entries.items():
            if name not in fresh and (code := self._code(entry)):
                fresh[name] = (*entry[:4], code)
        index: dict[str, Entry] = {}
        pieces = []
        offset = 0
        for name, (path, mtime, size, package, code) in fresh.items():
            index[name] = (path, mtime, size, package, offset, len(code), _checksum(code))
            pieces.append(code)
            offset += len(code)
        head = marshal.dumps(index)
        data = b"".join([_MAGIC, len(head).to_bytes(8, "little"), _checksum(head), head, *pieces])
        with PrivateDirectory(self.folder, create=True) as directory:
            if len(data) < _LIMIT and directory.write(self.name, data):
                directory.shrink(2 * _LIMIT)


class _Loader(SourceFileLoader):
    """Python's own loader, but for where the code comes from."""

    def __init__(self, name: str, path: str, code: bytes) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        found: CodeType = marshal.loads(self.code)
        return found


def _compiled(name: str, module: Any) -> tuple[str, int, int, bool, bytes] | None:
    """Source, its time and size, whether it is a package, and the code of an imported module; None without a source."""
    spec = getattr(module, "__spec__", None)
    loader = getattr(spec, "loader", None)
    if spec is None or not isinstance(loader, SourceFileLoader) or spec.name != name:
        return None
    try:
        stats = loader.path_stats(spec.origin)
        mtime, size = int(stats["mtime"]), stats["size"]
        code = _python_file(spec.cached, mtime, size) or marshal.dumps(loader.get_code(name))
    except (OSError, SyntaxError, ValueError):
        return None  # changed or gone meanwhile
    return spec.origin, mtime, size, spec.submodule_search_locations is not None, code


def _python_file(path: str | None, mtime: int, size: int) -> bytes:
    """The code in a .pyc file, b"" when it is not of that source or not there."""
    if path is None:
        return b""
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError:
        return b""
    expected = b"\0\0\0\0" + (mtime & 0xFFFFFFFF).to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return data[_HEADER:] if data[4:_HEADER] == expected else b""
