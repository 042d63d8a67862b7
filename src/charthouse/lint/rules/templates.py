"""The templates: do they render, and are the objects they give sound (helm v4.3.1 rules/template.go)."""

from __future__ import annotations

from charthouse.errors import CharthouseError
from charthouse.formats import yaml
from charthouse.lint.report import ERROR, WARNING
from charthouse.lint.rules.deprecated_kinds import deprecation
from charthouse.lint.rules.documents import heads
from charthouse.lint.rules.object_names import name_complaint
from charthouse.profile import HELM4

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
    from charthouse.profile import Profile

__all__ = ["check"]

_FOLDER = "templates/"
_EXTENSIONS = (".yaml", ".yml", ".tpl", ".txt")
_MAX_LINE = 64 * 1024
_CRD_HOOK_TEXT = (
    "manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ "
    "directory at the top level of the chart"
)
_RELEASE_TIME_TEXT = ".Release.Time has been removed in v3, please replace with the `now` function in your templates"
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
    causes: list[CharthouseError] | None = None,
    profile: Profile = HELM4,
) -> None:
    """Notes what is wrong with the templates of a directory. causes: takes the errors behind it."""
    import os

    path = os.path.join(directory, "templates")
    if profile.lint3:
        if not note(WARNING, _FOLDER, "not a directory" if os.path.exists(path) and not os.path.isdir(path) else ""):
            return
    else:
        if not note(WARNING, _FOLDER, "" if os.path.exists(path) else "directory does not exist"):
            return
        if not note(ERROR, _FOLDER, "" if os.path.isdir(path) else "not a directory"):
            return
    source.tell(log)
    chart = source.chart
    if chart is None:
        note(ERROR, _FOLDER, source.error)
        if source.cause is not None and causes is not None:
            causes.append(source.cause)
        return
    rendered = _render(chart, values, note, namespace, kube_version, skip_schema, log, limits, cache, causes, profile)
    if rendered is not None:
        _check_all(chart, rendered, note, kube_version, profile)


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
    causes: list[CharthouseError] | None,
    profile: Profile,
) -> dict[str, str] | None:
    """The rendered templates by path; None when that failed (noted where Helm says so)."""
    from charthouse.charts.capabilities import default_capabilities
    from charthouse.charts.dependencies import process
    from charthouse.charts.values import coalesce, to_render_values
    from charthouse.engine.render import render

    capabilities = default_capabilities(profile).copy(kube_version=kube_version)
    try:
        process(chart, values, log=log, profile=profile)
        merged = coalesce(chart, values, log=log, profile=profile)
    except CharthouseError:
        return None  # Helm leaves it to other commands to say so
    top = None
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
            fetch_schema=limits.fetch_schema if limits is not None else None,
            profile=profile,
        )
        return render(chart, top, log=log, lint_mode=True, limits=limits, cache=cache, profile=profile)
    except CharthouseError as error:
        note(ERROR, _FOLDER, str(error))
        if causes is not None:
            causes.append(_with_inputs(error, chart, top, values))
        return None


def _with_inputs(
    error: CharthouseError, chart: Chart, top: dict[str, Any] | None, values: dict[str, Any]
) -> CharthouseError:
    """`error` with what its explanation needs to know."""
    from charthouse.advice import Inputs, attach
    from charthouse.charts.values import SchemaError

    if isinstance(error, SchemaError):
        top = {"Values": error.values}
    return attach(error, Inputs(chart, top, values)) if top is not None else error


def _check_all(
    chart: Chart, rendered: dict[str, str], note: Check, kube_version: KubeVersion | None, profile: Profile
) -> None:
    for template in chart.templates:
        name = template.name
        extension = _extension(name)
        words = f"file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
        note(ERROR, name, "" if extension in _EXTENSIONS else words)
        if profile.lint3:
            note(WARNING, name, _CRD_HOOK_TEXT if _has_crd_hook(template.data) else "")
            note(ERROR, name, _RELEASE_TIME_TEXT if b".Release.Time" in template.data else "")
        if extension != ".yaml" if profile.lint3 else extension.lower() not in (".yaml", ".yml"):
            continue
        text = rendered.get(f"{chart.name}/{name}", "")
        if text.strip() and not _check_text(name, text, note, kube_version, profile):
            return


def _extension(name: str) -> str:
    base = name[name.rfind("/") + 1 :]
    return base[base.rfind(".") :] if "." in base else ""


def _has_crd_hook(data: bytes) -> bool:
    """Helm 2's hook for custom resource definitions (Helm 3: validateNoCRDHooks)."""
    at = data.find(b"helm.sh/hook")
    while at >= 0:
        rest = data[at + 12 :].removeprefix(b'"')
        blank = rest[1:].lstrip(b"\t\n\f\r ")
        if rest[:1] == b":" and len(blank) < len(rest) - 1 and blank.startswith(b"crd-install"):
            return True
        at = data.find(b"helm.sh/hook", at + 1)
    return False


def _check_text(name: str, text: str, note: Check, kube_version: KubeVersion | None, profile: Profile) -> bool:
    """Whether the templates behind this one are still to be looked at."""
    note(WARNING, name, _indentation(text))
    try:
        for head in heads(text):
            if head is None:
                continue
            note(WARNING, name, name_complaint(head.kind, head.name))
            note(WARNING, name, deprecation(head.api_version, head.kind, kube_version, profile))
            note(ERROR, name, _selector(head, text))
            words = _list_annotations(head, text)
            note(ERROR, name, words[:1].upper() + words[1:] if words[:1] == "a" and profile.lint3 else words)
    except yaml.YamlError as error:
        words = str(error)
        if profile.old_go:
            from charthouse.charts.json_helm3 import old_object_text

            words = old_object_text(words)
        note(ERROR, name, f"unable to parse YAML: {words}")
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
