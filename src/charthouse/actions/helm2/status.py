"""The objects of a release as they are, as text: tables as `kubectl get` prints them.

Whose rules: helm v2.17.0 pkg/kube/client.go (Get, sortTableSlice, getSelectRelationPod): kinds sorted by
`VERSION/KIND`, objects by name, then `v1/Pod(related)`: what the selectors of the living workloads find. What cannot be
read is listed at the end, twice, since Tiller looks twice. Differs: objects of one kind that are missing come in the
manifest's order (Tiller's is random).
"""

from __future__ import annotations

from charthouse.actions.helm2.errors import NoObjects
from charthouse.actions.ports import ApiError
from charthouse.k8s.kinds_helm2 import is_known, selector_of
from charthouse.k8s.objects import ResourceType
from charthouse.k8s.tabletext import TablePrinter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from charthouse.actions.environment import Environment
    from charthouse.k8s.objects import Resource
    from charthouse.releases.release import Release

    Item = dict[str, Any]

__all__ = ["resources"]

_POD = ResourceType("v1", "Pod", "pods", True)
_RELATED = "v1/Pod(related)"
_MISSING = "==> MISSING\nKIND\t\tNAME\n"


def resources(env: Environment, release: Release) -> str:
    """The text. Raises NoObjects, BuildError, kube's Unreachable."""
    wanted = env.cluster.build(release.manifest, release.namespace, validate=False)
    if not wanted:
        raise NoObjects
    client = env.cluster.client
    groups: dict[str, list[Item]] = {}
    missing: list[str] = []
    for resource in wanted:
        ref = resource.ref
        try:
            table = client.fetch(ref.type, ref.namespace, ref.name, table=True)
        except ApiError:
            missing.append(_missed(resource))
            continue
        version = ref.type.api_version.rpartition("/")[2]
        groups.setdefault(f"{version}/{resource.kind}", []).append(table)
    for resource in wanted:
        try:
            live = client.get(resource.ref)
        except ApiError:
            missing.append(_missed(resource))
            continue
        groups.setdefault(_RELATED, []).extend(_related(env, resource, live))
    return _text(groups) + (_MISSING + "".join(f"{line}\n" for line in missing) if missing else "")


def _missed(resource: Resource) -> str:
    kind = resource.ref.type
    group, _, version = kind.api_version.rpartition("/")
    return f"{group}/{version}, Resource={kind.plural}\t\t{resource.name}"


def _related(env: Environment, resource: Resource, live: Item) -> list[Item]:
    """The pods behind a workload, a Table of them; nothing for what is none."""
    kind = resource.ref.type
    selector = selector_of({**live, "kind": kind.kind}) if is_known(kind.api_version, kind.kind) else None
    if selector is None:
        return []
    text = ",".join(f"{key}={selector[key]}" for key in sorted(selector))
    try:
        return [env.cluster.client.fetch(_POD, resource.namespace, label_selector=text, table=True)]
    except ApiError:
        return []


def _text(groups: dict[str, list[Item]]) -> str:
    parts = []
    for title in sorted(groups):
        if not groups[title]:
            continue
        printer = TablePrinter()
        tables = "".join(printer.text(item) for item in _sorted(groups[title]))
        parts.append(f"==> {title}\n{tables}\n")
    return "".join(parts)


def _sorted(items: Sequence[Item]) -> list[Item]:
    """By the first cell of the first row; as they are when one has none. Of several of one name the last is shown for
    each (two namespaces)."""
    by_name: dict[str, Item] = {}
    names = []
    for item in items:
        cells = [row.get("cells") for row in item.get("rows") or ()][:1]
        if not cells or not cells[0] or not isinstance(cells[0][0], str):
            return list(items)
        by_name[cells[0][0]] = item
        names.append(cells[0][0])
    return [by_name[name] for name in sorted(names)]
