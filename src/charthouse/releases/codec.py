"""A release as text: JSON → gzip level 9 → base64, key by key as Helm 4.3.1 writes it; reads Helm 3's and 4's.

Whose rules: helm v4.3.1 pkg/storage/driver/util.go (encodeRelease, decodeRelease), the JSON tags of pkg/release/v1,
pkg/chart/v2 and pkg/chart/common/file.go, and encoding/json (maps sorted by key, `<>&` escaped, invalid UTF-8 as
`\\ufffd`). Sub-charts are not part of the record. Decompression is bounded, since a record may come from anyone.
"""

from __future__ import annotations

import base64
import json
import zlib
from binascii import a2b_base64

from charthouse.charts.chart import Chart, File, Lock, Metadata
from charthouse.errors import CharthouseError
from charthouse.formats.jsonshape import nested_too_deeply, too_many_values
from charthouse.golang.kinds import GoError
from charthouse.golang.moment import from_text, to_text
from charthouse.manifests.hooks import Hook, HookRun
from charthouse.releases.errors import CodecError
from charthouse.releases.release import Info, Release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from charthouse.golang.moment import Moment

__all__ = ["MAX_DECODED", "decode", "encode", "from_json", "pack", "to_json", "unpack"]

MAX_DECODED = 32 << 20  # bytes of JSON; a Secret holds 1 MiB, which gzip can blow up a thousandfold, Python twentyfold
_MAX_DEPTH = 900  # of objects and arrays; a record of Helm needs a handful more than its values
_MAX_VALUES = 500_000  # a hundred times what the records of the largest published charts have
_LAST = (1 << 63) - 1
_ZERO_TIME = "0001-01-01T00:00:00Z"
_GZIP_MAGIC = b"\x1f\x8b\x08"


def encode(release: Release) -> str:
    """The payload of a record: base64 text.

    Raises CodecError when the values hold something JSON has no word for (NaN, infinities).
    """
    return base64.b64encode(pack(_dump(to_json(release)).encode("utf-8"))).decode("ascii")


def decode(data: str | bytes, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> Release:
    """The release in a payload. Raises CodecError (bad base64, gzip, JSON or field kinds)."""
    try:
        raw = base64.b64decode(data, validate=True)
    except ValueError as error:
        raise CodecError(f"illegal base64 data: {error}") from error
    if len(raw) > 3 and raw[:3] == _GZIP_MAGIC:
        raw = unpack(raw, MAX_DECODED)
    if too_many_values(raw, _MAX_VALUES):
        raise CodecError(f"record holds more than {_MAX_VALUES} values")
    if nested_too_deeply(raw, _MAX_DEPTH):  # with a raised recursion limit (templates raise it) it would not be told
        raise CodecError("record is not JSON: exceeded max depth")
    try:
        value = json.loads(raw.decode("utf-8", "replace"), parse_int=float)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"record is not JSON: {error}") from error
    return from_json(value, labels, annotations)


def pack(data: bytes) -> bytes:
    """gzip of level 9, without a date."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def unpack(raw: bytes, most: int) -> bytes:
    """What gzip holds, `most` bytes of it. Raises CodecError when that is more, or damaged."""
    unpacker = zlib.decompressobj(31)
    try:
        out = unpacker.decompress(raw, most)
    except zlib.error as error:
        raise CodecError(f"gzip: {error}") from error
    if not unpacker.eof:
        if unpacker.unconsumed_tail:
            raise CodecError(f"record is larger than {most} bytes")
        raise CodecError("unexpected EOF")
    return out


def to_json(release: Release) -> dict[str, Any]:
    """The record's JSON object, fields in struct order, empty ones left out as Helm leaves them out."""
    out: dict[str, Any] = {}
    if release.name:
        out["name"] = release.name
    out["info"] = info_to_json(release.info)
    out["chart"] = chart_to_json(release.chart)
    if release.config:
        out["config"] = _value(release.config)
    if release.manifest:
        out["manifest"] = release.manifest
    if release.hooks:
        out["hooks"] = [hook_to_json(hook) for hook in release.hooks]
    if release.version:
        out["version"] = release.version
    if release.namespace:
        out["namespace"] = release.namespace
    if release.apply_method:
        out["apply_method"] = release.apply_method
    return out


def info_to_json(info: Info) -> dict[str, Any]:
    """`info` as Info.MarshalJSON writes it; resources too, when `status` filled them in."""
    out: dict[str, Any] = {}
    for key, moment in (
        ("first_deployed", info.first_deployed),
        ("last_deployed", info.last_deployed),
        ("deleted", info.deleted),
    ):
        if moment is not None:
            out[key] = to_text(moment)
    for key, value in (
        ("description", info.description),
        ("status", info.status),
        ("rollback_revision", info.rollback_revision),
        ("notes", info.notes),
        ("resources", info.resources),
    ):
        if value:
            out[key] = value
    return out


def hook_to_json(hook: Hook) -> dict[str, Any]:
    """One entry of `hooks`; last_run is always there."""
    out: dict[str, Any] = {}
    for key, text in (("name", hook.name), ("kind", hook.kind), ("path", hook.path), ("manifest", hook.manifest)):
        if text:
            out[key] = text
    if hook.events:
        out["events"] = list(hook.events)
    run: dict[str, Any] = {}
    if hook.last_run.started is not None:
        run["started_at"] = to_text(hook.last_run.started)
    if hook.last_run.completed is not None:
        run["completed_at"] = to_text(hook.last_run.completed)
    run["phase"] = hook.last_run.phase
    out["last_run"] = run
    if hook.weight:
        out["weight"] = hook.weight
    if hook.delete_policies:
        out["delete_policies"] = list(hook.delete_policies)
    if hook.output_log_policies:
        out["output_log_policies"] = list(hook.output_log_policies)
    return out


def chart_to_json(chart: Chart) -> dict[str, Any]:
    """`chart`: the top chart only."""
    out: dict[str, Any] = {
        "metadata": chart.metadata.to_dict(),
        "lock": None if chart.lock is None else chart.lock.to_dict(),
        "templates": _files(chart.templates),
        "values": _value(chart.values) if chart.has_values or chart.values else None,
        "schema": None if chart.schema is None else _base64(chart.schema),
        "schemamodtime": _ZERO_TIME if chart.schema_modified is None else to_text(chart.schema_modified),
        "files": _files(chart.files),
    }
    if chart.modified is not None:
        out["modtime"] = to_text(chart.modified)
    return out


def _files(files: list[File]) -> list[dict[str, Any]] | None:
    if not files:
        return None
    out = []
    for file in files:
        entry = {"name": file.name, "data": _base64(file.data)}
        if file.modified is not None:
            entry["modtime"] = to_text(file.modified)
        out.append(entry)
    return out


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _value(value: Any) -> Any:
    """Values as encoding/json sees them: sorted maps, whole floats without a fraction."""
    if isinstance(value, dict):
        return {key: _value(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_value(entry) for entry in value]
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise CodecError(f"json: unsupported value: {_go_float(value)}")
        return int(value) if value.is_integer() and abs(value) < 1e21 else float(value)
    return value


def _go_float(value: float) -> str:
    return "NaN" if value != value else ("+Inf" if value > 0 else "-Inf")


def _dump(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii():
        text = "".join(
            "\\ufffd" if "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04x}" if c in "\u2028\u2029" else c for c in text
        )
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


# reading, field by field


def from_json(value: Any, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> Release:
    """The release of a decoded record; Helm 3's empty times and missing fields are read as Helm 4 reads them.

    Raises CodecError when a field is of the wrong kind.
    """
    try:
        record = _object(value)
        return Release(
            name=_text(record, "name"),
            namespace=_text(record, "namespace"),
            version=_integer(record, "version"),
            info=info_from_json(_object(record.get("info"))),
            chart=chart_from_json(_object(record.get("chart"))),
            config=_object(record.get("config")),
            manifest=_text(record, "manifest"),
            hooks=tuple(_hook(_object(entry)) for entry in _array(record, "hooks")),
            labels=dict(labels),
            apply_method=_text(record, "apply_method"),
            annotations=dict(annotations or {}),
        )
    except (ValueError, GoError) as error:
        raise CodecError(f"record is not a release: {error}") from error
    except CharthouseError as error:
        raise CodecError(f"record is not a release: {error.message}") from error


def info_from_json(record: dict[str, Any]) -> Info:
    """The Info of a decoded `info` object. Raises ValueError."""
    return Info(
        first_deployed=_moment(record, "first_deployed"),
        last_deployed=_moment(record, "last_deployed"),
        deleted=_moment(record, "deleted"),
        description=_text(record, "description"),
        status=_text(record, "status"),
        rollback_revision=_integer(record, "rollback_revision"),
        notes=_text(record, "notes"),
    )


def _hook(record: dict[str, Any]) -> Hook:
    run = _object(record.get("last_run"))
    return Hook(
        name=_text(record, "name"),
        kind=_text(record, "kind"),
        path=_text(record, "path"),
        manifest=_text(record, "manifest"),
        events=_texts(record, "events"),
        weight=_integer(record, "weight"),
        delete_policies=_texts(record, "delete_policies"),
        output_log_policies=_texts(record, "output_log_policies"),
        last_run=HookRun(
            started=_moment(run, "started_at"), completed=_moment(run, "completed_at"), phase=_text(run, "phase")
        ),
    )


def chart_from_json(record: dict[str, Any]) -> Chart:
    """The Chart of a decoded `chart` object. Raises ValueError, GoError."""
    metadata = Metadata.from_object(record.get("metadata"))
    lock = record.get("lock")
    values = record.get("values")
    return Chart(
        metadata,
        templates=_chart_files(record, "templates"),
        values=None if values is None else _object(values),
        schema=_bytes(record, "schema"),
        files=_chart_files(record, "files"),
        lock=None if lock is None else Lock.from_object(lock),
        modified=_known(_moment(record, "modtime")),
        schema_modified=_known(_moment(record, "schemamodtime")),
    )


def _known(moment: datetime | None) -> datetime | None:
    return None if moment is None or moment.year == 1 else moment


def _chart_files(record: dict[str, Any], key: str) -> list[File]:
    out = []
    for entry in _array(record, key):  # thousands in a list of releases: the usual kinds are told apart in place
        if entry is None:
            continue
        file = entry if type(entry) is dict else _object(entry)
        name, data, time = file.get("name"), file.get("data"), file.get("modtime")
        if type(name) is not str:
            name = _text(file, "name")
        data = a2b_base64(data, strict_mode=True) if type(data) is str else _bytes(file, "data") or b""
        moment = _moments.get(time) if type(time) is str else None
        out.append(File(name, data, _known(moment if moment is not None else _moment(file, "modtime"))))
    return out


def _object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"an object is wanted, not {type(value).__name__}")
    return value


def _array(record: dict[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"field {key}: an array is wanted, not {type(value).__name__}")
    return value


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"field {key}: a string is wanted, not {type(value).__name__}")
    return value


def _texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    values = _array(record, key)
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"field {key}: strings are wanted, not {type(value).__name__}")
    return tuple(values)


def _integer(record: dict[str, Any], key: str) -> int:
    value = record.get(key)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LAST <= value <= _LAST or value % 1:
        raise ValueError(f"field {key}: an integer is wanted, not {value!r}")
    return int(value)


_moments: dict[str, Moment] = {}
"""What was read lately: the files of a chart carry the same times in every release of it."""
_MOST_MOMENTS = 4096


def _moment(record: dict[str, Any], key: str) -> Any:
    text = _text(record, key)
    if not text:
        return None
    known = _moments.get(text)
    if known is None:
        known = from_text(text)
        if len(_moments) >= _MOST_MOMENTS:
            _moments.clear()
        _moments[text] = known
    return known


def _bytes(record: dict[str, Any], key: str) -> bytes | None:
    value = record.get(key)
    if value is None:
        return None
    return base64.b64decode(_text(record, key), validate=True)
