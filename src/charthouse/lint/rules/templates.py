"""The templates: do they render, and are the objects they give sound (helm v4.3.1 rules/template.go)."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.formats import yaml
from charthouse.lint.report import ERROR, WARNING
from charthouse.lint.rules.deprecated_kinds import deprecation
from charthouse.lint.rules.documents import heads
from charthouse.lint.rules.object_names import name_complaint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from charthouse.charts.capabilities import KubeVersion
    from charthouse.charts.chart import Chart
    from charthouse.engine.cache import TreeCache
    from charthouse.gotemplate.limits import Limits
    from charthouse.lint.report import Check
    from charthouse.lint.rules.documents import Head
    from charthouse.lint.source import Source
    from charthouse.logs import Log

__all__ = ["check"]

_FOLDER = "templates/"
_EXTENSIONS = (".yaml", ".yml", ".tpl", ".txt")
_MAX_LINE = 64 * 1024
_WITH_SELECTOR = ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet")


def check(
    source: Source,
    directory: str,
    values: dict[str, Any],
    note: Check,
    *,
    namespace: str,
    kube_version: KubeVersion | None,
    skip_schema: bool,
    log: Log,
    limits: Limits | None = None,
    cache: TreeCache | None = None,
) -> None:
    """Notes what is wrong with the templates of a directory."""
    import os

    path = os.path.join(directory, "templates")
    if not note(WARNING, _FOLDER, "" if os.path.exists(path) else "directory does not exist"):
        return
    if not note(ERROR, _FOLDER, "" if os.path.isdir(path) else "not a directory"):
        return
    source.tell(log)
    chart = source.chart
    if chart is None:
        note(ERROR, _FOLDER, source.error)
        return
    rendered = _render(chart, values, note, namespace, kube_version, skip_schema, log, limits, cache)
    if rendered is not None:
        _check_all(chart, rendered, note, kube_version)


def _render(
    chart: Chart,
    values: dict[str, Any],
    note: Check,
    namespace: str,
    kube_version: KubeVersion | None,
    skip_schema: bool,
    log: Log,
    limits: Limits | None,
    cache: TreeCache | None,
) -> dict[str, str] | None:
    """The rendered templates by path; None when that failed (noted where Helm says so)."""
    from charthouse.charts.capabilities import Capabilities, default_capabilities
    from charthouse.charts.dependencies import process
    from charthouse.charts.values import coalesce, to_render_values
    from charthouse.engine import render

    capabilities = default_capabilities()
    if kube_version is not None:
        capabilities = Capabilities(kube_version, list(capabilities.api_versions), capabilities.helm_version)
    try:
        process(chart, values, log=log)
        merged = coalesce(chart, values, log=log)
    except CharthouseError:
        return None  # Helm leaves it to other commands to say so
    try:
        top = to_render_values(
            chart,
            merged,
            name="test-release",
            namespace=namespace,
            revision=0,
            is_install=False,
            is_upgrade=False,
            capabilities=capabilities,
            log=log,
            skip_schema=skip_schema,
        )
        return render(chart, top, log=log, lint_mode=True, limits=limits, cache=cache)
    except CharthouseError as error:
        note(ERROR, _FOLDER, str(error))
        return None


def _check_all(chart: Chart, rendered: dict[str, str], note: Check, kube_version: KubeVersion | None) -> None:
    for template in chart.templates:
        name = template.name
        extension = _extension(name)
        words = f"file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
        note(ERROR, name, "" if extension in _EXTENSIONS else words)
        if extension.lower() not in (".yaml", ".yml"):
            continue
        text = rendered.get(f"{chart.name}/{name}", "")
        if text.strip() and not _check_text(name, text, note, kube_version):
            return


def _extension(name: str) -> str:
    base = name[name.rfind("/") + 1 :]
    return base[base.rfind(".") :] if "." in base else ""


def _check_text(name: str, text: str, note: Check, kube_version: KubeVersion | None) -> bool:
    """Whether the templates behind this one are still to be looked at."""
    note(WARNING, name, _indentation(text))
    try:
        for head in heads(text):
            if head is None:
                continue
            note(WARNING, name, name_complaint(head.kind, head.name))
            note(WARNING, name, deprecation(head.api_version, head.kind, kube_version))
            note(ERROR, name, _selector(head, text))
            note(ERROR, name, _list_annotations(head, text))
    except yaml.YamlError as error:
        note(ERROR, name, f"unable to parse YAML: {error}")
        return False
    return True


def _indentation(text: str) -> str:
    """A first line that is indented, which some YAML readers take in a way nobody means."""
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        if len(line) >= _MAX_LINE:
            return "bufio.Scanner: token too long"
        if not line.strip():
            continue
        if line[0] in " \t":
            from charthouse.golang.strconv import quote

            return f"document starts with an illegal indent: {quote(line)}, which may cause parsing problems"
        return ""
    return ""


def _selector(head: Head, text: str) -> str:
    if head.kind not in _WITH_SELECTOR or "matchLabels" in text or "matchExpressions" in text:
        return ""
    from charthouse.golang.strconv import quote

    return f"a {head.kind} must contain matchLabels or matchExpressions, and {quote(head.name)} does not"


def _list_annotations(head: Head, text: str) -> str:
    if head.kind != "List":
        return ""
    try:
        items = yaml.load_object(text).get("items")
    except yaml.YamlError as error:
        return f"unable to parse YAML: {error}"
    for item in items if isinstance(items, list) else ():
        metadata = item.get("metadata") if isinstance(item, dict) else None
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(annotations, dict) and "helm.sh/resource-policy" in annotations:
            return "annotation 'helm.sh/resource-policy' within List objects are ignored"
    return ""
