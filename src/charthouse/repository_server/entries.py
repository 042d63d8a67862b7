"""One version of a chart as the index has it, and the texts it contributes to the index and to the API.

Both texts are made once, when the archive is read, and kept: an index of thousands is then a matter of joining them.
Rules: ChartMuseum 0.16 ``pkg/repo/chart.go`` (``ChartVersionFromStorageObject``: address, digest, ``created`` is when
the file was changed).
"""

from __future__ import annotations

import threading

from charthouse.charts.metadata import ChartError
from charthouse.records import Record
from charthouse.repository_server.errors import Refused
from charthouse.repository_server.storage import Stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.metadata import Metadata

__all__ = ["Entry", "entry_of", "examine", "moment"]

_SECONDS = 10.0
_MEMORY = 1 << 30
_one_at_a_time = threading.Lock()


class Entry(Record):
    """file: its name in the storage. stamp: of the bytes this is about. yaml: the item in index.yaml, indented as it
    stands there, under `key`, the chart's name as YAML. json: the object in answers of the API. problem: why the file
    is no chart, "" for one that is; the other texts are "" then."""

    file: str
    stamp: Stamp
    name: str = ""
    version: str = ""
    digest: str = ""
    created: str = ""
    key: str = ""
    yaml: str = ""
    json: str = ""
    problem: str = ""

    def fields(self) -> dict[str, Any]:
        """What `json` says, as plain data."""
        from json import loads

        found: dict[str, Any] = loads(self.json)
        return found


def examine(data: bytes) -> Metadata:
    """The metadata of an archive, which is read whole as Helm reads it, within the limits for untrusted charts.

    One at a time, so that many bad archives take no more memory than one. Raises Refused with 400.
    """
    from charthouse.charts.loader import load_archive
    from charthouse.gotemplate.deepstack import deep
    from charthouse.gotemplate.errors import LimitError
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import silent

    with _one_at_a_time:
        try:
            chart = deep(lambda: load_archive(data, log=silent), Limits(seconds=_SECONDS, memory=_MEMORY))
        except (ChartError, LimitError) as error:
            raise Refused(400, error.message) from error
        except (MemoryError, RecursionError) as error:
            raise Refused(400, "chart needs more memory than it may have") from error
    return chart.metadata


def entry_of(file: str, stamp: Stamp, data: bytes, *, prefix: str = "") -> Entry:
    """The entry of an archive; one with a `problem` when it is no chart. prefix: what stands before ``charts/FILE``."""
    try:
        metadata = examine(data)
    except Refused as error:
        return Entry(file, stamp, problem=error.message)
    return entry_from(metadata, file, stamp, data, prefix=prefix)


def entry_from(metadata: Metadata, file: str, stamp: Stamp, data: bytes, *, prefix: str = "") -> Entry:
    """The entry of an archive that was examined."""
    from hashlib import sha256

    from charthouse.distribution.index import ChartVersion
    from charthouse.formats.yaml import dump
    from charthouse.golang.json import encode
    from charthouse.golang.ordered import ordered

    digest = sha256(data).hexdigest()
    created = moment(stamp.modified)
    value = ChartVersion(metadata, [f"{prefix}charts/{file}"], created=created, digest=digest).to_dict()
    text = dump({"entries": {metadata.name: [value]}}).partition("\n")[2]
    key, _, item = text.partition("\n")
    return Entry(
        file, stamp, metadata.name, metadata.version, digest, created, key + "\n", item, encode(ordered(value))
    )


def moment(nanoseconds: int) -> str:
    """A time as Go writes it (RFC 3339, no trailing zeros), in UTC."""
    from time import gmtime, strftime

    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(seconds)) + fraction + "Z"
