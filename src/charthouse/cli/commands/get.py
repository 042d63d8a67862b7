"""``get``: print parts of a release. Rules: Helm 4.3.1 ``pkg/cmd/get*.go``."""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag
from charthouse.cli.global_flags import tiller_tls_flags
from charthouse.cli.names import complete_release
from charthouse.cli.shared_flags import output_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.actions.get import ReleaseMetadata
    from charthouse.actions.options import GetOptions
    from charthouse.cli.context import Context
    from charthouse.releases.release import Release

__all__ = ["COMMAND"]

_APPLY = {"": "client-side apply (defaulted)", "csa": "client-side apply", "ssa": "server-side apply"}


def _revision_flag() -> list[Flag]:
    return [Flag("revision", "int", "revision to print; the last one when not given"), *tiller_tls_flags()]


def _all_flags() -> list[Flag]:
    return [*_revision_flag(), Flag("template", "string", "Go template for the output, as in {{.Release.Name}}")]


def _metadata_flags() -> list[Flag]:
    return [*_revision_flag(), output_flag()]


def _values_flags() -> list[Flag]:
    return [*_revision_flag(), Flag("all", "bool", "the computed values, defaults included", short="a"), output_flag()]


def _options(context: Context, *, all_values: bool = False) -> GetOptions:
    from charthouse.actions.options import GetOptions

    return GetOptions(
        name=context.words[0], namespace=context.namespace, revision=context["revision"], all_values=all_values
    )


def _release(context: Context) -> Release:
    from charthouse.cli.wiring import verbs

    return verbs(context).get(_options(context))


def _all(context: Context) -> None:
    release = _release(context)
    if context["template"]:
        from charthouse.cli.output.release_value import template_data
        from charthouse.cli.output.template import execute

        context.out.write(execute(context["template"], template_data(release)))
        return
    from charthouse.cli.output.status import status_text

    context.out.write(status_text(context, release, debug=True, metadata=True, stored=True))


def _hooks(context: Context) -> None:
    for hook in _release(context).hooks:
        context.out.write(f"---\n# Source: {hook.path}\n{hook.manifest}\n")


def _manifest(context: Context) -> None:
    context.out.write(_release(context).manifest + "\n")


def _notes(context: Context) -> None:
    notes = _release(context).info.notes
    if notes:
        context.out.write(f"NOTES:\n{notes}\n")


def _values(context: Context) -> None:
    from charthouse.cli.output.encode import json_text, yaml_text
    from charthouse.cli.wiring import verbs

    everything = context["all"]
    values: Any = verbs(context).values(_options(context, all_values=everything))
    if not values and not everything:
        values = None
    if context["output"] == "json":
        context.out.write(json_text(values))
        return
    if context["output"] == "table":
        context.out.write("COMPUTED VALUES:\n" if everything else "USER-SUPPLIED VALUES:\n")
    context.out.write(yaml_text(values))


def _metadata(context: Context) -> None:
    from charthouse.cli.output.encode import json_text, struct, yaml_text
    from charthouse.cli.wiring import verbs

    found = verbs(context).metadata(_options(context))
    if context["output"] == "json":
        context.out.write(json_text(struct(_metadata_object(found))))
    elif context["output"] == "yaml":
        context.out.write(yaml_text(_metadata_object(found)))
    else:
        context.out.write(_metadata_table(found))


def _metadata_object(found: ReleaseMetadata) -> dict[str, Any]:
    from charthouse.cli.output.moments import rfc3339

    out: dict[str, Any] = {
        "name": found.name, "chart": found.chart, "version": found.version, "appVersion": found.app_version,
    }  # fmt: skip
    if found.annotations:
        out["annotations"] = dict(sorted(found.annotations.items()))
    if found.labels:
        out["labels"] = dict(sorted(found.labels.items()))
    if found.dependencies:
        out["dependencies"] = [dependency.to_dict() for dependency in found.dependencies]
    out.update(
        namespace=found.namespace, revision=found.revision, status=found.status, deployedAt=rfc3339(found.deployed_at)
    )
    if found.apply_method:
        out["applyMethod"] = found.apply_method
    return out


def _metadata_table(found: ReleaseMetadata) -> str:
    from charthouse.cli.flag_kinds import quote
    from charthouse.cli.output.moments import rfc3339

    rows = (
        ("NAME", found.name),
        ("CHART", found.chart),
        ("VERSION", found.version),
        ("APP_VERSION", found.app_version),
        ("ANNOTATIONS", _pairs(found.annotations or {})),
        ("LABELS", _pairs(found.labels)),
        ("DEPENDENCIES", ",".join(sorted(dependency.name for dependency in found.dependencies))),
        ("NAMESPACE", found.namespace),
        ("REVISION", str(found.revision)),
        ("STATUS", found.status),
        ("DEPLOYED_AT", rfc3339(found.deployed_at)),
        ("APPLY_METHOD", _APPLY.get(found.apply_method, f"unknown ({quote(found.apply_method)})")),
    )
    return "".join(f"{key}: {value}\n" for key, value in rows)


def _pairs(mapping: Any) -> str:
    return ",".join(f"{key}={mapping[key]}" for key in sorted(mapping))


COMMAND = Command(
    "get",
    "print parts of a release",
    long="Print what is recorded of a release: its values, manifest, hooks, notes and metadata.\n",
    args="none",
    children=(
        Command(
            "all RELEASE_NAME",
            "print everything",
            args="exact 1",
            flags=_all_flags,
            run=_all,
            complete=complete_release,
        ),
        Command(
            "hooks RELEASE_NAME",
            "print the hooks",
            args="exact 1",
            flags=_revision_flag,
            run=_hooks,
            complete=complete_release,
        ),
        Command(
            "manifest RELEASE_NAME",
            "print the manifest",
            args="exact 1",
            flags=_revision_flag,
            run=_manifest,
            complete=complete_release,
        ),
        Command(
            "metadata RELEASE_NAME",
            "print the metadata",
            args="exact 1",
            flags=_metadata_flags,
            run=_metadata,
            complete=complete_release,
        ),
        Command(
            "notes RELEASE_NAME",
            "print the notes",
            args="exact 1",
            flags=_revision_flag,
            run=_notes,
            complete=complete_release,
        ),
        Command(
            "values RELEASE_NAME",
            "print the values",
            args="exact 1",
            flags=_values_flags,
            run=_values,
            complete=complete_release,
        ),
    ),
)
