"""What may come in, and putting it into the storage.

Rules: ChartMuseum 0.16 ``pkg/chartmuseum/server/multitenant/{api,handlers}.go`` (status codes and texts),
``pkg/repo/provenance.go`` (a provenance file's name is read from its text). Differs: names other than letters, digits
and ``._+-`` are refused; a provenance file that belongs to another file than its name says is refused.
"""

from __future__ import annotations

from charthouse.records import Record
from charthouse.repository_server.entries import entry_from, examine
from charthouse.repository_server.errors import Refused
from charthouse.repository_server.storage import ARCHIVE, PROVENANCE, well_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.metadata import Metadata
    from charthouse.repository_server.catalogue import Catalogue

__all__ = ["Archive", "Policy", "Provenance", "remove", "store"]

_SIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = b"\n-----BEGIN PGP SIGNATURE-----"


class Policy(Record):
    """Who may replace what. overwrite: any upload may; force: those that ask with ``?force`` may. limit: archives the
    repository may hold, 0 for any number."""

    overwrite: bool = False
    force: bool = True
    limit: int = 0

    def may_replace(self, asked: bool) -> bool:
        return self.overwrite or (self.force and asked)


class Archive(Record):
    """A chart that was uploaded: its file's name and bytes, and what is in it."""

    file: str
    data: bytes
    metadata: Metadata

    @classmethod
    def of(cls, data: bytes) -> Archive:
        """Raises Refused (400) when it is no chart, or one with a name no file may have."""
        metadata = examine(data)
        file = f"{metadata.name}-{metadata.version}{ARCHIVE}"
        if not well_named(metadata.name) or not well_named(file):
            raise Refused(400, f"{file} is improperly formatted")
        return cls(file, data, metadata)


class Provenance(Record):
    """A provenance file that was uploaded."""

    file: str
    data: bytes

    @classmethod
    def of(cls, data: bytes, *, status: int = 400) -> Provenance:
        """Raises Refused when it is none. status: of that answer (ChartMuseum has 500 where it comes alone)."""
        name, version = _field(data, b"name"), _field(data, b"version")
        if not data.startswith(_SIGNED) or _SIGNATURE not in data or not name or not version:
            raise Refused(status, "invalid provenance file")
        file = f"{name}-{version}{PROVENANCE}"
        if not well_named(name) or not well_named(file):
            raise Refused(400, f"{file} is improperly formatted")
        return cls(file, data)


def _field(data: bytes, key: bytes) -> str:
    """The rest of the first line that begins with `key`, a colon and a space."""
    start = data.find(b"\n" + key + b": ")
    if start < 0:
        return ""
    line = data[start + len(key) + 3 :].partition(b"\n")[0].strip()
    if line[:1] in (b"'", b'"') and line[-1:] == line[:1]:  # YAML quotes what looks like a number
        line = line[1:-1]
    return line.decode("utf-8", "replace")


def store(
    catalogue: Catalogue, archive: Archive | None, provenance: Provenance | None, *, policy: Policy, force: bool,
    conflict: str = "file already exists", prefix: str = "",
) -> None:  # fmt: skip
    """Put what was uploaded into the storage and the catalogue; all of it or nothing is refused.

    force: the client asked to replace. conflict: the text when it may not. Raises Refused (409, 507), StorageError.
    """
    storage = catalogue.storage
    with storage.locked():
        before = storage.mark()
        pieces = [piece for piece in (provenance, archive) if piece is not None]
        there = {piece.file for piece in pieces if storage.stat(piece.file) is not None}
        if there and not policy.may_replace(force):
            raise Refused(409, conflict)
        if policy.limit and archive is not None and archive.file not in there and catalogue.count() >= policy.limit:
            raise Refused(507, "repo has reached storage limit")
        # The provenance file first: a crash in between leaves one that nobody asks for, not a chart without.
        written = {piece.file: storage.write(piece.file, piece.data) for piece in pieces}
        entry = None
        if archive is not None:
            stamp = written[archive.file]
            entry = entry_from(archive.metadata, archive.file, stamp, archive.data, prefix=prefix)
        catalogue.put(written, entry, before)


def remove(catalogue: Catalogue, name: str, version: str) -> None:
    """Delete a version of a chart and its provenance file. Raises Refused (404), StorageError."""
    storage = catalogue.storage
    file = next((e.file for e in catalogue.versions(name) if e.version == version), f"{name}-{version}{ARCHIVE}")
    missing = Refused(404, f"remove {name}-{version}{ARCHIVE}: no such file or directory")
    if not well_named(file):
        raise missing
    with storage.locked():
        before = storage.mark()
        # The archive first: a crash in between leaves a provenance file that nobody asks for.
        if not storage.delete(file):
            raise missing
        signature = file.removesuffix(ARCHIVE) + PROVENANCE
        storage.delete(signature)
        catalogue.drop((file, signature), before)
