"""Names a shell may complete: releases, revisions, namespaces. What cannot be found out is left out."""

from __future__ import annotations

from charthouse.errors import CharthouseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.cli.context import Context

__all__ = ["complete_release", "complete_release_and_revision", "complete_releases", "namespaces", "no_words"]

_DEFAULT, _ERROR, _NO_FILES = 0, 1, 4


def namespaces(context: Context) -> list[str]:
    """The namespaces of the cluster."""
    from charthouse.cli.wiring import environment
    from charthouse.k8s.objects import ResourceType

    try:
        found = environment(context).cluster.client.list(ResourceType("v1", "Namespace", "namespaces", False))
    except CharthouseError:
        return []
    return [str(item["metadata"]["name"]) for item in found]


def no_words(context: Context, typed: str) -> tuple[list[str], int]:
    """Nothing more can follow."""
    return [], _NO_FILES


def complete_release(context: Context, typed: str) -> tuple[list[str], int]:
    """The releases of the namespace, for a command that takes one."""
    return _releases(context) if not context.words else ([], _NO_FILES)


def complete_releases(context: Context, typed: str) -> tuple[list[str], int]:
    """The releases not named yet, for a command that takes many."""
    return _releases(context)


def complete_release_and_revision(context: Context, typed: str) -> tuple[list[str], int]:
    """A release, then one of its revisions."""
    if not context.words:
        return _releases(context)
    if len(context.words) > 1:
        return [], _NO_FILES
    from charthouse.actions.options import HistoryOptions
    from charthouse.cli.wiring import verbs

    options = HistoryOptions(name=context.words[0], namespace=context.namespace)
    try:
        found = verbs(context).history(options)
    except CharthouseError:
        return [], _ERROR
    lines = []
    for release in found:
        chart = release.chart.metadata
        lines.append(f"{release.version}\tApp: {chart.app_version}, Chart: {chart.name}-{chart.version}")
    return lines, _NO_FILES


def _releases(context: Context) -> tuple[list[str], int]:
    from charthouse.actions.options import ListOptions
    from charthouse.cli.wiring import verbs

    try:
        found = verbs(context).list(ListOptions(namespace=context.namespace, limit=0))
    except CharthouseError:
        return [], _DEFAULT
    lines = []
    for release in found:
        if release.name not in context.words:
            chart = release.chart.metadata
            lines.append(f"{release.name}\t{chart.name}-{chart.version} -> {release.info.status}")
    return lines, _NO_FILES
