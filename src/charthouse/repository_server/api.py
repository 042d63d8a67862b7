"""The JSON interface below ``/api``: list, describe, upload, delete.

Rules: ChartMuseum 0.16 ``pkg/chartmuseum/server/multitenant/{api,handlers}.go``: paths, JSON, status codes, texts.
Differs: the error of a delete names the file, not its path on the server's disk.
"""

from __future__ import annotations

from charthouse.logs import silent
from charthouse.records import Record
from charthouse.repository_server.errors import Refused
from charthouse.repository_server.requests import Answer, json_answer
from charthouse.repository_server.uploads import Archive, Policy, Provenance, remove, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.charts.chart import Chart
    from charthouse.repository_server.catalogue import Catalogue
    from charthouse.repository_server.contents import Contents
    from charthouse.repository_server.entries import Entry
    from charthouse.repository_server.requests import Request

__all__ = ["Api", "version_of"]

_SAVED = '{"saved":true}'


class Api(Record):
    """The handlers. chart_field, provenance_field: names of a form's fields besides ``chart`` and ``prov``; prefix:
    what addresses in the index begin with."""

    catalogue: Catalogue
    contents: Contents
    policy: Policy
    chart_field: str = "chart"
    provenance_field: str = "prov"
    prefix: str = ""

    def list(self, request: Request) -> Answer:
        """``GET /api/charts``"""
        offset = _number(request, "offset", 0, "offset is not a valid non-negative integer")
        limit = _number(request, "limit", 1, "limit is not a valid positive integer")
        charts = self.catalogue.charts()
        names = list(charts)[offset : None if limit < 0 else offset + limit] if offset >= 0 else list(charts)
        if offset < 0 and limit > 0:
            names = names[:limit]
        return json_answer("{" + ",".join(f"{_quoted(name)}:{_joined(charts[name])}" for name in names) + "}")

    def chart(self, request: Request, name: str) -> Answer:
        """``GET, HEAD /api/charts/NAME``"""
        versions = self.catalogue.versions(name)
        if not versions:
            raise Refused(404, "chart not found")
        return json_answer(_joined(versions))

    def version(self, request: Request, name: str, version: str) -> Answer:
        """``GET, HEAD /api/charts/NAME/VERSION``"""
        return json_answer(version_of(self.catalogue, name, version).json)

    def values(self, request: Request, name: str, version: str) -> Answer:
        """``GET /api/charts/NAME/VERSION/values``"""
        chart = self._loaded(name, version)
        data = next((file.data for file in chart.raw if file.name == "values.yaml"), None)
        if data is None:
            raise Refused(404, "values.yaml not found")
        return Answer(200, data, (("Content-Type", "application/yaml"),))

    def templates(self, request: Request, name: str, version: str) -> Answer:
        """``GET /api/charts/NAME/VERSION/templates``"""
        from base64 import b64encode

        chart = self._loaded(name, version)
        files = [{"name": file.name, "data": b64encode(file.data).decode()} for file in chart.templates]
        return json_answer({"templates": files or None, "values": _sorted(chart.values) if chart.has_values else None})

    def upload(self, request: Request) -> Answer:
        """``POST /api/charts``: an archive as it is, or a form."""
        from charthouse.repository_server.multipart import boundary_of, files_of

        force = "force" in request.query
        boundary = boundary_of(request.header("content-type"))
        if not boundary:
            store(
                self.catalogue, Archive.of(request.body), None, policy=self.policy, force=force, prefix=self.prefix
            )  # fmt: skip
            return json_answer(_SAVED, 201)
        files = files_of(request.body, boundary)
        chart = files.get("chart", files.get(self.chart_field))
        provenance = files.get("prov", files.get(self.provenance_field))
        if chart is None and provenance is None:
            fields = f"{self.chart_field} and {self.provenance_field}"
            raise Refused(400, f"no package or provenance file found in form fields {fields}")
        archive = None if chart is None else Archive.of(chart)
        signed = None if provenance is None else Provenance.of(provenance)
        if archive is not None and signed is not None and signed.file != archive.file + ".prov":
            raise Refused(400, f"{signed.file} does not belong to {archive.file}")
        store(
            self.catalogue, archive, signed, policy=self.policy, force=force, conflict="chart already exists",
            prefix=self.prefix,
        )  # fmt: skip
        return json_answer(_SAVED, 201)

    def provenance(self, request: Request) -> Answer:
        """``POST /api/prov``"""
        signed = Provenance.of(request.body, status=500)
        store(self.catalogue, None, signed, policy=self.policy, force="force" in request.query)
        return json_answer(_SAVED, 201)

    def delete(self, request: Request, name: str, version: str) -> Answer:
        """``DELETE /api/charts/NAME/VERSION``"""
        remove(self.catalogue, name, version)
        return json_answer('{"deleted":true}')

    def _loaded(self, name: str, version: str) -> Chart:
        return self.contents.chart(version_of(self.catalogue, name, version))


def version_of(catalogue: Catalogue, name: str, wanted: str) -> Entry:
    """The version of a chart that `wanted` means: itself, a range, ``latest``. Raises Refused (404)."""
    from charthouse.distribution.errors import IndexError_
    from charthouse.distribution.index import select

    versions = catalogue.versions(name)
    if not versions:
        raise Refused(404, "no chart name found")
    try:
        picked = select([e.version for e in versions], name, "" if wanted == "latest" else wanted, log=silent)
    except IndexError_ as error:
        raise Refused(404, error.message) from error
    return versions[picked]


def _number(request: Request, key: str, least: int, problem: str) -> int:
    """A number of the query, -1 when it is not given. Raises Refused (400)."""
    if key not in request.query:
        return -1
    text = request.query[key].removeprefix("+")
    if not (text.isascii() and text.isdigit() and len(text) < 19) or int(text) < least:
        raise Refused(400, problem)
    return int(text)


def _joined(versions: list[Entry]) -> str:
    return "[" + ",".join(entry.json for entry in versions) + "]"


def _quoted(text: str) -> str:
    from charthouse.golang.json import quote

    return quote(text)


def _sorted(value: object) -> object:
    """Maps in the order of their keys, as Go's JSON has them."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
