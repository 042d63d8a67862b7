"""The `diff` verb: what an upgrade would change, against the stored manifest or against what is live.

Data first (``ReleaseDiff``), text second (``text``: a unified diff, object by object). Secrets are masked unless asked
otherwise: every value of `data` and `stringData` is replaced by its length and a mark that tells equal from changed.
"""

from __future__ import annotations

from charthouse.actions.plan import ReleasePlan
from charthouse.actions.plan import run as plan
from charthouse.actions.ports import ApiError
from charthouse.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.actions.options import DiffOptions
    from charthouse.charts.chart import Chart
    from charthouse.k8s.objects import Resource

__all__ = ["Change", "ReleaseDiff", "between", "run", "text"]

# What the server adds to every object; a comparison with what is live leaves it out.
_SERVER_METADATA = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_OWNER_ANNOTATIONS = ("meta.helm.sh/release-name", "meta.helm.sh/release-namespace")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_OWNER_LABEL = "app.kubernetes.io/managed-by"


class Change(Record):
    """One object. action: add | change | remove | keep (no longer wanted, but its policy keeps it).

    before, after: the object, masked as asked; None when it is not there.
    """

    action: str
    api_version: str
    kind: str
    namespace: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def title(self) -> str:
        """`default, web, Deployment (apps/v1)`."""
        where = f"{self.namespace}, " if self.namespace else ""
        return f"{where}{self.name}, {self.kind} ({self.api_version})"


class ReleaseDiff(Record):
    """changes: in the order of the new manifest, what goes last; unchanged: how many objects stay as they are."""

    plan: ReleasePlan
    changes: tuple[Change, ...]
    unchanged: int


def run(env: Environment, chart: Chart, values: dict[str, Any], options: DiffOptions) -> ReleaseDiff:
    """Compare; nothing is written. Raises as ``upgrade.run``."""
    planned = plan(env, chart, values, options.upgrade)
    return between(planned, _live(env, (*planned.old, *planned.new)) if options.live else {}, options)


def between(
    planned: ReleasePlan, live: dict[tuple[str, str, str, str], dict[str, Any]], options: DiffOptions
) -> ReleaseDiff:
    """What a plan changes. live: the objects in the cluster, when those are compared with."""
    old = live if options.live else {_key(resource): resource.object for resource in planned.old}
    changes: list[Change] = []
    unchanged = 0
    wanted = set()
    for resource in planned.new:
        wanted.add(_key(resource))
        before = old.get(_key(resource))
        after: dict[str, Any] = resource.object
        if options.live and before is not None:
            after = _overlaid(before, after)
        if before == after:
            unchanged += 1
            continue
        changes.append(_change("add" if before is None else "change", resource, before, after, options.show_secrets))
    for resource in planned.old:
        before = old.get(_key(resource))
        if _key(resource) in wanted or before is None:
            continue
        wanted.add(_key(resource))
        action = "keep" if _kept(before) else "remove"
        changes.append(_change(action, resource, before, before if action == "keep" else None, options.show_secrets))
    return ReleaseDiff(planned, tuple(changes), unchanged)


def text(diff: ReleaseDiff, *, context: int = 3) -> str:
    """A unified diff, `""` when nothing changes. context: unchanged lines around a change, -1 for all."""
    from difflib import unified_diff

    out: list[str] = []
    verbs = {
        "add": "has been added",
        "change": "has changed",
        "remove": "has been removed",
        "keep": "is no longer wanted, but kept",
    }
    for change in diff.changes:
        out.append(f"{change.title} {verbs[change.action]}:\n")
        before, after = _lines(change.before), _lines(change.after)
        lines = unified_diff(before, after, n=context if context >= 0 else len(before) + len(after))
        for line in lines:
            if line.startswith(("--- ", "+++ ", "@@")) and line.rstrip() in ("---", "+++"):
                continue
            out.append(line if line.endswith("\n") else line + "\n")
    return "".join(out)


def _lines(object: dict[str, Any] | None) -> list[str]:
    if object is None:
        return []
    from charthouse.formats.yaml import dump

    return dump(object).splitlines(keepends=True)


def _key(resource: Resource) -> tuple[str, str, str, str]:
    kind = resource.ref.type
    return kind.group, kind.kind, resource.namespace, resource.name


def _live(env: Environment, resources: Iterable[Resource]) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for resource in resources:
        if _key(resource) in found:
            continue
        try:
            found[_key(resource)] = _without_server_fields(env.cluster.client.get(resource.ref))
        except ApiError as error:
            if error.reason != "NotFound":
                raise
    return found


def _without_server_fields(object: dict[str, Any]) -> dict[str, Any]:
    out = {key: value for key, value in object.items() if key != "status"}
    metadata = {k: v for k, v in (object.get("metadata") or {}).items() if k not in _SERVER_METADATA}
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k not in _OWNER_ANNOTATIONS}
    labels = dict(metadata.get("labels") or {})
    if labels.get(_OWNER_LABEL) == "Helm":
        del labels[_OWNER_LABEL]
    for key, value in (("annotations", annotations), ("labels", labels)):
        if value:
            metadata[key] = value
        else:
            metadata.pop(key, None)
    out["metadata"] = metadata
    return out


def _overlaid(live: Any, wanted: Any) -> Any:
    """The live object with what the manifest says put in: fields the manifest is silent about stay as they are."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        out = dict(live)
        for key, value in wanted.items():
            if value is None:
                out.pop(key, None)
            else:
                out[key] = _overlaid(live[key], value) if key in live else value
        return out
    if isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        return [_overlaid(old, new) for old, new in zip(live, wanted, strict=True)]
    return wanted


def _kept(object: dict[str, Any]) -> bool:
    annotations = (object.get("metadata") or {}).get("annotations") or {}
    policy = annotations.get("helm.sh/resource-policy")
    return isinstance(policy, str) and policy.strip().lower() == "keep"


def _change(
    action: str,
    resource: Resource,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    show_secrets: bool,
) -> Change:
    if resource.kind == "Secret" and not show_secrets:
        before, after = _masked(before, after)
    kind = resource.ref.type
    return Change(action, kind.api_version, kind.kind, resource.namespace, resource.name, before, after)


def _masked(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Both sides with their values hidden: equal ones look equal, changed ones differ in the mark only."""
    return _hidden(before, after, "-"), _hidden(after, before, "+")


def _hidden(object: dict[str, Any] | None, other: dict[str, Any] | None, mark: str) -> dict[str, Any] | None:
    if object is None:
        return None
    out = dict(object)
    _hide_copy(out)
    for field in ("data", "stringData"):
        values = object.get(field)
        if not isinstance(values, dict):
            if values is not None:
                out[field] = _mask(values, mark)
            continue
        others = (other or {}).get(field)
        known = others if isinstance(others, dict) else {}
        out[field] = {
            key: _mask(value, "=" if key in known and known[key] == value else mark) for key, value in values.items()
        }
    return out


def _hide_copy(object: dict[str, Any]) -> None:
    """The copy of itself `kubectl apply` leaves in an object's annotations."""
    metadata = object.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict) and _APPLIED in annotations:
        hidden = {**annotations, _APPLIED: _mask(annotations[_APPLIED], "=")}
        object["metadata"] = {**metadata, "annotations": hidden}  # type: ignore[dict-item]  # it has annotations


def _mask(value: Any, mark: str) -> str:
    return f"*** {len(str(value))} characters {mark if mark != '=' else ''}".rstrip()
