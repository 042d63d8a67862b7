"""Releases as messages, and back as the very records they were.

Portals read the typed fields; charthouse's own client rebuilds the release from ``Record``: Helm's JSON of it, and
beside it what that JSON cannot tell (integers and floats of values, charts within the chart).
"""

from __future__ import annotations

import json

from charthouse.charts.chart import Chart, Metadata
from charthouse.golang.kinds import GoError
from charthouse.golang.moment import from_nanoseconds, to_text
from charthouse.records import replace
from charthouse.releases.codec import from_json, to_json
from charthouse.releases.errors import CodecError
from charthouse.tiller.v1 import exact, messages
from charthouse.tiller.v1.structs import from_struct, put_struct, put_value, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from charthouse.actions.get import ReleaseMetadata
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.release import Release

__all__ = ["from_message", "metadata_from_message", "metadata_to_message", "put_time", "time_of", "to_message"]


def to_message(release: Release, view: int) -> messages.Release:
    """A release as `view` (``messages.View``) tells it; DEFAULT is FULL. Raises CodecError for values without JSON."""
    out = messages.Release(
        name=text(release.name),
        namespace=text(release.namespace),
        revision=release.version,
        apply_method=text(release.apply_method),
    )
    if view == messages.View.HEAD:
        _put_head(release, out.record)
        return out
    out.labels.update({text(key): text(value) for key, value in release.labels.items()})
    out.annotations.update({text(key): text(value) for key, value in release.annotations.items()})
    _put_info(release, out, notes=view in (messages.View.DEFAULT, messages.View.FULL))
    put_struct(out.chart, release.chart.metadata.to_dict())
    if view == messages.View.RECORD:
        _put_record(release, out.record)
    elif view != messages.View.SUMMARY:
        put_struct(out.config, release.config)
        out.manifest = text(release.manifest)
        out.hooks.extend(map(_hook, release.hooks))
        for key, objects in (release.info.resources or {}).items():
            for entry in objects:
                put_value(out.resources[text(key)].values.add(), entry)
    return out


def from_message(message: messages.Release) -> Release:
    """The release in a message that was asked for as RECORD, or as HEAD. Raises CodecError."""
    record = message.record
    try:
        value = json.loads(record.json.decode("utf-8"), parse_int=float)
        release = from_json(value, dict(record.labels), dict(record.annotations))
        if record.config:
            release = replace(release, config=exact.decode(record.config))
        if record.chart_values:
            release.chart.values = exact.decode(record.chart_values)
        if record.dependencies:
            _add_dependencies(release.chart, json.loads(record.dependencies), exact.decode)
        if record.resources:
            release = replace(release, info=replace(release.info, resources=json.loads(record.resources)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, GoError, exact.BadValues) as error:
        raise CodecError(f"record is not a release: {error}") from error
    return release


def _put_info(release: Release, out: messages.Release, *, notes: bool) -> None:
    info = release.info
    for name in ("first_deployed", "last_deployed", "deleted"):
        put_time(getattr(out.info, name), getattr(info, name))
    out.info.description = text(info.description)
    out.info.status = text(info.status)
    out.info.rollback_revision = info.rollback_revision
    if notes:
        out.info.notes = text(info.notes)


def _put_record(release: Release, out: messages.Record) -> None:
    plain = replace(release, info=replace(release.info, resources=None))
    out.json = json.dumps(to_json(plain), separators=(",", ":")).encode("ascii")
    out.labels.update({text(key): text(value) for key, value in release.labels.items()})
    out.annotations.update({text(key): text(value) for key, value in release.annotations.items()})
    if not exact.is_plain(release.config):
        out.config = exact.encode(release.config)
    if not exact.is_plain(release.chart.values):
        out.chart_values = exact.encode(release.chart.values)
    if release.chart.dependencies:
        out.dependencies = json.dumps(_dependencies(release.chart)).encode("ascii")
    if release.info.resources is not None:
        out.resources = json.dumps(release.info.resources).encode("ascii")


def _put_head(release: Release, out: messages.Record) -> None:
    """What lists show of a release."""
    chart = Chart(release.chart.metadata, lock=release.chart.lock)
    info = replace(release.info, notes="", resources=None)
    brief = replace(release, chart=chart, info=info, config={}, manifest="", hooks=())
    out.json = json.dumps(to_json(brief), separators=(",", ":")).encode("ascii")
    out.labels.update({text(key): text(value) for key, value in release.labels.items()})
    if release.annotations:
        out.annotations.update({text(key): text(value) for key, value in release.annotations.items()})


def _dependencies(chart: Chart) -> list[dict[str, Any]]:
    """The charts within, as far as what is printed of a release depends on them."""
    return [
        {
            "metadata": entry.metadata.to_dict(),
            "values": exact.encode(entry.values).decode("ascii") if entry.has_values or entry.values else None,
            "dependencies": _dependencies(entry),
        }
        for entry in chart.dependencies
    ]


def _add_dependencies(chart: Chart, entries: list[dict[str, Any]], decode: Any) -> None:
    for entry in entries:
        values = entry["values"]
        inner = Chart(
            Metadata.from_object(entry["metadata"]), values=None if values is None else decode(values.encode("ascii"))
        )
        inner.parent = chart
        chart.dependencies.append(inner)
        _add_dependencies(inner, entry["dependencies"], decode)


def _hook(hook: Hook) -> messages.Hook:
    out = messages.Hook(
        name=text(hook.name),
        kind=text(hook.kind),
        path=text(hook.path),
        manifest=text(hook.manifest),
        events=list(hook.events),
        weight=max(-(1 << 31), min(hook.weight, (1 << 31) - 1)),
        delete_policies=[text(entry) for entry in hook.delete_policies],
        output_log_policies=[text(entry) for entry in hook.output_log_policies],
    )
    out.last_run.phase = text(hook.last_run.phase)
    put_time(out.last_run.started_at, hook.last_run.started)
    put_time(out.last_run.completed_at, hook.last_run.completed)
    return out


def put_time(field: messages.Timestamp, moment: datetime | None) -> None:
    """Set a time field; None leaves it absent."""
    if moment is None:
        return
    whole = int(moment.timestamp() // 1)
    field.seconds = whole
    field.nanos = getattr(moment, "nanosecond", moment.microsecond * 1000)


def time_of(field: messages.Timestamp) -> Any:
    """The moment in a time field, in UTC."""
    return from_nanoseconds(field.seconds * 1_000_000_000 + field.nanos)


def metadata_to_message(metadata: ReleaseMetadata) -> messages.ReleaseMetadata:
    """`get metadata`."""
    out = messages.ReleaseMetadata(
        name=text(metadata.name),
        chart=text(metadata.chart),
        version=text(metadata.version),
        app_version=text(metadata.app_version),
        namespace=text(metadata.namespace),
        revision=metadata.revision,
        status=text(metadata.status),
        apply_method=text(metadata.apply_method),
    )
    out.annotations.update({text(key): text(value) for key, value in (metadata.annotations or {}).items()})
    out.labels.update({text(key): text(value) for key, value in metadata.labels.items()})
    chart = Metadata()
    chart.dependencies = list(metadata.dependencies)
    for entry in chart.to_dict().get("dependencies") or ():
        put_struct(out.dependencies.add(), entry)
    if metadata.deployed_at is not None:
        put_time(out.deployed_at, metadata.deployed_at)
        out.deployed = to_text(metadata.deployed_at)
    return out


def metadata_from_message(message: messages.ReleaseMetadata) -> ReleaseMetadata:
    """`get metadata`, from the server. Raises CodecError."""
    from charthouse.actions.get import ReleaseMetadata
    from charthouse.golang.moment import from_text

    try:
        chart = Metadata.from_object({"dependencies": [from_struct(entry) for entry in message.dependencies]})
        return ReleaseMetadata(
            name=message.name,
            chart=message.chart,
            version=message.version,
            app_version=message.app_version,
            annotations=dict(message.annotations) or None,
            labels=dict(message.labels),
            dependencies=tuple(entry for entry in chart.dependencies or () if entry is not None),
            namespace=message.namespace,
            revision=message.revision,
            status=message.status,
            deployed_at=from_text(message.deployed) if message.deployed else None,
            apply_method=message.apply_method,
        )
    except (ValueError, GoError) as error:
        raise CodecError(f"metadata cannot be read: {error}") from error
