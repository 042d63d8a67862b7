"""Lints one chart: a directory or an archive (helm v4.3.1 `pkg/action/lint.go`, `pkg/chart/v2/lint/lint.go`)."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.lint.report import ERROR, WARNING, Findings, Report
from charthouse.profile import HELM4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.capabilities import KubeVersion
    from charthouse.engine.cache import TreeCache
    from charthouse.gotemplate.limits import Limits
    from charthouse.logs import Log
    from charthouse.profile import Profile

__all__ = ["run"]


def run(
    path: str,
    values: dict[str, Any],
    *,
    namespace: str = "default",
    kube_version: KubeVersion | None = None,
    skip_schema: bool = False,
    strict: bool = False,
    log: Log,
    limits: Limits | None = None,
    cache: TreeCache | None = None,
    profile: Profile = HELM4,
) -> Report:
    """What is wrong with the chart at `path`.

    values: the user's; kube_version: what capabilities and deprecations are judged by, None for Helm's default;
    strict: warnings fail too; limits: what the templates may use up; cache: where parsed templates are kept. A chart
    that cannot be looked at is a Report with failures only; nothing is raised.
    """
    import os

    if path.endswith((".tgz", ".tar.gz")):
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="helm-lint") as folder:
            try:
                directory = _extract(path, folder)
            except CharthouseError as error:
                return Report(failures=(str(error),))
            return _run(directory, values, namespace, kube_version, skip_schema, strict, log, limits, cache, profile)
    return _run(
        os.path.normpath(path), values, namespace, kube_version, skip_schema, strict, log, limits, cache, profile
    )


def _extract(path: str, folder: str) -> str:
    """The directory an archive was unpacked to."""
    from charthouse.charts.archive import expand
    from charthouse.charts.oserror import go_text

    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except IsADirectoryError as error:
        raise CharthouseError(f"unable to extract tarball: {go_text('read', path, error)}") from None
    except OSError as error:
        raise CharthouseError(f"unable to open tarball: {go_text('open', path, error)}") from None
    try:
        return expand(data, folder)
    except CharthouseError as error:
        raise CharthouseError(f"unable to extract tarball: {error}") from None


def _run(
    directory: str,
    values: dict[str, Any],
    namespace: str,
    kube_version: KubeVersion | None,
    skip_schema: bool,
    strict: bool,
    log: Log,
    limits: Limits | None = None,
    cache: TreeCache | None = None,
    profile: Profile = HELM4,
) -> Report:
    import os

    from charthouse.charts.kept import KeptValues
    from charthouse.charts.oserror import go_text
    from charthouse.lint.rules import chart_file, crds, dependencies, templates, values_file
    from charthouse.lint.source import Source

    chart_file_path = os.path.normpath(os.path.join(directory, "Chart.yaml"))
    try:
        os.stat(chart_file_path)
    except OSError as error:
        text = go_text("stat", chart_file_path, error)
        return Report(failures=(f"unable to check Chart.yaml file in chart: {text}",))
    top = os.path.abspath(directory)
    findings = Findings()
    chart_file.check(top, findings.check, profile)
    fetch = limits.fetch_schema if limits is not None else None
    kept = KeptValues(cache) if cache is not None else None
    values_file.check(
        top, values, findings.check, skip_schema=skip_schema, log=log, profile=profile, fetch_schema=fetch, kept=kept
    )
    source = Source(top, profile, kept)
    later = Findings()  # rendering changes the chart, so what stands behind it is looked at before
    dependencies.check(source, top, later.check)
    if not profile.lint3:
        crds.check(source, top, later.check)
    templates.check(
        source,
        top,
        values,
        findings.check,
        namespace=namespace,
        kube_version=kube_version,
        skip_schema=skip_schema,
        log=log,
        limits=limits,
        cache=cache,
        causes=findings.causes,
        profile=profile,
    )
    source.tell(log)
    if not profile.lint3 and os.path.isdir(os.path.join(top, "crds")):
        source.tell(log)
    findings.messages += later.messages
    worst = WARNING if strict else ERROR
    failures = tuple(message.text for message in findings.messages if message.severity >= worst)
    return Report(tuple(findings.messages), failures, tuple(findings.causes))
