"""The modules commands need, compiled and in one file, because finding and opening a hundred takes as long as running.

Python keeps each module's compiled code in a file of its own and looks for it along a path; for a command that takes
thirty milliseconds that is a good part of it. Here the code of all modules commands have imported before, ours and
others', lies in one file of our cache, a file for each interpreter and search path. The rules are those of Python's own
``.pyc`` files: code counts only for the source it was made from (its time and size are looked at each time) and for
this very interpreter. ``privatedir`` sees to it that nobody else wrote the file, a checksum that a damaged one is not
read; whatever does not hold, the module is imported as usual and the file written anew.

Even from one file a hundred imports take several milliseconds: the machinery around each, and code objects that share
nothing. So for the commands that are to be quick the modules each run of them needs (``startup_modules``) lie in a file
of their own, a bundle: read at once, looked at once, and run in the order in which imports would have ended, before the
command line is looked at. Imports then find them in ``sys.modules``.
"""

from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec  # importlib.machinery costs a millisecond
from _frozen_importlib_external import SourceFileLoader
from _imp import extension_suffixes, source_hash

from charthouse import __version__
from charthouse.privatedir import PrivateDirectory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any

    # path, time and size of the source, whether it is a package, offset and length of the code, its checksum
    Entry = tuple[str, int, int, bool, int, int, bytes]
    # name, path, time and size of the source, whether it is a package
    Row = tuple[str, str, int, int, bool]
    # path, time and size of the source, whether it is a package, its code
    Made = tuple[str, int, int, bool, bytes]

__all__ = ["CompiledModules"]

_MAGIC = b"charthouse-modules\2"
_BUNDLE = b"charthouse-bundle\2"
_LIMIT = 32 << 20
_FIRST = 1 << 16  # bytes read at once: the index of a few hundred modules
_HEADER = 16  # bytes of a .pyc before the code: magic, flags, time and size of the source


def _checksum(data: bytes | memoryview) -> bytes:
    found: bytes = source_hash(0x63686172, data)
    return found


class CompiledModules:
    """A finder for ``sys.meta_path``. folder: where the files lie; word: the command there may be a bundle for."""

    def __init__(self, folder: str, word: str = "") -> None:
        self.folder = folder
        self.word = word
        self.bundled = False
        # Where a wheel brought compiled modules, sources of the same time may be there that are not to be run.
        root = __file__.rpartition("/")[0]
        libraries = [os.path.exists(f"{root}__mypyc{suffix}") for suffix in extension_suffixes()[:1]]
        pure = "charthouse.pure" in sys.modules
        where = f"{__version__} {root} {sys.path} {sys.version} {sys.flags.optimize} {libraries} {pure}"
        self.name = _checksum(where.encode("utf-8", "surrogateescape")).hex()
        self.entries: dict[str, Entry] = {}
        self.handle = -1
        self.start = 0
        self.given: set[str] = set()

    def open(self) -> None:
        """Read the file's index, be asked for modules from now on, and import those of the command's bundle."""
        data = b""
        with PrivateDirectory(self.folder) as directory:
            self.handle = directory.open(self.name)
            if self.word and self.handle >= 0:
                data = directory.read(f"{self.name}-{self.word}", _LIMIT)
        if self.handle >= 0:
            try:
                self._read_index()
            except (OSError, EOFError, ValueError, TypeError):
                self.entries = {}
        self.given.update(sys.modules)  # those there already are imported as usual next time too
        sys.meta_path.insert(0, self)
        if data:
            self._import_bundle(data)

    def _import_bundle(self, data: bytes) -> None:
        """Import all modules of a bundle, unless one of its sources has changed."""
        start = len(_BUNDLE) + 16
        middle = start + int.from_bytes(data[start - 16 : start - 8], "little")
        view = memoryview(data)  # copying the whole would cost as much as reading it
        if not data.startswith(_BUNDLE) or _checksum(view[start:]) != data[start - 8 : start]:
            return
        rows: tuple[Row, ...] = marshal.loads(view[start:middle])
        stat = os.stat
        try:
            for _, path, mtime, size, _ in rows:
                info = stat(path)
                if int(info.st_mtime) != mtime or info.st_size != size:
                    return
        except OSError:
            return
        self.bundled = True
        codes: tuple[CodeType, ...] = marshal.loads(view[middle:])
        pending = {row[0]: row for row in rows if row[0] not in self.given}
        for row, code in zip(rows, codes, strict=True):
            if row[0] in pending:
                try:
                    _run(row, code, pending)
                except Exception:  # whoever imports it next gets the error, if it is one
                    for name in pending:
                        sys.modules.pop(name, None)
                    return
                self.given.add(row[0])

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
        if self.word and not self.bundled:
            self._write_bundle(found)

    def _write_bundle(self, fresh: dict[str, Made]) -> None:
        """Write the bundle of this command, once the modules it is made of have been imported, but for a few (a list
        that is older than the sources)."""
        from charthouse.startup_modules import modules_of

        rows = []
        codes = []
        names = modules_of(self.word)
        there = [name for name in names if name in sys.modules]
        if len(there) < 0.9 * len(names):
            return  # a run that did not come that far
        for name in there:
            entry = self.entries.get(name)
            made = fresh.get(name) or (entry and (*entry[:4], self._code(entry)))
            if made and made[4]:  # else a compiled module, or one that is imported before this is asked
                rows.append((name, *made[:4]))
                codes.append(marshal.loads(made[4]))
        if rows:
            head = marshal.dumps(tuple(rows))
            body = head + marshal.dumps(tuple(codes))
            data = b"".join([_BUNDLE, len(head).to_bytes(8, "little"), _checksum(body), body])
            with PrivateDirectory(self.folder, create=True) as directory:
                directory.write(f"{self.name}-{self.word}", data)

    def _write(self, fresh: dict[str, Made]) -> None:
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


def _specified(row: Row) -> ModuleType:
    """An empty module in ``sys.modules``, with all the import system would have said about it."""
    name, path, _, _, package = row
    module = sys.modules[name] = type(sys)(name)
    loader = SourceFileLoader(name, path)
    spec = ModuleSpec(name, loader, origin=path, is_package=package)
    spec.has_location = True
    module.__spec__ = spec
    module.__loader__ = loader
    module.__file__ = path
    if package:
        module.__path__ = spec.submodule_search_locations = [path.rpartition("/")[0]]
        module.__package__ = name
    else:
        module.__package__ = name.rpartition(".")[0]
    return module


def _run(row: Row, code: CodeType, pending: dict[str, Row]) -> None:
    """Run a module's code as its import would. A package is there before its modules, run or not, as in imports."""
    name = row[0]
    parent = name.rpartition(".")[0]
    while parent in pending and parent not in sys.modules:
        _specified(pending[parent])
        parent = parent.rpartition(".")[0]
    module = sys.modules.get(name) or _specified(row)
    exec(code, module.__dict__)
    del pending[name]
    above, _, last = name.rpartition(".")
    if above:
        setattr(sys.modules[above], last, module)


def _compiled(name: str, module: Any) -> Made | None:
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
