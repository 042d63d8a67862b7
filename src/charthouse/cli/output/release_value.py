"""A release as the Go structs ``get all --template`` walks over.

Rules: Helm 4.3.1 ``pkg/release/v1/{release,info,hook}.go``, ``pkg/chart/v2/chart.go``: exported fields in their order.
"""

from __future__ import annotations

from charthouse.cli.output.template import struct_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from charthouse.charts.chart import Chart, File
    from charthouse.golang.kinds import Struct
    from charthouse.manifests.hooks import Hook
    from charthouse.releases.release import Release

__all__ = ["template_data"]


def template_data(release: Release) -> dict[str, object]:
    """The data of the template: the release under `Release`."""
    from charthouse.golang.kinds import StringMap

    info = release.info
    fields = (
        ("Name", release.name),
        ("Info", struct_of("*v1.Info", (
            ("FirstDeployed", _moment(info.first_deployed)),
            ("LastDeployed", _moment(info.last_deployed)),
            ("Deleted", _moment(info.deleted)),
            ("Description", info.description),
            ("Status", info.status),
            ("Notes", info.notes),
            ("RollbackRevision", info.rollback_revision),
        ))),
        ("Chart", _chart(release.chart)),
        ("Config", release.config),
        ("Manifest", release.manifest),
        ("Hooks", [_hook(hook) for hook in release.hooks]),
        ("Version", release.version),
        ("Namespace", release.namespace),
        ("Labels", StringMap(release.labels)),
        ("ApplyMethod", release.apply_method),
    )  # fmt: skip
    return {"Release": struct_of("*v1.Release", fields)}


def _moment(moment: datetime | None) -> object:
    import charthouse.sprig.moments  # noqa: F401  # gives times their methods
    from charthouse.golang.time import FixedZone, Time

    if moment is None:
        return Time(-62135596800, 0, FixedZone("UTC", 0))
    from charthouse.cli.output.moments import zone_name

    offset = moment.utcoffset()
    seconds = int(offset.total_seconds()) if offset is not None else 0
    nanosecond = getattr(moment, "nanosecond", moment.microsecond * 1000)
    return Time(int(moment.timestamp() // 1), nanosecond, FixedZone(zone_name(moment), seconds))


def _hook(hook: Hook) -> Struct:
    from charthouse.golang.kinds import StringSlice

    run = hook.last_run
    return struct_of("*v1.Hook", (
        ("Name", hook.name),
        ("Kind", hook.kind),
        ("Path", hook.path),
        ("Manifest", hook.manifest),
        ("Events", StringSlice(hook.events)),
        ("LastRun", struct_of("v1.HookExecution", (
            ("StartedAt", _moment(run.started)), ("CompletedAt", _moment(run.completed)), ("Phase", run.phase),
        ))),
        ("Weight", hook.weight),
        ("DeletePolicies", StringSlice(hook.delete_policies)),
        ("OutputLogPolicies", StringSlice(hook.output_log_policies)),
    ))  # fmt: skip


def _chart(chart: Chart) -> Struct:
    return struct_of("*v2.Chart", (
        ("Metadata", _metadata(chart)),
        ("Templates", _files(chart.templates)),
        ("Values", chart.values),
        ("Schema", chart.schema or b""),
        ("Files", _files(chart.files)),
    ))  # fmt: skip


def _files(files: Iterable[File]) -> list[object]:
    return [struct_of("*common.File", (("Name", file.name), ("Data", file.data))) for file in files]


def _metadata(chart: Chart) -> Struct:
    from charthouse.golang.kinds import StringMap, StringSlice

    meta = chart.metadata
    return struct_of("*v2.Metadata", (
        ("Name", meta.name),
        ("Home", meta.home),
        ("Sources", StringSlice(meta.sources or ())),
        ("Version", meta.version),
        ("Description", meta.description),
        ("Keywords", StringSlice(meta.keywords or ())),
        ("Icon", meta.icon),
        ("APIVersion", meta.api_version),
        ("Condition", meta.condition),
        ("Tags", meta.tags),
        ("AppVersion", meta.app_version),
        ("Deprecated", meta.deprecated),
        ("Annotations", StringMap(meta.annotations or {})),
        ("KubeVersion", meta.kube_version),
        ("Type", meta.type),
    ))  # fmt: skip
