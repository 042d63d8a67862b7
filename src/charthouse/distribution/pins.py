"""``vendor.lock``: charts pinned with all they need, and the images they name.

Ours; Helm knows no such file. It is YAML, keys sorted, without times and without paths of a machine, so that the same
charts give the same bytes. Addresses stand in it without names, passwords and queries.

::

    apiVersion: charthouse.dev/v1
    kind: VendorLock
    charts:
    - name, version, appVersion
      archive: the file's name; digest: its sha256; size: bytes
      provenance: sha256 of the file beside it, ARCHIVE.prov, if it has one
      repacked: it is not what its source sends: it was a directory, or lacked charts it needs
      source: where it came from, see Source
      dependencies: the charts inside, at any depth, see Part
      images: see manifests.images; values: sha256 of the values they were listed with, "" = the chart's own
"""

from __future__ import annotations

from charthouse.distribution.errors import DistributionError
from charthouse.manifests.images import Image
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["LOCK_FILE", "BadLock", "Part", "Pinned", "Source", "from_yaml", "read", "to_object", "to_yaml"]

LOCK_FILE = "vendor.lock"
_API, _KIND = "charthouse.dev/v1", "VendorLock"
_LARGEST = 64 << 20


class BadLock(DistributionError):
    """The file is no lock of ours, or names things it may not name."""


class Source(Record):
    """Where a chart came from.

    reference, repository (``--repo``), version, devel: as asked; a path is relative to the folder of the lock. url:
    what that led to; digest: sha256 of what came from there; manifest: of the registry's manifest, "" elsewhere.
    """

    reference: str
    repository: str = ""
    version: str = ""
    devel: bool = False
    url: str = ""
    digest: str = ""
    manifest: str = ""


class Part(Record):
    """A chart inside. path: where it stands, ``charts/redis/charts/common``; repository, wanted: as its parent's
    Chart.yaml says; content: sha256 over its files (``parts.content_digest``); url, digest, manifest: as in Source, ""
    when it came inside the archive."""

    path: str
    name: str
    version: str
    repository: str = ""
    wanted: str = ""
    content: str = ""
    url: str = ""
    digest: str = ""
    manifest: str = ""


class Pinned(Record):
    """One chart of the lock."""

    name: str
    version: str
    app_version: str
    archive: str
    digest: str
    size: int
    repacked: bool
    source: Source
    dependencies: tuple[Part, ...] = ()
    images: tuple[Image, ...] = ()
    values: str = ""
    provenance: str = ""


_SOURCE = ("reference", "repository", "version", "url", "digest", "manifest")
_PART = ("path", "name", "version", "repository", "wanted", "content", "url", "digest", "manifest")


def to_object(charts: tuple[Pinned, ...]) -> dict[str, Any]:
    """The lock as JSON has it; empty fields are left out."""
    return {"apiVersion": _API, "kind": _KIND, "charts": [_chart(chart) for chart in charts]}


def to_yaml(charts: tuple[Pinned, ...]) -> str:
    """The file's text; charts by archive."""
    from charthouse.formats.yaml import dump

    return dump(to_object(tuple(sorted(charts, key=lambda chart: chart.archive))))


def _chart(chart: Pinned) -> dict[str, Any]:
    source = _filled(chart.source, _SOURCE) | ({"devel": True} if chart.source.devel else {})
    out: dict[str, Any] = {
        "name": chart.name, "version": chart.version, "archive": chart.archive, "digest": chart.digest,
        "size": chart.size, "source": source,
    }  # fmt: skip
    if chart.app_version:
        out["appVersion"] = chart.app_version
    if chart.repacked:
        out["repacked"] = True
    if chart.provenance:
        out["provenance"] = chart.provenance
    if chart.values:
        out["values"] = chart.values
    if chart.dependencies:
        out["dependencies"] = [_filled(part, _PART) for part in chart.dependencies]
    if chart.images:
        out["images"] = [
            {"image": image.reference, "place": image.place} | ({} if image.certain else {"guess": True})
            for image in chart.images
        ]
    return out


def _filled(record: Record, fields: tuple[str, ...]) -> dict[str, Any]:
    return {field: value for field in fields if (value := getattr(record, field))}


def read(folder: str) -> tuple[Pinned, ...] | None:
    """The charts the lock in `folder` pins, None when there is none. Raises BadLock."""
    import os

    path = os.path.join(folder, LOCK_FILE)
    try:
        with open(path, "rb") as stream:
            data = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        from charthouse.charts.oserror import go_text

        raise BadLock(go_text("open", path, error)) from None
    if len(data) > _LARGEST:
        raise BadLock(f"{path} is larger than {_LARGEST} bytes")
    return from_yaml(data.decode("utf-8", "surrogateescape"), path)


def from_yaml(text: str, path: str) -> tuple[Pinned, ...]:
    """The charts a lock pins. path: for errors. Raises BadLock."""
    from charthouse.formats.yaml import YamlError, load_object

    try:
        value = load_object(text)
    except YamlError as error:
        raise BadLock(f"{path}: {error}", hint=f"{path} is damaged; `charthouse vendor make` writes it") from error
    reader = _Reader(path)
    top = reader.table(value, "the lock")
    if top.get("apiVersion") != _API or top.get("kind") != _KIND:
        raise reader.wrong(f"is no {_KIND} of {_API}")
    return tuple(reader.chart(entry, f"charts[{at}]") for at, entry in enumerate(reader.listed(top, "charts", "")))


class _Reader:
    """Takes a decoded lock apart; every mistake becomes a BadLock that names its place."""

    def __init__(self, path: str) -> None:
        self._path = path

    def wrong(self, what: str) -> BadLock:
        return BadLock(f"{self._path}: {what}", hint="the file was changed by hand, or is not of `charthouse vendor`")

    def table(self, value: Any, where: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise self.wrong(f"{where} is no map")
        return value

    def listed(self, value: dict[str, Any], key: str, where: str) -> list[Any]:
        found = value.get(key, [])
        if type(found) is not list:
            raise self.wrong(f"{where}.{key} is no list".lstrip("."))
        return found

    def text(self, value: dict[str, Any], key: str, where: str, *, needed: bool = False) -> str:
        found = value.get(key, "")
        if type(found) is not str or (needed and not found):
            raise self.wrong(f"{where}.{key} is no text")
        return found

    def texts(self, value: Any, fields: tuple[str, ...], where: str) -> dict[str, str]:
        table = self.table(value, where)
        return {field: self.text(table, field, where) for field in fields}

    def chart(self, value: Any, where: str) -> Pinned:
        table = self.table(value, where)
        archive, digest = (self.text(table, key, where, needed=True) for key in ("archive", "digest"))
        if "/" in archive or archive.startswith(".") or not archive.endswith(".tgz") or "\0" in archive:
            raise self.wrong(f"{where}.archive is not the name of an archive")
        if not _is_sha256(digest):
            raise self.wrong(f"{where}.digest is no sha256")
        size = table.get("size")
        if type(size) is not int or size < 0:
            raise self.wrong(f"{where}.size is no number of bytes")
        source = self.table(table.get("source"), f"{where}.source")
        parts = self.listed(table, "dependencies", where)
        return Pinned(
            self.text(table, "name", where, needed=True), self.text(table, "version", where, needed=True),
            self.text(table, "appVersion", where), archive, digest, size, table.get("repacked") is True,
            Source(**self.texts(source, _SOURCE, f"{where}.source"), devel=source.get("devel") is True),
            tuple(Part(**self.texts(part, _PART, f"{where}.dependencies[{at}]")) for at, part in enumerate(parts)),
            tuple(self.image(entry, where) for entry in self.listed(table, "images", where)),
            self.text(table, "values", where), self.text(table, "provenance", where),
        )  # fmt: skip

    def image(self, value: Any, where: str) -> Image:
        table = self.table(value, f"an image of {where}")
        return Image(
            self.text(table, "image", where, needed=True), self.text(table, "place", where),
            certain=table.get("guess") is not True,
        )  # fmt: skip


def _is_sha256(text: str) -> bool:
    kind, _, value = text.partition(":")
    return kind == "sha256" and len(value) == 64 and not set(value) - set("0123456789abcdef")
